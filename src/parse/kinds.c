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
    while (i < MS_N_KINDS && strcmp(ms_kinds[i].name, name) != 0) i++;
    MS_ASSERT(i < MS_N_KINDS);
    return i;
}

/* Windows of 4 to 8 bytes that end in a rare trigram, not whole phrases: the matcher filters on the last bytes
 * (reference/scan-performance.md 2), and a hit costs more than a switch. */
#define WINDOW(n, literal) {.id = (n), .text = (literal), .text_bytes = sizeof(literal) - 1}
static const struct ms_pattern windows[] = {
    WINDOW(0, "]: warni"),  /* warning: */
    WINDOW(1, "]: fatal"),  /* a process and its session end here */
    WINDOW(2, "]: panic"),
    WINDOW(3, "]: error"),
    WINDOW(4, "g corrup"),  /* saving corrupt file "QID" */
    WINDOW(5, "ed queue"),  /* corrupted queue file: QUEUE/QID */
    WINDOW(6, "aced on "),  /* placed on hold */
    WINDOW(7, ": requeu"), /* postsuper -r */
    WINDOW(8, "forwarde"),  /* forwarded as QID */
    WINDOW(9, "atistics"),  /* anvil, scache */
    WINDOW(10, "BL rank "), /* postscreen */
    WINDOW(11, "PREGREET"),
    WINDOW(12, "SSL_acce"), /* SSL_accept error */
};

const struct ms_pattern *ms_kind_patterns(size_t *n)
{
    *n = sizeof windows / sizeof windows[0];
    return windows;
}
