#include "parquet/huffman.h"

#include <string.h>

enum {
    SYMBOLS = 129, /* 0 to 128: what weights of 4 bits each can tell of */
    LONGEST = 11,  /* bits of a code */
    STREAMS = 4,
    LEAST = 64, /* fewer are not worth a code */
    RAW = 0,
    RLE = 1,
    COMPRESSED = 2 /* kinds of section */
};

struct code {
    uint16_t bits;
    uint16_t n;
};

struct codes {
    struct code of[SYMBOLS];
    unsigned longest, last; /* bits of the longest code; the greatest byte that has one */
    bool are_hex;
};

static inline uint64_t load_8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* ---- lengths ---- */

/* Counts by byte; four tables, as equal bytes often follow each other and a count would wait for the one before it. */
static void count(const char *p, size_t n, uint32_t *counts)
{
    uint32_t tables[4][256] = {{0}};
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t v = load_8(p + i);
        tables[0][v & 255]++;
        tables[1][v >> 8 & 255]++;
        tables[2][v >> 16 & 255]++;
        tables[3][v >> 24 & 255]++;
        tables[0][v >> 32 & 255]++;
        tables[1][v >> 40 & 255]++;
        tables[2][v >> 48 & 255]++;
        tables[3][v >> 56]++;
    }
    for (; i < n; i++)
        tables[0][(unsigned char)p[i]]++;
    for (unsigned s = 0; s < 256; s++)
        counts[s] = tables[0][s] + tables[1][s] + tables[2][s] + tables[3][s];
}

/* The bytes that occur, rarest first; bytes that are equally rare by their value. */
static unsigned sort_symbols(const uint32_t *counts, unsigned char *symbols)
{
    unsigned n = 0;
    for (unsigned s = 0; s < SYMBOLS; s++) {
        if (counts[s] == 0)
            continue;
        unsigned at = n++;
        for (; at > 0 && counts[symbols[at - 1]] > counts[s]; at--)
            symbols[at] = symbols[at - 1];
        symbols[at] = (unsigned char)s;
    }
    return n;
}

/* How many codes have which length in a Huffman code of n >= 2 symbols whose counts are given in rising order. The two least
 * nodes are joined until one is left; each list (symbols, and nodes in the order in which they are made) is in order. */
static void count_lengths(const uint32_t *counts, const unsigned char *symbols, unsigned n, unsigned *n_of_length)
{
    uint32_t weight[SYMBOLS];
    unsigned leaf_parent[SYMBOLS], parent[SYMBOLS], depth[SYMBOLS], leaf = 0, node = 0;
    for (unsigned made = 0; made < n - 1; made++) {
        weight[made] = 0;
        for (unsigned k = 0; k < 2; k++) {
            if (leaf < n && (node >= made || counts[symbols[leaf]] <= weight[node])) {
                weight[made] += counts[symbols[leaf]];
                leaf_parent[leaf++] = made;
            } else {
                weight[made] += weight[node];
                parent[node++] = made;
            }
        }
    }
    depth[n - 2] = 0;
    for (unsigned i = n - 2; i-- > 0;)
        depth[i] = depth[parent[i]] + 1;
    for (unsigned i = 0; i < n; i++) {
        unsigned length = depth[leaf_parent[i]] + 1;
        n_of_length[length < LONGEST ? length : LONGEST]++; /* longer ones are cut: see below */
    }
}

/* Codes that were cut take more room than there is: shorter ones give way, one step each. */
static void fit_lengths(unsigned *n_of_length)
{
    unsigned taken = 0;
    for (unsigned length = 1; length <= LONGEST; length++)
        taken += n_of_length[length] << (LONGEST - length);
    for (; taken > 1u << LONGEST; taken--) {
        unsigned length = LONGEST - 1;
        while (n_of_length[length] == 0)
            length--;
        n_of_length[LONGEST]--;
        n_of_length[length]--;
        n_of_length[length + 1] += 2;
    }
}

/* The longest codes to the rarest; among those of one length in the order of the bytes, as the format wants it. */
static void assign(struct codes *c, const unsigned char *symbols, unsigned n, const unsigned *n_of_length)
{
    unsigned at = 0, code = 0;
    memset(c->of, 0, sizeof c->of);
    c->longest = c->last = 0;
    c->are_hex = false;
    for (unsigned length = LONGEST; length > 0; length--)
        for (unsigned k = 0; k < n_of_length[length]; k++, at++)
            c->of[symbols[at]].n = (uint16_t)length;
    for (unsigned i = 0; i < n; i++)
        c->last = symbols[i] > c->last ? symbols[i] : c->last;
    for (unsigned length = LONGEST; length > 0; length--, code >>= 1) {
        if (n_of_length[length] != 0 && c->longest == 0)
            c->longest = length;
        for (unsigned s = 0; n_of_length[length] != 0 && s <= c->last; s++)
            if (c->of[s].n == length)
                c->of[s].bits = (uint16_t)code++;
    }
}

/* ---- hexadecimal digits: queue IDs. All are about as frequent, and so have codes of four bits, their values ---- */

static inline uint64_t every(uint64_t byte)
{
    return byte * UINT64_C(0x0101010101010101);
}

/* The highest bit of each byte that is from `least` to `most`, both below 128. */
static inline uint64_t between(uint64_t v, unsigned least, unsigned most)
{
    uint64_t low = v & every(127);
    return (low + every(128 - least)) & ~(low + every(127 - most)) & ~v & every(128);
}

static bool are_hex(const char *p, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t v = load_8(p + i);
        if ((between(v, '0', '9') | between(v, 'A', 'F')) != every(128))
            return false;
    }
    for (; i < n; i++)
        if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'A' && p[i] <= 'F')))
            return false;
    return true;
}

static void hex_codes(struct codes *c)
{
    memset(c->of, 0, sizeof c->of);
    for (unsigned k = 0; k < 16; k++)
        c->of[(unsigned char)"0123456789ABCDEF"[k]] = (struct code){.bits = (uint16_t)k, .n = 4};
    c->longest = 4;
    c->last = 'F';
    c->are_hex = true;
}

/* Eight digits to 32 bits, the first one on top. */
static inline uint32_t hex_value(const char *p)
{
    uint64_t v = __builtin_bswap64(load_8(p));
    v = (v & every(15)) + (v >> 6 & every(1)) * 9;
    v = (v | v >> 4) & UINT64_C(0x00ff00ff00ff00ff);
    v = (v | v >> 8) & UINT64_C(0x0000ffff0000ffff);
    return (uint32_t)(v | v >> 16);
}

/* ---- streams ---- */

/* The last byte comes first, and behind the first one a bit that is set: they are read from the end. */
static char *encode_stream(const struct code *codes, const char *p, size_t n, char *out)
{
    enum { TOGETHER = 5 }; /* 7 bits that are left, and five codes */
    uint64_t bits = 0;
    unsigned fill = 0;
    size_t i = n;
    for (; i >= TOGETHER; i -= TOGETHER) {
#pragma GCC unroll 5
        for (unsigned k = 1; k <= TOGETHER; k++) {
            struct code c = codes[(unsigned char)p[i - k]];
            bits |= (uint64_t)c.bits << fill;
            fill += c.n;
        }
        memcpy(out, &bits, sizeof bits);
        out += fill / 8;
        bits >>= fill & 56;
        fill &= 7;
    }
    for (; i > 0; i--) {
        struct code c = codes[(unsigned char)p[i - 1]];
        bits |= (uint64_t)c.bits << fill;
        fill += c.n;
    }
    bits |= UINT64_C(1) << fill;
    memcpy(out, &bits, sizeof bits);
    return out + fill / 8 + 1;
}

/* The same for hex_codes. */
static char *encode_hex(const char *p, size_t n, char *out)
{
    size_t i = n;
    for (; i >= 8; i -= 8, out += 4) {
        uint32_t v = hex_value(p + i - 8);
        memcpy(out, &v, sizeof v);
    }
    uint64_t bits = 0;
    unsigned fill = 0;
    for (; i > 0; i--, fill += 4)
        bits |= (uint64_t)((p[i - 1] & 15) + (p[i - 1] >> 6) * 9) << fill;
    bits |= UINT64_C(1) << fill;
    memcpy(out, &bits, sizeof bits);
    return out + fill / 8 + 1;
}

/* Weights of 4 bits each, of all bytes below the last, whose weight follows from the others. */
static char *describe(const struct codes *c, char *out)
{
    *out++ = (char)(127 + c->last);
    for (unsigned s = 0; s < c->last; s += 2) {
        unsigned weights = 0;
        for (unsigned k = s; k < s + 2; k++) {
            unsigned n = k < c->last ? c->of[k].n : 0;
            weights = weights << 4 | (n != 0 ? c->longest + 1 - n : 0);
        }
        *out++ = (char)weights;
    }
    return out;
}

static char *section_header(char *out, unsigned kind, size_t n, size_t n_coded)
{
    if (kind != COMPRESSED) {
        unsigned size_bytes = n < 32 ? 1 : n < 4096 ? 2 : 3;
        uint32_t header = kind | (size_bytes == 1 ? (uint32_t)n << 3 : (size_bytes == 2 ? 4 : 12) | (uint32_t)n << 4);
        memcpy(out, &header, sizeof header);
        return out + size_bytes;
    }
    unsigned format = n < 1 << 10 ? 1 : n < 1 << 14 ? 2 : 3; /* what is coded is shorter */
    uint64_t header = kind | format << 2 | (uint64_t)n << 4 | (uint64_t)n_coded << (4 + 6 + 4 * format);
    memcpy(out, &header, sizeof header);
    return out + 2 + format;
}

static char *store(char *out, const char *literals, size_t n)
{
    out = section_header(out, RAW, n, 0);
    memcpy(out, literals, n);
    return out + n;
}

static size_t coded_bits(const struct codes *c, const uint32_t *counts)
{
    size_t n_bits = 0;
    for (unsigned s = 0; s <= c->last; s++)
        n_bits += (size_t)counts[s] * c->of[s].n;
    return n_bits;
}

static char *encode(const struct codes *c, size_t n_bits, char *out, const char *literals, size_t n)
{
    enum { SIZES = 3 * sizeof(uint16_t) };
    if (n_bits / 8 + c->last / 2 + 2 + SIZES + STREAMS >= n)
        return store(out, literals, n);
    size_t header_bytes = (size_t)(section_header(out, COMPRESSED, n, 0) - out), quarter = (n + STREAMS - 1) / STREAMS;
    char *start = out + header_bytes, *sizes = describe(c, start), *p = sizes + SIZES;
    for (unsigned k = 0; k < STREAMS; k++) {
        char *stream = p;
        const char *from = literals + k * quarter;
        size_t n_from = k + 1 < STREAMS ? quarter : n - k * quarter;
        p = c->are_hex ? encode_hex(from, n_from, p) : encode_stream(c->of, from, n_from, p);
        uint16_t size = (uint16_t)(p - stream);
        if (k + 1 < STREAMS)
            memcpy(sizes + k * sizeof size, &size, sizeof size);
    }
    uint64_t behind = load_8(start); /* a header is written as 8 bytes */
    section_header(out, COMPRESSED, n, (size_t)(p - start));
    memcpy(start, &behind, sizeof behind);
    return p;
}

/* By frequency; NULL: a byte has no code. */
static char *encode_counted(char *out, const char *literals, size_t n)
{
    uint32_t counts[256];
    unsigned char symbols[SYMBOLS];
    unsigned n_of_length[LONGEST + 1] = {0};
    struct codes codes;
    count(literals, n, counts);
    for (unsigned s = SYMBOLS; s < 256; s++)
        if (counts[s] != 0)
            return NULL;
    unsigned n_symbols = sort_symbols(counts, symbols);
    if (n_symbols == 1) {
        out = section_header(out, RLE, n, 0);
        *out = (char)symbols[0];
        return out + 1;
    }
    count_lengths(counts, symbols, n_symbols, n_of_length);
    fit_lengths(n_of_length);
    assign(&codes, symbols, n_symbols, n_of_length);
    return encode(&codes, coded_bits(&codes, counts), out, literals, n);
}

char *ms_literals_encode(char *out, const char *literals, size_t n)
{
    struct codes codes;
    if (n < LEAST)
        return store(out, literals, n);
    if (!are_hex(literals, n))
        return encode_counted(out, literals, n);
    hex_codes(&codes);
    return encode(&codes, 4 * n, out, literals, n);
}
