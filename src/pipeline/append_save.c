/* What a run leaves for the next one that appends. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "pipeline/append_parts.h"

const char ms_append_magic[16] = "mailstrata state";

void ms_append_describe_options(const struct ms_run *run, struct ms_buffer *out)
{
    const struct ms_config *c = run->config;
    ms_buffer_printf(out, "--evidence %d, --host %s, --host-map %s, --reasons %s, stripes of %llu", c->evidence,
                     c->host ? c->host : "-", c->host_map ? c->host_map : "-", c->reasons ? c->reasons : "-",
                     (unsigned long long)c->stripe_bytes);
    for (size_t i = 0; i < c->n_zones; i++)
        ms_buffer_printf(out, ", --tz %s", c->zones[i].text);
    for (size_t i = 0; run->user_patterns != NULL && i < run->user_patterns->n; i++)
        ms_buffer_printf(out, "\n%s", run->user_patterns->names[i]);
}

/* ---- writing ---- */

static void put_file(struct ms_run *run, uint32_t file_id, struct ms_state_out *out)
{
    const struct ms_append *a = run->append;
    const struct ms_source *s = ms_input_source(run->input, file_id);
    const struct ms_file_year *y = &run->years[file_id];
    struct ms_file_counts counts = ms_run_count_file(run, file_id);
    struct ms_known known;
    bool is_as_before = s->is_known && (s->is_absent || s->status == MS_SOURCE_UNREADABLE);
    if (is_as_before) {
        known = a->known[file_id];
        known.mark = s->mark;
    } else {
        (void)ms_input_remember(run->input, file_id, &known);
    }
    known.path = known.error = NULL;
    ms_state_put(out, &known, sizeof known);
    ms_state_put_text(out, ms_span_str(s->path));
    ms_state_put_text(out, ms_span_str(s->error));
    ms_state_put(out, &counts, sizeof counts);
    struct ms_clock_file clock = run->correlate.clock.files[file_id];
    clock.told = NULL; /* an address: --tz tells it again */
    clock.days = NULL; /* what is read of the file from now on has passed them */
    clock.n_days = 0;
    ms_state_put(out, &clock, sizeof clock);
    ms_state_put_text(out, ms_span_str(y->anchor));
    ms_state_put_text(out, ms_span_str(y->note));
    ms_state_put_number(out, y->host_id);
    ms_state_put_number(out, y->is_zoneless);
    ms_state_put_number(out, y->n_hosts);
    ms_state_put(out, y->hosts, y->n_hosts * sizeof *y->hosts);
}

/* Sources without any text yet come last; what they will hold comes as a new source, in its place by time. */
static size_t n_files_with_text(const struct ms_run *run)
{
    size_t n = ms_input_n_sources(run->input);
    while (n > 0 && ms_input_source(run->input, n - 1)->text_bytes == 0)
        n--;
    return n;
}

/* Hosts that have a line in the dataset. */
static void put_has_lines(const struct ms_run *run, struct ms_state_out *out)
{
    size_t n = ms_names_n_hosts(run->names);
    bool *has_lines = ms_calloc(n + 1, sizeof *has_lines);
    ms_run_hosts_with_lines(run, has_lines);
    ms_state_put_number(out, n);
    ms_state_put(out, has_lines, n);
    free(has_lines);
}

/* A file that has been quiet for days will not go on with a line that sums up. */
static bool may_go_on(void *user, uint32_t file_id)
{
    const struct ms_run *run = user;
    struct ms_file_counts counts = ms_run_count_file(run, file_id);
    return counts.last_us == MS_NONE || counts.last_us >= run->append->horizon.final_us;
}

static enum ms_status put_all(struct ms_run *run, struct ms_state_out *out, struct ms_error *err)
{
    struct ms_append *a = run->append;
    struct ms_counts counts = a->base;
    struct ms_correlator **workers = ms_malloc(run->n_workers * sizeof *workers);
    for (unsigned w = 0; w < run->n_workers; w++) {
        workers[w] = run->workers[w].correlator;
        ms_state_add_counts(&counts, workers[w]);
    }
    ms_state_put(out, ms_append_magic, sizeof ms_append_magic);
    ms_state_put_number(out, MS_STATE_VERSION);
    ms_state_put_number(out, ms_state_layout());
    ms_state_put_number(out, (uint64_t)a->horizon.final_us);
    ms_state_put_number(out, run->correlate.seed);
    ms_state_put_number(out, a->n_stripes + run->stripe);
    ms_state_put(out, &counts, sizeof counts);
    size_t n = n_files_with_text(run);
    ms_state_put_number(out, n);
    for (uint32_t i = 0; i < n; i++)
        put_file(run, i, out);
    struct ms_buffer options = {0};
    ms_append_describe_options(run, &options);
    ms_state_put_text(out, ms_span_of(options.data, options.size_bytes));
    ms_buffer_fini(&options);
    ms_state_save_names(run->names, out);
    ms_state_put_number(out, a->n_zones);
    ms_state_put(out, a->zones, a->n_zones * sizeof *a->zones);
    ms_state_save_hosts(&run->correlate.clock, out);
    put_has_lines(run, out);
    ms_state_save_repeats(&run->correlate, may_go_on, run, out);
    int64_t keep_us = ms_append_context_us(run, &a->horizon); /* beside which the rest is judged */
    enum ms_status st = ms_state_save_open(workers, run->n_workers, a->horizon.final_us, keep_us, out, err);
    free(workers);
    return st;
}

enum ms_status ms_append_save(struct ms_run *run, struct ms_error *err)
{
    (void)ms_append_end_horizon(run);
    int dir = ms_publish_table_dir(run->publish, "state", err);
    if (dir < 0)
        return MS_ERR_IO;
    /* For its owner only: it holds the key of the hashes. */
    struct ms_state_out out = {.fd = openat(dir, MS_STATE_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (out.fd < 0)
        return ms_fail_at(err, errno, "make", dir, MS_STATE_NAME);
    enum ms_status st = put_all(run, &out, err), ended = ms_state_end(&out, st == MS_OK ? err : NULL);
    close(out.fd);
    return st != MS_OK ? st : ended;
}
