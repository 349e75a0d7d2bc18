/* Every byte in exactly one segment, in order, cut at line ends, and stripes that do not depend on the segment size: over
 * random texts, compressions, segment and stripe sizes, against a walk line by line. */
#include "input_support.h"

#include <pthread.h>

#define MAX_SOURCES 4

struct run {
    struct ms_buffer text[MAX_SOURCES], stored[MAX_SOURCES];
    size_t n_sources;
    const char *paths[MAX_SOURCES];
    size_t segment_bytes;
    uint64_t stripe_bytes, stripe_lines; /* stripe_lines 0: as many as there are */
};

static void make_run(struct run *r, size_t about_bytes, size_t max_line)
{
    r->n_sources = 1 + random_below(MAX_SOURCES);
    r->stripe_lines = random_below(2) == 0 ? 0 : 1 + random_below(1 + random_below(200));
    for (size_t i = 0; i < r->n_sources; i++) {
        char name[32];
        snprintf(name, sizeof name, "s%zu", i);
        random_text(&r->text[i], random_below(4) == 0 ? 0 : random_below(about_bytes), max_line);
        if (random_below(6) == 0)
            r->text[i].size_bytes = 0;
        store_text(&r->stored[i], (enum ms_compression)random_below(LAST_COMPRESSION + 1), r->text[i],
                   1 + (unsigned)random_below(4));
        r->paths[i] = write_file(name, r->stored[i].data, r->stored[i].size_bytes);
    }
}

static void free_run(struct run *r)
{
    for (size_t i = 0; i < MAX_SOURCES; i++) {
        ms_buffer_fini(&r->text[i]);
        ms_buffer_fini(&r->stored[i]);
    }
}

/* Where a walk line by line stands. */
struct walk {
    const struct run *run;
    size_t source, at;
    uint64_t position, n_lines; /* n_lines: of the stripe */
    uint32_t stripe;
    bool stripe_ended;
};

static void skip_empty_sources(struct walk *w)
{
    while (w->source < w->run->n_sources && w->at == w->run->text[w->source].size_bytes) {
        w->source++;
        w->at = 0;
    }
}

static size_t step_line(struct walk *w)
{
    const struct ms_buffer *t = &w->run->text[w->source];
    const char *end = memchr(t->data + w->at, '\n', t->size_bytes - w->at);
    size_t n = end != NULL ? (size_t)(end + 1 - (t->data + w->at)) : t->size_bytes - w->at;
    uint64_t before = w->position / w->run->stripe_bytes;
    w->at += n;
    w->position += n;
    w->n_lines++;
    w->stripe_ended = w->position / w->run->stripe_bytes != before || w->n_lines == w->run->stripe_lines;
    w->n_lines = w->stripe_ended ? 0 : w->n_lines;
    w->stripe += w->stripe_ended;
    return n;
}

static unsigned touch_padding(struct ms_span text)
{
    unsigned sum = 0;
    for (int i = 1; i <= 64; i++)
        sum += (unsigned char)text.p[-i] + (unsigned char)text.p[text.n + (size_t)i - 1];
    return sum;
}

static volatile unsigned sink;

static void check_segment(struct walk *w, const struct ms_segment *seg, uint64_t number)
{
    skip_empty_sources(w);
    assert_true(w->source < w->run->n_sources);
    const struct ms_buffer *text = &w->run->text[w->source];
    assert_int_equal(seg->number, number);
    assert_int_equal(seg->file_id, w->source);
    assert_int_equal(seg->text_offset, w->at);
    assert_int_equal(seg->stripe, w->stripe);
    assert_true(seg->covers_bytes > 0);
    assert_memory_equal(seg->text.p, text->data + w->at, seg->text.n);
    sink += touch_padding(seg->text);

    uint64_t covered = 0;
    size_t line = 0;
    while (covered < seg->covers_bytes) {
        assert_int_equal(seg->stripe, w->stripe);
        assert_true(covered < w->run->segment_bytes); /* the line before has not reached it */
        covered += line = step_line(w);
        assert_true(line <= MS_LINE_MAX_BYTES || seg->is_long_line);
    }
    assert_int_equal(covered, seg->covers_bytes);
    if (seg->is_long_line) {
        assert_int_equal(covered, line);
        assert_int_equal(seg->text.n, MS_LINE_MAX_BYTES);
        assert_true(line > MS_LINE_MAX_BYTES);
    } else {
        assert_int_equal(covered, seg->text.n);
    }
    assert_int_equal(seg->last_of_source, w->at == text->size_bytes);
    bool stripe_ended = w->stripe_ended;
    skip_empty_sources(w);
    assert_int_equal(seg->last_of_run, w->source == w->run->n_sources);
    assert_int_equal(seg->last_of_stripe, stripe_ended || seg->last_of_run);
}

static void check_sources(const struct run *r, const struct ms_input *in)
{
    for (size_t i = 0; i < r->n_sources; i++) {
        const struct ms_source *s = ms_input_source(in, i);
        char hex[33];
        plain_digest(r->stored[i].data, r->stored[i].size_bytes, hex);
        assert_string_equal(s->digest, hex);
        assert_string_equal(s->path, r->paths[i]);
        assert_int_equal(s->text_bytes, r->text[i].size_bytes);
        assert_int_equal(s->size_bytes, r->stored[i].size_bytes);
        assert_int_equal(s->status, MS_SOURCE_OK);
        assert_null(s->error);
    }
}

static void check_run(struct run *r, size_t segment_bytes, uint64_t stripe_bytes, size_t n_held)
{
    r->segment_bytes = segment_bytes;
    r->stripe_bytes = stripe_bytes;
    struct ms_input *in =
        open_paths(r->paths, r->n_sources,
                   &(struct ms_input_options){
                       .segment_bytes = segment_bytes, .stripe_bytes = stripe_bytes, .stripe_lines = r->stripe_lines});
    assert_int_equal(ms_input_n_sources(in), r->n_sources);
    struct walk w = {.run = r};
    struct ms_segment held[8] = {0};
    struct ms_error err;
    enum ms_status st = MS_OK;
    uint64_t number = 0;
    /* Some segments are held back, and checked only when others have been cut behind them. */
    while (true) {
        struct ms_segment *seg = &held[number % n_held];
        if (number >= n_held) {
            check_segment(&w, seg, number - n_held);
            ms_segment_done(in, seg);
        }
        if ((st = ms_input_next(in, seg, &err)) != MS_OK)
            break;
        number++;
    }
    assert_int_equal(st, MS_END);
    for (uint64_t i = number >= n_held ? number - n_held + 1 : 0; i < number; i++) {
        check_segment(&w, &held[i % n_held], i);
        ms_segment_done(in, &held[i % n_held]);
    }
    skip_empty_sources(&w);
    assert_int_equal(w.source, r->n_sources);
    check_sources(r, in);
    ms_input_close(in);
}

static void test_small_texts(void **state)
{
    (void)state;
    static const size_t segments[] = {1, 7, 64, 4096, 1 << 20};
    static const uint64_t stripes[] = {1, 13, 100, 5000, 1 << 28};
    for (int round = 0; round < 100; round++) {
        struct run r = {0};
        make_run(&r, 1 + random_below(12000), 1 + random_below(400));
        for (size_t i = 0; i < 5; i++)
            for (size_t k = 0; k < 5; k++)
                check_run(&r, segments[i], stripes[k], 1 + random_below(8));
        free_run(&r);
    }
}

static void test_long_lines(void **state)
{
    (void)state;
    static const size_t segments[] = {5000, 1 << 20, 3 << 20};
    for (int round = 0; round < 8; round++) {
        struct run r = {0};
        make_run(&r, 6 << 20, 3 << 20);
        for (size_t i = 0; i < 3; i++)
            check_run(&r, segments[i], 1 + random_below(4 << 20), 1 + random_below(4));
        free_run(&r);
    }
}

/* Lines of exactly, and one more than, the longest that is a line; with and without line end; alone and between others. */
static void test_line_at_the_limit(void **state)
{
    (void)state;
    for (int variant = 0; variant < 48; variant++) {
        struct run r = {.n_sources = 1};
        size_t n = MS_LINE_MAX_BYTES - 1 + (size_t)(variant % 3);
        if (variant / 3 % 2)
            append_line(&r.text[0], 100, "\n");
        append_line(&r.text[0], n - (variant / 6 % 2), variant / 6 % 2 ? "\n" : "");
        if (variant / 6 % 2 && variant / 12 % 2)
            append_line(&r.text[0], 100, "\n");
        store_text(&r.stored[0], variant / 24 ? MS_GZIP : MS_PLAIN, r.text[0], 1);
        r.paths[0] = write_file("limit", r.stored[0].data, r.stored[0].size_bytes);
        check_run(&r, 1, 1 << 28, 1);
        check_run(&r, MS_LINE_MAX_BYTES, 1 << 28, 2);
        check_run(&r, 16 << 20, 1 << 28, 1);
        free_run(&r);
    }
}

/* Whole pages: the padding lies on pages of its own. */
static void test_whole_pages(void **state)
{
    (void)state;
    struct run r = {.n_sources = 1};
    for (int i = 0; i < 4096 * 3 / 64; i++)
        append_line(&r.text[0], 0, "123456789012345678901234567890123456789012345678901234567890123\n");
    assert_int_equal(r.text[0].size_bytes % 4096, 0);
    store_text(&r.stored[0], MS_PLAIN, r.text[0], 1);
    r.paths[0] = write_file("pages", r.stored[0].data, r.stored[0].size_bytes);
    check_run(&r, 64, 1000, 8);
    free_run(&r);
}

/* Lines without anything in them: what they cost is bounded by their number. */
static void test_shortest_lines(void **state)
{
    (void)state;
    enum { N = 1 << 20, LINES = 300000 };
    struct run r = {.n_sources = 1, .stripe_lines = LINES};
    for (int i = 0; i < N / 64; i++)
        append_line(&r.text[0], 0,
                    "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
                    "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
    store_text(&r.stored[0], MS_PLAIN, r.text[0], 1);
    r.paths[0] = write_file("shortest", r.stored[0].data, r.stored[0].size_bytes);
    struct ms_input *in = open_paths(r.paths, 1, &(struct ms_input_options){.segment_bytes = N, .stripe_lines = LINES});
    struct ms_segment seg;
    struct ms_error err;
    uint32_t stripe = 0;
    while (ms_input_next(in, &seg, &err) == MS_OK) {
        assert_true(seg.text.n <= N / 64);
        stripe = seg.stripe;
        ms_segment_done(in, &seg);
    }
    assert_int_equal(stripe, N / LINES);
    ms_input_close(in);
    check_run(&r, N, 1 << 28, 1);
    free_run(&r);
}

struct taker {
    struct ms_input *in;
    struct ms_segment *segments; /* copies of the text */
    size_t n, cap;
    enum ms_status end;
};

static void *take_all(void *arg)
{
    struct taker *t = arg;
    struct ms_segment seg;
    struct ms_error err;
    while ((t->end = ms_input_next(t->in, &seg, &err)) == MS_OK) {
        t->segments = ms_grow(t->segments, &t->cap, t->n + 1, sizeof *t->segments);
        struct ms_segment *copy = &t->segments[t->n++];
        *copy = seg;
        char *padded = memcpy((char *)ms_malloc(seg.text.n + 128), seg.text.p - 64, seg.text.n + 128);
        copy->text.p = padded + 64;
        ms_segment_done(t->in, &seg);
    }
    return NULL;
}

static int compare_numbers(const void *a, const void *b)
{
    const struct ms_segment *x = a, *y = b;
    return x->number < y->number ? -1 : 1;
}

static void test_threads(void **state)
{
    (void)state;
    enum { N = 4 };
    for (int round = 0; round < 20; round++) {
        struct run r = {.segment_bytes = 1 + random_below(3000), .stripe_bytes = 1 + random_below(30000)};
        make_run(&r, 200000, 300);
        struct ms_input *in = open_paths(r.paths, r.n_sources,
                                         &(struct ms_input_options){.segment_bytes = r.segment_bytes,
                                                                    .stripe_bytes = r.stripe_bytes,
                                                                    .stripe_lines = r.stripe_lines});
        pthread_t threads[N];
        struct taker takers[N] = {0};
        for (int i = 0; i < N; i++) {
            takers[i].in = in;
            assert_int_equal(pthread_create(&threads[i], NULL, take_all, &takers[i]), 0);
        }
        struct taker all = {0};
        for (int i = 0; i < N; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(takers[i].end, MS_END);
            all.segments = ms_grow(all.segments, &all.cap, all.n + takers[i].n, sizeof *all.segments);
            if (takers[i].n > 0)
                memcpy(all.segments + all.n, takers[i].segments, takers[i].n * sizeof *all.segments);
            all.n += takers[i].n;
            free(takers[i].segments);
        }
        if (all.n > 0)
            qsort(all.segments, all.n, sizeof *all.segments, compare_numbers);
        struct walk w = {.run = &r};
        for (size_t i = 0; i < all.n; i++) {
            check_segment(&w, &all.segments[i], i);
            free((char *)all.segments[i].text.p - 64);
        }
        skip_empty_sources(&w);
        assert_int_equal(w.source, r.n_sources);
        check_sources(&r, in);
        ms_input_close(in);
        free(all.segments);
        free_run(&r);
    }
}

/* Nobody is without work while the stripe lasts, and few threads have long segments. */
static void test_share_of_threads(void **state)
{
    (void)state;
    static const struct {
        unsigned n_threads;
        size_t bytes;
    } cases[] = {{0, 16}, {1, 16}, {4, 16}, {8, 8}, {64, 1}, {1000, 1}};
    struct ms_buffer text = {0};
    random_text(&text, 1000, 100);
    const char *path = write_file("share", text.data, text.size_bytes);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ms_input *in = open_paths(&path, 1, &(struct ms_input_options){.n_threads = cases[i].n_threads});
        assert_int_equal(in->options.segment_bytes, cases[i].bytes << 20);
        ms_input_close(in);
    }
    ms_buffer_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_texts),       cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_line_at_the_limit), cmocka_unit_test(test_whole_pages),
        cmocka_unit_test(test_threads),           cmocka_unit_test(test_share_of_threads),
        cmocka_unit_test(test_shortest_lines),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
