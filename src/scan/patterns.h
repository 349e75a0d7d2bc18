/* What the files of src/scan/ share among themselves. Nobody else includes this. */
#ifndef MS_SCAN_PATTERNS_H
#define MS_SCAN_PATTERNS_H

#include <hs.h>

#include "base/memory.h"
#include "scan/scan.h"

struct ms_patterns {
    enum ms_scan_engine engine;
    size_t n, n_regexes;
    struct ms_pattern *items; /* texts are owned copies with a 0 behind them */

    /* Hyperscan only. Ids of the database are indexes into items. */
    hs_database_t *blocks_db; /* all patterns, over whole blocks */
    hs_database_t *line_db;   /* the regexes again, over one line that blocks_db found one in; NULL without regexes,
                               * the same one if there is nothing else */
    hs_scratch_t *scratch;    /* prototype, fits both; scanners clone it */
    bool from_cache;
};

/* rules.c: what a pattern may not be, whatever the engine. */
MS_NODISCARD enum ms_status ms_pattern_check(const struct ms_pattern *p, enum ms_scan_engine engine,
                                             struct ms_error *err);
#define MS_PATTERN_EMPTY "it matches the empty text, so it would match every line"
/* The text for a sentence: printable, shortened. `out` has 80 bytes. Returns out. */
const char *ms_pattern_show(const struct ms_pattern *p, char out[80]);

/* compile.c */
MS_NODISCARD enum ms_status ms_databases_compile(struct ms_patterns *p, struct ms_error *err);

/* cache.c: both databases in one file named by a hash over all that makes them. load: false if there is none to trust. */
bool ms_databases_load(struct ms_patterns *p, const char *cache_dir);
void ms_databases_store(const struct ms_patterns *p, const char *cache_dir); /* best effort */

/* scan_plain.c */
struct ms_plain;
MS_NODISCARD enum ms_status ms_plain_create(struct ms_plain **out, const struct ms_patterns *p, struct ms_error *err);
void ms_plain_destroy(struct ms_plain *plain);
void ms_plain_scan(struct ms_plain *plain, struct ms_span text, struct ms_hits *hits); /* appends, in any order */

static inline void ms_hits_push(struct ms_hits *hits, uint32_t pattern_id, uint32_t end)
{
    if (hits->n == hits->cap)
        hits->items = ms_grow(hits->items, &hits->cap, hits->n + 1, sizeof *hits->items);
    hits->items[hits->n++] = (struct ms_hit){pattern_id, end};
}

#endif
