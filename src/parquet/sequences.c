#include "parquet/sequences.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Each of the three numbers of a sequence is a code, told by a finite state machine, and some bits as they are. The machines
 * are those that the format has ready for who describes no own: the tables follow from the shares of the codes. */
enum { LITERAL_CODES = 36, COPY_CODES = 53, OFFSET_CODES = 29, MOST_STATES = 64 };

static const int8_t literal_shares[LITERAL_CODES] = {4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1,  1,  2,  2,
                                                     2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1};
static const int8_t copy_shares[COPY_CODES] = {1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1,  1,  1,  1,  1,  1,  1, 1,
                                               1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1,  1,  1,  1,  1,  1, 1,
                                               1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1};
static const int8_t offset_shares[OFFSET_CODES] = {1, 1, 1, 1, 1, 1, 2, 2, 2, 1,  1,  1,  1,  1, 1,
                                                   1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1};
static const uint8_t literal_bits[LITERAL_CODES] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,  0,  1,  1,
                                                    1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const uint8_t copy_bits[COPY_CODES] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,  0,  0,  0, 0,
                                              0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,  1,  1,  1, 1,
                                              2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const uint8_t no_bits[OFFSET_CODES];

/* From one state to the next by a code. */
struct step {
    uint16_t next;
    uint8_t bits, n_bits; /* what goes out: the lowest bits of the state */
};

enum { SMALL = 256 };

struct machine {
    unsigned log;
    struct step steps[COPY_CODES][MOST_STATES]; /* by code and state */
    uint8_t begin[COPY_CODES];                  /* a state that has this code */
    uint32_t base[COPY_CODES + 1];              /* the least number that has the code */
    uint8_t bits[COPY_CODES];
    uint8_t codes[SMALL]; /* of small numbers */
    unsigned n_codes;
};

static unsigned log_of(uint32_t v)
{
    return 31 - (unsigned)__builtin_clz(v);
}

/* Which code each state stands for: rare ones (-1) at the end, the others spread over the rest. */
static void spread(const int8_t *shares, unsigned n_codes, unsigned n_states, uint8_t *code_of)
{
    unsigned high = n_states - 1, at = 0;
    for (unsigned c = 0; c < n_codes; c++)
        if (shares[c] < 0)
            code_of[high--] = (uint8_t)c;
    for (unsigned c = 0; c < n_codes; c++) {
        for (int k = 0; k < shares[c]; k++) {
            code_of[at] = (uint8_t)c;
            do
                at = (at + (n_states >> 1) + (n_states >> 3) + 3) & (n_states - 1);
            while (at > high);
        }
    }
}

/* The states of a code are numbered in the order in which they stand. A state is left for one of those of the next code: its
 * lowest bits go out, so that what is left, between one and two times the share of that code, is the number of one. */
static void make_steps(struct machine *m, const uint8_t *code_of, unsigned code, unsigned share)
{
    unsigned n_states = 1u << m->log, states[MOST_STATES], n = 0;
    for (unsigned s = 0; s < n_states; s++)
        if (code_of[s] == code)
            states[n++] = s;
    for (unsigned s = 0; s < n_states; s++) {
        unsigned left = n_states + s, n_bits = 0;
        for (; left >= 2 * share; left /= 2)
            n_bits++;
        m->steps[code][s] = (struct step){.next = (uint16_t)states[left - share],
                                          .bits = (uint8_t)(s & ((1u << n_bits) - 1)),
                                          .n_bits = (uint8_t)n_bits};
    }
    m->begin[code] = (uint8_t)states[0];
}

static void machine_make(struct machine *m, const int8_t *shares, const uint8_t *bits, unsigned n_codes, unsigned log)
{
    uint8_t code_of[MOST_STATES] = {0};
    *m = (struct machine){.log = log, .n_codes = n_codes};
    memcpy(m->bits, bits, n_codes);
    spread(shares, n_codes, 1u << log, code_of);
    for (unsigned c = 0; c < n_codes; c++) {
        make_steps(m, code_of, c, shares[c] < 0 ? 1 : (unsigned)shares[c]);
        m->base[c + 1] = m->base[c] + (UINT32_C(1) << bits[c]);
    }
    for (unsigned v = 0, c = 0; v < SMALL; v++) {
        while (c + 1 < n_codes && m->base[c + 1] <= v)
            c++;
        m->codes[v] = (uint8_t)c;
    }
}

struct bits {
    char *p;
    uint64_t acc;
    unsigned fill;
};

static inline void put(struct bits *b, uint64_t v, unsigned n)
{
    b->acc |= v << b->fill;
    b->fill += n;
}

static inline void flush(struct bits *b)
{
    memcpy(b->p, &b->acc, sizeof b->acc);
    b->p += b->fill / 8;
    b->acc >>= b->fill & 56;
    b->fill &= 7;
}

static inline unsigned code_of(const struct machine *m, uint32_t v)
{
    if (v < SMALL)
        return m->codes[v];
    unsigned c = m->codes[SMALL - 1];
    while (c + 1 < m->n_codes && m->base[c + 1] <= v)
        c++;
    return c;
}

static inline unsigned move(const struct machine *m, unsigned state, unsigned code, struct bits *b)
{
    struct step s = m->steps[code][state];
    put(b, s.bits, s.n_bits);
    return s.next;
}

/* What a code does not tell of a number; most codes tell all. */
static inline void put_rest(const struct machine *m, unsigned code, uint32_t v, struct bits *b)
{
    if (m->bits[code] != 0)
        put(b, v - m->base[code], m->bits[code]);
}

struct ms_sequence_machines {
    struct machine literals, copies, offsets;
};

struct ms_sequence_machines *ms_sequence_machines_create(void)
{
    struct ms_sequence_machines *m = ms_malloc(sizeof *m);
    machine_make(&m->literals, literal_shares, literal_bits, LITERAL_CODES, 6);
    machine_make(&m->copies, copy_shares, copy_bits, COPY_CODES, 6);
    machine_make(&m->offsets, offset_shares, no_bits, OFFSET_CODES, 5);
    return m;
}

void ms_sequence_machines_destroy(struct ms_sequence_machines *m)
{
    free(m);
}

static char *count_header(char *out, size_t n)
{
    if (n < 128) {
        *out++ = (char)n;
    } else {
        *out++ = (char)((n >> 8) + 128);
        *out++ = (char)n;
    }
    return out;
}

/* They are read from the end: the last one goes first. */
static char *encode(const struct ms_sequence_machines *m, char *out, const struct ms_sequence *sequences, size_t n)
{
    struct bits b = {.p = out};
    unsigned literals = 0, copies = 0, offsets = 0;
    for (size_t i = n; i-- > 0;) {
        const struct ms_sequence *s = &sequences[i];
        uint32_t offset = s->offset + 3, copied = s->n_copied - 3; /* offsets 1 to 3 mean those used before */
        unsigned literal_code = code_of(&m->literals, s->n_literals), copy_code = code_of(&m->copies, copied),
                 offset_code = log_of(offset);
        if (i + 1 == n) {
            copies = m->copies.begin[copy_code];
            offsets = m->offsets.begin[offset_code];
            literals = m->literals.begin[literal_code];
        } else {
            offsets = move(&m->offsets, offsets, offset_code, &b);
            copies = move(&m->copies, copies, copy_code, &b);
            literals = move(&m->literals, literals, literal_code, &b);
        }
        put_rest(&m->literals, literal_code, s->n_literals, &b);
        put_rest(&m->copies, copy_code, copied, &b);
        flush(&b); /* 7 bits left, 17 for codes, 32 for lengths; offsets have 28 */
        put(&b, offset & ((UINT32_C(1) << offset_code) - 1), offset_code);
        flush(&b);
    }
    put(&b, copies, m->copies.log);
    put(&b, offsets, m->offsets.log);
    put(&b, literals, m->literals.log);
    put(&b, 1, 1);
    memcpy(b.p, &b.acc, sizeof b.acc);
    return b.p + (b.fill + 7) / 8;
}

char *ms_sequences_encode(const struct ms_sequence_machines *m, char *out, const struct ms_sequence *sequences,
                          size_t n)
{
    out = count_header(out, n);
    if (n == 0)
        return out;
    *out++ = 0; /* all three machines are the ready ones */
    return encode(m, out, sequences, n);
}
