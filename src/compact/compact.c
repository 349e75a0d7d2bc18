#include "compact/compact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "compact/manifest.h"
#include "dataset/dataset.h"
#include "pipeline/encode.h"
#include "query/parts.h"

struct part { /* of the generation before */
    enum ms_table_id table;
    char name[32];
    uint64_t n_rows;
    bool is_merged; /* its rows are in a part of this run */
};

struct ms_compact {
    struct ms_publish *publish;
    struct ms_query *query;
    struct part *parts; /* by table, then as they are numbered */
    size_t n_parts, cap_parts;
    unsigned n_threads;
    struct ms_encode_scratch *scratches;
    /* The rows of the part that is being made. */
    struct ms_dict dict;
    struct ms_arena arena;
    struct ms_rows rows;
};

enum ms_status ms_compact_begin(struct ms_compact **out, const char *dataset, struct ms_error *err)
{
    char *folder = NULL; /* (a path without a dataset shall not become one) */
    enum ms_status st = ms_dataset_resolve(dataset, &folder, err);
    free(folder);
    if (st != MS_OK)
        return st;
    struct ms_compact *c = ms_calloc(1, sizeof *c);
    st = ms_publish_begin(&c->publish, dataset, MS_PUBLISH_APPEND, err);
    if (st == MS_OK)
        st = ms_query_open(&c->query, dataset, err);
    if (st == MS_OK)
        *out = c;
    else
        ms_compact_end(c);
    return st;
}

struct ms_query *ms_compact_query(const struct ms_compact *c)
{
    return c->query;
}

void ms_compact_end(struct ms_compact *c)
{
    if (c == NULL)
        return;
    ms_query_close(c->query);
    ms_publish_abort(c->publish);
    free(c->parts);
    free(c);
}

/* ---- which parts ---- */

static bool table_named(struct ms_span name, enum ms_table_id *out)
{
    for (enum ms_table_id t = 0; t < MS_N_TABLES; t++)
        if (ms_span_is(name, ms_tables[t].name)) {
            *out = t;
            return true;
        }
    return false;
}

static enum ms_status take_part(void *user, const struct ms_span *f, size_t n, struct ms_error *err)
{
    (void)n, (void)err;
    struct ms_compact *c = user;
    struct part part = {.n_rows = (uint64_t)ms_field_number(f[2])};
    if (!table_named(f[0], &part.table) || f[1].n >= sizeof part.name)
        return MS_OK; /* not ours: it stays as it is */
    memcpy(part.name, f[1].p, f[1].n);
    c->parts = ms_grow(c->parts, &c->cap_parts, c->n_parts + 1, sizeof *c->parts);
    c->parts[c->n_parts++] = part;
    return MS_OK;
}

/* The parts from `first` on that become one; 1: this one stays. Greedy, so that a second time finds nothing to do. An empty part
 * is there so that its table can be read; it goes with the first that has rows. */
static size_t group_size(const struct ms_compact *c, size_t first, uint64_t part_rows)
{
    uint64_t n_rows = c->parts[first].n_rows;
    size_t n = 1;
    for (; first + n < c->n_parts && c->parts[first + n].table == c->parts[first].table; n++) {
        if (n_rows > 0 && n_rows + c->parts[first + n].n_rows > part_rows)
            break;
        n_rows += c->parts[first + n].n_rows;
    }
    return n_rows > 0 ? n : 1;
}

/* ---- one part ---- */

static enum ms_status take_rows(void *user, const struct ms_column_rows *columns, uint64_t n_rows, struct ms_error *err)
{
    (void)err;
    struct ms_compact *c = user;
    const struct ms_table *table = c->rows.table;
    for (uint64_t row = 0; row < n_rows; row++) {
        ms_cells *cells = ms_rows_begin(&c->rows, c->rows.n); /* they stay in this order */
        for (size_t i = 0; i < table->n_columns; i++)
            if (table->columns[i].type == MS_T_DICT)
                *cells[i] = ms_code_cell(ms_dict_add(&c->dict, columns[i].strings[row]));
            else if (table->columns[i].type == MS_T_UNIQUE)
                *cells[i] = ms_text_cell(&c->arena, columns[i].strings[row]);
            else
                *cells[i] = columns[i].ints[row];
    }
    return MS_OK;
}

struct encoding {
    struct ms_compact *compact;
    struct ms_plan plan;
    enum ms_status *statuses; /* by thread */
    struct ms_error *errors;
};

static void encode(void *encoding, unsigned thread)
{
    struct encoding *e = encoding;
    e->statuses[thread] = ms_plan_encode(&e->plan, &e->compact->scratches[thread], &e->errors[thread]);
}

static enum ms_status write_rows(struct ms_compact *c, const struct part *first, uint64_t *bytes, struct ms_error *err)
{
    int dirs[MS_N_TABLES] = {0};
    unsigned number = 0;
    struct ms_rows *rows = &c->rows;
    const struct ms_dict *dict = &c->dict;
    struct encoding e = {.compact = c,
                         .statuses = ms_calloc(c->n_threads, sizeof *e.statuses),
                         .errors = ms_calloc(c->n_threads, sizeof *e.errors)};
    enum ms_status st = MS_OK;
    dirs[first->table] = ms_publish_table_dir(c->publish, ms_tables[first->table].name, err);
    if (dirs[first->table] < 0)
        st = MS_ERR_IO;
    else if (sscanf(first->name, "part-%9u.parquet", &number) != 1)
        st = ms_fail(err, MS_ERR_FORMAT, "%s of %s is no name of a part", first->name, ms_tables[first->table].name);
    const struct ms_wanted wanted = {first->table, "part", number, &rows};
    ms_plan_begin(&e.plan, &dict, 1, &wanted, 1, dirs);
    ms_plan_sort(&e.plan);
    if (st == MS_OK)
        ms_parallel(c->n_threads, encode, &e);
    for (unsigned i = 0; i < c->n_threads && st == MS_OK; i++)
        if (e.statuses[i] != MS_OK)
            st = ms_fail(err, e.statuses[i], "%s", e.errors[i].text);
    if (st == MS_OK)
        st = ms_plan_write(&e.plan, err);
    *bytes += e.plan.bytes_written;
    ms_plan_end(&e.plan);
    free(e.statuses);
    free(e.errors);
    return st;
}

static enum ms_status merge(struct ms_compact *c, size_t first, size_t n, struct ms_compact_summary *summary,
                            struct ms_error *err)
{
    const struct ms_table *table = &ms_tables[c->parts[first].table];
    char **paths = ms_malloc(n * sizeof *paths);
    uint64_t n_rows = 0;
    ms_rows_init(&c->rows, table);
    for (size_t i = 0; i < n; i++) {
        struct part *part = &c->parts[first + i];
        paths[i] = ms_sprintf("%s/%s/%s", ms_query_folder(c->query), table->name, part->name);
        n_rows += part->n_rows;
        part->is_merged = true;
        ms_publish_drop(c->publish, table->name, part->name);
    }
    enum ms_status st = ms_query_part_rows(c->query, table, (const char *const *)paths, n, take_rows, c, err);
    if (st == MS_OK && c->rows.n != n_rows)
        st = ms_fail(err, MS_ERR_FORMAT, "internal error: %llu rows of %s were read, but there are %llu",
                     (unsigned long long)c->rows.n, table->name, (unsigned long long)n_rows);
    if (st == MS_OK)
        st = write_rows(c, &c->parts[first], &summary->bytes_written, err);
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    free(paths);
    ms_rows_fini(&c->rows);
    ms_dict_reset(&c->dict);
    ms_arena_reset(&c->arena);
    summary->n_rows += n_rows;
    return st;
}

/* ---- dataset.json ---- */

static enum ms_status read_manifest(const struct ms_compact *c, struct ms_buffer *out, struct ms_error *err)
{
    int fd = openat(ms_publish_current(c->publish), "dataset.json", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    char chunk[4096];
    ssize_t n = -1;
    while (fd >= 0 && ((n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)))
        ms_buffer_append(out, chunk, n > 0 ? (size_t)n : 0);
    enum ms_status st =
        n == 0 ? MS_OK : ms_fail(err, MS_ERR_IO, "cannot read dataset.json of the dataset: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return st;
}

static bool is_gone(void *user, const char *table, const char *part)
{
    const struct ms_compact *c = user;
    for (size_t i = 0; i < c->n_parts; i++)
        if (c->parts[i].is_merged && strcmp(ms_tables[c->parts[i].table].name, table) == 0 &&
            strcmp(c->parts[i].name, part) == 0)
            return true;
    return false;
}

static void add_digest(void *user, const char *table, const char *part, const char *sha256)
{
    ms_manifest_digest(user, table, part, sha256);
}

static enum ms_status commit(struct ms_compact *c, struct ms_error *err)
{
    struct ms_buffer before = {0}, digests = {0}, after = {0};
    enum ms_status st = read_manifest(c, &before, err);
    if (st == MS_OK)
        st = ms_publish_digests(c->publish, add_digest, &digests, err);
    if (st == MS_OK && !ms_manifest_replace(ms_span_of(before.data, before.size_bytes), is_gone, c,
                                            ms_span_of(digests.data, digests.size_bytes), &after))
        st = ms_fail(err, MS_ERR_FORMAT, "dataset.json of the dataset is not as mailstrata writes it");
    if (st == MS_OK) {
        struct ms_publish *publish = c->publish;
        c->publish = NULL; /* commit ends it, whatever comes */
        st = ms_publish_commit(publish, after.data, after.size_bytes, err);
    }
    ms_buffer_fini(&before);
    ms_buffer_fini(&digests);
    ms_buffer_fini(&after);
    return st;
}

/* ---- all of them ---- */

static enum ms_status merge_all(struct ms_compact *c, uint64_t part_rows, struct ms_compact_summary *summary,
                                struct ms_error *err)
{
    enum ms_status st = MS_OK;
    for (size_t first = 0, n; first < c->n_parts && st == MS_OK; first += n) {
        n = group_size(c, first, part_rows);
        summary->n_parts_before += n;
        summary->n_parts_after++;
        if (n > 1)
            st = merge(c, first, n, summary, err);
    }
    return st;
}

enum ms_status ms_compact_run(struct ms_compact *c, uint64_t part_rows, struct ms_compact_summary *summary,
                              struct ms_error *err)
{
    uint64_t seed;
    long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    *summary = (struct ms_compact_summary){0};
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        return ms_fail(err, MS_ERR_IO, "cannot get random bytes from the system");
    c->n_threads = n_cores > 0 ? (unsigned)n_cores : 1;
    c->scratches = ms_calloc(c->n_threads, sizeof *c->scratches);
    for (unsigned i = 0; i < c->n_threads; i++)
        ms_encode_scratch_init(&c->scratches[i]);
    ms_dict_init(&c->dict, seed);
    enum ms_status st = ms_parts_sizes(c->query, take_part, c, err);
    if (st == MS_OK)
        st = ms_publish_keep_all(c->publish, err);
    if (st == MS_OK)
        st = merge_all(c, part_rows, summary, err);
    if (st == MS_OK && summary->n_parts_after < summary->n_parts_before)
        st = commit(c, err);
    for (unsigned i = 0; i < c->n_threads; i++)
        ms_encode_scratch_fini(&c->scratches[i]);
    free(c->scratches);
    ms_dict_fini(&c->dict);
    ms_arena_fini(&c->arena);
    return st;
}
