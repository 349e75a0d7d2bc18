/* The tables that are known only when all is read: coverage, hosts, files. And the accounting that every run must pass. */
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "pipeline/append.h"
#include "pipeline/prescan.h"
#include "pipeline/run.h"

static const char *const status_names[] = {[MS_SOURCE_OK] = "ok",
                                           [MS_SOURCE_TRUNCATED] = "truncated",
                                           [MS_SOURCE_CORRUPT] = "corrupt",
                                           [MS_SOURCE_UNREADABLE] = "unreadable"};

struct final {
    struct ms_run *run;
    struct ms_summary *summary;
    struct ms_dict dict;
    struct ms_rows coverage, open_coverage, hosts, files;
    struct ms_horizon horizon;
};

static int64_t text_cell(struct final *f, const char *text)
{
    return ms_code_cell(ms_dict_add(&f->dict, ms_span_str(text)));
}

/* ---- files, and the accounting ---- */

struct ms_file_counts ms_run_count_file(const struct ms_run *run, uint32_t file_id)
{
    struct ms_file_counts sum = {.first_us = MS_NONE, .last_us = MS_NONE};
    for (unsigned w = 0; w < run->n_workers; w++) {
        const struct ms_file_counts *c = &run->workers[w].correlator->files[file_id];
        sum.n_lines += c->n_lines;
        sum.text_bytes += c->text_bytes;
        for (unsigned o = 0; o < MS_N_LINE_OUTCOMES; o++)
            sum.lines[o] += c->lines[o];
        if (c->first_us != MS_NONE && (sum.first_us == MS_NONE || c->first_us < sum.first_us))
            sum.first_us = c->first_us;
        if (c->last_us != MS_NONE && (sum.last_us == MS_NONE || c->last_us > sum.last_us))
            sum.last_us = c->last_us;
    }
    return sum;
}

static enum ms_status check_file(const struct ms_source *source, const struct ms_file_counts *c, struct ms_error *err)
{
    uint64_t sum = 0;
    for (unsigned o = 0; o < MS_N_LINE_OUTCOMES; o++)
        sum += c->lines[o];
    if (sum != c->n_lines)
        return ms_fail(err, MS_ERR_FORMAT,
                       "internal error: %s has %llu lines but %llu outcomes; nothing was published, please report this",
                       source->path, (unsigned long long)c->n_lines, (unsigned long long)sum);
    if (c->text_bytes != source->text_bytes)
        return ms_fail(
            err, MS_ERR_FORMAT,
            "internal error: %s has %llu bytes of text but %llu were read; nothing was published, please report this",
            source->path, (unsigned long long)source->text_bytes, (unsigned long long)c->text_bytes);
    return MS_OK;
}

/* Once. */
static void put_offset(struct ms_buffer *out, int64_t offset_us)
{
    char text[MS_ZONE_TEXT];
    ms_zone_offset_text(offset_us, text);
    if (out->size_bytes == 0 || memmem(out->data, out->size_bytes, text, strlen(text)) == NULL)
        ms_buffer_printf(out, "%s%s", out->size_bytes ? ", " : "", text);
}

/* What the clock showed in that time. */
static void put_zone(struct ms_buffer *out, const struct ms_zone *zone, int64_t first_us, int64_t last_us,
                     const char *how)
{
    for (size_t i = 0; i < zone->n; i++)
        if (zone->steps[i].from_us <= last_us && (i + 1 == zone->n || zone->steps[i + 1].from_us > first_us))
            put_offset(out, zone->steps[i].offset_us);
    ms_buffer_printf(out, "%s", how);
}

/* Its name, and what that came to. */
static void put_told(struct ms_buffer *out, const struct ms_told_zone *told, int64_t first_us, int64_t last_us)
{
    struct ms_buffer offsets = {0};
    put_zone(&offsets, &told->zone, first_us, last_us, "");
    if (!told->is_fixed)
        ms_buffer_printf(out, "%s: ", told->path != NULL ? strrchr(told->text, '=') + 1 : told->text);
    ms_buffer_append(out, offsets.data, offsets.size_bytes);
    ms_buffer_printf(out, " by --tz");
    ms_buffer_fini(&offsets);
}

/* Of the first line's host, in the time of the file; NULL: there is no stamp. */
static int64_t zone_cell(struct final *f, const struct ms_source *s, const struct ms_file_counts *c)
{
    const struct ms_config *config = f->run->config;
    const struct ms_file_year *year = &f->run->years[s->file_id];
    const struct ms_clock *clock = &f->run->correlate.clock;
    const struct ms_zone *zone = year->host_id < clock->n_zones ? clock->zones[year->host_id] : NULL;
    const struct ms_told_zone *told = ms_told_zone_of(config->zones, config->n_zones, s->path);
    struct ms_buffer text = {0};
    if (c->first_us == MS_NONE)
        return MS_NULL_I64;
    if (!year->is_zoneless)
        ms_buffer_printf(&text, "in the stamp");
    else if (told != NULL)
        put_told(&text, told, c->first_us, c->last_us);
    else if (zone == NULL)
        ms_buffer_printf(&text, "UTC assumed");
    else
        put_zone(&text, zone, c->first_us, c->last_us, " by queue IDs");
    ms_buffer_append(&text, "", 1);
    int64_t cell = text_cell(f, text.data);
    ms_buffer_fini(&text);
    return cell;
}

static void put_minute(struct ms_buffer *out, int64_t second)
{
    time_t seconds = (time_t)second;
    struct tm tm;
    if (gmtime_r(&seconds, &tm) != NULL)
        ms_buffer_printf(out, "%d-%02d-%02d %02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                         tm.tm_min);
}

/* What speaks against the file's times; NULL: nothing. The caller frees it. */
static char *doubts(const struct ms_run *run, uint32_t file_id)
{
    const struct ms_clock_file *clock = &run->correlate.clock.files[file_id];
    const char *note = run->years[file_id].note;
    if (!clock->year_known || clock->back_to_s == MS_CLOCK_NEVER)
        return note != NULL ? ms_strdup(note) : NULL;
    struct ms_buffer text = {0};
    ms_buffer_printf(&text, "%s%sits stamps, which have no year, go back from ", note != NULL ? note : "",
                     note != NULL ? "; " : "");
    put_minute(&text, clock->back_from_s);
    ms_buffer_printf(&text, " to ");
    put_minute(&text, clock->back_to_s);
    ms_buffer_printf(
        &text, ": taken for a clock that was set back. If a year without lines lies there, give what is behind it "
               "as a file of its own");
    ms_buffer_append(&text, "", 1);
    return text.data;
}

/* What was wrong with the file, and what is with its times. */
static int64_t error_cell(struct final *f, const struct ms_source *s)
{
    char *note = doubts(f->run, s->file_id);
    struct ms_summary *sum = f->summary;
    if (note == NULL)
        return text_cell(f, s->error);
    char *both = s->error ? ms_sprintf("%s; %s", s->error, note) : ms_sprintf("%s: %s", s->path, note);
    int64_t cell = text_cell(f, both);
    if (sum->n_files_year_doubtful < MS_N_SAMPLES)
        sum->year_notes[sum->n_files_year_doubtful] = ms_sprintf("%s: %s", s->path, note);
    sum->n_files_year_doubtful++;
    free(both);
    free(note);
    return cell;
}

static void file_row(struct final *f, const struct ms_source *s, const struct ms_file_counts *c)
{
    bool known = f->run->correlate.clock.files[s->file_id].year_known;
    int64_t v[MS_N_COL_files];
    ms_cells_clear(v, &ms_tables[MS_FILES]);
    v[MS_COL_files_file_id] = s->file_id;
    v[MS_COL_files_path] = text_cell(f, s->path);
    v[MS_COL_files_size_bytes] = (int64_t)s->size_bytes;
    v[MS_COL_files_digest] = text_cell(f, s->digest);
    if (s->sha256[0] != '\0') {
        v[MS_COL_files_sha256] = text_cell(f, s->sha256);
        v[MS_COL_files_text_sha256] = text_cell(f, s->text_sha256);
    }
    v[MS_COL_files_compression] = text_cell(f, ms_compression_name(s->compression));
    v[MS_COL_files_text_bytes] = (int64_t)(s->text_bytes + s->held_bytes);
    v[MS_COL_files_n_lines] = (int64_t)c->n_lines;
    for (unsigned o = 0; o < MS_N_LINE_OUTCOMES; o++)
        v[MS_COL_files_n_lines_message + o] = (int64_t)c->lines[o];
    v[MS_COL_files_first_time] = known && c->first_us != MS_NONE ? c->first_us : MS_NULL_I64;
    v[MS_COL_files_last_time] = known && c->last_us != MS_NONE ? c->last_us : MS_NULL_I64;
    v[MS_COL_files_year_anchor] = text_cell(f, f->run->years[s->file_id].anchor);
    v[MS_COL_files_zone] = zone_cell(f, s, c);
    v[MS_COL_files_status] = text_cell(f, status_names[s->status]);
    v[MS_COL_files_error] = error_cell(f, s);
    ms_rows_append(&f->files, s->file_id, v);
    if (!known && c->first_us != MS_NONE)
        f->summary->n_files_without_year++;
    const char *anchor = f->run->years[s->file_id].anchor;
    f->summary->n_files_year_by_mtime += anchor != NULL && strcmp(anchor, ms_anchor_names[MS_ANCHOR_MTIME]) == 0;
}

static void note_bad(struct ms_summary *sum, const struct ms_source *s)
{
    if (sum->n_files_bad < MS_N_SAMPLES)
        sum->bad_notes[sum->n_files_bad] =
            s->error != NULL ? ms_strdup(s->error) : ms_sprintf("%s is %s", s->path, status_names[s->status]);
    sum->n_files_bad++;
}

static enum ms_status add_files(struct final *f, struct ms_error *err)
{
    struct ms_summary *sum = f->summary;
    size_t n = ms_input_n_sources(f->run->input);
    for (uint32_t i = 0; i < n; i++) {
        const struct ms_source *source = ms_input_source(f->run->input, i);
        struct ms_file_counts c = ms_run_count_file(f->run, i);
        enum ms_status st = check_file(source, &c, err);
        if (st != MS_OK)
            return st;
        if (source->held_bytes > 0) {
            c.n_lines++;
            c.lines[MS_LINE_PENDING]++;
        }
        file_row(f, source, &c);
        sum->n_files++;
        if (source->is_absent ? source->is_unreadable_now : source->status != MS_SOURCE_OK)
            note_bad(sum, source);
        sum->n_new_files += !source->is_absent;
        sum->new_text_bytes += source->text_bytes - source->text_start;
        sum->stored_bytes += source->size_bytes;
        sum->text_bytes += source->text_bytes + source->held_bytes;
        sum->n_lines += c.n_lines;
        for (unsigned o = 0; o < MS_N_OUTCOMES; o++)
            sum->lines[o] += c.lines[o];
    }
    return MS_OK;
}

/* ---- coverage, hosts ---- */

void ms_run_hosts_with_lines(const struct ms_run *run, bool *has_lines)
{
    for (size_t i = 0; run->append != NULL && i < run->append->n_has_lines; i++)
        has_lines[i] = run->append->has_lines[i];
    for (unsigned w = 0; w < run->n_workers; w++) {
        const struct ms_coverage *c = &run->workers[w].correlator->coverage;
        for (size_t i = 0; i < c->n_cells; i++)
            has_lines[c->cells[i].host_id] = true;
    }
}

struct host_name {
    struct ms_span host, alias;
};

static int compare_spans(struct ms_span a, struct ms_span b)
{
    uint32_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int by_host(const void *a, const void *b)
{
    const struct host_name *x = a, *y = b;
    int order = compare_spans(x->host, y->host);
    return order ? order : compare_spans(x->alias, y->alias);
}

/* All names of each host that has a line. Names of --host-map that no line has are among them: who looks for them finds it. */
static void add_hosts(struct final *f)
{
    const struct ms_names *names = f->run->names;
    uint32_t n_names = ms_names_n_hosts(names), n = 0;
    bool *has_lines = ms_calloc(n_names, sizeof *has_lines);
    struct host_name *found = ms_malloc(n_names * sizeof *found + 1);
    ms_run_hosts_with_lines(f->run, has_lines);
    for (uint32_t id = 0; id < n_names; id++) {
        uint32_t host = ms_names_one_host(names, id);
        struct ms_span alias = ms_names_host(names, id);
        if (has_lines[host] && alias.n > 0)
            found[n++] = (struct host_name){ms_names_host(names, host), alias};
    }
    qsort(found, n, sizeof *found, by_host); /* ids depend on timing: names do not */
    for (uint32_t i = 0; i < n; i++) {
        int64_t v[MS_N_COL_hosts];
        v[MS_COL_hosts_host] = ms_code_cell(ms_dict_add(&f->dict, found[i].host));
        v[MS_COL_hosts_alias] = ms_code_cell(ms_dict_add(&f->dict, found[i].alias));
        ms_rows_append(&f->hosts, i, v);
    }
    free(found);
    free(has_lines);
}

struct cell_name {
    struct ms_coverage_cell cell;
    struct ms_span host, program;
};

static int by_name(const void *a, const void *b)
{
    const struct cell_name *x = a, *y = b;
    int order = compare_spans(x->host, y->host);
    if (order == 0)
        order = compare_spans(x->program, y->program);
    return order ? order : (x->cell.hour > y->cell.hour) - (x->cell.hour < y->cell.hour);
}

static void add_coverage(struct final *f)
{
    const struct ms_names *names = f->run->names;
    struct ms_coverage all = {0};
    for (unsigned w = 0; w < f->run->n_workers; w++)
        ms_coverage_merge(&all, &f->run->workers[w].correlator->coverage);
    struct cell_name *cells = ms_malloc(all.n_cells * sizeof *cells + 1);
    for (size_t i = 0; i < all.n_cells; i++)
        cells[i] = (struct cell_name){all.cells[i], ms_names_host(names, all.cells[i].host_id),
                                      ms_names_tag(names, all.cells[i].tag_id)->tag};
    qsort(cells, all.n_cells, sizeof *cells, by_name); /* ids depend on timing: names do not */
    for (size_t i = 0; i < all.n_cells; i++) {
        const struct ms_coverage_cell *c = &cells[i].cell;
        bool known = c->hour != INT64_MIN;
        int64_t v[MS_N_COL_coverage];
        v[MS_COL_coverage_host] = ms_code_cell(ms_dict_add(&f->dict, cells[i].host));
        v[MS_COL_coverage_program] =
            ms_code_cell(ms_dict_add(&f->dict, cells[i].program.p ? cells[i].program : MS_SPAN_LIT("")));
        v[MS_COL_coverage_hour] = known ? c->hour * INT64_C(3600000000) : MS_NULL_I64;
        v[MS_COL_coverage_n_lines] = (int64_t)c->n_lines;
        v[MS_COL_coverage_n_lost] = (int64_t)c->n_lost;
        v[MS_COL_coverage_first_time] = known ? c->first_us : MS_NULL_I64;
        v[MS_COL_coverage_last_time] = known ? c->last_us : MS_NULL_I64;
        bool is_final = ms_coverage_is_final(c, f->horizon.final_us);
        ms_rows_append(is_final ? &f->coverage : &f->open_coverage, i, v);
    }
    free(cells);
    add_hosts(f);
    ms_coverage_fini(&all);
}

/* ---- all of them ---- */

static enum ms_status write_tables(struct final *f, struct ms_error *err)
{
    struct ms_run *run = f->run;
    struct ms_rows *coverage = &f->coverage, *open = &f->open_coverage, *hosts = &f->hosts, *files = &f->files;
    const struct ms_dict *dict = &f->dict;
    struct ms_wanted wanted[] = {
        {MS_COVERAGE, "part", ms_publish_next_part(run->publish, "coverage"), &coverage},
        {MS_COVERAGE, "open", 0, &open},
        {MS_HOSTS, "part", 0, &hosts},
        {MS_FILES, "part", 0, &files},
    };
    struct ms_plan plan;
    ms_plan_begin(&plan, &dict, 1, wanted, sizeof wanted / sizeof *wanted, run->table_dirs);
    ms_plan_sort(&plan);
    enum ms_status st = ms_plan_encode(&plan, &run->workers[0].scratch, err);
    if (st == MS_OK)
        st = ms_plan_write(&plan, err);
    for (size_t i = 0; i < plan.n_parts; i++)
        run->table_has_part[plan.parts[i].table] = true;
    run->dataset_bytes += plan.bytes_written;
    ms_plan_end(&plan);
    for (enum ms_table_id t = 0; st == MS_OK && t < MS_N_TABLES; t++) {
        uint64_t bytes = 0;
        if (run->table_has_part[t])
            continue;
        st = ms_write_empty_part(t, run->table_dirs[t], &bytes, err);
        run->dataset_bytes += bytes;
    }
    return st;
}

enum ms_status ms_run_final_tables(struct ms_run *run, struct ms_summary *summary, struct ms_error *err)
{
    struct final f = {.run = run, .summary = summary};
    ms_dict_init(&f.dict, run->correlate.seed);
    f.horizon = ms_append_horizon(run->append);
    ms_rows_init(&f.coverage, &ms_tables[MS_COVERAGE]);
    ms_rows_init(&f.open_coverage, &ms_tables[MS_COVERAGE]);
    ms_rows_init(&f.hosts, &ms_tables[MS_HOSTS]);
    ms_rows_init(&f.files, &ms_tables[MS_FILES]);
    enum ms_status st = add_files(&f, err);
    if (st == MS_OK) {
        add_coverage(&f);
        st = write_tables(&f, err);
    }
    ms_rows_fini(&f.coverage);
    ms_rows_fini(&f.open_coverage);
    ms_rows_fini(&f.hosts);
    ms_rows_fini(&f.files);
    ms_dict_fini(&f.dict);
    return st;
}
