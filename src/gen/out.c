/* Lines and rows: buffers, stamps, and the pieces of text that all writers share. */
#include <string.h>

#include "gen/writer.h"

enum { ROOM = 16 * 1024 }; /* no line is longer; ms_gen_run flushes when less than this is left */

/* Days to date by eras of 400 years that begin in March. */
void ms_gen_civil(int64_t seconds, int out[6])
{
    int64_t days = seconds / 86400, rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned doe = (unsigned)(days - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    out[1] = (int)(mp < 10 ? mp + 3 : mp - 9);
    out[0] = (int)((int64_t)yoe + era * 400 + (out[1] <= 2));
    out[2] = (int)(doy - (153 * mp + 2) / 5 + 1);
    out[3] = (int)(rest / 3600);
    out[4] = (int)(rest / 60 % 60);
    out[5] = (int)(rest % 60);
}

static char *put_clock(char *p, const int t[6])
{
    p = ms_gen_put_2(p, (unsigned)t[3]);
    *p++ = ':';
    p = ms_gen_put_2(p, (unsigned)t[4]);
    *p++ = ':';
    return ms_gen_put_2(p, (unsigned)t[5]);
}

static char *put_iso(char *p, const int t[6])
{
    p = ms_gen_put_2(p, (unsigned)t[0] / 100);
    p = ms_gen_put_2(p, (unsigned)t[0] % 100);
    *p++ = '-';
    p = ms_gen_put_2(p, (unsigned)t[1]);
    *p++ = '-';
    p = ms_gen_put_2(p, (unsigned)t[2]);
    *p++ = 'T';
    return put_clock(p, t);
}

/* By the rule of the EU: from 01:00 UTC of the last Sunday of March to that of October. */
static bool is_summer(int64_t second)
{
    int t[6];
    ms_gen_civil(second, t);
    if (t[1] != 3 && t[1] != 10)
        return t[1] > 3 && t[1] < 10;
    int weekday = (int)((second / 86400 + 4) % 7);    /* 0: Sunday, as 1970 began on a Thursday */
    int last_sunday = 31 - (weekday + 31 - t[2]) % 7; /* the 31st is so many days after a Sunday */
    bool before = t[2] < last_sunday || (t[2] == last_sunday && t[3] < 1);
    return before == (t[1] == 10);
}

/* Texts of a second are made once; many lines share it. */
static void new_second(struct ms_gen *g, int64_t second)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int t[6];
    char text[128];
    ms_gen_civil(second, t);
    g->truth_stamp.n = (uint8_t)(put_iso(text, t) - text);
    memcpy(g->truth_stamp.text, text, g->truth_stamp.n);
    int offset = g->o->utc_offset_seconds + (g->o->summer_time && is_summer(second) ? 3600 : 0);
    ms_gen_civil(second + offset, t);
    char *p = text;
    if (g->hosts[0].writer->stamp == MS_GEN_STAMP_NONE) {
        ;
    } else if (g->hosts[0].writer->stamp == MS_GEN_STAMP_SPACED) {
        p = put_iso(p, t);
        p[-9] = ' ';
        *p++ = ' ';
    } else if (g->o->stamp == MS_GEN_RFC3164) {
        p = ms_gen_put_n(p, months + 3 * (t[1] - 1), 3);
        *p++ = ' ';
        p = ms_gen_put_2(p, (unsigned)t[2]);
        if (t[2] < 10)
            p[-2] = ' ';
        *p++ = ' ';
        p = put_clock(p, t);
        *p++ = ' ';
    } else {
        int off = offset / 60, size = off < 0 ? -off : off;
        p = put_iso(p, t);
        p = MS_GEN_PUT(p, ".000000");
        *p++ = off < 0 ? '-' : '+';
        p = ms_gen_put_2(p, (unsigned)size / 60);
        *p++ = ':';
        p = ms_gen_put_2(p, (unsigned)size % 60);
        *p++ = ' ';
    }
    g->stamp.n = (uint8_t)(p - text);
    memcpy(g->stamp.text, text, g->stamp.n);
    g->stamp_second = second;
}

static void put_micros(char *p, uint32_t us)
{
    ms_gen_put_2(p, us / 10000);
    ms_gen_put_2(p + 2, us / 100 % 100);
    ms_gen_put_2(p + 4, us % 100);
}

/* Lines of one millisecond are some microseconds apart; time never goes back. */
static void tick(struct ms_gen *g)
{
    int64_t at = (int64_t)g->now_ms * 1000;
    g->us = at > g->us ? at + (int64_t)(ms_gen_mix64(g->now_ms) & 511) : g->us + 7;
    int64_t second = g->us / 1000000;
    if (second != g->stamp_second)
        new_second(g, second);
}

char *ms_gen_line(struct ms_gen *g, const struct ms_gen_tag *tag)
{
    tick(g);
    struct ms_gen_out *out = &g->out[MS_GEN_LOG];
    char *p = ms_gen_put_tag(out->data + out->n, &g->stamp);
    if (g->stamp.n > 32) /* RFC 3339 */
        put_micros(p - 13, (uint32_t)(g->us % 1000000));
    return ms_gen_put_tag(p, tag);
}

void ms_gen_line_end(struct ms_gen *g, char *p)
{
    struct ms_gen_out *out = &g->out[MS_GEN_LOG];
    if (g->muted) { /* what was written is not taken */
        g->at_host->n_lost++;
        return;
    }
    *p++ = '\n';
    out->n = (size_t)(p - out->data);
    if (g->totals.lines++ == 0)
        g->totals.first_us = g->us;
    g->totals.last_us = g->us;
}

char *ms_gen_life_line(struct ms_gen *g, struct ms_gen_life *l, const struct ms_gen_tag *tag)
{
    char *p = ms_gen_line(g, tag);
    l->lost |= g->muted;
    if (g->muted)
        return p;
    if (l->first_us == 0)
        l->first_us = g->us;
    l->last_us = g->us;
    return p;
}

char *ms_gen_pid_line(struct ms_gen *g, struct ms_gen_life *l, const struct ms_gen_tag *prefix, uint32_t pid)
{
    char *p = l != NULL ? ms_gen_life_line(g, l, prefix) : ms_gen_line(g, prefix);
    return prefix->n == 0 ? p : MS_GEN_PUT(ms_gen_put_u(p, pid), "]: ");
}

void ms_gen_at(struct ms_gen *g, struct ms_gen_host *h)
{
    if (g->share.gaps == 0)
        return;
    uint64_t slot = g->now_ms / MS_GEN_GAP_MS;
    if (slot != h->gap_slot) {
        if (h->n_lost > 0 && g->truth)
            ms_gen_truth_gap(g, h);
        h->n_lost = 0;
        h->gap_slot = slot;
        h->muted = ms_gen_mix64(ms_gen_mix64(g->o->seed + h->number * UINT64_C(977)) + slot) >> 32 < g->share.gaps;
    }
    g->muted = h->muted;
    g->at_host = h;
}

char *ms_gen_row(struct ms_gen *g, enum ms_gen_stream stream)
{
    return g->out[stream].data + g->out[stream].n;
}

void ms_gen_row_end(struct ms_gen *g, enum ms_gen_stream stream, char *p)
{
    *p++ = '\n';
    g->out[stream].n = (size_t)(p - g->out[stream].data);
}

/* As exact as the log: whole seconds where its stamps have no more. */
char *ms_gen_put_time(struct ms_gen *g, char *p, int64_t us)
{
    int64_t second = us / 1000000;
    if (second == g->stamp_second) {
        p = ms_gen_put_tag(p, &g->truth_stamp);
    } else {
        int t[6];
        ms_gen_civil(second, t);
        p = put_iso(p, t);
    }
    if (g->o->stamp == MS_GEN_RFC3339) {
        *p++ = '.';
        put_micros(p, (uint32_t)(us % 1000000));
        p += 6;
    }
    *p++ = 'Z';
    return p;
}

char *ms_gen_put_peer_name(struct ms_gen *g, char *p, struct ms_gen_peer c)
{
    if (c.host != NULL)
        return ms_gen_put_tag(p, &c.host->fqdn);
    return ms_gen_client_named(c.number) ? ms_gen_put_client_name(&g->names, p, c.number) : MS_GEN_PUT(p, "unknown");
}

char *ms_gen_put_peer_ip(struct ms_gen *g, char *p, struct ms_gen_peer c)
{
    return c.host != NULL ? ms_gen_put_tag(p, &c.host->ip) : ms_gen_put_client_ip(&g->names, p, c.number);
}

char *ms_gen_put_id(char *p, const struct ms_gen_id *id)
{
    memcpy(p, id, sizeof *id);
    return p + id->n;
}

char *ms_gen_put_digits(struct ms_gen *g, char *p, int64_t seconds, int n)
{
    char text[64];
    const char *from = g->truth_stamp.text; /* YYYY-MM-DDTHH:MM:SS */
    if (seconds != g->stamp_second) {
        int t[6];
        ms_gen_civil(seconds, t);
        put_iso(text, t);
        from = text;
    }
    p = ms_gen_put_n(p, from, 4);
    for (int i = 1; i < n; i++)
        p = ms_gen_put_n(p, from + 2 + 3 * (size_t)i, 2);
    return p;
}

char *ms_gen_put_message_id(struct ms_gen *g, char *p, const struct ms_gen_life *l)
{
    if (l->message_id_kind == MESSAGE_ID_NONE)
        return p;
    *p++ = '<';
    if (l->message_id_kind == MESSAGE_ID_OWN) { /* <20261122021147.4F9D91C067D@mx1.farm.example> */
        const struct ms_gen_writer *w = l->message_id_host->writer;
        if (w->put_own_message_id != NULL)
            p = w->put_own_message_id(g, p, l);
        else
            p = ms_gen_put_id(MS_GEN_PUT(ms_gen_put_digits(g, p, l->message_id_seconds, 6), "."),
                              &l->message_id_queue_id);
        *p++ = '@';
        p = ms_gen_put_tag(p, &l->message_id_host->fqdn);
    } else {
        uint64_t h = l->message_id;
        p = ms_gen_put_hex(p, h >> 20, 11);
        *p++ = '.';
        p = ms_gen_put_u(p, h & 0xfffff);
        p = MS_GEN_PUT(p, "@mail.");
        p = ms_gen_put_domain(&g->names, p, MS_GEN_OWN_DOMAINS + (uint32_t)((h >> 8) % MS_GEN_DOMAINS));
    }
    *p++ = '>';
    return p;
}
