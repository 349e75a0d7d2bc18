#include "parse/kinds.h"

#include "base/status.h"
#include "parse/dialect.h"

#define MS_KIND_ROW(id, name, role, signature, fields, table, example)                                                 \
    {name, MS_ROLE_##role, signature, fields, table, example},
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
 * matcher filters on the last bytes (reference/scan-performance.md 2). Eight, because up to eight Hyperscan looks for with
 * its narrow engine: 1.1 instructions a byte where nine and more cost 1.9. None of them hits one line in fifty. */
#define WINDOW(n, literal)                                                                                             \
    {                                                                                                                  \
        .id = (n), .text = (literal), .text_bytes = sizeof(literal) - 1                                                \
    }
static const struct ms_pattern windows[] = {
    WINDOW(0, "]: w"),    /* warning: */
    WINDOW(1, "]: fat"),  /* fatal: the process and its session end here */
    WINDOW(2, "]: pan"),  /* panic: */
    WINDOW(3, "]: err"),  /* error: */
    WINDOW(4, "corrup"),  /* saving corrupt file "QID"; corrupted queue file: QUEUE/QID */
    WINDOW(5, " hold"),   /* placed on hold, released from hold */
    WINDOW(6, ": reque"), /* requeued */
    WINDOW(7, "PREGR"),   /* PREGREET */
};

const struct ms_pattern *ms_kind_patterns(size_t *n)
{
    *n = sizeof windows / sizeof windows[0];
    return windows;
}
