#include "parse/kinds.h"

#include "base/status.h"
#include "parse/dialect.h"

#define MS_KIND_ROW(id, name, role, signature, table, example) {name, MS_ROLE_##role, signature, table, example},
const struct ms_kind ms_kinds[] = {MS_KINDS(MS_KIND_ROW)};
#undef MS_KIND_ROW

const size_t ms_n_kinds = MS_N_KINDS;

uint16_t ms_kind_find(const char *name)
{
    uint16_t i = 0;
    while (i < MS_N_KINDS && strcmp(ms_kinds[i].name, name) != 0)
        i++;
    MS_ASSERT(i < MS_N_KINDS);
    return i;
}

/* Windows of 4 to 8 bytes, each ending in the trigram of its signature that is rarest in real logs, not whole phrases: the
 * matcher filters on the last bytes (reference/scan-performance.md 2). None of them hits one line in thirty. */
#define WINDOW(n, literal)                                                                                             \
    {                                                                                                                  \
        .id = (n), .text = (literal), .text_bytes = sizeof(literal) - 1                                                \
    }
static const struct ms_pattern windows[] = {
    WINDOW(0, "]: w"),      /* warning: */
    WINDOW(1, "]: fat"),    /* fatal: the process and its session end here */
    WINDOW(2, "]: pan"),    /* panic: */
    WINDOW(3, "]: err"),    /* error: */
    WINDOW(4, "ng corru"),  /* saving corrupt file "QID" */
    WINDOW(5, "corrup"),    /* corrupted queue file: QUEUE/QID */
    WINDOW(6, "ced on h"),  /* placed on hold */
    WINDOW(7, "d from h"),  /* released from hold */
    WINDOW(8, ": reque"),   /* requeued */
    WINDOW(9, "atistics"),  /* anvil, scache */
    WINDOW(10, "PREG"),     /* PREGREET */
    WINDOW(11, "SSL_ac"),   /* SSL_accept error */
    WINDOW(12, "e repeat"), /* message repeated N times: */
    WINDOW(13, "n signal"), /* terminating on signal */
    WINDOW(14, "n starte"), /* daemon started */
    WINDOW(15, "o many e"), /* too many errors after */
};

const struct ms_pattern *ms_kind_patterns(size_t *n)
{
    *n = sizeof windows / sizeof windows[0];
    return windows;
}
