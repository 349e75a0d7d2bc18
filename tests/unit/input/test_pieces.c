/* Packed files by several threads against the plain twin, which unpacks from the beginning to the end: the same text, status and
 * sentence for whole, cut and damaged files, whatever the threads, the size of pieces and the room for text ahead. */
#include <pthread.h>

#include "input_support.h"

enum { MOST_THREADS = 4, MOST_PARTS = 20 };

struct outcome {
    struct ms_buffer text;
    enum ms_source_status status;
    char error[400], digest[33];
};

struct taking {
    struct ms_input *in;
    char *text; /* of the whole run: segments are put where they belong */
    size_t most_bytes;
    uint64_t covered[MOST_THREADS], stored[MOST_THREADS];
    unsigned number;
};

struct taker {
    struct taking *taking;
    unsigned number;
    pthread_t thread;
};

static void *take(void *user)
{
    struct taker *t = user;
    struct ms_segment seg;
    struct ms_error err;
    while (ms_input_next(t->taking->in, &seg, &err) == MS_OK) {
        if (seg.text_offset + seg.text.n <= t->taking->most_bytes)
            memcpy(t->taking->text + seg.text_offset, seg.text.p, seg.text.n);
        t->taking->covered[t->number] += seg.text.n;
        t->taking->stored[t->number] += seg.stored_bytes;
        ms_segment_done(t->taking->in, &seg);
    }
    return NULL;
}

static void read_by(const char *path, const struct ms_input_options *options, unsigned n_threads, size_t most_bytes,
                    struct outcome *out)
{
    struct ms_input *in = open_paths(&path, 1, options);
    struct taking taking = {.in = in, .text = calloc(1, most_bytes + 1), .most_bytes = most_bytes};
    struct taker takers[MOST_THREADS];
    for (unsigned i = 0; i < n_threads; i++) {
        takers[i] = (struct taker){.taking = &taking, .number = i};
        assert_int_equal(pthread_create(&takers[i].thread, NULL, take, &takers[i]), 0);
    }
    uint64_t n = 0, n_stored = 0;
    for (unsigned i = 0; i < n_threads; i++) {
        pthread_join(takers[i].thread, NULL);
        n += taking.covered[i];
        n_stored += taking.stored[i];
    }
    const struct ms_source *s = ms_input_source(in, 0);
    assert_int_equal(n, s->text_bytes);
    assert_int_equal(n_stored, n > 0 ? s->size_bytes : 0);
    assert_true(n <= most_bytes);
    *out = (struct outcome){.text = {.data = taking.text, .size_bytes = n}, .status = s->status};
    snprintf(out->error, sizeof out->error, "%s", s->error != NULL ? s->error : "");
    memcpy(out->digest, s->digest, sizeof out->digest);
    ms_input_close(in);
}

static void outcome_fini(struct outcome *o)
{
    free(o->text.data);
}

static void check_equal(const char *path, size_t most_bytes, unsigned n_threads, size_t piece_bytes, size_t ahead_bytes)
{
    struct outcome twin, pieces;
    const struct ms_input_options serial = {.segment_bytes = 50000, .stripe_bytes = 1000000, .serial = true};
    struct ms_input_options options = serial;
    options.serial = false;
    options.piece_bytes = piece_bytes;
    options.ahead_bytes = ahead_bytes;
    read_by(path, &serial, 1, most_bytes, &twin);
    read_by(path, &options, n_threads, most_bytes, &pieces);
    assert_string_equal(pieces.error, twin.error);
    assert_int_equal(pieces.status, twin.status);
    assert_int_equal(pieces.text.size_bytes, twin.text.size_bytes);
    assert_memory_equal(pieces.text.data, twin.text.data, twin.text.size_bytes);
    assert_string_equal(pieces.digest, twin.digest);
    outcome_fini(&twin);
    outcome_fini(&pieces);
}

/* Blocks of 20 kB in one stream, as `xz --block-size` makes them. */
static void append_xz_blocks(struct ms_buffer *out, const char *p, size_t n)
{
    lzma_mt mt = {.threads = 1, .preset = 0, .check = LZMA_CHECK_CRC32, .block_size = 20000};
    lzma_stream z = LZMA_STREAM_INIT;
    size_t room = lzma_stream_buffer_bound(n) + n / 10 + 10000;
    assert_int_equal(lzma_stream_encoder_mt(&z, &mt), LZMA_OK);
    ms_buffer_reserve(out, room);
    z.next_in = (const uint8_t *)p;
    z.avail_in = n;
    z.next_out = (uint8_t *)out->data + out->size_bytes;
    z.avail_out = room;
    assert_int_equal(lzma_code(&z, LZMA_FINISH), LZMA_STREAM_END);
    out->size_bytes += (size_t)z.total_out;
    lzma_end(&z);
}

/* Many small members, as bgzip makes them. */
static void append_gzip_members(struct ms_buffer *out, const char *p, size_t n)
{
    for (size_t at = 0; at < n; at += 7000)
        append_gzip_member(out, p + at, n - at < 7000 ? n - at : 7000);
}

static void append_framed(struct ms_buffer *out, const char *p, size_t n)
{
    ms_buffer_append(out, "\x50\x2a\x4d\x18\x04\0\0\0size", 12); /* pzstd */
    append_zstd_frame(out, p, n);
}

static const struct {
    append_fn *append;
    const char *padding; /* that may stand between parts */
    size_t n_padding;
} kinds[] = {
    {append_gzip_member, "\0\0\0", 3},
    {append_gzip_members, "", 0},
    {append_zstd_frame, "\x5e\x2a\x4d\x18\0\0\0\0", 8},
    {append_framed, "", 0},
    {append_xz_stream, "\0\0\0\0", 4},
    {append_xz_blocks, "", 0},
    {append_bzip2_stream, "", 0}, /* of blocks of 100 kB */
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

/* Up to MOST_PARTS, cut anywhere. */
static void pack(struct ms_buffer *out, unsigned kind, const struct ms_buffer *text)
{
    unsigned n_parts = 1 + (unsigned)random_below(MOST_PARTS);
    size_t at = 0;
    out->size_bytes = 0;
    for (unsigned i = 0; i < n_parts; i++) {
        size_t left = text->size_bytes - at;
        size_t n = i + 1 == n_parts ? left : random_below(random_below(3) ? left / 3 + 1 : 2);
        kinds[kind].append(out, text->data + at, n);
        if (random_below(3) == 0)
            ms_buffer_append(out, kinds[kind].padding, kinds[kind].n_padding);
        at += n;
    }
}

static size_t some_piece(void)
{
    static const size_t sizes[] = {1, 1000, 20000, 100000};
    return sizes[random_below(4)];
}

static void check_round(unsigned kind, const struct ms_buffer *text, struct ms_buffer *stored)
{
    static const char false_starts[][12] = {"\x1f\x8b\x08\0\0\0\0\0\0\3", "\x28\xb5\x2f\xfd\x24\5\1\0", "1AY&SY",
                                            "\x17\x72\x45\x38\x50\x90", "not this."};
    size_t n = stored->size_bytes;
    switch (random_below(5)) {
    case 0: /* whole */
        break;
    case 1: /* cut */
        n = 1000 + random_below(n - 1000);
        break;
    case 2: /* with something behind that is none */
        ms_buffer_append(stored, false_starts[random_below(5)], 10);
        n = stored->size_bytes;
        break;
    case 3: /* with what looks like the beginning of a part, in the middle of one */
        memcpy(stored->data + 100 + random_below(n - 200), false_starts[random_below(5)], 10);
        break;
    default:
        for (uint64_t i = 0, bits = 1 + random_below(3); i < bits; i++)
            stored->data[20 + random_below(n - 20)] ^= (char)(1 << random_below(8));
    }
    char name[40];
    snprintf(name, sizeof name, "pieces-%u", kind);
    check_equal(write_file(name, stored->data, n), text->size_bytes + 1000, 1 + (unsigned)random_below(MOST_THREADS),
                some_piece(), random_below(3) ? 0 : (size_t)256 << 10);
}

static void test_like_the_twin(void **state)
{
    (void)state;
    struct ms_buffer text = {0}, stored = {0};
    for (unsigned round = 0; round < 140; round++) {
        random_text(&text, 200000 + random_below(800000), 300);
        pack(&stored, round % N_KINDS, &text);
        check_round(round % N_KINDS, &text, &stored);
    }
    ms_buffer_fini(&text);
    ms_buffer_fini(&stored);
}

/* Stored as they are: what looks like the beginning of a member or frame, in front of which none ends. */
static void test_false_starts(void **state)
{
    (void)state;
    struct ms_buffer text = {0}, stored = {0}, inner = {0};
    for (unsigned kind = 0; kind < N_KINDS; kind++) {
        random_text(&text, 100000, 300);
        inner.size_bytes = 0;
        for (int i = 0; i < 30; i++)
            kinds[kind].append(&inner, text.data, 100 + 3000 * (size_t)i);
        stored.size_bytes = 0;
        for (int i = 0; i < 3; i++) /* a packed file, packed again */
            kinds[kind].append(&stored, inner.data, inner.size_bytes);
        const char *path = write_file("false", stored.data, stored.size_bytes);
        for (unsigned n_threads = 1; n_threads <= MOST_THREADS; n_threads++)
            check_equal(path, 3 * inner.size_bytes, n_threads, 1000, 0);
    }
    ms_buffer_fini(&text);
    ms_buffer_fini(&stored);
    ms_buffer_fini(&inner);
}

static struct ms_pieces *open_pieces(struct ms_inflate *z, enum ms_compression c, struct ms_stored *stored,
                                     const char *path, size_t piece_bytes, size_t ahead_bytes)
{
    struct stat st;
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &st), 0);
    *stored = (struct ms_stored){.fd = dup(fileno(f)), .limit_bytes = (uint64_t)st.st_size};
    assert_int_equal(fclose(f), 0);
    const struct ms_input_options options = {.piece_bytes = piece_bytes, .ahead_bytes = ahead_bytes};
    return ms_pieces_open(z, c, stored, &options) ? ms_pieces_of(z) : NULL;
}

/* Helpers do all there is to do ahead, and then stop: at the end of the file, or when there is no more room. */
static void test_helpers_are_bounded(void **state)
{
    (void)state;
    static const enum ms_compression of_kind[N_KINDS] = {MS_GZIP, MS_GZIP, MS_ZSTD, MS_ZSTD, MS_XZ, MS_XZ, MS_BZIP2};
    struct ms_buffer text = {0}, stored_bytes = {0};
    random_text(&text, 3000000, 300);
    char *out = malloc(text.size_bytes);
    for (unsigned kind = 0; kind < N_KINDS; kind++) {
        stored_bytes.size_bytes = 0;
        for (size_t i = 0; i < 10; i++)
            kinds[kind].append(&stored_bytes, text.data + i * 300000,
                               i == 9 ? text.size_bytes - 2700000 : (size_t)300000);
        const char *path = write_file("bounded", stored_bytes.data, stored_bytes.size_bytes);
        struct ms_inflate z;
        struct ms_stored stored;
        struct ms_pieces *p = open_pieces(&z, of_kind[kind], &stored, path, 1000, (size_t)1 << 20);
        assert_non_null(p);
        size_t n = 0, got;
        unsigned n_helps = 0;
        while ((got = ms_inflate_read(&z, out + n, random_below(2) ? 1000 : text.size_bytes - n + 1)) > 0) {
            n += got;
            ms_pieces_enter(p);
            while (ms_pieces_help(p))
                assert_true(++n_helps < 10000);
            ms_pieces_leave(p);
            if (n == text.size_bytes)
                break;
        }
        assert_true(n_helps > 10);
        assert_int_equal(n, text.size_bytes);
        assert_memory_equal(out, text.data, n);
        assert_int_equal(z.trouble.status, MS_SOURCE_OK);
        ms_inflate_close(&z);
        ms_stored_close(&stored);
    }
    free(out);
    ms_buffer_fini(&text);
    ms_buffer_fini(&stored_bytes);
}

/* What cannot be divided is not: one block, one that is cut (there is no index then), plain text, small files. */
static void test_not_divided(void **state)
{
    (void)state;
    struct ms_buffer text = {0}, stored_bytes = {0};
    struct ms_inflate z;
    struct ms_stored stored;
    random_text(&text, 300000, 300);
    append_xz_stream(&stored_bytes, text.data, text.size_bytes);
    assert_null(
        open_pieces(&z, MS_XZ, &stored, write_file("one.xz", stored_bytes.data, stored_bytes.size_bytes), 1, 0));
    ms_stored_close(&stored);
    append_xz_stream(&stored_bytes, text.data, text.size_bytes);
    assert_null(
        open_pieces(&z, MS_XZ, &stored, write_file("cut.xz", stored_bytes.data, stored_bytes.size_bytes - 1), 1, 0));
    ms_stored_close(&stored);
    const char *path = write_file("two.xz", stored_bytes.data, stored_bytes.size_bytes);
    assert_null(open_pieces(&z, MS_XZ, &stored, path, stored_bytes.size_bytes, 0));
    ms_stored_close(&stored);
    assert_null(open_pieces(&z, MS_PLAIN, &stored, path, 1, 0));
    ms_stored_close(&stored);
    assert_null(open_pieces(&z, MS_LZ4, &stored, path, 1, 0));
    ms_stored_close(&stored);
    assert_non_null(open_pieces(&z, MS_XZ, &stored, path, 1, 0));
    ms_inflate_close(&z);
    ms_stored_close(&stored);
    ms_buffer_fini(&text);
    ms_buffer_fini(&stored_bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_like_the_twin),
        cmocka_unit_test(test_false_starts),
        cmocka_unit_test(test_helpers_are_bounded),
        cmocka_unit_test(test_not_divided),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
