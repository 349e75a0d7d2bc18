#include "parse/json_line.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/status.h"
#include "parse/endpoint.h"
#include "parse/header.h"
#include "parse/shortened.h"
#include "parse/stamp.h"

enum { MAX_DEPTH = 16, READABLE_BEHIND = 64, SECOND_US = 1000000 };
#define LATEST_S 253402300800.0 /* the year 10000 */

struct ms_json_reader {
    json_tokener *tokener;
    struct ms_arena arena;
};

struct ms_json_reader *ms_json_reader_create(void)
{
    struct ms_json_reader *r = ms_calloc(1, sizeof *r);
    r->tokener = json_tokener_new_ex(MAX_DEPTH);
    MS_ASSERT(r->tokener != NULL);
    return r;
}

void ms_json_reader_destroy(struct ms_json_reader *r)
{
    if (r == NULL)
        return;
    json_tokener_free(r->tokener);
    ms_arena_fini(&r->arena);
    free(r);
}

void ms_json_reader_reset(struct ms_json_reader *r)
{
    if (r != NULL)
        ms_arena_reset(&r->arena);
}

/* ---- what the names mean ---- */

enum meaning { STAMP, MICROSECONDS, SECONDS, HOST, TAG, PID, TEXT, LINE, N_MEANINGS };

/* The first of a meaning that is there counts. A point leads into an object. */
static const struct {
    const char *name;
    enum meaning meaning;
} names[] = {
    {"_SOURCE_REALTIME_TIMESTAMP", MICROSECONDS},
    {"__REALTIME_TIMESTAMP", MICROSECONDS},
    {"timereported", STAMP},
    {"time", STAMP},
    {"timestamp", STAMP},
    {"@timestamp", STAMP},
    {"timegenerated", STAMP},
    {"ISODATE", STAMP},
    {"DATE", STAMP},
    {"ts", SECONDS}, /* rspamd's */
    {"_HOSTNAME", HOST},
    {"hostname", HOST},
    {"host", HOST},
    {"HOST", HOST},
    {"host.name", HOST},
    {"host.hostname", HOST},
    {"log.syslog.hostname", HOST},
    {"SYSLOG_IDENTIFIER", TAG},
    {"syslogtag", TAG},
    {"tag", TAG},
    {"programname", TAG},
    {"program", TAG},
    {"PROGRAM", TAG},
    {"app-name", TAG},
    {"appname", TAG},
    {"ident", TAG},
    {"process.name", TAG},
    {"log.syslog.appname", TAG},
    {"SYSLOG_PID", PID},
    {"_PID", PID},
    {"procid", PID},
    {"pid", PID},
    {"PID", PID},
    {"process.pid", PID},
    {"log.syslog.procid", PID},
    {"MESSAGE", TEXT},
    {"msg", TEXT},
    {"message", TEXT},
    {"log", LINE},
    {"rawmsg", LINE},
    {"_raw", LINE},
    {"@message", LINE},
    {"event.original", LINE},
};

static json_object *member(json_object *object, const char *name)
{
    char key[32];
    const char *point;
    while (object != NULL && (point = strchr(name, '.')) != NULL) {
        size_t n = (size_t)(point - name);
        memcpy(key, name, n);
        key[n] = '\0';
        if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, key, &object))
            return NULL;
        name = point + 1;
    }
    return json_object_is_type(object, json_type_object) && json_object_object_get_ex(object, name, &object) ? object
                                                                                                             : NULL;
}

/* A field that the journal's entry has several times is a list of texts: the first one counts. */
static bool has_several(json_object *value)
{
    return json_object_is_type(value, json_type_array) && json_object_array_length(value) > 0 &&
           json_object_is_type(json_object_array_get_idx(value, 0), json_type_string);
}

static bool has_meaning(json_object *value, enum meaning meaning)
{
    bool is_number = json_object_is_type(value, json_type_int), is_text = json_object_is_type(value, json_type_string);
    if (meaning == SECONDS)
        return is_number || json_object_is_type(value, json_type_double);
    if (meaning == TEXT) /* the journal writes bytes that are no UTF-8 as a list of numbers */
        return is_text || json_object_is_type(value, json_type_array);
    return is_text || has_several(value) || (is_number && (meaning == PID || meaning == MICROSECONDS));
}

static void find_all(json_object *object, json_object *found[N_MEANINGS])
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (found[names[i].meaning] != NULL)
            continue;
        json_object *value = member(object, names[i].name);
        if (value != NULL && has_meaning(value, names[i].meaning))
            found[names[i].meaning] = value;
    }
}

/* ---- values ---- */

static char *room(struct ms_json_reader *r, size_t n)
{
    char *p = ms_arena_alloc(&r->arena, n + READABLE_BEHIND);
    memset(p + n, 0, READABLE_BEHIND);
    return p;
}

static struct ms_span text_of(struct ms_json_reader *r, json_object *value)
{
    if (value == NULL)
        return MS_SPAN_NULL;
    if (has_several(value))
        value = json_object_array_get_idx(value, 0);
    if (json_object_is_type(value, json_type_array)) {
        size_t n = json_object_array_length(value);
        char *p = room(r, n);
        for (size_t i = 0; i < n; i++) {
            json_object *byte = json_object_array_get_idx(value, i);
            int64_t number = json_object_is_type(byte, json_type_int) ? json_object_get_int64(byte) : -1;
            if (number < 0 || number > 255)
                return MS_SPAN_NULL;
            p[i] = (char)number;
        }
        return ms_span_of(p, n);
    }
    const char *text = json_object_get_string(value);
    struct ms_span s = json_object_is_type(value, json_type_string)
                           ? ms_span_of(text, (size_t)json_object_get_string_len(value))
                           : ms_span_str(text);
    char *p = room(r, s.n);
    memcpy(p, s.p, s.n);
    return ms_span_of(p, s.n);
}

static bool read_digits(struct ms_span s, int64_t *out)
{
    int64_t v = 0;
    if (s.n == 0 || s.n > 18)
        return false;
    for (uint32_t i = 0; i < s.n; i++) {
        if ((unsigned char)(s.p[i] - '0') > 9)
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *out = v;
    return true;
}

static void read_time(struct ms_json_reader *r, json_object *const found[N_MEANINGS], struct ms_json_line *out)
{
    struct ms_stamp stamp;
    struct ms_span text = text_of(r, found[STAMP]);
    if (read_digits(text_of(r, found[MICROSECONDS]), &out->stamp_us)) {
        out->has_stamp = true;
        out->has_year = MS_STAMP_WHOLE;
    } else if (text.n > 0 && ms_stamp_read(NULL, text, &stamp) && stamp.n_bytes == text.n) {
        out->stamp_us = stamp.us;
        out->has_stamp = true;
        out->has_year = stamp.has_year;
    } else if (found[SECONDS] != NULL) {
        double seconds = json_object_get_double(found[SECONDS]);
        if (!(seconds > 0 && seconds < LATEST_S))
            return;
        out->stamp_us = (int64_t)(seconds * SECOND_US + 0.5);
        out->has_stamp = true;
        out->has_year = MS_STAMP_WHOLE;
    }
}

/* rspamd's lines name no program, but the function that speaks; as in its text log, this stands in front of the message. */
static bool read_rspamd(struct ms_json_reader *r, json_object *object, struct ms_json_line *out)
{
    json_object *function = member(object, "function"), *module = member(object, "module");
    json_object *worker = member(object, "worker_type"), *message = member(object, "message");
    if (!json_object_is_type(function, json_type_string) || !json_object_is_type(module, json_type_string) ||
        !json_object_is_type(worker, json_type_string) || !json_object_is_type(message, json_type_string))
        return false;
    struct ms_span said_by = text_of(r, function), text = text_of(r, message);
    char *p = room(r, said_by.n + 2 + text.n);
    memcpy(p, said_by.p, said_by.n);
    p[said_by.n] = ':';
    p[said_by.n + 1] = ' ';
    memcpy(p + said_by.n + 2, text.p, text.n);
    out->tag = MS_SPAN_LIT("rspamd");
    out->text = ms_span_of(p, said_by.n + 2 + text.n);
    return true;
}

/* `postfix/smtp[499]:`, as syslog has it, or the name alone. */
static void read_tag(struct ms_span tag, struct ms_json_line *out)
{
    const char *end = tag.p + tag.n, *bracket = tag.n ? memchr(tag.p, '[', tag.n) : NULL;
    if (bracket != NULL && bracket > tag.p) {
        (void)ms_header_read_pid(bracket, end, &out->pid);
        tag.n = (uint32_t)(bracket - tag.p);
    } else if (tag.n > 1 && end[-1] == ':') {
        tag.n--;
    }
    out->tag = tag.n ? tag : MS_SPAN_NULL;
}

static struct ms_span trimmed(struct ms_span text)
{
    while (text.n > 0 && (text.p[0] == ' ' || text.p[0] == '\t'))
        text = ms_span_of(text.p + 1, text.n - 1);
    text.n -= text.n > 0 && text.p[text.n - 1] == '\n';
    text.n -= text.n > 0 && text.p[text.n - 1] == '\r';
    return text;
}

static const char *read_object(struct ms_json_reader *r, json_object *object, struct ms_json_line *out)
{
    json_object *found[N_MEANINGS] = {NULL}, *document = member(object, "_source"); /* a search engine's export */
    find_all(json_object_is_type(document, json_type_object) ? document : object, found);
    read_time(r, found, out);
    out->host = text_of(r, found[HOST]);
    read_tag(text_of(r, found[TAG]), out);
    if (out->pid == MS_NONE)
        (void)read_digits(text_of(r, found[PID]), &out->pid);
    if (out->has_stamp && out->tag.p == NULL && read_rspamd(r, object, out))
        return NULL;
    out->is_line = found[TEXT] == NULL || out->tag.p == NULL;
    struct ms_span text = text_of(r, found[out->is_line && found[LINE] != NULL ? LINE : TEXT]);
    out->is_cut = out->is_line && text.n >= MS_DOCKER_PIECE && text.p[text.n - 1] != '\n';
    out->text = trimmed(text);
    if (out->text.p == NULL)
        return "no message in the JSON object";
    if (!out->is_line && !out->has_stamp)
        return "no time in the JSON object";
    return NULL;
}

bool ms_json_line_may_be(struct ms_span line)
{
    if (line.n > 0 && line.p[0] == 0x1E)
        return true;
    return line.n > 1 && (line.p[0] == '{' || ms_span_starts(line, "data: {"));
}

const char *ms_json_line_read(struct ms_json_reader *r, struct ms_span line, struct ms_json_line *out)
{
    *out = (struct ms_json_line){.stamp_us = MS_NONE, .pid = MS_NONE};
    if (line.p[0] == 0x1E)
        line = ms_span_of(line.p + 1, line.n - 1);
    else if (line.p[0] == 'd')
        line = ms_span_of(line.p + 6, line.n - 6);
    json_tokener_reset(r->tokener);
    json_object *object = json_tokener_parse_ex(r->tokener, line.p, (int)line.n);
    size_t end = json_tokener_get_parse_end(r->tokener);
    while (end < line.n && (line.p[end] == ' ' || line.p[end] == '\t' || line.p[end] == ','))
        end++;
    const char *reason = "malformed JSON";
    if (json_tokener_get_error(r->tokener) == json_tokener_success && json_object_is_type(object, json_type_object) &&
        end == line.n)
        reason = read_object(r, object, out);
    json_object_put(object);
    return reason;
}
