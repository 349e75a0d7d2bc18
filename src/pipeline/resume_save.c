/* Checkpoints: written between two stripes, at most every half minute, and so seldom that they take a fiftieth of the time. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "pipeline/append_parts.h"
#include "pipeline/resume_parts.h"

enum { DEFAULT_S = 30, SHARE = 50 };

const char ms_checkpoint_magic[16] = "mailstrata resum";

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void ms_resume_wait(struct ms_run *run, double cost_s)
{
    int64_t every_s = run->config->checkpoint_s;
    double least_s = every_s < 0 ? DEFAULT_S : (double)every_s, share_s = every_s == 0 ? 0 : cost_s * SHARE;
    run->resume->due_s = now_s() + (least_s > share_s ? least_s : share_s);
}

/* Of a file on whose text rows depend; it is no secret, so the key is none. */
static void put_digest(struct ms_buffer *out, const char *path)
{
    char bytes[1 << 14];
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    uint64_t h = 0;
    for (size_t n; file != NULL && (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
        h = ms_hash(bytes, n, h);
    if (file != NULL)
        fclose(file);
    ms_buffer_printf(out, ", %016llx", (unsigned long long)h);
}

void ms_resume_describe(const struct ms_run *run, struct ms_buffer *out)
{
    const struct ms_config *c = run->config;
    ms_buffer_printf(out, "%s, --append %d, --reopen %d, --year %d, horizon of %lld, ", MS_VERSION, c->append,
                     c->reopen, c->year, (long long)c->horizon_s);
    ms_append_describe_options(run, out);
    put_digest(out, c->host_map);
    put_digest(out, c->reasons);
    put_digest(out, c->patterns);
}

/* ---- writing ---- */

static struct ms_place place_now(const struct ms_run *run)
{
    const struct ms_segment *first = NULL;
    uint64_t out_bytes = 0;
    for (unsigned w = 0; w < run->n_workers; w++) {
        const struct ms_worker *worker = &run->workers[w];
        if (!worker->has_pending)
            continue;
        out_bytes += worker->pending.covers_bytes;
        if (first == NULL || worker->pending.number < first->number)
            first = &worker->pending;
    }
    MS_ASSERT(first != NULL && first->stripe == run->stripe);
    return ms_input_place(run->input, first, out_bytes);
}

static void put_source(const struct ms_run *run, uint32_t file_id, const struct ms_place *place,
                       struct ms_state_out *out)
{
    const struct ms_source *s = ms_input_source(run->input, file_id);
    struct ms_resume_source source;
    struct ms_resume_done done;
    memset(&source, 0, sizeof source);
    memset(&done, 0, sizeof done);
    source.size_bytes = s->size_bytes;
    source.text_start = s->text_start;
    source.written_s = s->is_absent ? 0 : s->written_s;
    source.ends = run->resume->ends[file_id];
    source.compression = s->compression;
    source.is_absent = s->is_absent;
    source.is_done = !s->is_absent && file_id < place->file_id;
    ms_state_put_text(out, ms_span_str(s->path));
    ms_state_put(out, &source, sizeof source);
    if (!source.is_done)
        return;
    done.text_bytes = s->text_bytes;
    done.held_bytes = s->held_bytes;
    done.status = s->status;
    memcpy(done.digest, s->digest, sizeof done.digest);
    memcpy(done.text_digest, s->text_digest, sizeof done.text_digest);
    memcpy(done.sha256, s->sha256, sizeof done.sha256);
    memcpy(done.text_sha256, s->text_sha256, sizeof done.text_sha256);
    ms_state_put(out, &done, sizeof done);
    ms_state_put_text(out, ms_span_str(s->error));
}

static void put_sources(struct ms_run *run, const struct ms_place *place, struct ms_state_out *out)
{
    struct ms_resume *r = run->resume;
    size_t n = ms_input_n_sources(run->input);
    if (r->ends == NULL) {
        r->ends = ms_calloc(n, sizeof *r->ends);
        for (size_t i = 0; i < n; i++)
            if (!ms_input_source(run->input, i)->is_absent)
                r->ends[i] = ms_input_ends(run->input, i);
    }
    ms_state_put_number(out, n);
    for (uint32_t i = 0; i < n; i++)
        put_source(run, i, place, out);
}

static bool put_part(void *out, const char *table, const char *name, uint64_t size_bytes)
{
    size_t n = strlen(name);
    if (n < 8 || strcmp(name + n - 8, ".parquet") != 0)
        return true;
    char *whole = ms_sprintf("%s/%s", table, name);
    ms_state_put_number(out, 1);
    ms_state_put_text(out, ms_span_str(whole));
    ms_state_put_number(out, size_bytes);
    free(whole);
    return true;
}

static enum ms_status put_head(struct ms_run *run, struct ms_state_out *out, struct ms_error *err)
{
    struct ms_buffer options = {0};
    struct ms_place place = place_now(run);
    ms_state_put(out, ms_checkpoint_magic, sizeof ms_checkpoint_magic);
    ms_state_put_number(out, MS_CHECKPOINT_VERSION);
    ms_state_put_number(out, ms_state_layout());
    ms_resume_describe(run, &options);
    ms_state_put_text(out, ms_span_of(options.data, options.size_bytes));
    ms_buffer_fini(&options);
    ms_state_put_number(out, run->correlate.seed);
    ms_state_put_number(out, run->resume->n_names);
    ms_state_put(out, &place, sizeof place);
    ms_state_put(out, run->table_has_part, sizeof run->table_has_part);
    ms_state_put_number(out, run->dataset_bytes);
    put_sources(run, &place, out);
    enum ms_status st = ms_publish_files(run->publish, put_part, out, err);
    ms_state_put_number(out, 0);
    return st;
}

static enum ms_status put_all(struct ms_run *run, struct ms_state_out *out, struct ms_error *err)
{
    struct ms_correlator **workers = ms_malloc(run->n_workers * sizeof *workers);
    enum ms_status st = put_head(run, out, err);
    for (unsigned w = 0; w < run->n_workers; w++)
        workers[w] = run->workers[w].correlator;
    ms_state_save_names(run->names, out);
    ms_state_save_clock(&run->correlate.clock, out);
    ms_state_save_repeats(&run->correlate, NULL, NULL, out);
    for (uint32_t i = 0; i < ms_input_n_sources(run->input); i++) {
        struct ms_file_counts counts = ms_run_count_file(run, i);
        ms_state_put(out, &counts, sizeof counts);
    }
    if (st == MS_OK)
        st = ms_state_save_stripe(workers, run->n_workers, out, err);
    free(workers);
    return st;
}

static enum ms_status make_checkpoint(struct ms_run *run, struct ms_error *err)
{
    struct ms_state_out out = {.fd = ms_publish_checkpoint_new(run->publish, err)};
    if (out.fd < 0)
        return MS_ERR_IO;
    enum ms_status st = put_all(run, &out, err), ended = ms_state_end(&out, st == MS_OK ? err : NULL);
    st = st != MS_OK ? st : ended;
    if (st == MS_OK)
        st = ms_publish_checkpoint_set(run->publish, out.fd, err);
    close(out.fd);
    return st;
}

enum ms_status ms_resume_turn(struct ms_run *run, struct ms_error *err)
{
    double begin_s = now_s();
    if (!run->resume->is_able || begin_s < run->resume->due_s)
        return MS_OK;
    enum ms_status st = make_checkpoint(run, err);
    ms_resume_wait(run, now_s() - begin_s);
    return st;
}
