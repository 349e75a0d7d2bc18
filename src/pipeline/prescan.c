#include "pipeline/prescan.h"

#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "correlate/clock.h"
#include "parse/fields.h"
#include "parse/sendmail_id.h"
#include "parse/stamp.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define HALF_YEAR_US (183 * DAY_US)
#define STEP_BACK_US (30 * DAY_US) /* from piece to piece; no line is so late */
#define JUMP_US (40 * DAY_US)
#define AGREES_US (2 * DAY_US) /* a line and what it tells: zones, slow clients, clocks that are wrong by hours */
#define HEAD_BYTES ((size_t)256 << 10)
#define LONG_HEAD_BYTES ((size_t)4 << 20)
#define TAIL_BYTES ((size_t)256 << 10)
#define PIECE_BYTES ((size_t)64 << 10)
#define PIECES_APART ((uint64_t)32 << 20) /* where only names are looked for */
#define PIECES_OF_YEAR 64                 /* where the year is */
#define NEAR_BYTES ((uint64_t)256 << 10)  /* between two pieces, to be read in one go */
#define STRETCH_BYTES ((size_t)1 << 20)
#define STEP_US (2 * DAY_US / 24)
#define GAP_DAYS 300
#define OPEN_DAYS 150         /* so many between two pieces may hide a gap that stamps don't tell (clock.h) */
#define LONG_US (90 * DAY_US) /* what may be shorter holds no such gap */
#define MOST_PACKED 20        /* times shorter than its text */

const char *const ms_anchor_names[MS_N_ANCHORS] = {
    [MS_ANCHOR_STAMP] = "stamp",         [MS_ANCHOR_QUEUE_ID] = "queue_id", [MS_ANCHOR_MESSAGE_ID] = "message_id",
    [MS_ANCHOR_FILE_NAME] = "file_name", [MS_ANCHOR_GZIP] = "gzip_header",  [MS_ANCHOR_OPTION] = "option",
    [MS_ANCHOR_MTIME] = "mtime",
};

static bool read_number(const char *p, size_t n, int *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)(p[i] - '0') > 9)
            return false;
        *out = *out * 10 + (p[i] - '0');
    }
    return true;
}

bool ms_message_id_time(struct ms_span id, struct ms_span queue_id, int64_t *time_us)
{
    int year, month, day, hour, minute, second;
    if (queue_id.n == 0 || id.n < 14 + 1 + queue_id.n + 1 || id.p[14] != '.' || id.p[15 + queue_id.n] != '@' ||
        memcmp(id.p + 15, queue_id.p, queue_id.n) != 0)
        return false;
    if (!read_number(id.p, 4, &year) || !read_number(id.p + 4, 2, &month) || !read_number(id.p + 6, 2, &day) ||
        !read_number(id.p + 8, 2, &hour) || !read_number(id.p + 10, 2, &minute) || !read_number(id.p + 12, 2, &second))
        return false;
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};
    if (year < 1980 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
        return false;
    *time_us = (int64_t)timegm(&tm) * 1000000;
    return tm.tm_mon == month - 1;
}

/* ---- what lines tell ---- */

/* The year in which the stand-in stamp lies near the time; 0 if it does in none. */
static int year_near(int64_t stamp_us, int64_t told_us, int64_t offset_us, int64_t near_us)
{
    time_t seconds = (time_t)((told_us + offset_us) / 1000000);
    struct tm tm;
    if (gmtime_r(&seconds, &tm) == NULL)
        return 0;
    for (int year = tm.tm_year + 1899; year <= tm.tm_year + 1901; year++)
        if (llabs(ms_clock_in_year(stamp_us, year) - offset_us - told_us) <= near_us)
            return year;
    return 0;
}

/* (A few are enough, and those at hand are the ones before.) */
static void insert_day(struct ms_look *l, int32_t day)
{
    size_t i = l->n_days;
    while (i > 0 && l->days[i - 1] > day)
        i--;
    if ((i > 0 && l->days[i - 1] == day) || l->n_days == MS_LOOK_DAYS)
        return;
    memmove(l->days + i + 1, l->days + i, (l->n_days - i) * sizeof *l->days);
    l->days[i] = day;
    l->n_days++;
}

static void keep_day(struct ms_look *l, int year)
{
    int32_t day = (int32_t)(ms_clock_in_year(l->last_us, year) / DAY_US);
    /* A step of hours is one of a year and hours, if that is what lies between two days that are told (clock_year.c). */
    l->has_jumped |= l->has_stepped && l->last_day != MS_LOOK_NO_DAY && day - l->last_day >= GAP_DAYS;
    l->has_stepped = false;
    l->last_day = day;
    if (l->first_day == MS_LOOK_NO_DAY)
        l->first_day = l->last_day;
    insert_day(l, l->last_day);
}

static void tell(struct ms_look *l, enum ms_anchor anchor, int64_t told_us)
{
    /* Between a line without a year and the next with one, there may be months. */
    int year = year_near(l->last_us, told_us, l->offset_us, anchor == MS_ANCHOR_STAMP ? HALF_YEAR_US : AGREES_US);
    if (year == 0)
        return;
    if (anchor != MS_ANCHOR_STAMP)
        keep_day(l, year);
    /* After a jump it is not known how many New Years lie between. */
    if (l->has_jumped && l->years[anchor] != 0 && year >= l->years[anchor])
        l->n_turns = year - l->years[anchor];
    l->has_jumped &= anchor == MS_ANCHOR_STAMP;
    year -= l->n_turns;
    if (l->years[anchor] == 0)
        l->years[anchor] = year;
    else if (l->years[anchor] != year && !l->is_sample && l->others[anchor] == 0)
        l->others[anchor] = year;
}

/* Line after line, a step of more than half a year is one over New Year in the other direction, as clock.h has it. Between two
 * pieces months may have passed, but time only goes forward. */
static void pass_stamp(struct ms_look *l, int64_t stamp_us)
{
    int64_t step = l->last_us != MS_NONE ? stamp_us - l->last_us : 0;
    if (step < (l->is_new_piece ? -STEP_BACK_US : -HALF_YEAR_US))
        l->n_turns++;
    else if (step > HALF_YEAR_US && !l->is_new_piece && l->n_turns > 0)
        l->n_turns--;
    l->has_jumped |= l->is_new_piece || llabs(step) > JUMP_US;
    l->has_stepped |= llabs(step) >= STEP_US;
    l->is_new_piece = false;
    l->last_us = stamp_us;
    if (l->first_us == MS_NONE)
        l->first_us = stamp_us;
}

/* `1700000000.123456 BODY` or, of a line that goes on, `+BODY`: qmail's splogger has put the time in front. */
static bool splogger_time(struct ms_span text, int64_t *told_us)
{
    struct ms_cursor c = ms_cursor_of(text);
    int64_t seconds, fraction;
    if (!ms_read_number(&c, &seconds) || !MS_SKIP(&c, ".") || !ms_read_number(&c, &fraction) || fraction >= 1000000 ||
        seconds > INT64_C(1) << 35 || (!MS_AT(&c, " ") && !MS_AT(&c, "+")))
        return false;
    *told_us = seconds * 1000000 + fraction;
    return true;
}

/* The line was written then, or some time after. */
static void tell_all(struct ms_look *l, const struct ms_event *e, enum ms_anchor anchor, int64_t told_us)
{
    if (e->has_year == MS_STAMP_OPEN)
        tell(l, anchor, told_us);
    if (l->zones == NULL)
        return;
    int64_t local_us = e->stamp_us;
    if (e->has_year == MS_STAMP_OPEN) {
        int year = year_near(e->stamp_us, told_us, 0, AGREES_US);
        if (year == 0)
            return;
        local_us = ms_clock_in_year(e->stamp_us, year);
    }
    ms_zones_vote(l->zones, e->host_id, local_us, told_us);
}

/* (A few hosts are enough, and their first stamps.) */
static void see_host(struct ms_look *l, const struct ms_event *e)
{
    size_t i = 0;
    while (i < l->n_hosts && l->hosts[i].host_id != e->host_id)
        i++;
    if (i == l->n_hosts && i < MS_LOOK_HOSTS) {
        l->hosts[i].host_id = e->host_id;
        l->hosts[i].stamp_us = e->stamp_us;
        l->hosts[i].has_year = e->has_year;
        l->n_hosts++;
    }
}

static void look_at(void *user, const struct ms_event *e)
{
    struct ms_look *l = user;
    int64_t told_us;
    if (e->stamp_us == MS_NONE)
        return;
    see_host(l, e);
    if (!l->has_seen) {
        l->has_seen = true;
        l->host_id = e->host_id;
        l->is_zoneless = e->has_year != MS_STAMP_WHOLE;
    }
    if (e->has_year == MS_STAMP_OPEN)
        pass_stamp(l, e->stamp_us);
    else if (l->last_us != MS_NONE)
        tell(l, MS_ANCHOR_STAMP, e->stamp_us);
    if (e->has_year == MS_STAMP_WHOLE)
        return;
    if (e->mta == MS_MTA_QMAIL && splogger_time(e->text, &told_us))
        tell_all(l, e, MS_ANCHOR_STAMP, told_us);
    /* Only lines that are written when the queue file is made: later ones may follow by days. */
    bool made_now = e->role == MS_ROLE_CLIENT || e->role == MS_ROLE_PICKUP || e->role == MS_ROLE_MESSAGE_ID ||
                    e->role == MS_ROLE_ACCEPTED;
    if (!made_now || e->queue_id.p == NULL)
        return;
    bool told = e->mta == MS_MTA_SENDMAIL ? ms_sendmail_id_time(e->queue_id, &told_us)
                                          : ms_queue_id_time(e->queue_id, &told_us);
    if (told)
        tell_all(l, e, MS_ANCHOR_QUEUE_ID, told_us);
    if (e->role == MS_ROLE_MESSAGE_ID && ms_message_id_time(e->u.message_id.id, e->queue_id, &told_us))
        tell_all(l, e, MS_ANCHOR_MESSAGE_ID, told_us);
}

static bool tells_year(const struct ms_look *l)
{
    return l->years[MS_ANCHOR_STAMP] || l->years[MS_ANCHOR_QUEUE_ID] || l->years[MS_ANCHOR_MESSAGE_ID];
}

/* ---- pieces ---- */

struct piece {
    uint64_t from, to;
    int32_t first_day, last_day; /* as of ms_look */
};

struct prescan {
    struct ms_input *in;
    struct ms_parser *parser;
    uint32_t file_id;
    struct ms_look *look;
    uint64_t seen_bytes;  /* of the head */
    struct piece *pieces; /* that tell days, by place */
    size_t n_pieces, cap_pieces;
};

static void insert_piece(struct prescan *p, size_t at, uint64_t from, uint64_t n_bytes)
{
    if (p->look->first_day == MS_LOOK_NO_DAY)
        return;
    p->pieces = ms_grow(p->pieces, &p->cap_pieces, p->n_pieces + 1, sizeof *p->pieces);
    memmove(p->pieces + at + 1, p->pieces + at, (p->n_pieces - at) * sizeof *p->pieces);
    p->pieces[at] = (struct piece){from, from + n_bytes, p->look->first_day, p->look->last_day};
    p->n_pieces++;
}

static void begin_look(struct ms_look *look)
{
    *look = (struct ms_look){.first_us = MS_NONE,
                             .last_us = MS_NONE,
                             .host_id = MS_NO_NAME,
                             .zones = look->zones,
                             .offset_us = look->offset_us,
                             .first_day = MS_LOOK_NO_DAY,
                             .last_day = MS_LOOK_NO_DAY};
}

static enum ms_status look_into(struct prescan *p, const struct ms_buffer *text, struct ms_error *err)
{
    size_t n = text->size_bytes;
    p->look->first_day = p->look->last_day = MS_LOOK_NO_DAY;
    if (n == 0)
        return MS_OK;
    /* The parser may read 64 bytes past either end of a segment. */
    char *padded = ms_calloc(1, n + 128);
    memcpy(padded + 64, text->data, n);
    struct ms_segment segment = {.file_id = p->file_id, .text = ms_span_of(padded + 64, n), .covers_bytes = n};
    p->look->is_new_piece = true;
    enum ms_status st = ms_parse_segment(p->parser, &segment, look_at, p->look, err);
    free(padded);
    if (p->look->zones != NULL)
        ms_zones_end_piece(p->look->zones);
    return st;
}

static enum ms_status look_at_head(struct prescan *p, size_t max_bytes, struct ms_error *err)
{
    struct ms_buffer text = {0};
    begin_look(p->look);
    enum ms_status st = ms_input_head(p->in, p->file_id, max_bytes, &text, err);
    uint64_t from = ms_input_source(p->in, p->file_id)->text_start;
    p->seen_bytes = from + text.size_bytes;
    p->n_pieces = 0;
    if (st == MS_OK)
        st = look_into(p, &text, err);
    insert_piece(p, 0, from, text.size_bytes);
    ms_buffer_fini(&text);
    return st;
}

static enum ms_status look_at_piece(struct prescan *p, uint64_t offset, size_t max_bytes, struct ms_error *err)
{
    struct ms_buffer text = {0};
    p->look->is_sample = true;
    enum ms_status st = ms_input_piece(p->in, p->file_id, offset, max_bytes, &text, err);
    if (st == MS_OK)
        st = look_into(p, &text, err);
    insert_piece(p, p->n_pieces, offset, text.size_bytes);
    ms_buffer_fini(&text);
    return st;
}

static enum ms_status look_at_rest(struct prescan *p, uint64_t apart, struct ms_error *err)
{
    uint64_t size = ms_input_source(p->in, p->file_id)->size_bytes;
    enum ms_status st = MS_OK;
    for (uint64_t at = apart; st == MS_OK && at + TAIL_BYTES < size; at += apart)
        if (at >= p->seen_bytes)
            st = look_at_piece(p, at, PIECE_BYTES, err);
    if (st != MS_OK || size <= p->seen_bytes)
        return st;
    uint64_t tail = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
    /* One byte in front, as a piece begins with the line that begins behind it. */
    return look_at_piece(p, tail > p->seen_bytes ? tail : p->seen_bytes - 1, TAIL_BYTES + 1, err);
}

/* ---- gaps of months: the days just before and behind them ---- */

/* All lines from `from` to `to`, and the one that begins before. */
static enum ms_status read_stretch(struct prescan *p, uint64_t from, uint64_t to, struct ms_error *err)
{
    struct ms_buffer text = {0};
    enum ms_status st = MS_OK;
    while (st == MS_OK && from < to) {
        st = ms_input_piece(p->in, p->file_id, from > 0 ? from - 1 : 0, STRETCH_BYTES, &text, err);
        if (st == MS_OK)
            st = look_into(p, &text, err);
        from += text.size_bytes > 0 ? text.size_bytes : STRETCH_BYTES; /* a line that is longer tells nothing */
    }
    ms_buffer_fini(&text);
    return st;
}

/* Between the i-th piece and the next: halves what lies there, or reads it. */
static enum ms_status look_between(struct prescan *p, size_t i, bool *is_read, struct ms_error *err)
{
    const struct piece a = p->pieces[i], b = p->pieces[i + 1];
    struct ms_buffer text = {0};
    size_t n = p->n_pieces;
    *is_read = b.from <= a.to + NEAR_BYTES;
    if (!*is_read) {
        uint64_t middle = a.to + (b.from - a.to) / 2;
        enum ms_status st = ms_input_piece(p->in, p->file_id, middle, PIECE_BYTES, &text, err);
        if (st == MS_OK)
            st = look_into(p, &text, err);
        insert_piece(p, i + 1, middle, text.size_bytes);
        ms_buffer_fini(&text);
        if (st != MS_OK || p->n_pieces > n)
            return st;
        *is_read = true; /* it tells nothing */
    }
    return read_stretch(p, a.to > PIECE_BYTES ? a.to - PIECE_BYTES : 0, b.from + PIECE_BYTES, err);
}

static enum ms_status look_for_gaps(struct prescan *p, struct ms_error *err)
{
    struct ms_look *look = p->look, *other = ms_malloc(sizeof *other);
    enum ms_status st = MS_OK;
    *other = (struct ms_look){.offset_us = look->offset_us};
    begin_look(other);
    p->look = other; /* pieces that come in no order tell days, and not how often the year turned */
    for (size_t i = 0; st == MS_OK && i + 1 < p->n_pieces;) {
        bool is_read = llabs((int64_t)p->pieces[i + 1].first_day - p->pieces[i].last_day) <= OPEN_DAYS;
        if (!is_read)
            st = look_between(p, i, &is_read, err);
        i += is_read;
    }
    for (size_t i = 0; i < other->n_days; i++)
        insert_day(look, other->days[i]);
    p->look = look;
    free(other);
    return st;
}

/* ---- packed files ---- */

/* If all of it goes on as its head does, and is packed as well as can be. */
static bool may_be_long(const struct prescan *p)
{
    const struct ms_look *l = p->look;
    const struct ms_source *s = ms_input_source(p->in, p->file_id);
    uint64_t n = p->seen_bytes - s->text_start;
    if (l->last_us == MS_NONE || s->compression == MS_PLAIN || s->size_bytes == 0 || n < HEAD_BYTES / 2)
        return false;
    double head_us = (double)(l->last_us - l->first_us) + (double)l->n_turns * 366 * DAY_US;
    return head_us * MOST_PACKED * (double)s->size_bytes / (double)n > LONG_US;
}

struct whole_look {
    struct prescan *p;
    enum ms_status status;
    struct ms_error *err;
};

static void take_piece(void *user, struct ms_span text, uint64_t text_offset)
{
    struct whole_look *w = user;
    struct prescan *p = w->p;
    struct ms_segment segment = {
        .file_id = p->file_id, .text = text, .text_offset = text_offset, .covers_bytes = text.n};
    if (w->status != MS_OK || text.n == 0)
        return;
    w->status = ms_parse_segment(p->parser, &segment, look_at, p->look, w->err);
    if (p->look->zones != NULL)
        ms_zones_end_piece(p->look->zones);
}

static enum ms_status look_at_all(struct prescan *p, struct ms_error *err)
{
    struct whole_look w = {.p = p, .err = err};
    begin_look(p->look);
    enum ms_status st = ms_input_read(p->in, p->file_id, take_piece, &w, err);
    return w.status != MS_OK ? w.status : st;
}

static enum ms_status look_at_plain(struct prescan *p, bool is_year_wanted, struct ms_error *err)
{
    const struct ms_source *source = ms_input_source(p->in, p->file_id);
    uint64_t fine = source->size_bytes / PIECES_OF_YEAR;
    bool is_fine = is_year_wanted && !tells_year(p->look) && fine < PIECES_APART;
    enum ms_status st = look_at_rest(p, !is_fine ? PIECES_APART : fine > PIECE_BYTES ? fine : PIECE_BYTES, err);
    return st == MS_OK && !source->first_stamp_has_year ? look_for_gaps(p, err) : st;
}

enum ms_status ms_prescan_file(struct ms_input *in, struct ms_parser *parser, uint32_t file_id, int64_t offset_us,
                               bool is_year_wanted, struct ms_zones *zones, struct ms_look *look, struct ms_error *err)
{
    struct prescan p = {.in = in, .parser = parser, .file_id = file_id, .look = look};
    const struct ms_source *source = ms_input_source(in, file_id);
    bool has_middle = source->compression == MS_PLAIN && source->size_bytes > 0; /* a pipe has no size yet */
    look->offset_us = offset_us;
    look->zones = zones;
    enum ms_status st = look_at_head(&p, HEAD_BYTES, err);
    if (st == MS_OK && is_year_wanted && !tells_year(look))
        st = look_at_head(&p, LONG_HEAD_BYTES, err);
    if (st == MS_OK && has_middle && source->size_bytes > p.seen_bytes && p.seen_bytes > 0)
        st = look_at_plain(&p, is_year_wanted, err);
    else if (st == MS_OK && may_be_long(&p))
        has_middle = true, st = look_at_all(&p, err);
    look->is_to_end = has_middle && st == MS_OK;
    free(p.pieces);
    /* Gone or unreadable by now: that is said when its turn comes. */
    return st == MS_ERR_IO ? MS_OK : st;
}
