/* The matcher over all bytes: rare line signatures and the user's patterns, in one pass (reference/scan-performance.md 2).
 *
 * CONTRACT handed on: struct ms_hit. The common line kinds are NOT patterns here; parse names them by direct dispatch.
 *
 * What is a match does not depend on where the text is cut, only on its lines. A line is what stands between two '\n', without
 * them; every line is a text of its own:
 *   - a literal is found at every place, overlapping ones too; one with a line end inside is refused;
 *   - a regular expression is found once a line, with the smallest end a match has there. ^ and $ are the borders of the
 *     line; \s, [^x] and (?s). never reach into the next one. \A, \z, \Z, (?-m), (*VERBS) and what
 *     matches the empty text are refused. A line is bytes, not UTF-8. caseless means A-Z.
 *
 * MS_SCAN_PLAIN is the slow twin that needs no Hyperscan: the same hits for literals, and for the expressions that mean the
 * same in POSIX (. [] () | ^ $ * + ? {m,n}, and \ before punctuation); it refuses others.
 * Only home of <hs.h>. Thread rule: ms_patterns is immutable and shared; a ms_scanner belongs to one thread. */
#ifndef MS_SCAN_SCAN_H
#define MS_SCAN_SCAN_H

#include "base/span.h"
#include "base/status.h"

#define MS_SCAN_BLOCK_BYTES ((size_t)128 << 10)

struct ms_pattern {
    uint32_t id;
    const char *text; /* literal bytes, or a regular expression */
    uint32_t text_bytes;
    bool is_regex; /* PCRE syntax as Hyperscan understands it */
    bool caseless;
};

struct ms_hit {
    uint32_t pattern_id;
    uint32_t end; /* offset behind the last byte of the match, from the start of the scanned text */
};

struct ms_hits {
    struct ms_hit *items;
    size_t n, cap;
};

enum ms_scan_engine { MS_SCAN_HYPERSCAN, MS_SCAN_PLAIN };

struct ms_patterns;
struct ms_scanner;

/* The patterns are copied; ids may repeat. Compiles, or loads the serialized database from `cache_dir` (NULL: no cache). A stale, foreign or damaged cache file is a
 * silent recompile, and so is one that others could have written (a database is code to its library). The folder is made if its
 * parent is there. MS_ERR_USAGE names the pattern that does not compile and why. */
MS_NODISCARD enum ms_status ms_patterns_create(struct ms_patterns **out, const struct ms_pattern *patterns, size_t n,
                                               enum ms_scan_engine engine, const char *cache_dir, struct ms_error *err);
void ms_patterns_destroy(struct ms_patterns *p);
bool ms_patterns_from_cache(const struct ms_patterns *p); /* loaded, not compiled */

MS_NODISCARD enum ms_status ms_scanner_create(struct ms_scanner **out, const struct ms_patterns *p,
                                              struct ms_error *err);
void ms_scanner_destroy(struct ms_scanner *s);

/* Every match in `text`, appended to `hits`, in the order of (end, pattern_id), each once. Matches never cross the borders of
 * `text`, so callers pass whole lines. No allocation but growth of `hits` and of the scanner's own list of lines; hits of
 * literals are bounded by text bytes times patterns only, so callers pass a few blocks at once, not an archive. */
MS_NODISCARD enum ms_status ms_scanner_scan(struct ms_scanner *s, struct ms_span text, struct ms_hits *hits,
                                            struct ms_error *err);
void ms_hits_fini(struct ms_hits *hits);

#endif
