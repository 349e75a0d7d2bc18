#include "parquet/plan.h"

#include "parquet/encode.h"
#include "parquet/page.h"

enum {
    LEVEL_PACKED = -3, /* codes and deltas that shrink at all: within 5 % of level 1 for two thirds of its time */
    INT_SAMPLE = 1024,
    MAX_CODE_WIDTH = 24 /* hyparquet decodes the widest codes wrongly */
};

/* A reader holds the whole dictionary page. */
static const uint64_t MAX_DICTIONARY_BYTES = (uint64_t)128 << 20;

/* In tenths of a byte: a dictionary costs its strings with their lengths once and a code a value, DELTA_LENGTH costs the
 * mean string and 0.1 bytes of length a value. */
bool ms_chunk_plan_dictionary_pays(uint64_t n_values, uint32_t n_dict, uint64_t dict_bytes)
{
    unsigned width = ms_code_width(n_dict);
    if (width > MAX_CODE_WIDTH || dict_bytes + 4 * (uint64_t)n_dict > MAX_DICTIONARY_BYTES)
        return false;
    uint64_t with = 10 * (dict_bytes + 4 * (uint64_t)n_dict) + 10 * n_values * width / 8;
    uint64_t without = n_values + (uint64_t)((unsigned __int128)10 * n_values * dict_bytes / n_dict);
    return with < without;
}

static void plan_strings(struct ms_chunk_plan *plan, uint64_t total_bytes)
{
    plan->encoding = MS_ENCODING_DELTA_LENGTH_BYTE_ARRAY;
    plan->compress = MS_COMPRESS_ALWAYS;
    plan->level = MS_LEVEL_TEXT;
    plan->string_bytes = total_bytes;
}

static uint64_t count_values(const struct ms_values *v)
{
    enum { TOGETHER = 64 }; /* loops of a fixed length become vectors */
    const uint32_t *codes = v->codes;
    uint64_t n_values = 0, i = 0;
    if (v->no_null)
        return v->n_rows;
    for (; i + TOGETHER <= v->n_rows; i += TOGETHER) {
        uint32_t n = 0;
        for (unsigned k = 0; k < TOGETHER; k++)
            n += codes[i + k] != MS_NULL_CODE;
        n_values += n;
    }
    for (; i < v->n_rows; i++)
        n_values += codes[i] != MS_NULL_CODE;
    return n_values;
}

static void plan_unique(struct ms_chunk_plan *plan, const struct ms_values *v)
{
    uint64_t total_bytes = 0;
    for (uint64_t i = 0; i < v->n_rows; i++) {
        plan->n_values += v->strings[i].p != NULL;
        total_bytes += v->strings[i].p != NULL ? v->strings[i].n : 0;
    }
    if (plan->n_values != 0)
        plan_strings(plan, total_bytes);
}

static void plan_dict(struct ms_chunk_plan *plan, const struct ms_values *v)
{
    plan->n_values = count_values(v);
    if (plan->n_values == 0)
        return;
    uint64_t dict_bytes = 0;
    for (uint32_t i = 0; i < v->n_dict; i++)
        dict_bytes += v->dict[i].n;
    if (ms_chunk_plan_dictionary_pays(plan->n_values, v->n_dict, dict_bytes)) {
        plan->encoding = MS_ENCODING_RLE_DICTIONARY;
        plan->code_width = ms_code_width(v->n_dict);
        return;
    }
    uint64_t total_bytes = 0;
    for (uint64_t i = 0; i < v->n_rows; i++)
        total_bytes += v->codes[i] != MS_NULL_CODE ? v->dict[v->codes[i]].n : 0;
    plan_strings(plan, total_bytes);
}

/* Hashes and other random numbers have no short deltas: PLAIN is then smaller, and faster to read. */
static void plan_ints(struct ms_chunk_plan *plan, struct ms_encoder *e, const struct ms_values *v)
{
    uint32_t n_sample = 0;
    for (uint64_t i = 0; i < v->n_rows && n_sample < INT_SAMPLE; i++) {
        e->ints[n_sample] = v->ints[i];
        n_sample += v->ints[i] != MS_NULL_I64;
    }
    plan->n_values = n_sample != 0 ? v->n_rows : 0;
    if (n_sample == 0 || v->column->type == MS_T_BOOL || v->column->type == MS_T_DOUBLE)
        return;
    if (v->column->type == MS_T_TIME && ms_seconds_pay(&e->seconds, v->ints, v->n_rows)) {
        plan->encoding = MS_ENCODING_RLE_DICTIONARY;
        plan->code_width = ms_code_width(e->seconds.n_codes);
        return;
    }
    bool is_int32 = v->column->type == MS_T_I32;
    e->body.size_bytes = 0;
    ms_encode_delta(&e->body, e->ints, n_sample, is_int32);
    if (e->body.size_bytes < n_sample * (is_int32 ? sizeof(int32_t) : sizeof(int64_t)))
        plan->encoding = MS_ENCODING_DELTA_BINARY_PACKED;
}

void ms_chunk_plan_make(struct ms_chunk_plan *plan, struct ms_encoder *e, const struct ms_values *v)
{
    *plan =
        (struct ms_chunk_plan){.encoding = MS_ENCODING_PLAIN, .compress = MS_COMPRESS_SAMPLE, .level = LEVEL_PACKED};
    if (v->all_null)
        return;
    switch (v->column->type) {
    case MS_T_BOOL:
    case MS_T_I32:
    case MS_T_I64:
    case MS_T_TIME:
    case MS_T_DOUBLE:
        plan_ints(plan, e, v);
        break;
    case MS_T_DICT:
        plan_dict(plan, v);
        break;
    case MS_T_UNIQUE:
        plan_unique(plan, v);
        break;
    }
}
