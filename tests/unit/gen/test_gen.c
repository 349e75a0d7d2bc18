/* Guards: the generator (gen/gen.h): the same bytes for the same options, a farm's mix of lines, and truth that adds up with
 * the text of the log, which is searched here with strstr only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buffer.h"
#include "gen/gen.h"

struct streams {
    struct ms_buffer of[MS_GEN_N_STREAMS];
    size_t stop_after_bytes; /* 0: never */
};

static enum ms_status keep(void *user, enum ms_gen_stream stream, const char *text, size_t n, struct ms_error *err)
{
    struct streams *s = user;
    ms_buffer_append(&s->of[stream], text, n);
    if (s->stop_after_bytes > 0 && s->of[stream].size_bytes >= s->stop_after_bytes)
        return ms_fail(err, MS_ERR_IO, "full");
    return MS_OK;
}

static struct ms_gen_totals generate(const struct ms_gen_options *o, struct streams *s)
{
    struct ms_gen_totals totals;
    struct ms_error err;
    *s = (struct streams){0};
    assert_int_equal(ms_gen_run(o, true, keep, s, &totals, &err), MS_OK);
    for (int i = 0; i < MS_GEN_N_STREAMS; i++) {
        if (s->of[i].size_bytes > 0)
            assert_int_equal(s->of[i].data[s->of[i].size_bytes - 1], '\n');
        ms_buffer_push(&s->of[i], '\0');
    }
    return totals;
}

static void done(struct streams *s)
{
    for (int i = 0; i < MS_GEN_N_STREAMS; i++)
        ms_buffer_fini(&s->of[i]);
}

/* Line by line: under ASan each look at a text of megabytes begins with a walk to its end. */
static uint64_t count(const struct ms_buffer *b, const char *what)
{
    uint64_t n = 0;
    size_t n_what = strlen(what);
    const char *end = b->data + b->size_bytes;
    for (const char *line = b->data, *next; line < end; line = next) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        next = newline != NULL ? newline + 1 : end;
        for (const char *p = line; (p = memmem(p, (size_t)(next - p), what, n_what)) != NULL; p += n_what)
            n++;
    }
    return n;
}

static struct ms_gen_options small(uint64_t bytes)
{
    struct ms_gen_options o;
    ms_gen_defaults(&o);
    o.size_bytes = bytes;
    return o;
}

static void same_options_same_bytes(void **state)
{
    struct ms_gen_options o = small(1 << 20);
    struct streams a, b, c;
    (void)state;
    generate(&o, &a);
    generate(&o, &b);
    o.seed++;
    generate(&o, &c);
    for (int i = 0; i < MS_GEN_N_STREAMS; i++) {
        assert_string_equal(a.of[i].data, b.of[i].data);
        if (i != MS_GEN_GAPS) /* there are none */
            assert_string_not_equal(a.of[i].data, c.of[i].data);
    }
    done(&a);
    done(&b);
    done(&c);
}

/* Percent of the lines, as far as it is published of a real farm; ours may differ by 1.5 points. */
static void mix_is_a_farms(void **state)
{
    static const struct {
        const char *program;
        double percent;
    } farm[] = {{" postfix/smtpd[", 36}, {" postfix/qmgr[", 26},  {" postfix/cleanup[", 13}, {" postfix/local[", 7},
                {" postfix/smtp[", 7},   {" postfix/pickup[", 5}, {" postfix/bounce[", 5}};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct ms_gen_options o = small(8 << 20);
        struct streams s;
        o.seed = seed;
        struct ms_gen_totals t = generate(&o, &s);
        for (size_t i = 0; i < sizeof farm / sizeof *farm; i++) {
            double percent = 100.0 * (double)count(&s.of[MS_GEN_LOG], farm[i].program) / (double)t.lines;
            if (percent < farm[i].percent - 1.5 || percent > farm[i].percent + 1.5)
                fail_msg("seed %d: %s %.1f %%, not %.0f", (int)seed, farm[i].program, percent, farm[i].percent);
        }
        double a_mail = (double)t.lines / (double)t.messages;
        assert_true(a_mail > 6 && a_mail < 8);
        done(&s);
    }
    (void)state;
}

static void truth_adds_up(void **state)
{
    struct ms_gen_options o = small(4 << 20);
    struct streams s;
    (void)state;
    struct ms_gen_totals t = generate(&o, &s);
    const struct ms_buffer *log = &s.of[MS_GEN_LOG], *messages = &s.of[MS_GEN_MESSAGES];
    assert_int_equal(t.bytes, log->size_bytes - 1);
    assert_int_equal(t.lines, count(log, "\n"));
    assert_int_equal(t.messages, count(messages, "\n"));
    assert_int_equal(t.deliveries, count(&s.of[MS_GEN_DELIVERIES], "\n"));
    assert_int_equal(t.rejects, count(&s.of[MS_GEN_REJECTS], "\n"));
    assert_int_equal(count(log, ": removed\n"), count(messages, "\"state\":\"done\""));
    assert_int_equal(count(log, ", status=sent ("), count(&s.of[MS_GEN_DELIVERIES], "\"status\":\"sent\""));
    assert_int_equal(count(log, ", status=deferred ("), count(&s.of[MS_GEN_DELIVERIES], "\"status\":\"deferred\""));
    assert_int_equal(count(log, ", status=bounced ("), count(&s.of[MS_GEN_DELIVERIES], "\"status\":\"bounced\""));
    assert_int_equal(count(log, ": reject: RCPT from "), t.rejects);
    assert_int_equal(count(log, ": client="), count(messages, "\"origin\":\"smtpd\""));
    assert_int_equal(count(log, ": uid="), count(messages, "\"origin\":\"pickup\""));
    assert_int_equal(count(log, " non-delivery notification: "), count(messages, "\"origin\":\"bounce\""));
    assert_true(count(&s.of[MS_GEN_DELIVERIES], "\"next_queue_id\"") > t.deliveries / 20);
    done(&s);
}

/* Of a line `<stamp> <host> <program>[<pid>]: <id>: ...` the ID. */
static struct ms_span id_of(const char *line, const char *end)
{
    const char *p = memmem(line, (size_t)(end - line), "]: ", 3);
    const char *colon = p != NULL ? memchr(p + 3, ':', (size_t)(end - p - 3)) : NULL;
    return colon != NULL ? ms_span_of(p + 3, (size_t)(colon - p - 3)) : MS_SPAN_NULL;
}

/* The lines by which the other mail systems tell what became of a recipient, against the rows of the truth. */
static void other_dialects_add_up(void **state)
{
    static const struct {
        enum ms_gen_dialect dialect;
        const char *sent, *deferred, *bounced; /* NULL: several recipients share a line */
    } told[] = {
        {MS_GEN_SENDMAIL, NULL, ", stat=Deferred", ", dsn=5."},
        {MS_GEN_EXIM, NULL, " == ", " ** "},
        {MS_GEN_EXIM_MAINLOG, NULL, " == ", " ** "},
        {MS_GEN_QMAIL, ": success: ", ": deferral: ", ": failure: "},
        {MS_GEN_QMAIL_MULTILOG, ": success: ", ": deferral: ", ": failure: "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        struct ms_gen_options o = small(2 << 20);
        struct streams s;
        o.dialects[0] = told[i].dialect;
        o.hosts = 1; /* the bare files are about one */
        struct ms_gen_totals t = generate(&o, &s);
        const struct ms_buffer *log = &s.of[MS_GEN_LOG], *rows = &s.of[MS_GEN_DELIVERIES];
        assert_int_equal(t.lines, count(log, "\n"));
        assert_int_equal(t.messages, count(&s.of[MS_GEN_MESSAGES], "\n"));
        assert_true(t.messages > 1000);
        if (told[i].sent != NULL)
            assert_int_equal(count(log, told[i].sent), count(rows, "\"status\":\"sent\""));
        assert_int_equal(count(log, told[i].deferred), count(rows, "\"status\":\"deferred\""));
        assert_int_equal(count(log, told[i].bounced), count(rows, "\"status\":\"bounced\""));
        done(&s);
    }
}

static void mails_interleave(void **state)
{
    struct ms_gen_options o = small(1 << 20);
    struct streams s;
    struct ms_span before = MS_SPAN_NULL;
    uint64_t same = 0;
    (void)state;
    struct ms_gen_totals t = generate(&o, &s);
    for (const char *line = s.of[MS_GEN_LOG].data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        struct ms_span id = id_of(line, end);
        same += id.n >= 8 && ms_span_eq(id, before);
        before = id;
    }
    assert_true(same < t.lines / 10); /* mail by mail it would be most of them */
    done(&s);
}

static void time_never_goes_back(void **state)
{
    struct ms_gen_options o = small(1 << 20);
    struct streams s;
    char before[33] = "";
    (void)state;
    o.stamp = MS_GEN_RFC3339;
    o.utc_offset_seconds = -3600;
    o.span_seconds = 3 * 365 * 86400;
    struct ms_gen_totals t = generate(&o, &s);
    for (const char *line = s.of[MS_GEN_LOG].data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        assert_memory_equal(line + 26, "-01:00 ", 7);
        assert_true(memcmp(before, line, 26) <= 0);
        memcpy(before, line, 26);
    }
    int64_t days = (t.last_us - t.first_us) / 1000000 / 86400;
    assert_true(days > 2 * 365 && days < 3 * 365 + 6);
    done(&s);
}

/* Summer time of 2026 in the EU: 29 March 01:00 UTC to 25 October 01:00 UTC. */
static void clocks_change(void **state)
{
    static const struct {
        int64_t from;               /* a day before */
        const char *before, *after; /* offsets */
        const char *last, *first;   /* no line before is later, no line after is earlier, by the local clock */
    } change[] = {{1774656000, "+01:00 ", "+02:00 ", "2026-03-29T02:00", "2026-03-29T03:00"},
                  {1792800000, "+02:00 ", "+01:00 ", "2026-10-25T03:00", "2026-10-25T02:00"}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct ms_gen_options o = small(2 << 20);
        struct streams s;
        int n_before = 0, n_after = 0;
        o.stamp = MS_GEN_RFC3339;
        o.utc_offset_seconds = 3600;
        o.summer_time = true;
        o.start_seconds = change[i].from;
        o.span_seconds = 2 * 86400;
        generate(&o, &s);
        for (const char *line = s.of[MS_GEN_LOG].data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            if (memcmp(line + 26, change[i].before, 7) == 0) {
                assert_int_equal(n_after, 0);
                assert_true(memcmp(line, change[i].last, 16) < 0);
                n_before++;
            } else {
                assert_memory_equal(line + 26, change[i].after, 7);
                assert_true(memcmp(line, change[i].first, 16) >= 0);
                n_after++;
            }
        }
        assert_true(n_before > 100 && n_after > 100);
        done(&s);
    }
}

/* The same minute with and without gaps: what is missing is what the truth says is lost. */
static void gaps_are_counted(void **state)
{
    struct ms_gen_options o = small(UINT64_C(1) << 40);
    struct streams whole, gappy;
    (void)state;
    o.span_seconds = 60;
    struct ms_gen_totals all = generate(&o, &whole);
    o.gaps = 0.4;
    struct ms_gen_totals left = generate(&o, &gappy);
    uint64_t lost = 0;
    for (const char *p = gappy.of[MS_GEN_GAPS].data; (p = strstr(p, "\"n_lines\":")) != NULL; p++)
        lost += strtoull(p + 10, NULL, 10);
    assert_int_equal(whole.of[MS_GEN_GAPS].size_bytes, 1); /* the closing 0 of generate() */
    assert_true(lost > all.lines / 10 && lost < all.lines);
    assert_int_equal(left.lines + lost, all.lines);
    assert_int_equal(left.lines, count(&gappy.of[MS_GEN_LOG], "\n"));
    assert_int_equal(left.deliveries, count(&gappy.of[MS_GEN_LOG], ", dsn="));
    assert_int_equal(left.messages, count(&gappy.of[MS_GEN_MESSAGES], "\n"));
    done(&whole);
    done(&gappy);
}

static void ids_come_again_only_by_option(void **state)
{
    struct ms_gen_options o = small(1 << 20);
    struct streams s;
    (void)state;
    o.ids = MS_GEN_SHORT_IDS;
    o.hosts = 1;
    for (int on = 0; on < 2; on++) {
        o.reuse = on ? 0.5 : 0;
        generate(&o, &s);
        uint64_t again = 0;
        for (const char *p = s.of[MS_GEN_MESSAGES].data; (p = strstr(p, "\"queue_id\":\"")) != NULL; p++) {
            char field[40];
            snprintf(field, sizeof field, "%.24s", p);
            again += strstr(p + 1, field) != NULL;
            if (again > 3)
                break;
        }
        assert_int_equal(again > 0, on);
        done(&s);
    }
}

static void sink_stops_it(void **state)
{
    struct ms_gen_options o = small(64 << 20);
    struct streams s = {.stop_after_bytes = 100000};
    struct ms_gen_totals t;
    struct ms_error err;
    (void)state;
    assert_int_equal(ms_gen_run(&o, false, keep, &s, &t, &err), MS_ERR_IO);
    assert_string_equal(err.text, "full");
    assert_true(s.of[MS_GEN_LOG].size_bytes < 1 << 20);
    assert_int_equal(s.of[MS_GEN_MESSAGES].size_bytes, 0); /* no truth was asked for */
    done(&s);
}

static void nonsense_is_refused(void **state)
{
    struct ms_gen_options o = small(1000), bad;
    struct ms_gen_totals t;
    struct ms_error err;
    struct streams s = {0};
    (void)state;
    bad = o, bad.hosts = 0;
    assert_int_equal(ms_gen_run(&bad, false, keep, &s, &t, &err), MS_ERR_USAGE);
    bad = o, bad.size_bytes = 0;
    assert_int_equal(ms_gen_run(&bad, false, keep, &s, &t, &err), MS_ERR_USAGE);
    bad = o, bad.dialects[0] = MS_GEN_EXIM_MAINLOG; /* four hosts */
    assert_int_equal(ms_gen_run(&bad, false, keep, &s, &t, &err), MS_ERR_USAGE);
    bad = o, bad.rate = 0;
    assert_int_equal(ms_gen_run(&bad, false, keep, &s, &t, &err), MS_ERR_USAGE);
    assert_int_equal(s.of[MS_GEN_LOG].size_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_options_same_bytes), cmocka_unit_test(mix_is_a_farms),
        cmocka_unit_test(truth_adds_up),           cmocka_unit_test(mails_interleave),
        cmocka_unit_test(time_never_goes_back),    cmocka_unit_test(ids_come_again_only_by_option),
        cmocka_unit_test(sink_stops_it),           cmocka_unit_test(gaps_are_counted),
        cmocka_unit_test(clocks_change),           cmocka_unit_test(other_dialects_add_up),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
