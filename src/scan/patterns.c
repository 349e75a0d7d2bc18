#include "scan/patterns.h"

#include <stdlib.h>

static struct ms_patterns *patterns_copy(const struct ms_pattern *patterns, size_t n, enum ms_scan_engine engine)
{
    struct ms_patterns *p = ms_calloc(1, sizeof *p);
    p->engine = engine;
    p->n = n;
    p->items = ms_calloc(n, sizeof *p->items);
    for (size_t i = 0; i < n; i++) {
        char *text = ms_calloc(1, (size_t)patterns[i].text_bytes + 1);
        if (patterns[i].text_bytes)
            memcpy(text, patterns[i].text, patterns[i].text_bytes);
        p->items[i] = patterns[i];
        p->items[i].text = text;
        p->n_regexes += patterns[i].is_regex;
    }
    return p;
}

static enum ms_status databases_create(struct ms_patterns *p, const char *cache_dir, struct ms_error *err)
{
    if (hs_valid_platform() != HS_SUCCESS)
        return ms_fail(err, MS_ERR_LIBRARY, "Hyperscan does not run on this processor: it needs SSSE3");
    p->from_cache = cache_dir != NULL && ms_databases_load(p, cache_dir);
    if (!p->from_cache) {
        enum ms_status st = ms_databases_compile(p, err);
        if (st != MS_OK)
            return st;
        if (cache_dir != NULL)
            ms_databases_store(p, cache_dir);
    }
    hs_error_t rc = hs_alloc_scratch(p->blocks_db, &p->scratch);
    if (rc == HS_SUCCESS && p->line_db != NULL && p->line_db != p->blocks_db)
        rc = hs_alloc_scratch(p->line_db, &p->scratch);
    return rc == HS_SUCCESS ? MS_OK
                            : ms_fail(err, MS_ERR_LIBRARY, "Hyperscan cannot make its scratch space (error %d)", rc);
}

enum ms_status ms_patterns_create(struct ms_patterns **out, const struct ms_pattern *patterns, size_t n,
                                  enum ms_scan_engine engine, const char *cache_dir, struct ms_error *err)
{
    struct ms_patterns *p = patterns_copy(patterns, n, engine);
    enum ms_status st = MS_OK;
    for (size_t i = 0; i < n && st == MS_OK; i++)
        st = ms_pattern_check(&p->items[i], engine, err);
    if (st == MS_OK && n > 0 && engine == MS_SCAN_HYPERSCAN)
        st = databases_create(p, cache_dir, err);
    if (st == MS_OK && engine == MS_SCAN_PLAIN) { /* each scanner compiles its own; here only to see that it can */
        struct ms_plain *plain = NULL;
        st = ms_plain_create(&plain, p, err);
        ms_plain_destroy(plain);
    }
    if (st == MS_OK)
        *out = p;
    else
        ms_patterns_destroy(p);
    return st;
}

bool ms_patterns_from_cache(const struct ms_patterns *p)
{
    return p->from_cache;
}

void ms_patterns_destroy(struct ms_patterns *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->n; i++)
        free((char *)p->items[i].text);
    free(p->items);
    hs_free_scratch(p->scratch);
    if (p->line_db != p->blocks_db)
        hs_free_database(p->line_db);
    hs_free_database(p->blocks_db);
    free(p);
}
