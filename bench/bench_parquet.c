/* A row group of deliveries, column by column, from values to pages: rows a second of one core, with and without zstd. Values
 * are made as columnar hands them on: codes of few hosts and of many recipients, times in order, texts that are all new. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/shim.h"
#include "parquet/chunk.h"
#include "parquet/encoder.h"
#include "simd/simd.h"

enum { N_ROWS = 1 << 19, TEXT_BYTES = 96 };

/* What stands in a column: distinct values of a dictionary, the spread of numbers, the length of texts; and how often NULL. */
static const struct shape {
    const char *column;
    uint32_t size, nulls_of_100;
} shapes[] = {
    {"mta", 1, 0},
    {"host", 8, 0},
    {"queue_id", 11, 0},
    {"agent", 6, 0},
    {"recipient", 60000, 0},
    {"recipient_key", 60000, 0},
    {"recipient_domain", 9000, 0},
    {"orig_recipient", 2000, 90},
    {"orig_recipient_key", 2000, 90},
    {"relay_host", 7000, 5},
    {"relay_ip", 7000, 20},
    {"relay_port", 2, 20},
    {"attempt", 3, 0},
    {"is_final", 2, 0},
    {"status", 3, 0},
    {"dsn", 20, 0},
    {"reply_code", 200, 10},
    {"reply", 60, 0},
    {"reason", 20, 90},
    {"blocklist", 5, 99},
    {"delay_ms", 30000, 0},
    {"delay_in_ms", 900, 0},
    {"delay_queue_ms", 90, 0},
    {"delay_conn_ms", 3000, 0},
    {"delay_xmit_ms", 4000, 0},
    {"conn_use", 9, 90},
    {"tls_version", 2, 60},
    {"tls_cipher", 4, 60},
    {"tls_trust", 3, 60},
    {"tls_evidence", 1, 60},
    {"next_queue_id", 11, 40},
    {"file_id", 1, 0},
};

struct column {
    struct ms_values values;
    char *texts;
};
static struct column columns[MS_N_COL_deliveries];
static size_t n_columns;

static uint32_t below(uint32_t n)
{
    static uint64_t state = 20240229;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % n);
}

static void *need(size_t n, size_t size)
{
    void *p = calloc(n, size);
    if (p == NULL)
        abort();
    return p;
}

/* `length` bytes: half of them new each time, as in queue IDs and in answers that name one. */
static struct ms_span new_text(struct column *c, size_t i, uint32_t length)
{
    static const char fixed[] = "250 2.0.0 Ok: queued as on mail.example.com, thank you very much indeed, good bye now";
    char *p = c->texts + i * TEXT_BYTES;
    for (uint32_t k = 0; k < length; k++)
        p[k] = k < 10 ? "0123456789ABCDEF"[below(16)] : fixed[k % (sizeof fixed - 1)];
    return ms_span_of(p, length);
}

/* Numbered by first appearance; small numbers come often, as popular hosts and recipients do. */
static void fill_codes(struct column *c, uint32_t n_distinct, uint32_t nulls_of_100)
{
    uint32_t *codes = need(N_ROWS, sizeof *codes), *seen = need(n_distinct, sizeof *seen);
    struct ms_span *dict = need(n_distinct, sizeof *dict);
    c->texts = need(n_distinct, TEXT_BYTES);
    for (size_t i = 0; i < N_ROWS; i++) {
        codes[i] = MS_NULL_CODE;
        if (below(100) < nulls_of_100)
            continue;
        uint32_t value = (uint32_t)((uint64_t)below(n_distinct) * (below(n_distinct) + 1) / n_distinct);
        if (seen[value] == 0) {
            seen[value] = ++c->values.n_dict;
            dict[seen[value] - 1] = new_text(c, value, 8 + value % 24);
        }
        codes[i] = seen[value] - 1;
    }
    free(seen);
    c->values.codes = codes;
    c->values.dict = dict;
    c->values.no_null = nulls_of_100 == 0;
}

static void fill_ints(struct column *c, uint32_t spread, uint32_t nulls_of_100)
{
    int64_t *ints = need(N_ROWS, sizeof *ints), time_us = INT64_C(1700000000000000), offset = 0;
    const char *name = c->values.column->name;
    for (size_t i = 0; i < N_ROWS; i++) {
        time_us += below(3000);
        offset += 100 + below(1000);
        if (strcmp(name, "time") == 0)
            ints[i] = time_us;
        else if (strcmp(name, "line_offset") == 0)
            ints[i] = offset;
        else if (strcmp(name, "txn_id") == 0)
            ints[i] = i % 3 ? ints[i - 1] : (int64_t)((uint64_t)below(1u << 31) << 31 | below(1u << 31));
        else
            ints[i] = below(100) < nulls_of_100 ? MS_NULL_I64 : below(spread);
    }
    c->values.ints = ints;
}

static void fill_texts(struct column *c, uint32_t length, uint32_t nulls_of_100)
{
    struct ms_span *strings = need(N_ROWS, sizeof *strings);
    c->texts = need(N_ROWS, TEXT_BYTES);
    for (size_t i = 0; i < N_ROWS; i++)
        strings[i] = below(100) < nulls_of_100 ? MS_SPAN_NULL : new_text(c, i, length);
    c->values.strings = strings;
    c->values.no_null = nulls_of_100 == 0;
}

static void make_column(const struct ms_column *column)
{
    struct column *c = &columns[n_columns++];
    const struct shape *shape = NULL;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && shape == NULL; i++)
        if (strcmp(shapes[i].column, column->name) == 0)
            shape = &shapes[i];
    c->values = (struct ms_values){.column = column, .n_rows = N_ROWS};
    bool keyed = strcmp(column->name, "time") == 0 || strcmp(column->name, "line_offset") == 0 ||
                 strcmp(column->name, "txn_id") == 0;
    c->values.all_null = shape == NULL && !keyed;
    if (c->values.all_null)
        return;
    if (column->type == MS_T_DICT)
        fill_codes(c, shape->size, shape->nulls_of_100);
    else if (column->type == MS_T_UNIQUE)
        fill_texts(c, shape->size, shape->nulls_of_100);
    else
        fill_ints(c, keyed ? 1 : shape->size, keyed ? 0 : shape->nulls_of_100);
}

static struct ms_chunk *encode(struct ms_encoder *e, const struct ms_values *values)
{
    struct ms_chunk *chunk = NULL;
    struct ms_error err = {0};
    if (ms_chunk_encode(e, values, &chunk, &err) != MS_OK) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    return chunk;
}

/* The plain kernels give the same pages. */
static bool agrees_with_scalar(struct ms_encoder *e, const struct ms_values *values)
{
    struct ms_chunk *fast = encode(e, values);
    ms_simd_select_name("scalar", NULL, 0);
    struct ms_chunk *plain = encode(e, values);
    ms_simd_select_name(NULL, NULL, 0);
    bool same = fast->bytes.size_bytes == plain->bytes.size_bytes &&
                memcmp(fast->bytes.data, plain->bytes.data, plain->bytes.size_bytes) == 0;
    ms_chunk_destroy(fast);
    ms_chunk_destroy(plain);
    return same;
}

struct subject {
    size_t first, end; /* columns */
    bool store_all;
};

static void bench_encode(struct ms_bench *b, void *arg)
{
    const struct subject *s = arg;
    struct ms_encoder *e = ms_encoder_create();
    e->store_all = s->store_all;
    bool agrees = true;
    for (size_t c = s->first; c < s->end; c++)
        agrees &= agrees_with_scalar(e, &columns[c].values);
    if (!agrees)
        ms_bench_fail(b, "differs from the scalar kernels");
    while (agrees && ms_bench_next(b))
        for (size_t c = s->first; c < s->end; c++) {
            struct ms_chunk *chunk = encode(e, &columns[c].values);
            ms_bench_keep(chunk->compressed_bytes);
            ms_chunk_destroy(chunk);
        }
    ms_bench_items(b, N_ROWS);
    ms_encoder_destroy(e);
}

static void add(const char *name, size_t first, size_t end, bool store_all)
{
    struct subject *s = need(1, sizeof *s); /* lives as long as the process */
    char full[96];
    *s = (struct subject){first, end, store_all};
    snprintf(full, sizeof full, "deliveries/%s/%s", name, store_all ? "encode" : "encode+zstd");
    ms_bench_add(full, bench_encode, s);
}

int main(int argc, char **argv)
{
    const struct ms_table *table = &ms_tables[MS_DELIVERIES];
    ms_simd_select_name(NULL, NULL, 0);
    for (size_t c = 0; c < table->n_columns; c++)
        if (table->columns[c].filled)
            make_column(&table->columns[c]);
    add("all", 0, n_columns, true);
    add("all", 0, n_columns, false);
    for (size_t c = 0; c < n_columns; c++)
        if (!columns[c].values.all_null)
            add(columns[c].values.column->name, c, c + 1, true);
    return ms_bench_run(argc, argv);
}
