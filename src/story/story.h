/* Stories straight from logs, without a dataset: every line that belongs to the mail or session that some line matching the
 * user's patterns belongs to. A first pass only looks for matches, byte by byte; further ones collect the lines of the queue
 * files and processes that were found, until nothing new comes. What is one mail, one session, and at what time, is judged as
 * ingest does it (correlate/lives.h), with the same clock over all lines.
 *
 * A story is one life of a queue file with the session that brought it; where a line of the session itself matches, the session
 * with all mails that it brought; with `hops`, all lives that are one mail. A line that matches and belongs to neither is a
 * story of its own. Memory: by what is found, not by what is searched. The result depends on the input alone, not on threads
 * or segments. Thread rule: one search a process; starts and joins its own workers. */
#ifndef MS_STORY_STORY_H
#define MS_STORY_STORY_H

#include "base/span.h"
#include "base/status.h"
#include "scan/scan.h"

struct ms_story_config {
    const char *const *paths;
    size_t n_paths;
    const struct ms_pattern *patterns; /* any may match; ids are not looked at */
    size_t n_patterns;
    enum ms_scan_engine engine;       /* MS_SCAN_PLAIN: no Hyperscan in any pass, nothing is looked at in part */
    unsigned threads;                 /* 0: one per available core */
    size_t segment_bytes;             /* 0: default */
    const struct ms_told_zone *zones; /* the rest as in struct ms_config of pipeline/ingest.h */
    size_t n_zones;
    int year;
    const char *host, *host_map;
    bool files_only; /* which files match; nothing is collected */
    bool hops;
};

struct ms_story_line {
    uint32_t story;      /* 0.., in order of the time of their first lines */
    uint32_t file;       /* see ms_stories_path */
    uint64_t offset;     /* in the uncompressed file */
    int64_t time_us;     /* INT64_MIN: not known */
    struct ms_span host; /* NULL: none */
    struct ms_span queue_id;
    struct ms_span text; /* as logged, without its end; of a line over 1 MiB the beginning */
    bool matched;        /* the patterns; not only the story */
};

struct ms_stories;

/* MS_ERR_USAGE: a pattern or path; MS_ERR_IO: a file changed between two passes. Files that cannot be read are no failure: they
 * are named by ms_stories_problem. */
MS_NODISCARD enum ms_status ms_stories_find(struct ms_stories **out, const struct ms_story_config *config,
                                            struct ms_error *err);
void ms_stories_destroy(struct ms_stories *s);

size_t ms_stories_count(const struct ms_stories *s);
unsigned ms_stories_passes(const struct ms_stories *s);
/* The lines of all stories, story by story, each in order of time. Spans live as long as `s`. */
size_t ms_stories_n_lines(const struct ms_stories *s);
struct ms_story_line ms_stories_line(const struct ms_stories *s, size_t i);

size_t ms_stories_n_files(const struct ms_stories *s);
const char *ms_stories_path(const struct ms_stories *s, size_t file);
bool ms_stories_file_matched(const struct ms_stories *s, size_t file);
/* NULL, or a sentence: why the file could not be read to its end. */
const char *ms_stories_problem(const struct ms_stories *s, size_t file);

#endif
