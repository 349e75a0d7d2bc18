/* tar and zip archives: each member is a source; whole archives of every make, cut and damaged ones, archives in archives. */
#include "input_support.h"

static const struct ms_input_options small = {.segment_bytes = 1000, .stripe_bytes = 100000};

struct packed {
    const char *name;
    struct ms_buffer bytes;
};

/* The bytes of an archive with these members. `filter`: of libarchive, 0: none. */
static void pack(struct ms_buffer *out, int format, int filter, const struct packed *members, size_t n)
{
    struct archive *a = archive_write_new();
    size_t used = 0;
    if (filter != 0)
        assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format(a, format), ARCHIVE_OK);
    out->size_bytes = 0;
    ms_buffer_reserve(out, 8 << 20);
    assert_int_equal(archive_write_open_memory(a, out->data, out->capacity_bytes, &used), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        struct archive_entry *e = archive_entry_new();
        bool is_folder = members[i].name[strlen(members[i].name) - 1] == '/';
        archive_entry_set_pathname(e, members[i].name);
        archive_entry_set_filetype(e, is_folder ? AE_IFDIR : AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_mtime(e, 1700000000 + (time_t)i, 0);
        archive_entry_set_size(e, is_folder ? 0 : (la_int64_t)members[i].bytes.size_bytes);
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        if (members[i].bytes.size_bytes > 0)
            assert_int_equal(archive_write_data(a, members[i].bytes.data, members[i].bytes.size_bytes),
                             members[i].bytes.size_bytes);
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    out->size_bytes = used;
}

static const struct ms_source *source_of(struct ms_input *in, const char *path)
{
    for (size_t i = 0; i < ms_input_n_sources(in); i++)
        if (strcmp(ms_input_source(in, i)->path, path) == 0)
            return ms_input_source(in, i);
    return NULL;
}

/* The text of each source, in order; `got` has room for all. */
static void read_all(struct ms_input *in, struct ms_buffer *got)
{
    struct ms_segment seg;
    struct ms_error err;
    while (ms_input_next(in, &seg, &err) == MS_OK) {
        ms_buffer_append(&got[seg.file_id], seg.text.p, seg.text.n);
        ms_segment_done(in, &seg);
    }
}

static void check_source(struct ms_input *in, const struct ms_buffer *got, const char *path,
                         const struct ms_buffer *text, const struct ms_buffer *stored)
{
    const struct ms_source *s = source_of(in, path);
    char hex[33];
    if (s == NULL)
        fail_msg("%s is missing", path);
    assert_int_equal(s->status, MS_SOURCE_OK);
    assert_int_equal(s->size_bytes, stored->size_bytes);
    assert_int_equal(got[s->file_id].size_bytes, text->size_bytes);
    if (text->size_bytes > 0)
        assert_memory_equal(got[s->file_id].data, text->data, text->size_bytes);
    plain_digest(stored->data, stored->size_bytes, hex);
    assert_string_equal(s->digest, hex);
}

enum { N_TEXTS = 5 };
static struct ms_buffer texts[N_TEXTS], stored[N_TEXTS];
static const char *const paths[N_TEXTS] = {"mail.log", "./old/mail.log.1", "old/mail.log.2.gz", "old/mail.log.3.zst",
                                           "empty"};

static int make_texts(void **state)
{
    for (int i = 0; i < N_TEXTS; i++) {
        random_text(&texts[i], i == 1 ? 300000 : 20000, 100);
        if (i == 4)
            texts[i].size_bytes = 0;
        store_text(&stored[i], i == 2 ? MS_GZIP : i == 3 ? MS_ZSTD : MS_PLAIN, texts[i], 1);
    }
    return make_folder(state);
}

static int free_texts(void **state)
{
    for (int i = 0; i < N_TEXTS; i++) {
        ms_buffer_fini(&texts[i]);
        ms_buffer_fini(&stored[i]);
    }
    return remove_folder(state);
}

static void pack_texts(struct ms_buffer *out, int format, int filter)
{
    struct packed members[N_TEXTS + 3] = {{"old/", {0}}, {".hidden", texts[0]}, {"old/._mail.log", texts[0]}};
    for (int i = 0; i < N_TEXTS; i++)
        members[i + 3] = (struct packed){paths[i], stored[i]};
    pack(out, format, filter, members, N_TEXTS + 3);
}

/* All members at `prefix` come out whole. */
static void check_texts(struct ms_input *in, const struct ms_buffer *got, const char *prefix)
{
    for (int i = 0; i < N_TEXTS; i++) {
        const char *name = paths[i][0] == '.' ? paths[i] + 2 : paths[i];
        char *path = ms_sprintf("%s!%s", prefix, name);
        check_source(in, got, path, &texts[i], &stored[i]);
        assert_int_equal(source_of(in, path)->written_s, 1700000003 + i);
        free(path);
    }
}

static void check_archive(const char *path)
{
    struct ms_input *in = open_paths(&path, 1, &small);
    struct ms_buffer got[N_TEXTS] = {0};
    assert_int_equal(ms_input_n_sources(in), N_TEXTS);
    read_all(in, got);
    check_texts(in, got, path);
    for (int i = 0; i < N_TEXTS; i++)
        ms_buffer_fini(&got[i]);
    ms_input_close(in);
}

static void test_every_make(void **state)
{
    (void)state;
    static const struct {
        int format, filter;
    } makes[] = {{ARCHIVE_FORMAT_TAR_USTAR, 0},
                 {ARCHIVE_FORMAT_TAR_GNUTAR, 0},
                 {ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, 0},
                 {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP},
                 {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_XZ},
                 {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_BZIP2},
                 {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_LZ4},
                 {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD},
                 {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_COMPRESS},
                 {ARCHIVE_FORMAT_ZIP, 0}};
    struct ms_buffer bytes = {0};
    for (size_t i = 0; i < sizeof makes / sizeof *makes; i++) {
        pack_texts(&bytes, makes[i].format, makes[i].filter);
        check_archive(write_file("whole", bytes.data, bytes.size_bytes));
    }
    ms_buffer_fini(&bytes);
}

/* Members are also what is asked for by name, in an archive of archives; too deep is too deep. */
static void test_nested(void **state)
{
    (void)state;
    struct ms_buffer inner = {0}, zip = {0}, bytes = {0}, got[N_TEXTS + 1] = {0};
    pack_texts(&inner, ARCHIVE_FORMAT_TAR_USTAR, 0);
    pack(&zip, ARCHIVE_FORMAT_ZIP, 0, (struct packed[]){{"logs.tar", inner}}, 1);
    pack(&bytes, ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP,
         (struct packed[]){{"a/x.zip", zip}, {"plain", texts[0]}}, 2);
    const char *path = write_file("nested", bytes.data, bytes.size_bytes);
    struct ms_input *in = open_paths(&path, 1, &small);
    assert_int_equal(ms_input_n_sources(in), N_TEXTS + 1);
    read_all(in, got);
    char *prefix = ms_sprintf("%s!a/x.zip!logs.tar", path);
    check_texts(in, got, prefix);
    char *plain = ms_sprintf("%s!plain", path);
    check_source(in, got, plain, &texts[0], &texts[0]);
    ms_input_close(in);
    for (int i = 0; i <= N_TEXTS; i++)
        got[i].size_bytes = 0;

    const char *one = in_folder("nested!a/x.zip!logs.tar!old/mail.log.1");
    in = open_paths(&one, 1, &small);
    assert_int_equal(ms_input_n_sources(in), 1);
    read_all(in, got);
    check_source(in, got, one, &texts[1], &stored[1]);
    ms_input_close(in);
    got[0].size_bytes = 0;

    const char *none[] = {in_folder("nested!a/x.zip!logs.tar!old/mail.log"), in_folder("nested!plain!mail.log")};
    in = open_paths(none, 2, &small);
    read_all(in, got);
    assert_int_equal(ms_input_n_sources(in), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ms_input_source(in, i)->status, MS_SOURCE_UNREADABLE);
        assert_non_null(strstr(ms_input_source(in, i)->error, "member"));
    }
    ms_input_close(in);

    for (int depth = 2; depth <= MS_ARCHIVE_MAX_DEPTH + 1; depth++) {
        struct ms_buffer outer = {0};
        pack(&outer, ARCHIVE_FORMAT_TAR_USTAR, 0, (struct packed[]){{"in", depth == 2 ? zip : bytes}}, 1);
        ms_buffer_fini(&bytes);
        bytes = outer;
    }
    path = write_file("deep", bytes.data, bytes.size_bytes);
    in = open_paths(&path, 1, &small);
    assert_int_equal(ms_input_n_sources(in), 1);
    assert_int_equal(ms_input_source(in, 0)->status, MS_SOURCE_UNREADABLE);
    ms_input_close(in);
    for (int i = 0; i <= N_TEXTS; i++)
        ms_buffer_fini(&got[i]);
    free(prefix);
    free(plain);
    ms_buffer_fini(&inner);
    ms_buffer_fini(&zip);
    ms_buffer_fini(&bytes);
}

/* Updated by `tar -r`: the same name twice, and both are there. */
static void test_repeated_names(void **state)
{
    (void)state;
    struct ms_buffer bytes = {0}, got[2] = {0};
    pack(&bytes, ARCHIVE_FORMAT_TAR_USTAR, 0, (struct packed[]){{"log", texts[0]}, {"log", texts[1]}}, 2);
    const char *path = write_file("twice", bytes.data, bytes.size_bytes);
    struct ms_input *in = open_paths(&path, 1, &small);
    assert_int_equal(ms_input_n_sources(in), 2);
    read_all(in, got);
    check_source(in, got, in_folder("twice!log"), &texts[0], &texts[0]);
    check_source(in, got, in_folder("twice!log#2"), &texts[1], &texts[1]);
    ms_input_close(in);
    got[0].size_bytes = 0;
    path = in_folder("twice!log#2");
    in = open_paths(&path, 1, &small);
    assert_int_equal(ms_input_n_sources(in), 1);
    read_all(in, got);
    check_source(in, got, path, &texts[1], &texts[1]);
    ms_input_close(in);
    ms_buffer_fini(&got[0]);
    ms_buffer_fini(&got[1]);
    ms_buffer_fini(&bytes);
}

static void test_head_and_piece_of_member(void **state)
{
    (void)state;
    struct ms_buffer bytes = {0}, text = {0};
    struct ms_error err;
    pack_texts(&bytes, ARCHIVE_FORMAT_TAR_USTAR, 0);
    write_file("heads", bytes.data, bytes.size_bytes);
    const char *path = in_folder("heads!old/mail.log.1");
    struct ms_input *in = open_paths(&path, 1, &small);
    assert_int_equal(ms_input_head(in, 0, 5000, &text, &err), MS_OK);
    assert_in_range(text.size_bytes, 4800, 5000);
    assert_memory_equal(text.data, texts[1].data, text.size_bytes);
    assert_int_equal(ms_input_piece(in, 0, texts[1].size_bytes - 1000, 100000, &text, &err), MS_OK);
    assert_in_range(text.size_bytes, 800, 1000);
    assert_memory_equal(text.data, texts[1].data + texts[1].size_bytes - text.size_bytes, text.size_bytes);
    ms_input_close(in);
    ms_buffer_fini(&bytes);
    ms_buffer_fini(&text);
}

/* Whatever became of the archive: of each text a beginning comes out, and what is missing is said by somebody. */
static void check_hurt(const char *path, bool is_cut)
{
    struct ms_input *in = open_paths(&path, 1, &small);
    size_t n = ms_input_n_sources(in), n_whole = 0, n_bad = 0;
    struct ms_buffer *got = ms_calloc(n + 1, sizeof *got);
    read_all(in, got);
    for (size_t i = 0; i < n; i++) {
        const struct ms_source *s = ms_input_source(in, i);
        assert_true((s->status == MS_SOURCE_OK) == (s->error == NULL));
        assert_int_equal(s->text_bytes, got[i].size_bytes);
        n_bad += s->status != MS_SOURCE_OK;
        for (int k = 0; is_cut && k < 2; k++) { /* the plain ones */
            char *name = ms_sprintf("%s!%s", path, k == 0 ? "mail.log" : "old/mail.log.1");
            if (strcmp(s->path, name) == 0) {
                assert_in_range(got[i].size_bytes, 0, texts[k].size_bytes);
                if (got[i].size_bytes > 0)
                    assert_memory_equal(got[i].data, texts[k].data, got[i].size_bytes);
                n_whole += got[i].size_bytes == texts[k].size_bytes;
                assert_true(s->status != MS_SOURCE_OK || got[i].size_bytes == texts[k].size_bytes);
            }
            free(name);
        }
        ms_buffer_fini(&got[i]);
    }
    /* At the border of two members a cut tar looks whole: tars need no end. */
    assert_true(!is_cut || n_bad > 0 || n_whole == 2 || n < N_TEXTS);
    free(got);
    ms_input_close(in);
}

static void test_cut(void **state)
{
    (void)state;
    static const struct {
        int format, filter;
    } makes[] = {
        {ARCHIVE_FORMAT_TAR_USTAR, 0}, {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP}, {ARCHIVE_FORMAT_ZIP, 0}};
    struct ms_buffer bytes = {0};
    for (size_t i = 0; i < sizeof makes / sizeof *makes; i++) {
        pack_texts(&bytes, makes[i].format, makes[i].filter);
        for (int round = 0; round < 150; round++) {
            size_t n = bytes.size_bytes - 1 - random_below(round % 2 ? 3000 : bytes.size_bytes - 600);
            check_hurt(write_file("cut", bytes.data, n), makes[i].format != ARCHIVE_FORMAT_ZIP);
        }
    }
    /* In the middle of the first member, with where. */
    pack_texts(&bytes, ARCHIVE_FORMAT_TAR_USTAR, 0);
    write_file("cut", bytes.data, 50000);
    const char *path = in_folder("cut");
    struct ms_input *in = open_paths(&path, 1, &small);
    const struct ms_source *s = source_of(in, in_folder("cut!mail.log"));
    assert_non_null(s);
    assert_int_equal(s->status, MS_SOURCE_TRUNCATED);
    assert_non_null(strstr(s->error, "archive: cut short, "));
    ms_input_close(in);
    ms_buffer_fini(&bytes);
}

static void test_damage(void **state)
{
    (void)state;
    static const int filters[] = {0, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD};
    struct ms_buffer bytes = {0};
    for (int round = 0; round < 300; round++) {
        pack_texts(&bytes, round % 4 == 3 ? ARCHIVE_FORMAT_ZIP : ARCHIVE_FORMAT_TAR_USTAR,
                   round % 4 == 3 ? 0 : filters[round % 4]);
        for (uint64_t i = 0, n = 1 + random_below(4); i < n; i++)
            bytes.data[random_below(i % 2 ? 3000 : bytes.size_bytes)] ^= (char)(1 << random_below(8));
        check_hurt(write_file("hurt", bytes.data, bytes.size_bytes), false);
    }
    ms_buffer_fini(&bytes);
}

static void test_nowhere_to_unpack(void **state)
{
    (void)state;
    struct ms_buffer bytes = {0};
    pack_texts(&bytes, ARCHIVE_FORMAT_ZIP, 0);
    const char *path = write_file("a.zip", bytes.data, bytes.size_bytes);
    struct ms_input *in = open_paths(&path, 1, &(struct ms_input_options){.spool_dir = "/nonexistent"});
    assert_true(ms_input_n_sources(in) >= 1);
    assert_int_equal(ms_input_source(in, 0)->status, MS_SOURCE_UNREADABLE);
    assert_non_null(strstr(ms_input_source(in, 0)->error, "cannot be unpacked to /nonexistent"));
    ms_input_close(in);
    ms_buffer_fini(&bytes);
}

/* Text that looks like no archive is none: any change to a header's bytes breaks its sum. */
static void test_recognised(void **state)
{
    (void)state;
    struct ms_buffer bytes = {0};
    pack_texts(&bytes, ARCHIVE_FORMAT_TAR_USTAR, 0);
    assert_int_equal(ms_archive_of(bytes.data, 512), MS_ARCHIVE_TAR);
    assert_int_equal(ms_archive_of(bytes.data, 511), MS_ARCHIVE_NONE);
    for (int i = 0; i < 500; i++)
        if (i < 148 || i >= 156) {
            bytes.data[i] ^= 1;
            assert_int_equal(ms_archive_of(bytes.data, 512), MS_ARCHIVE_NONE);
            bytes.data[i] ^= 1;
        }
    memset(bytes.data, 0, 512);
    assert_int_equal(ms_archive_of(bytes.data, 512), MS_ARCHIVE_NONE);
    assert_int_equal(ms_archive_of("PK\3\4", 4), MS_ARCHIVE_ZIP);
    assert_int_equal(ms_archive_of(texts[0].data, 512), MS_ARCHIVE_NONE);
    ms_buffer_fini(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recognised),
        cmocka_unit_test(test_every_make),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_repeated_names),
        cmocka_unit_test(test_head_and_piece_of_member),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_nowhere_to_unpack),
    };
    return cmocka_run_group_tests(tests, make_texts, free_texts);
}
