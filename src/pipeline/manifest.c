/* dataset.json: what the dataset is and how it came about; nothing that differs between two runs of one command. */
#include <fcntl.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/text.h"
#include "pipeline/append.h"
#include "pipeline/run.h"

static void json_text(struct ms_buffer *out, const char *s)
{
    if (s == NULL) {
        ms_buffer_printf(out, "null");
        return;
    }
    ms_buffer_push(out, '"');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            ms_buffer_printf(out, "\\%c", c);
        else if (c < 32 || c >= 127)
            ms_buffer_printf(out, "\\u%04x", c);
        else
            ms_buffer_push(out, (char)c);
    }
    ms_buffer_push(out, '"');
}

struct digests {
    struct ms_buffer *out;
    const char *separator;
};

static void add_digest(void *user, const char *table, const char *part, const char *sha256)
{
    struct digests *d = user;
    ms_buffer_printf(d->out, "%s\n    \"%s/%s\": \"%s\"", d->separator, table, part, sha256);
    d->separator = ",";
}

/* Of the parts of stripes that an append keeps, as the manifest before has them. */
static void add_kept_digests(const struct ms_run *run, struct digests *d)
{
    int fd = openat(ms_publish_current(run->publish), "dataset.json", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    FILE *before = fd >= 0 ? fdopen(fd, "r") : NULL;
    char line[512], table[64], part[64], sha256[MS_SHA256_TEXT];
    while (before != NULL && fgets(line, sizeof line, before) != NULL)
        if (sscanf(line, " \"%63[a-z_]/part-%50[0-9].parquet\": \"%64[0-9a-f]\"", table, part, sha256) == 3 &&
            ms_run_keeps_table(table)) {
            ms_buffer_printf(d->out, "%s\n    \"%s/part-%s.parquet\": \"%s\"", d->separator, table, part, sha256);
            d->separator = ",";
        }
    if (before != NULL)
        fclose(before);
}

static enum ms_status add_digests(const struct ms_run *run, struct ms_buffer *out, struct ms_error *err)
{
    struct digests d = {out, ""};
    ms_buffer_printf(out, ",\n  \"sha256\": {");
    if (ms_append_goes_on(run->append))
        add_kept_digests(run, &d);
    enum ms_status st = ms_publish_digests(run->publish, add_digest, &d, err);
    ms_buffer_printf(out, "\n  }");
    return st;
}

enum ms_status ms_run_manifest(const struct ms_run *run, const struct ms_summary *s, struct ms_buffer *out,
                               struct ms_error *err)
{
    const struct ms_config *c = run->config;
    ms_buffer_printf(out, "{\n  \"format\": \"mailstrata\",\n  \"schema_version\": 1,\n  \"version\": \"%s\",\n",
                     MS_VERSION);
    ms_buffer_printf(out, "  \"stripe_bytes\": %llu,\n  \"options\": {\"year\": ",
                     (unsigned long long)(c->stripe_bytes ? c->stripe_bytes : MS_STRIPE_BYTES));
    if (c->year)
        ms_buffer_printf(out, "%d", c->year);
    else
        ms_buffer_printf(out, "null");
    ms_buffer_printf(out, ", \"tz\": [");
    for (size_t i = 0; i < c->n_zones; i++) {
        ms_buffer_printf(out, "%s", i > 0 ? ", " : "");
        json_text(out, c->zones[i].text);
    }
    ms_buffer_printf(out, "], \"host\": ");
    json_text(out, c->host);
    ms_buffer_printf(out, ", \"host_map\": ");
    json_text(out, c->host_map);
    ms_buffer_printf(
        out, "},\n  \"totals\": {\"files\": %llu, \"stored_bytes\": %llu, \"text_bytes\": %llu, \"lines\": %llu",
        (unsigned long long)s->n_files, (unsigned long long)s->stored_bytes, (unsigned long long)s->text_bytes,
        (unsigned long long)s->n_lines);
    for (unsigned o = 0; o < MS_N_OUTCOMES; o++)
        ms_buffer_printf(out, ", \"lines_%s\": %llu", ms_outcome_names[o], (unsigned long long)s->lines[o]);
    ms_buffer_printf(out,
                     ", \"messages\": %llu, \"deliveries\": %llu, \"sessions\": %llu, \"rejects\": %llu, \"logins\": "
                     "%llu, \"verdicts\": %llu, \"events\": %llu, \"links\": %llu",
                     (unsigned long long)s->n_messages, (unsigned long long)s->n_deliveries,
                     (unsigned long long)s->n_sessions, (unsigned long long)s->n_rejects,
                     (unsigned long long)s->n_logins, (unsigned long long)s->n_verdicts,
                     (unsigned long long)s->n_events, (unsigned long long)s->n_links);
    ms_buffer_printf(out, "}");
    enum ms_status st = c->evidence ? add_digests(run, out, err) : MS_OK;
    ms_buffer_printf(out, "\n}\n");
    return st;
}
