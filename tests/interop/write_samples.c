/* Writes sample files that hold every column type in every awkward shape, each with the true values beside it.
 *
 *     write_samples FOLDER    ->  FOLDER/NAME.parquet and FOLDER/NAME.ndjson
 *
 * NAME.ndjson has one row a line: an array of the columns in order, each value as a JSON string (numbers in decimal, times in
 * microseconds), null for NULL. compare.mjs holds what independent readers see against it. */
#include <fcntl.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "parquet/writer.h"

static const struct ms_column columns[] = {
    {"bool_req", MS_T_BOOL, true, false, true, "", ""},     {"bool_opt", MS_T_BOOL, false, false, true, "", ""},
    {"i32_req", MS_T_I32, true, false, true, "", ""},       {"i32_opt", MS_T_I32, false, false, true, "", ""},
    {"i64_req", MS_T_I64, true, true, true, "", ""},        {"i64_opt", MS_T_I64, false, true, true, "", ""},
    {"time_req", MS_T_TIME, true, false, true, "", ""},     {"time_opt", MS_T_TIME, false, false, true, "", ""},
    {"double_req", MS_T_DOUBLE, true, false, true, "", ""}, {"double_opt", MS_T_DOUBLE, false, false, true, "", ""},
    {"dict_req", MS_T_DICT, true, true, true, "", ""},      {"dict_opt", MS_T_DICT, false, true, true, "", ""},
    {"unique_req", MS_T_UNIQUE, true, true, true, "", ""},  {"unique_opt", MS_T_UNIQUE, false, true, true, "", ""},
    {"plain_opt", MS_T_DICT, false, false, true, "", ""},   {"never_opt", MS_T_UNIQUE, false, false, false, "", ""},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns, MAX_GROUPS = 40 };
static const struct ms_table table = {"sample", "one sample row", columns, N_COLUMNS};

enum nulls { NO_NULLS, ALL_NULLS, SOME_NULLS, NULL_PAGES };
enum ints { SMALL, CONSTANT, EXTREME, BACKWARDS, RANDOM, SECONDS, SHUFFLED_SECONDS };
enum strings { WORDS, EMPTY, HUGE_STRINGS, MANY_LANGUAGES, LONG_ALIKE };

struct sample {
    const char *name;
    uint64_t groups[MAX_GROUPS]; /* rows of each row group; 0 ends the list */
    enum nulls nulls;
    enum ints ints;
    enum strings strings;
    uint32_t n_distinct; /* strings of a dictionary column */
};

/* Page edges are at multiples of 16,384 rows, delta blocks at 128 + 1, packed groups at 8. */
static const struct sample samples[] = {
    {"no_row_group", {0}, NO_NULLS, SMALL, WORDS, 1},
    {"rows_1", {1}, NO_NULLS, SMALL, WORDS, 1},
    {"rows_1_null", {1}, ALL_NULLS, SMALL, WORDS, 1},
    {"rows_7", {7}, SOME_NULLS, SMALL, WORDS, 2},
    {"rows_8", {8}, SOME_NULLS, RANDOM, WORDS, 3},
    {"rows_9", {9}, NO_NULLS, EXTREME, MANY_LANGUAGES, 4},
    {"rows_129", {129}, SOME_NULLS, BACKWARDS, WORDS, 5},
    {"rows_130", {130}, NO_NULLS, RANDOM, WORDS, 130},
    {"page_minus_1", {16383}, SOME_NULLS, SMALL, WORDS, 16},
    {"page", {16384}, NO_NULLS, SECONDS, WORDS, 17},
    {"page_plus_1", {16385}, SOME_NULLS, BACKWARDS, WORDS, 255},
    {"pages_2", {32768}, NULL_PAGES, SMALL, WORDS, 256},
    {"pages_2_plus_1", {32769}, NULL_PAGES, RANDOM, WORDS, 257},
    {"all_null", {20000}, ALL_NULLS, SMALL, WORDS, 1},
    {"constant", {17000}, NO_NULLS, CONSTANT, WORDS, 1},
    {"constant_null", {17000}, SOME_NULLS, CONSTANT, WORDS, 1},
    {"dict_1_null", {1000}, SOME_NULLS, SMALL, WORDS, 1},
    {"dict_2", {1000}, SOME_NULLS, SMALL, WORDS, 2},
    {"dict_4096", {20000}, NO_NULLS, SMALL, WORDS, 4096},
    {"dict_4097", {20000}, SOME_NULLS, SMALL, WORDS, 4097},
    {"dict_65537", {100000}, SOME_NULLS, SMALL, WORDS, 65537},
    {"dict_too_wide", {30000}, SOME_NULLS, SMALL, WORDS, 30000}, /* falls back to delta-length strings */
    {"empty_strings", {5000}, SOME_NULLS, SMALL, EMPTY, 2},
    {"huge_strings", {60}, SOME_NULLS, SMALL, HUGE_STRINGS, 30},
    {"languages", {3000}, SOME_NULLS, SMALL, MANY_LANGUAGES, 700},
    {"long_alike", {3000}, NO_NULLS, SMALL, LONG_ALIKE, 300},
    {"extremes", {4000}, SOME_NULLS, EXTREME, WORDS, 10},
    {"backwards", {17000}, NO_NULLS, BACKWARDS, WORDS, 10},
    {"seconds", {17000}, SOME_NULLS, SECONDS, WORDS, 10},
    {"shuffled_seconds", {17000, 9000}, SOME_NULLS, SHUFFLED_SECONDS, WORDS, 10},
    {"random", {17000}, SOME_NULLS, RANDOM, WORDS, 9000},
    {"groups_3", {20000, 16384, 5}, SOME_NULLS, SECONDS, WORDS, 100},
    {"groups_null_then_not", {1, 1, 1, 100, 17000}, SOME_NULLS, RANDOM, MANY_LANGUAGES, 50},
    {"groups_many", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}, SOME_NULLS, SMALL, WORDS, 7},
};

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static bool is_null(const struct sample *s, const struct ms_column *c, uint64_t row, uint64_t random)
{
    if (c->required)
        return false;
    if (!c->filled || s->nulls == ALL_NULLS)
        return true;
    if (s->nulls == NULL_PAGES)
        return row / 16384 % 2 == 0 || random % 5 == 0;
    return s->nulls == SOME_NULLS && random % 3 == 0;
}

/* From the integer that stands in the same place of the other columns. */
static double make_double(const struct sample *s, int64_t v)
{
    static const double edges[] = {DBL_MAX, -DBL_MAX, 0.0, -0.0, DBL_MIN, -DBL_TRUE_MIN, INFINITY, -INFINITY};
    double d = (double)v / 1000;
    if (s->ints == EXTREME)
        return edges[(uint64_t)v % 8];
    if (s->ints == RANDOM)
        memcpy(&d, &v, sizeof d);
    return isnan(d) ? 0.1 : d;
}

static int64_t make_int(const struct sample *s, enum ms_type type, uint64_t row, uint64_t r)
{
    static const int64_t edges[] = {INT64_MAX, INT64_MIN + 1, 0, -1, 1, INT32_MAX, INT32_MIN, INT64_MAX - 1};
    const int64_t begin = INT64_C(1600000000000000);
    bool is_time = type == MS_T_TIME;
    int64_t v = 0;
    switch (s->ints) {
    case SMALL:
        v = is_time ? begin + (int64_t)row * 1000 + (int64_t)(r % 900) : (int64_t)(r % 1000) - 500;
        break;
    case CONSTANT:
        v = is_time ? begin : 42;
        break;
    case EXTREME:
        v = edges[r % 8];
        break;
    case BACKWARDS:
        v = (is_time ? begin : 0) - (int64_t)row * 7 + (int64_t)(r % 50);
        break;
    case RANDOM:
        v = (int64_t)(r == (uint64_t)MS_NULL_I64 ? 0 : r);
        break;
    case SECONDS:
        v = begin + (int64_t)(row / 20) * 1000000;
        break;
    case SHUFFLED_SECONDS:
        v = begin + (int64_t)(r % 3000) * 1000000;
        break;
    }
    if (is_time && (s->ints == EXTREME || s->ints == RANDOM))
        v %= INT64_C(100000000000000000); /* within the years that every reader knows */
    if (type == MS_T_DOUBLE)
        return ms_double_cell(make_double(s, v));
    if (type == MS_T_I32)
        v = (int32_t)v;
    return type == MS_T_BOOL ? (s->ints == CONSTANT ? 1 : (int64_t)(r & 1)) : v;
}

/* The string with this number: different numbers give different strings (but EMPTY, where most are empty). */
static struct ms_span make_string(const struct sample *s, uint64_t number, struct ms_buffer *scratch)
{
    static const char *const pieces[] = {"Grüße",        "日本語",    "🚀",  "\x7f", "\xf4\x8f\xbf\xbf",
                                         "\xed\x9f\xbf", "a\"b\\c\n", "мир"};
    scratch->size_bytes = 0;
    switch (s->strings) {
    case WORDS:
        ms_buffer_printf(scratch, "user%" PRIu64 "@host%" PRIu64 ".example.com", number, number % 97);
        break;
    case EMPTY:
        if (number % 2 != 0)
            ms_buffer_printf(scratch, "%" PRIu64, number);
        break;
    case HUGE_STRINGS: /* 64 KiB and one byte on either side of it */
        ms_buffer_printf(scratch, "%" PRIu64 "-", number);
        while (scratch->size_bytes < 65535 + number % 3)
            ms_buffer_push(scratch, (char)('a' + (scratch->size_bytes * (number + 1)) % 26));
        break;
    case MANY_LANGUAGES: {
        const char *piece = pieces[number % 8];
        for (uint64_t i = 0; i < number % 40; i++)
            ms_buffer_append(scratch, piece, strlen(piece));
        ms_buffer_printf(scratch, "%" PRIu64, number);
        break;
    }
    case LONG_ALIKE: /* differ only behind what the statistics keep */
        for (int i = 0; i < 16; i++)
            ms_buffer_append(scratch, "\xf4\x8f\xbf\xbf", 4);
        ms_buffer_printf(scratch, "%" PRIu64, number);
        break;
    }
    return ms_span_of(scratch->data ? scratch->data : "", scratch->size_bytes);
}

/* One column of one row group. */
struct column_data {
    struct ms_arena arena;
    int64_t *ints;
    uint32_t *codes;
    struct ms_span *dict, *strings;
    struct ms_values values;
};

static void fill_dict(struct column_data *d, const struct sample *s, uint64_t *seed, uint64_t first_row)
{
    struct ms_buffer scratch = {0};
    uint32_t *code_of = ms_calloc(s->n_distinct, sizeof *code_of);
    for (uint64_t i = 0; i < d->values.n_rows; i++) {
        uint64_t r = next_random(seed);
        d->codes[i] = MS_NULL_CODE;
        if (is_null(s, d->values.column, first_row + i, r))
            continue;
        uint32_t number = (uint32_t)(i < s->n_distinct ? i : (r >> 20) % s->n_distinct);
        if (s->strings == EMPTY)
            number %= 2; /* only two strings there are different */
        if (code_of[number] == 0) {
            d->dict[d->values.n_dict] = ms_arena_copy(&d->arena, make_string(s, number, &scratch));
            code_of[number] = ++d->values.n_dict;
        }
        d->codes[i] = code_of[number] - 1;
    }
    free(code_of);
    ms_buffer_fini(&scratch);
}

static void fill(struct column_data *d, const struct sample *s, const struct ms_column *column, uint64_t n_rows,
                 uint64_t first_row, uint64_t *seed)
{
    struct ms_buffer scratch = {0};
    *d = (struct column_data){.ints = ms_calloc(n_rows, sizeof *d->ints),
                              .codes = ms_calloc(n_rows, sizeof *d->codes),
                              .dict = ms_calloc(s->n_distinct, sizeof *d->dict),
                              .strings = ms_calloc(n_rows, sizeof *d->strings)};
    d->values = (struct ms_values){
        .column = column, .n_rows = n_rows, .ints = d->ints, .codes = d->codes, .dict = d->dict, .strings = d->strings};
    if (column->type == MS_T_DICT)
        fill_dict(d, s, seed, first_row);
    for (uint64_t i = 0; column->type != MS_T_DICT && i < n_rows; i++) {
        uint64_t r = next_random(seed);
        bool null = is_null(s, column, first_row + i, r);
        if (column->type != MS_T_UNIQUE)
            d->ints[i] = null ? MS_NULL_I64 : make_int(s, column->type, first_row + i, r >> 8 ^ r << 56);
        else
            d->strings[i] = null ? MS_SPAN_NULL : ms_arena_copy(&d->arena, make_string(s, first_row + i, &scratch));
    }
    ms_buffer_fini(&scratch);
}

static void free_column(struct column_data *d)
{
    free(d->ints);
    free(d->codes);
    free(d->dict);
    free(d->strings);
    ms_arena_fini(&d->arena);
}

static void put_string(FILE *out, struct ms_span s)
{
    putc('"', out);
    for (uint32_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            putc(c, out);
    }
    putc('"', out);
}

static void put_value(FILE *out, const struct column_data *d, uint64_t row)
{
    enum ms_type type = d->values.column->type;
    if (type == MS_T_DICT && d->codes[row] != MS_NULL_CODE)
        put_string(out, d->dict[d->codes[row]]);
    else if (type == MS_T_UNIQUE && d->strings[row].p != NULL)
        put_string(out, d->strings[row]);
    else if (type == MS_T_DICT || type == MS_T_UNIQUE || d->ints[row] == MS_NULL_I64)
        fputs("null", out);
    else if (type == MS_T_BOOL)
        fputs(d->ints[row] ? "\"true\"" : "\"false\"", out);
    else if (type == MS_T_DOUBLE) /* as bits: every reader has words of its own for numbers */
        fprintf(out, "\"%016" PRIx64 "\"", (uint64_t)ms_double_bits(d->ints[row]));
    else
        fprintf(out, "\"%" PRId64 "\"", d->ints[row]);
}

static void put_truth(FILE *out, const struct column_data *data, uint64_t n_rows)
{
    for (uint64_t row = 0; row < n_rows; row++) {
        for (int i = 0; i < N_COLUMNS; i++) {
            putc(i ? ',' : '[', out);
            put_value(out, &data[i], row);
        }
        fputs("]\n", out);
    }
}

static enum ms_status write_group(struct ms_parquet_writer *w, struct ms_encoder *e, const struct sample *s,
                                  uint64_t n_rows, uint64_t first_row, uint64_t *seed, FILE *truth,
                                  struct ms_error *err)
{
    struct column_data data[N_COLUMNS];
    struct ms_chunk *chunks[N_COLUMNS] = {0};
    enum ms_status st = MS_OK;
    for (int i = 0; i < N_COLUMNS; i++) {
        fill(&data[i], s, &columns[i], n_rows, first_row, seed);
        if (st == MS_OK)
            st = ms_chunk_encode(e, &data[i].values, &chunks[i], err);
    }
    put_truth(truth, data, n_rows);
    if (st == MS_OK)
        st = ms_parquet_append(w, chunks, n_rows, err);
    for (int i = 0; i < N_COLUMNS; i++)
        free_column(&data[i]);
    return st;
}

static enum ms_status write_sample(struct ms_encoder *e, int dir_fd, const struct sample *s, struct ms_error *err)
{
    char name[128];
    snprintf(name, sizeof name, "%s.ndjson", s->name);
    unlinkat(dir_fd, name, 0);
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FILE *truth = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (truth == NULL)
        return ms_fail(err, MS_ERR_IO, "cannot create %s", name);
    snprintf(name, sizeof name, "%s.parquet", s->name);
    unlinkat(dir_fd, name, 0);
    struct ms_parquet_writer *w;
    enum ms_status st = ms_parquet_create(&w, dir_fd, name, &table, err);
    uint64_t seed = 1, first_row = 0;
    for (int g = 0; st == MS_OK && g < MAX_GROUPS && s->groups[g] != 0; g++) {
        st = write_group(w, e, s, s->groups[g], first_row, &seed, truth, err);
        first_row += s->groups[g];
    }
    if (fclose(truth) != 0 && st == MS_OK)
        st = ms_fail(err, MS_ERR_IO, "cannot write the truth of %s", name);
    uint64_t file_bytes;
    return st == MS_OK ? ms_parquet_finish(w, &file_bytes, err) : st;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: write_samples FOLDER\n");
        return 2;
    }
    mkdir(argv[1], 0777);
    int dir_fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct ms_error err = {"cannot open the folder"};
    enum ms_status st = dir_fd >= 0 ? MS_OK : MS_ERR_IO;
    struct ms_encoder *e = ms_encoder_create();
    for (size_t i = 0; st == MS_OK && i < sizeof samples / sizeof *samples; i++)
        st = write_sample(e, dir_fd, &samples[i], &err);
    ms_encoder_destroy(e);
    if (st != MS_OK)
        fprintf(stderr, "write_samples: %s\n", err.text);
    return st == MS_OK ? 0 : 1;
}
