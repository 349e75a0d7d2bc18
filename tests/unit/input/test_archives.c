/* All compressions: whole ones of every make, cut and damaged ones, greedy ones. What they hold comes out, and the rest is said. */
#include "input_support.h"

static const struct ms_input_options small = {.segment_bytes = 1000, .stripe_bytes = 100000};

static void test_recognised_by_content(void **state)
{
    (void)state;
    static const struct {
        enum ms_compression expected;
        const char *bytes;
        size_t n;
    } cases[] = {
        {MS_PLAIN, "", 0},
        {MS_PLAIN, "\x1f", 1},
        {MS_GZIP, "\x1f\x8b", 2},
        {MS_GZIP, "\x1f\x8b\x08\x00", 4},
        {MS_PLAIN, "\x1f\x8b\x07\x00", 4},
        {MS_XZ, "\xfd\x37zXZ\0\0\4", 8},
        {MS_PLAIN, "\xfd\x37zXY\0\0\4", 8},
        {MS_ZSTD, "\x28\xb5\x2f\xfd\x04", 5},
        {MS_LZ4, "\x04\x22\x4d\x18\x64", 5},
        {MS_COMPRESS, "\x1f\x9d\x90", 3},
        {MS_ZSTD, "\x50\x2a\x4d\x18\x04\0\0\0size\x28\xb5\x2f\xfd", 16},
        {MS_LZ4, "\x5f\x2a\x4d\x18\x04\0\0\0size\x04\x22\x4d\x18", 16},
        {MS_ZSTD, "\x5f\x2a\x4d\x18\xff\xff\xff\xff more", 13},
        {MS_PLAIN, "\x5f\x2a\x4d\x19\x04\0\0\0size\x04\x22\x4d\x18", 16},
        {MS_BZIP2, "BZh91AY&SY\x00", 11},
        {MS_BZIP2, "BZh9\x17\x72\x45\x38\x50\x90", 10},
        {MS_PLAIN, "BZhello world", 13},
        {MS_PLAIN, "BZh91AY&", 8},
        {MS_PLAIN, "Jan  1 00:00:00 h", 17},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(ms_compression_of(cases[i].bytes, cases[i].n), cases[i].expected);
}

static const struct ms_source *only_source(struct ms_input *in)
{
    assert_int_equal(ms_input_n_sources(in), 1);
    return ms_input_source(in, 0);
}

static void check_collected(const char *path, const struct ms_buffer *text, enum ms_source_status status,
                            const char *says)
{
    struct ms_input *in = open_paths(&path, 1, &small);
    struct collected c;
    collect(in, &c);
    assert_int_equal(c.text.size_bytes, text->size_bytes);
    if (text->size_bytes > 0)
        assert_memory_equal(c.text.data, text->data, text->size_bytes);
    assert_int_equal(only_source(in)->status, status);
    assert_int_equal(only_source(in)->text_bytes, text->size_bytes);
    if (says != NULL)
        assert_non_null(strstr(only_source(in)->error, says));
    ms_buffer_fini(&c.text);
    ms_input_close(in);
}

static void test_odd_archives(void **state)
{
    (void)state;
    struct ms_buffer text = {0}, gz = {0}, xz = {0};
    random_text(&text, 50000, 200);
    store_text(&gz, MS_GZIP, text, 3);
    store_text(&xz, MS_XZ, text, 3);
    static const char zeros[1024];

    ms_buffer_append(&gz, zeros, sizeof zeros);
    check_collected(write_file("padded.gz", gz.data, gz.size_bytes), &text, MS_SOURCE_OK, NULL);
    ms_buffer_append(&gz, "not gzip", 8);
    check_collected(write_file("tail.gz", gz.data, gz.size_bytes), &text, MS_SOURCE_CORRUPT, "is not gzip any more");
    ms_buffer_append(&xz, zeros, 8);
    check_collected(write_file("padded.xz", xz.data, xz.size_bytes), &text, MS_SOURCE_OK, NULL);
    ms_buffer_append(&xz, "not xz at all", 13);
    check_collected(write_file("tail.xz", xz.data, xz.size_bytes), &text, MS_SOURCE_CORRUPT, "xz: damaged data");

    struct ms_buffer nothing = {0};
    check_collected(write_file("stump.gz", "\x1f\x8b", 2), &nothing, MS_SOURCE_TRUNCATED, "cut short at byte 2");
    check_collected(write_file("stump.xz",
                               "\xfd"
                               "7z",
                               3),
                    &nothing, MS_SOURCE_TRUNCATED, "cut short at byte 3");
    gz.size_bytes = 0;
    append_gzip_member(&gz, "", 0);
    check_collected(write_file("empty.gz", gz.data, gz.size_bytes), &nothing, MS_SOURCE_OK, NULL);
    append_gzip_member(&gz, "x\n", 2);
    gz.data[gz.size_bytes - 6] ^= 1; /* checksum */
    struct ms_buffer x = {.data = "x\n", .size_bytes = 2};
    check_collected(write_file("crc.gz", gz.data, gz.size_bytes), &x, MS_SOURCE_CORRUPT, "wrong checksum");
    ms_buffer_fini(&text);
    ms_buffer_fini(&gz);
    ms_buffer_fini(&xz);
}

/* Several frames or streams, empty ones, ones to be passed over between them, and what is none any more. */
static void test_odd_frames(void **state)
{
    (void)state;
    static const char skippable[] = "\x53\x2a\x4d\x18\x05\0\0\0hello";
    static const struct {
        enum ms_compression kind;
        append_fn *append;
        const char *says;
    } kinds[] = {{MS_ZSTD, append_zstd_frame, "is not zstd any more from byte "},
                 {MS_LZ4, append_lz4_frame, "is not lz4 any more from byte "},
                 {MS_BZIP2, append_bzip2_stream, "is not bzip2 any more from byte "}};
    struct ms_buffer text = {0}, stored = {0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        random_text(&text, 300000, 200);
        stored.size_bytes = 0;
        kinds[i].append(&stored, "", 0);
        check_collected(write_file("empty", stored.data, stored.size_bytes), &(struct ms_buffer){0}, MS_SOURCE_OK,
                        NULL);
        if (kinds[i].kind != MS_BZIP2)
            ms_buffer_append(&stored, skippable, sizeof skippable - 1);
        kinds[i].append(&stored, text.data, 100);
        kinds[i].append(&stored, "", 0);
        if (kinds[i].kind != MS_BZIP2)
            ms_buffer_append(&stored, skippable, sizeof skippable - 1);
        kinds[i].append(&stored, text.data + 100, text.size_bytes - 100);
        check_collected(write_file("frames", stored.data, stored.size_bytes), &text, MS_SOURCE_OK, NULL);
        char *says = ms_sprintf("%s%zu on", kinds[i].says, stored.size_bytes);
        ms_buffer_append(&stored, "that was all, folks", 19);
        check_collected(write_file("tail", stored.data, stored.size_bytes), &text, MS_SOURCE_CORRUPT, says);
        free(says);
    }
    ms_buffer_fini(&text);
    ms_buffer_fini(&stored);
}

/* The tools that made the world's archives, not the libraries we read with. */
static void test_archives_of_the_tools(void **state)
{
    (void)state;
    struct ms_buffer text = {0};
    random_text(&text, 3000000, 200);
    const char *path = write_file("tools", text.data, text.size_bytes);
    static const char *const commands[] = {"gzip -9 <%s >%s.z",
                                           "gzip -1 -n <%s >%s.z",
                                           "(cat %s | gzip -c) >%s.z; :",
                                           "xz -0 <%s >%s.z",
                                           "xz -6 --block-size=100000 <%s >%s.z",
                                           "zstd -q -1 <%s >%s.z",
                                           "zstd -q -19 --long=27 <%s >%s.z",
                                           "(zstd -q -3 --no-check <%s; printf '' | zstd -q) >%s.z",
                                           "lz4 -q -1 <%s >%s.z",
                                           "lz4 -q -9 -B4 -BD -BX <%s >%s.z",
                                           "bzip2 -1 <%s >%s.z",
                                           "(bzip2 <%s; printf '' | bzip2) >%s.z"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char command[600];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(command, sizeof command, commands[i], path, path);
#pragma GCC diagnostic pop
        assert_int_equal(system(command), 0);
        check_collected(in_folder("tools.z"), &text, MS_SOURCE_OK, NULL);
    }
    ms_buffer_fini(&text);
}

/* Cut anywhere: what comes out is a beginning of the text, grows with the bytes there are, and is not called complete. */
static void test_cut_anywhere(void **state)
{
    (void)state;
    struct ms_buffer text = {0}, stored = {0};
    random_text(&text, 20000, 100);
    text.data[text.size_bytes - 1] = '\n';
    for (int kind = MS_GZIP; kind <= LAST_COMPRESSION; kind++) {
        size_t before = 0;
        store_text(&stored, (enum ms_compression)kind, text, 1);
        for (size_t n = 10; n < stored.size_bytes; n += 1 + random_below(n < 300 ? 1 : 100)) {
            const char *path = write_file("cut", stored.data, n);
            struct ms_input *in = open_paths(&path, 1, &small);
            struct collected c;
            collect(in, &c);
            if (kind != MS_COMPRESS) /* which has no end mark */
                assert_int_equal(only_source(in)->status, MS_SOURCE_TRUNCATED);
            assert_in_range(c.text.size_bytes, before, text.size_bytes);
            if (c.text.size_bytes > 0)
                assert_memory_equal(c.text.data, text.data, c.text.size_bytes);
            char hex[33];
            plain_digest(stored.data, n, hex);
            assert_string_equal(only_source(in)->digest, hex);
            before = c.text.size_bytes;
            ms_buffer_fini(&c.text);
            ms_input_close(in);
        }
        if (kind == MS_GZIP || kind == MS_XZ) /* the others give whole blocks only */
            assert_true(before > text.size_bytes / 2);
    }
    ms_buffer_fini(&text);
    ms_buffer_fini(&stored);
}

/* Flipped bits: no crash, the accounts add up, and a wrong text is never called good. */
static void test_damage_anywhere(void **state)
{
    (void)state;
    struct ms_buffer text = {0}, stored = {0}, hurt = {0};
    random_text(&text, 30000, 100);
    for (int round = 0; round < 1000; round++) {
        store_text(&stored, (enum ms_compression)(MS_GZIP + round % (MS_LZ4 - MS_GZIP + 1)), text, 2);
        hurt.size_bytes = 0;
        ms_buffer_append(&hurt, stored.data, stored.size_bytes);
        for (uint64_t i = 0, n = 1 + random_below(4); i < n; i++)
            hurt.data[3 + random_below(hurt.size_bytes - 3)] ^= (char)(1 << random_below(8));
        const char *path = write_file("hurt", hurt.data, hurt.size_bytes);
        struct ms_input *in = open_paths(&path, 1, &small);
        struct collected c;
        collect(in, &c);
        const struct ms_source *s = only_source(in);
        assert_int_equal(c.text.size_bytes, s->text_bytes);
        if (s->status == MS_SOURCE_OK && s->compression != MS_PLAIN) {
            assert_int_equal(c.text.size_bytes, text.size_bytes);
            assert_memory_equal(c.text.data, text.data, text.size_bytes);
        } else if (s->status != MS_SOURCE_OK) {
            assert_non_null(s->error);
        }
        ms_buffer_fini(&c.text);
        ms_input_close(in);
    }
    ms_buffer_fini(&text);
    ms_buffer_fini(&stored);
    ms_buffer_fini(&hurt);
}

static void test_memory_limit_of_xz(void **state)
{
    (void)state;
    const char *path = write_file("greedy.xz", "", 0);
    char *command = ms_sprintf("echo hello | xz --lzma2=preset=6,dict=1GiB >%s", path);
    assert_int_equal(system(command), 0);
    free(command);
    struct ms_buffer nothing = {0};
    check_collected(path, &nothing, MS_SOURCE_UNREADABLE, "MiB of memory to unpack");
}

/* Every cut of larger texts, with many blocks: a beginning of the text, and never called complete. */
static void test_cut_between_blocks(void **state)
{
    (void)state;
    struct ms_buffer text = {0}, stored = {0};
    random_text(&text, 700000, 300);
    for (int kind = MS_GZIP; kind < MS_COMPRESS; kind++) {
        store_text(&stored, (enum ms_compression)kind, text, 1);
        size_t most = 0;
        for (int round = 0; round < 30; round++) {
            const char *path = write_file("cut", stored.data, 100 + random_below(stored.size_bytes - 100));
            struct ms_input *in = open_paths(&path, 1, &small);
            struct collected c;
            collect(in, &c);
            assert_int_equal(only_source(in)->status, MS_SOURCE_TRUNCATED);
            assert_non_null(strstr(only_source(in)->error, "cut short at byte "));
            assert_memory_equal(c.text.data, text.data, c.text.size_bytes);
            most = c.text.size_bytes > most ? c.text.size_bytes : most;
            ms_buffer_fini(&c.text);
            ms_input_close(in);
        }
        assert_true(most > text.size_bytes / 4);
    }
    ms_buffer_fini(&text);
    ms_buffer_fini(&stored);
}

static void test_memory_limit_of_zstd(void **state)
{
    (void)state;
    const char *path = write_file("greedy.zst", "", 0);
    char *command = ms_sprintf("echo hello | zstd -q --ultra --long=31 -c >%s", path);
    assert_int_equal(system(command), 0);
    free(command);
    check_collected(path, &(struct ms_buffer){0}, MS_SOURCE_UNREADABLE, "needs a window of more than 128 MiB");
}

static void check_long_line(const char *path, uint64_t length)
{
    struct ms_input *in = open_paths(&path, 1, &(struct ms_input_options){0});
    struct ms_segment seg;
    struct ms_error err;
    uint64_t covered = 0;
    unsigned n_long = 0;
    while (ms_input_next(in, &seg, &err) == MS_OK) {
        covered += seg.covers_bytes;
        if (seg.is_long_line) {
            assert_int_equal(seg.text_offset, 6);
            assert_int_equal(seg.text.n, MS_LINE_MAX_BYTES);
            assert_int_equal(seg.covers_bytes, length + 1);
            n_long++;
        } else {
            assert_memory_equal(seg.text.p, seg.text_offset ? "after\n" : "first\n", 6);
        }
        ms_segment_done(in, &seg);
    }
    assert_int_equal(n_long, 1);
    assert_int_equal(covered, length + 13);
    assert_int_equal(only_source(in)->text_bytes, covered);
    assert_int_equal(only_source(in)->status, MS_SOURCE_OK);
    ms_input_close(in);
}

static void test_line_of_100_mb(void **state)
{
    (void)state;
    struct ms_buffer text = {0}, stored = {0};
    ms_buffer_append(&text, "first\n", 6);
    ms_buffer_reserve(&text, 100000000);
    memset(text.data + 6, 'x', 100000000);
    text.size_bytes += 100000000;
    ms_buffer_append(&text, "\nafter\n", 7);
    check_long_line(write_file("long", text.data, text.size_bytes), 100000000);
    for (int kind = MS_GZIP; kind < MS_COMPRESS; kind++) { /* a bomb of any kind */
        store_text(&stored, (enum ms_compression)kind, text, kind == MS_BZIP2 ? 1 : 2);
        assert_true(stored.size_bytes < 2000000);
        check_long_line(write_file("long.z", stored.data, stored.size_bytes), 100000000);
    }
    assert_int_equal(unlink(in_folder("long")), 0);
    ms_buffer_fini(&text);
    ms_buffer_fini(&stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recognised_by_content),
        cmocka_unit_test(test_odd_archives),
        cmocka_unit_test(test_archives_of_the_tools),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_damage_anywhere),
        cmocka_unit_test(test_memory_limit_of_xz),
        cmocka_unit_test(test_odd_frames),
        cmocka_unit_test(test_cut_between_blocks),
        cmocka_unit_test(test_memory_limit_of_zstd),
        cmocka_unit_test(test_line_of_100_mb),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
