#include "gen/names.h"

#include "gen/random.h"

const char ms_gen_pairs[201] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

char *ms_gen_put_long(char *p, uint64_t v)
{
    char tmp[24];
    size_t n = 0;
    do
        tmp[n++] = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    while (n > 0)
        *p++ = tmp[--n];
    return p;
}

void ms_gen_names_init(struct ms_gen_names *names)
{
    static const char syllables[32][4] = {"ba", "ke", "mi",  "to",  "ru",  "sa",   "len", "dor", "vi", "na",  "gu",
                                          "pe", "ja", "ko",  "fin", "mar", "ti",   "lo",  "we",  "hu", "sen", "ra",
                                          "bo", "ni", "chu", "da",  "el",  "ster", "ga",  "po",  "li", "an"};
    for (unsigned i = 0; i < MS_GEN_WORDS; i++) { /* two or three syllables */
        struct ms_gen_word *w = &names->words[i];
        char *p = w->text;
        p = ms_gen_put_s(p, syllables[i % 32]);
        p = ms_gen_put_s(p, syllables[i / 32]);
        if (i % 3 == 0)
            p = ms_gen_put_s(p, syllables[(i * 7 + 5) % 32]);
        w->n = (uint8_t)(p - w->text);
    }
    for (unsigned i = 0; i < 256; i++) {
        char text[32];
        names->octets[i].n = (uint8_t)(ms_gen_put_u(text, i) - text);
        memcpy(names->octets[i].text, text, names->octets[i].n);
    }
}

static const struct ms_gen_word *word(const struct ms_gen_names *names, uint64_t h)
{
    return &names->words[h % MS_GEN_WORDS];
}

/* Domains below MS_GEN_OWN_DOMAINS are the farm's. */
uint32_t ms_gen_domain_of(uint32_t address)
{
    uint64_t h = ms_gen_mix64(address + UINT64_C(0x5bd1e995));
    if ((address & MS_GEN_OWN) != 0)
        return (uint32_t)(h % MS_GEN_OWN_DOMAINS);
    uint64_t skewed = (h & 0xffff) * (h >> 16 & 0xffff) >> 16; /* few domains have most of the addresses */
    skewed = skewed * (h >> 32 & 0xffff) >> 16;
    return MS_GEN_OWN_DOMAINS + (uint32_t)(skewed * MS_GEN_DOMAINS >> 16);
}

char *ms_gen_put_domain(const struct ms_gen_names *names, char *p, uint32_t domain)
{
    uint64_t h = ms_gen_mix64(domain * UINT64_C(0x9e3779b97f4a7c15) + 3);
    if (domain < MS_GEN_OWN_DOMAINS) {
        p = ms_gen_put_word(p, word(names, domain * 37 + 3));
        return MS_GEN_PUT(p, ".farm.example");
    }
    p = ms_gen_put_word(p, word(names, h));
    *p = '-';
    p += h >> 20 & 1; /* here and below: written in any case and kept or not, since nobody can predict the branch */
    p = ms_gen_put_word(p, word(names, h >> 10));
    static const char tops[2][8] = {".example", {'.', 't', 'e', 's', 't'}};
    memcpy(p, tops[(h >> 21 & 3) == 0], 8);
    return p + ((h >> 21 & 3) == 0 ? 5 : 8);
}

char *ms_gen_put_local_part(const struct ms_gen_names *names, char *p, uint32_t number, bool json)
{
    uint64_t h = ms_gen_mix64(number);
    unsigned form = (unsigned)(h >> 40) & 127;
    if (form == 0) { /* dots that need quotes */
        p = json ? MS_GEN_PUT(p, "\\\"") : MS_GEN_PUT(p, "\"");
        p = ms_gen_put_word(p, word(names, h));
        p = MS_GEN_PUT(p, "..");
        p = ms_gen_put_u(p, number & 0xfffff);
        return json ? MS_GEN_PUT(p, "\\\"") : MS_GEN_PUT(p, "\"");
    }
    if (form == 1) { /* a list's return path */
        p = MS_GEN_PUT(p, "bounces+");
        p = ms_gen_put_u(p, number & (MS_GEN_FRESH - 1));
        *p++ = '-';
        p = ms_gen_put_word(p, word(names, h));
        return MS_GEN_PUT(p, "=list.example");
    }
    if (form == 2) {
        *p++ = (char)('A' + (h >> 50) % 26);
        *p++ = '.';
    }
    p = ms_gen_put_word(p, word(names, h));
    *p = '.';
    p += form >> 2 & 1;
    p = ms_gen_put_word(p, word(names, h >> 10));
    if (form == 3)
        p = MS_GEN_PUT(p, "+tag");
    char *end = ms_gen_put_u(p, number & (MS_GEN_FRESH - 1));
    return p + (end - p) * ((form >> 3 & 1) | (number >> 30 & 1));
}

char *ms_gen_put_address(const struct ms_gen_names *names, char *p, uint32_t number, bool json)
{
    if (number == 0)
        return p;
    p = ms_gen_put_local_part(names, p, number, json);
    *p++ = '@';
    return ms_gen_put_domain(names, p, ms_gen_domain_of(number));
}

bool ms_gen_client_named(uint32_t number)
{
    return (ms_gen_mix64(number + UINT64_C(0x1234567)) & 7) != 0;
}

char *ms_gen_put_client_name(const struct ms_gen_names *names, char *p, uint32_t number)
{
    uint64_t h = ms_gen_mix64(number + UINT64_C(0x1234567));
    static const char front[2][4] = {{'m', 'a', 'i', 'l'}, {'c'}}, back[2][8] = {".", ".dyn."};
    unsigned access = h >> 3 & 1; /* an access line, or a server */
    memcpy(p, front[access], 4);
    p = ms_gen_put_u(p + 4 - 3 * access, number & (access ? UINT32_MAX : 63));
    memcpy(p, back[access], 8);
    p += 1 + 4 * access;
    return ms_gen_put_domain(names, p, MS_GEN_OWN_DOMAINS + (uint32_t)((h >> 8) % MS_GEN_DOMAINS));
}

static char *put_ipv4(const struct ms_gen_names *names, char *p, uint32_t ip)
{
    p = MS_GEN_PUT(p, "10.");
    p = ms_gen_put_word(p, &names->octets[ip >> 16 & 255]);
    *p++ = '.';
    p = ms_gen_put_word(p, &names->octets[ip >> 8 & 255]);
    *p++ = '.';
    return ms_gen_put_word(p, &names->octets[ip & 255]);
}

static char *put_ipv6(char *p, uint32_t ip) /* no group is 0 or begins with 0: RFC 5952 as it stands */
{
    p = MS_GEN_PUT(p, "2001:db8:");
    p = ms_gen_put_hex(p, 0x1000 + (ip >> 16 & 0xfff), 4);
    p = MS_GEN_PUT(p, "::");
    return ms_gen_put_hex(p, 0x1000 + (ip & 0xefff), 4);
}

bool ms_gen_client_v6(uint32_t number)
{
    return number % 9 == 8;
}

bool ms_gen_exchanger_v6(uint32_t domain)
{
    return domain % 7 == 6;
}

char *ms_gen_put_client_ip(const struct ms_gen_names *names, char *p, uint32_t number)
{
    uint32_t ip = ((number + 1) * UINT32_C(2654435761)) >> 4; /* odd factor: neighbours differ */
    return ms_gen_client_v6(number) ? put_ipv6(p, ip) : put_ipv4(names, p, ip);
}

char *ms_gen_put_exchanger(const struct ms_gen_names *names, char *p, uint32_t domain)
{
    p = MS_GEN_PUT(p, "mx");
    *p++ = (char)('1' + domain % 3);
    *p++ = '.';
    return ms_gen_put_domain(names, p, domain);
}

char *ms_gen_put_exchanger_ip(const struct ms_gen_names *names, char *p, uint32_t domain)
{
    uint32_t ip = (domain + 77777) * UINT32_C(2246822519) >> 5;
    return ms_gen_exchanger_v6(domain) ? put_ipv6(p, ip) : put_ipv4(names, p, ip);
}
