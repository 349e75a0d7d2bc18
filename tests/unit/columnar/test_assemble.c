/* Rows of several workers in any order give the columns that one worker's rows give, whose plain twin is worked out here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "columnar/assemble.h"

static uint64_t rng_state;

static uint32_t below(uint32_t n)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return (uint32_t)((rng_state >> 16) % n);
}

/* ---- a table with a column of each type, some never filled ---- */

enum { C_NUMBER, C_TIME, C_WORD, C_MANY, C_TEXT, C_NO_NUMBER, C_NO_WORD, C_NO_TEXT, C_LATER, C_FLAG, N_COLUMNS };

static const struct ms_column columns[N_COLUMNS] = {
    [C_NUMBER] = {.name = "number", .type = MS_T_I64, .filled = true},
    [C_TIME] = {.name = "time", .type = MS_T_TIME, .required = true, .filled = true},
    [C_WORD] = {.name = "word", .type = MS_T_DICT, .filled = true},
    [C_MANY] = {.name = "many", .type = MS_T_DICT, .required = true, .filled = true},
    [C_TEXT] = {.name = "text", .type = MS_T_UNIQUE, .filled = true},
    [C_NO_NUMBER] = {.name = "no_number", .type = MS_T_I32, .filled = true}, /* filled, but no row has a value */
    [C_NO_WORD] = {.name = "no_word", .type = MS_T_DICT, .filled = true},
    [C_NO_TEXT] = {.name = "no_text", .type = MS_T_UNIQUE, .filled = true},
    [C_LATER] = {.name = "later", .type = MS_T_DICT, .filled = false}, /* of a later version */
    [C_FLAG] = {.name = "flag", .type = MS_T_BOOL, .filled = true},
};
static const struct ms_table table = {.name = "t", .columns = columns, .n_columns = N_COLUMNS};

enum { MAX_ROWS = 3000, MAX_WORKERS = 4 };

struct plain_row { /* what was put in */
    uint64_t key;
    int64_t number, time, flag;
    char word[16], many[16], text[40]; /* word and text: "-" is NULL */
};

static int by_key(const void *a, const void *b)
{
    const struct plain_row *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* How rows are alike: staging keeps a column as one value until a row differs. */
enum { ALL_DIFFER, ALL_ALIKE, ONE_DIFFERS, N_SORTS };

static void make_rows(struct plain_row *rows, size_t n, unsigned sort)
{
    size_t odd = n ? below((uint32_t)n) : 0;
    for (size_t i = 0; i < n; i++) {
        struct plain_row *r = &rows[i];
        r->key = ms_row_key((uint32_t)(i % 3), i * 150 + below(150));
        r->number = below(4) ? (int64_t)below(1000) - 500 : MS_NULL_I64;
        r->time = INT64_C(1700000000000000) + below(1 << 30);
        r->flag = below(2);
        snprintf(r->word, sizeof r->word, below(3) ? "w%u" : "-", below(9));
        snprintf(r->many, sizeof r->many, "m%u", below(2000));
        snprintf(r->text, sizeof r->text, below(5) ? "text \xc3\xa9 %u" : "-", below(1 << 30));
        if (sort != ALL_DIFFER && i > 0) {
            uint64_t key = r->key;
            *r = rows[0];
            r->key = key;
        }
    }
    if (sort == ONE_DIFFERS && n > 0) {
        rows[odd].number = below(3) ? 7 : MS_NULL_I64;
        rows[odd].time++;
        rows[odd].flag ^= 1;
        snprintf(rows[odd].word, sizeof rows[odd].word, below(3) ? "odd" : "-");
        snprintf(rows[odd].many, sizeof rows[odd].many, "odd");
        snprintf(rows[odd].text, sizeof rows[odd].text, below(3) ? "odd" : "-");
    }
}

struct worker {
    struct ms_dict dict;
    struct ms_rows rows;
    struct ms_arena arena;
};

static struct ms_span span_of(const char *s)
{
    return strcmp(s, "-") == 0 ? MS_SPAN_NULL : ms_span_str(s);
}

static void worker_add(struct worker *w, const struct plain_row *r)
{
    int64_t cells[N_COLUMNS];
    for (size_t c = 0; c < N_COLUMNS; c++)
        cells[c] = MS_NULL_CELL(columns[c].type);
    cells[C_NUMBER] = r->number;
    cells[C_TIME] = r->time;
    cells[C_FLAG] = r->flag;
    cells[C_WORD] = ms_code_cell(ms_dict_add(&w->dict, span_of(r->word)));
    cells[C_MANY] = ms_code_cell(ms_dict_add(&w->dict, ms_span_str(r->many)));
    cells[C_TEXT] = ms_text_cell(&w->arena, span_of(r->text));
    ms_rows_append(&w->rows, r->key, cells);
}

static void workers_init(struct worker *w, size_t n)
{
    char junk[16];
    for (size_t i = 0; i < n; i++) {
        w[i] = (struct worker){.arena = {0}};
        ms_dict_init(&w[i].dict, 555);
        ms_rows_init(&w[i].rows, &table);
        for (uint32_t k = below(50); k > 0; k--) { /* codes differ, and some values stand in no row */
            snprintf(junk, sizeof junk, "m%u", below(4000));
            ms_dict_add(&w[i].dict, ms_span_str(junk));
        }
    }
}

static void workers_fini(struct worker *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ms_rows_fini(&w[i].rows);
        ms_dict_fini(&w[i].dict);
        ms_arena_fini(&w[i].arena);
    }
}

/* ---- what must come out ---- */

static void check_ints(const struct ms_values *v, const struct plain_row *rows, size_t column)
{
    for (uint64_t i = 0; i < v->n_rows; i++)
        assert_int_equal(v->ints[i], column == C_NUMBER ? rows[i].number
                                     : column == C_TIME ? rows[i].time
                                                        : rows[i].flag);
}

/* Numbers by first appearance in these rows, each text once. */
static void check_codes(const struct ms_values *v, const struct plain_row *rows, size_t column)
{
    uint32_t n_seen = 0;
    for (uint64_t i = 0; i < v->n_rows; i++) {
        struct ms_span expected = span_of(column == C_WORD ? rows[i].word : rows[i].many);
        if (expected.p == NULL) {
            assert_int_equal(v->codes[i], MS_NULL_CODE);
            continue;
        }
        if (v->codes[i] == n_seen)
            n_seen++;
        assert_true(v->codes[i] < n_seen);
        assert_true(ms_span_eq(v->dict[v->codes[i]], expected));
    }
    assert_int_equal(v->n_dict, n_seen);
    for (uint32_t a = 0; a < n_seen && column == C_WORD; a++)
        for (uint32_t b = 0; b < a; b++)
            assert_false(ms_span_eq(v->dict[a], v->dict[b]));
}

static void check_strings(const struct ms_values *v, const struct plain_row *rows)
{
    for (uint64_t i = 0; i < v->n_rows; i++) {
        struct ms_span expected = span_of(rows[i].text);
        assert_int_equal(v->strings[i].p == NULL, expected.p == NULL);
        assert_true(ms_span_eq(v->strings[i], expected));
    }
}

static bool has_value(const struct plain_row *r, size_t column)
{
    switch (column) {
    case C_NUMBER:
        return r->number != MS_NULL_I64;
    case C_WORD:
        return span_of(r->word).p != NULL;
    case C_TEXT:
        return span_of(r->text).p != NULL;
    case C_TIME:
    case C_MANY:
    case C_FLAG:
        return true;
    default:
        return false;
    }
}

static void check_range(const struct ms_assembly *a, const struct plain_row *rows, uint64_t first, uint64_t n,
                        struct ms_column_scratch *s)
{
    for (size_t c = 0; c < N_COLUMNS; c++) {
        struct ms_values v;
        ms_assembly_column(a, c, first, n, s, &v);
        assert_ptr_equal(v.column, &columns[c]);
        assert_int_equal(v.n_rows, n);
        bool any = false; /* of the whole table, not of the range */
        for (uint64_t i = 0; i < a->n_rows; i++)
            any |= has_value(&rows[i], c);
        assert_int_equal(v.all_null, !any);
        if (v.all_null)
            continue;
        if (columns[c].type == MS_T_DICT)
            check_codes(&v, rows + first, c);
        else if (columns[c].type == MS_T_UNIQUE)
            check_strings(&v, rows + first);
        else
            check_ints(&v, rows + first, c);
    }
}

/* `rows` are in the order of their keys; workers get them shuffled. */
static void check_workers(const struct plain_row *rows, size_t n, size_t n_workers)
{
    struct worker workers[MAX_WORKERS];
    const struct ms_dict *dicts[MAX_WORKERS];
    struct ms_rows *parts[MAX_WORKERS];
    struct ms_unified unified;
    struct ms_assembly assembly;
    struct ms_column_scratch scratch = {0};
    uint32_t *shuffled = malloc((n + 1) * sizeof *shuffled);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = below(i + 1);
        shuffled[i] = shuffled[at];
        shuffled[at] = i;
    }
    workers_init(workers, n_workers);
    for (size_t i = 0; i < n; i++)
        worker_add(&workers[below((uint32_t)n_workers)], &rows[shuffled[i]]);
    for (size_t i = 0; i < n_workers; i++) {
        dicts[i] = &workers[i].dict;
        parts[i] = &workers[i].rows;
    }
    ms_unified_init(&unified, dicts, n_workers);
    ms_assembly_init(&assembly, parts, n_workers, &unified);
    assert_int_equal(assembly.n_rows, n);
    check_range(&assembly, rows, 0, n, &scratch);
    for (uint64_t at = 0, step; at < n; at += step) { /* row groups */
        step = 1 + below(1000);
        check_range(&assembly, rows, at, step < n - at ? step : n - at, &scratch);
    }
    ms_column_scratch_fini(&scratch);
    ms_assembly_fini(&assembly);
    ms_unified_fini(&unified);
    workers_fini(workers, n_workers);
    free(shuffled);
}

static void workers_in_any_order(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 100, MAX_ROWS};
    struct plain_row *rows = calloc(MAX_ROWS, sizeof *rows);
    rng_state = 31;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (size_t n_workers = 1; n_workers <= MAX_WORKERS; n_workers++) {
            for (unsigned repeat = 0; repeat < 4 * N_SORTS; repeat++) {
                make_rows(rows, sizes[k], repeat % N_SORTS);
                qsort(rows, sizes[k], sizeof *rows, by_key);
                check_workers(rows, sizes[k], n_workers);
            }
        }
    free(rows);
}

static void same_string_one_number(void **state)
{
    (void)state;
    struct ms_dict a, b;
    const struct ms_dict *dicts[] = {&a, &b};
    struct ms_unified u;
    ms_dict_init(&a, 1);
    ms_dict_init(&b, 1);
    uint32_t x = ms_dict_add(&a, MS_SPAN_LIT("x")), y = ms_dict_add(&a, MS_SPAN_LIT("y"));
    uint32_t y2 = ms_dict_add(&b, MS_SPAN_LIT("y")), z = ms_dict_add(&b, MS_SPAN_LIT("z"));
    uint32_t empty = ms_dict_add(&b, MS_SPAN_LIT(""));
    ms_unified_init(&u, dicts, 2);
    assert_int_equal(u.n_texts, 4);
    assert_int_equal(u.codes[0][y], u.codes[1][y2]);
    assert_int_not_equal(u.codes[0][x], u.codes[0][y]);
    assert_true(ms_span_is(u.texts[u.codes[0][x]], "x"));
    assert_true(ms_span_is(u.texts[u.codes[1][y2]], "y"));
    assert_true(ms_span_is(u.texts[u.codes[1][z]], "z"));
    assert_true(ms_span_is(u.texts[u.codes[1][empty]], ""));
    ms_unified_fini(&u);
    ms_dict_fini(&a);
    ms_dict_fini(&b);
}

/* A worker without rows, and rows used again: what an old stripe had must not show. */
static void reset_rows_forget_their_values(void **state)
{
    (void)state;
    struct worker w[2];
    const struct ms_dict *dicts[] = {&w[0].dict, &w[1].dict};
    struct ms_rows *parts[] = {&w[0].rows, &w[1].rows};
    struct plain_row full = {.key = 1, .number = 5, .time = 6, .flag = 1, .word = "w", .many = "m", .text = "t"};
    struct plain_row poor = {.key = 2, .number = MS_NULL_I64, .time = 7, .word = "-", .many = "m", .text = "-"};
    struct ms_unified unified;
    struct ms_assembly assembly;
    struct ms_column_scratch scratch = {0};
    workers_init(w, 2);
    worker_add(&w[0], &full);
    ms_rows_reset(&w[0].rows);
    ms_dict_reset(&w[0].dict);
    worker_add(&w[0], &poor);
    ms_unified_init(&unified, dicts, 2);
    ms_assembly_init(&assembly, parts, 2, &unified);
    assert_int_equal(assembly.n_rows, 1);
    for (size_t c = 0; c < N_COLUMNS; c++) {
        struct ms_values v;
        ms_assembly_column(&assembly, c, 0, 1, &scratch, &v);
        assert_int_equal(v.all_null, c != C_TIME && c != C_MANY && c != C_FLAG);
    }
    check_range(&assembly, &poor, 0, 1, &scratch);
    ms_column_scratch_fini(&scratch);
    ms_assembly_fini(&assembly);
    ms_unified_fini(&unified);
    workers_fini(w, 2);
}

/* A number that its column cannot hold is not known; the least one stands for NULL. */
static void numbers_that_do_not_fit(void **state)
{
    (void)state;
    static const struct ms_column narrow[] = {{.name = "n", .type = MS_T_I32, .filled = true},
                                              {.name = "w", .type = MS_T_I64, .filled = true}};
    static const struct ms_table t = {.name = "t", .columns = narrow, .n_columns = 2};
    static const int64_t numbers[] = {0,         INT32_MAX, INT64_C(1) << 31, INT32_MIN,       INT32_MIN + 1,
                                      INT64_MAX, -1,        MS_NULL_I64,      INT64_C(1) << 32};
    enum { N = sizeof numbers / sizeof *numbers };
    struct ms_rows rows, *all[] = {&rows};
    struct ms_assembly a;
    struct ms_unified u = {.n_workers = 1};
    struct ms_column_scratch s = {0};
    struct ms_values v;
    ms_rows_init(&rows, &t);
    for (uint64_t i = 0; i < 40; i++)
        ms_rows_append(&rows, i, (int64_t[]){numbers[i % N], numbers[i % N]});
    ms_assembly_init(&a, all, 1, &u);
    ms_assembly_column(&a, 0, 0, 40, &s, &v);
    for (uint64_t i = 0; i < 40; i++) {
        int64_t n = numbers[i % N];
        assert_int_equal(v.ints[i], n > INT32_MIN && n <= INT32_MAX ? n : MS_NULL_I64);
    }
    ms_assembly_column(&a, 1, 0, 40, &s, &v);
    for (uint64_t i = 0; i < 40; i++)
        assert_int_equal(v.ints[i], numbers[i % N]);
    ms_assembly_fini(&a);
    ms_column_scratch_fini(&s);
    ms_rows_fini(&rows);
}

/* Rows read, more rows appended, and read again. */
static void rows_after_settling(void **state)
{
    (void)state;
    struct ms_rows rows;
    ms_rows_init(&rows, &table);
    for (int64_t i = 0; i < 3 * MS_ROWS_BLOCK; i++) {
        int64_t cells[N_COLUMNS];
        for (size_t c = 0; c < N_COLUMNS; c++)
            cells[c] = MS_NULL_CELL(columns[c].type);
        cells[C_TIME] = i;
        cells[C_FLAG] = i & 1;
        cells[C_WORD] = i % 5 ? i % 5 : MS_NULL_I64;
        if (i > MS_ROWS_BLOCK + 100)
            cells[C_NUMBER] = -i; /* a column that begins late */
        ms_rows_append(&rows, (uint64_t)i, cells);
        if (i % 37 == 0)
            ms_rows_settle(&rows);
    }
    ms_rows_settle(&rows);
    assert_false(ms_rows_column(&rows, C_TEXT)->varied);
    assert_null(ms_rows_column(&rows, C_LATER));
    ms_rows_settle_column(&rows, C_NO_NUMBER);
    for (int64_t i = 0; i < 3 * MS_ROWS_BLOCK; i++) {
        uint64_t at = (uint64_t)i, key;
        memcpy(&key, ms_rows_at(&rows, at), sizeof key);
        assert_int_equal(key, i);
        assert_int_equal(ms_rows_cell(&rows, at, C_TIME), i);
        assert_int_equal(ms_rows_cell(&rows, at, C_NUMBER), i > MS_ROWS_BLOCK + 100 ? -i : MS_NULL_I64);
        assert_int_equal(ms_rows_cell(&rows, at, C_FLAG), i & 1);
        assert_int_equal(ms_rows_cell(&rows, at, C_NO_NUMBER), MS_NULL_I64);
        assert_int_equal(ms_rows_cell(&rows, at, C_WORD), i % 5 ? i % 5 : MS_NULL_I64);
        assert_int_equal(ms_rows_cell(&rows, at, C_TEXT), 0);
    }
    ms_rows_fini(&rows);
}

static void cells_of_text(void **state)
{
    (void)state;
    struct ms_arena arena = {0};
    assert_int_equal(ms_text_cell(&arena, MS_SPAN_NULL), 0);
    const struct ms_text *t = (const struct ms_text *)(intptr_t)ms_text_cell(&arena, MS_SPAN_LIT("a\xff"));
    assert_true(ms_span_is(ms_span_of(t->p, t->n), "a\\xff"));
    t = (const struct ms_text *)(intptr_t)ms_text_cell(&arena, MS_SPAN_LIT(""));
    assert_non_null(t);
    assert_int_equal(t->n, 0);
    ms_arena_fini(&arena);
}

static void cleared_cells_are_null(void **state)
{
    (void)state;
    for (unsigned t = 0; t < MS_N_TABLES; t++) {
        int64_t cells[MS_MAX_COLUMNS + 1];
        memset(cells, 0x55, sizeof cells);
        ms_cells_clear(cells, &ms_tables[t]);
        for (size_t c = 0; c < ms_tables[t].n_columns; c++)
            assert_int_equal(cells[c], ms_tables[t].columns[c].type == MS_T_UNIQUE ? 0 : INT64_MIN);
        assert_int_equal(cells[ms_tables[t].n_columns], 0x5555555555555555);
    }
}

/* The first line of several mails (a split one's children): by their IDs, whichever worker closed them when. */
static void mails_of_one_line(void **state)
{
    (void)state;
    enum { N = 40 };
    for (unsigned seed = 1; seed < 20; seed++) {
        struct ms_rows rows[2];
        struct ms_rows *of[2] = {&rows[0], &rows[1]};
        int64_t ids[N];
        rng_state = seed;
        for (size_t i = 0; i < N; i++)
            ids[i] = (int64_t)i;
        for (size_t i = N - 1; i > 0; i--) { /* in any order */
            size_t other = below((uint32_t)i + 1);
            int64_t id = ids[i];
            ids[i] = ids[other];
            ids[other] = id;
        }
        for (size_t w = 0; w < 2; w++)
            ms_rows_init(of[w], &ms_tables[MS_MESSAGES]);
        for (size_t i = 0; i < N; i++) /* three lines, of N / 3 mails each */
            *ms_rows_begin(of[below(2)], ms_row_key(0, (uint64_t)ids[i] % 3))[MS_COL_messages_txn_id] = ids[i];
        struct ms_unified unified = {0};
        struct ms_assembly a;
        ms_assembly_init(&a, of, 2, &unified);
        struct ms_column_scratch scratch = {0};
        struct ms_values out;
        ms_assembly_column(&a, MS_COL_messages_txn_id, 0, N, &scratch, &out);
        for (size_t i = 1; i < N; i++) {
            int64_t x = out.ints[i - 1], y = out.ints[i];
            assert_true(x % 3 < y % 3 || (x % 3 == y % 3 && x < y));
        }
        ms_column_scratch_fini(&scratch);
        ms_assembly_fini(&a);
        for (size_t w = 0; w < 2; w++)
            ms_rows_fini(of[w]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_in_any_order),    cmocka_unit_test(mails_of_one_line),
        cmocka_unit_test(same_string_one_number),  cmocka_unit_test(reset_rows_forget_their_values),
        cmocka_unit_test(numbers_that_do_not_fit), cmocka_unit_test(rows_after_settling),
        cmocka_unit_test(cells_of_text),           cmocka_unit_test(cleared_cells_are_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
