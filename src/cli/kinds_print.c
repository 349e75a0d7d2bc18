/* `parse --kinds`: the table of line kinds, which is constant data of parse/. */
#include "base/buffer.h"
#include "cli/command.h"
#include "parse/parse.h"
#include "query/escape.h"

enum { NAME, DIALECT, ROLE, SIGNATURE, FIELDS, TABLE, EXAMPLE, N_FIELDS };
static const char *const field_names[N_FIELDS] = {"name", "dialect", "role", "signature", "fields", "table", "example"};

static const char *const role_names[MS_N_ROLES] = {
    [MS_ROLE_UNPARSED] = "unparsed",
    [MS_ROLE_EVENT] = "event",
    [MS_ROLE_CONNECT] = "connect",
    [MS_ROLE_DISCONNECT] = "disconnect",
    [MS_ROLE_LOST] = "lost",
    [MS_ROLE_TLS] = "tls",
    [MS_ROLE_SASL] = "sasl",
    [MS_ROLE_PROXY] = "proxy",
    [MS_ROLE_CLIENT_TLS] = "client_tls",
    [MS_ROLE_CLIENT] = "client",
    [MS_ROLE_PICKUP] = "pickup",
    [MS_ROLE_MESSAGE_ID] = "message_id",
    [MS_ROLE_ACTIVE] = "active",
    [MS_ROLE_EXPIRED] = "expired",
    [MS_ROLE_DELIVERY] = "delivery",
    [MS_ROLE_REMOVED] = "removed",
    [MS_ROLE_REQUEUED] = "requeued",
    [MS_ROLE_HELD] = "held",
    [MS_ROLE_RELEASED] = "released",
    [MS_ROLE_CORRUPT] = "corrupt",
    [MS_ROLE_NOTICE] = "notice",
    [MS_ROLE_HEADER] = "header",
    [MS_ROLE_REJECT] = "reject",
    [MS_ROLE_ATTEMPT] = "attempt",
    [MS_ROLE_ACCEPTED] = "accepted",
    [MS_ROLE_BEGIN] = "begin",
    [MS_ROLE_STARTED] = "started",
    [MS_ROLE_FINISHED] = "finished",
    [MS_ROLE_VERDICT] = "verdict",
    [MS_ROLE_DAEMON] = "daemon",
};

struct fields {
    struct ms_span text[N_FIELDS];
};

/* The first part of the name; kinds of no dialect have none. */
static struct ms_span dialect_of(const struct ms_kind *kind)
{
    const char *dot = strchr(kind->name, '.');
    return ms_span_of(kind->name, dot ? (size_t)(dot - kind->name) : 0);
}

static struct fields fields_of(const struct ms_kind *kind)
{
    MS_ASSERT(role_names[kind->role] != NULL);
    return (struct fields){{
        [NAME] = ms_span_str(kind->name),
        [DIALECT] = dialect_of(kind),
        [ROLE] = ms_span_str(role_names[kind->role]),
        [SIGNATURE] = ms_span_str(kind->signature),
        [FIELDS] = ms_span_str(kind->fields),
        [TABLE] = ms_span_str(kind->table),
        [EXAMPLE] = ms_span_str(kind->example),
    }};
}

static void print_ndjson(struct ms_buffer *line, const struct fields *f)
{
    for (int i = 0; i < N_FIELDS; i++) {
        ms_buffer_printf(line, "%s\"%s\":", i == 0 ? "{" : ",", field_names[i]);
        ms_escape_json(line, f->text[i]);
    }
    ms_buffer_push(line, '}');
}

static void print_csv(struct ms_buffer *line, const struct fields *f)
{
    for (int i = 0; i < N_FIELDS; i++) {
        if (i > 0)
            ms_buffer_push(line, ',');
        ms_escape_csv(line, f->text[i]);
    }
}

static void print_columns(struct ms_buffer *line, const struct fields *f, const size_t widths[N_FIELDS])
{
    for (int i = 0; i < N_FIELDS; i++) {
        size_t width = ms_escape_shown(line, f->text[i], SIZE_MAX);
        for (; i + 1 < N_FIELDS && width < widths[i] + 2; width++)
            ms_buffer_push(line, ' ');
    }
    while (line->size_bytes > 0 && line->data[line->size_bytes - 1] == ' ')
        line->size_bytes--;
}

static void measure(size_t widths[N_FIELDS])
{
    for (int i = 0; i < N_FIELDS; i++)
        widths[i] = strlen(field_names[i]);
    for (size_t k = 0; k < ms_n_kinds; k++) {
        struct fields f = fields_of(&ms_kinds[k]);
        for (int i = 0; i < N_FIELDS; i++)
            if (f.text[i].n > widths[i])
                widths[i] = f.text[i].n;
    }
}

static void print_one(FILE *out, enum ms_format format, const struct fields *f, const size_t widths[N_FIELDS])
{
    struct ms_buffer line = {0};
    if (format == MS_FORMAT_NDJSON)
        print_ndjson(&line, f);
    else if (format == MS_FORMAT_CSV)
        print_csv(&line, f);
    else
        print_columns(&line, f, widths);
    ms_buffer_push(&line, '\n');
    fwrite(line.data, 1, line.size_bytes, out);
    ms_buffer_fini(&line);
}

void ms_kinds_print(enum ms_format format, FILE *out)
{
    size_t widths[N_FIELDS];
    measure(widths);
    struct fields head;
    for (int i = 0; i < N_FIELDS; i++)
        head.text[i] = ms_span_str(field_names[i]);
    if (format != MS_FORMAT_NDJSON)
        print_one(out, format, &head, widths);
    for (size_t k = 0; k < ms_n_kinds; k++) {
        struct fields f = fields_of(&ms_kinds[k]);
        print_one(out, format, &f, widths);
    }
}
