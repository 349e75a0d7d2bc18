#include "parquet/thrift.h"

#include "base/status.h"
#include "parquet/varint.h"

void ms_thrift_init(struct ms_thrift *t, struct ms_buffer *out)
{
    *t = (struct ms_thrift){.out = out};
}

static void field(struct ms_thrift *t, int id, enum ms_thrift_type type)
{
    int delta = id - t->last_id[t->depth];
    MS_ASSERT(delta > 0);
    if (delta <= 15) {
        ms_buffer_push(t->out, (char)(delta << 4 | (int)type));
    } else {
        ms_buffer_push(t->out, (char)type);
        ms_varint_append(t->out, ms_zigzag(id));
    }
    t->last_id[t->depth] = id;
}

void ms_thrift_bool(struct ms_thrift *t, int id, bool v)
{
    field(t, id, v ? MS_THRIFT_TRUE : MS_THRIFT_FALSE);
}

void ms_thrift_i16(struct ms_thrift *t, int id, int16_t v)
{
    field(t, id, MS_THRIFT_I16);
    ms_thrift_item_int(t, v);
}

void ms_thrift_i32(struct ms_thrift *t, int id, int32_t v)
{
    field(t, id, MS_THRIFT_I32);
    ms_thrift_item_int(t, v);
}

void ms_thrift_i64(struct ms_thrift *t, int id, int64_t v)
{
    field(t, id, MS_THRIFT_I64);
    ms_thrift_item_int(t, v);
}

void ms_thrift_binary(struct ms_thrift *t, int id, const void *p, size_t n_bytes)
{
    field(t, id, MS_THRIFT_BINARY);
    ms_thrift_item_binary(t, p, n_bytes);
}

void ms_thrift_list(struct ms_thrift *t, int id, enum ms_thrift_type element, size_t n)
{
    field(t, id, MS_THRIFT_LIST);
    if (n <= 14) {
        ms_buffer_push(t->out, (char)(n << 4 | element));
    } else {
        ms_buffer_push(t->out, (char)(0xf0 | element));
        ms_varint_append(t->out, n);
    }
}

void ms_thrift_begin(struct ms_thrift *t, int id)
{
    if (id != 0)
        field(t, id, MS_THRIFT_STRUCT);
    t->depth++;
    MS_ASSERT(t->depth < MS_THRIFT_DEPTH);
    t->last_id[t->depth] = 0;
}

void ms_thrift_end(struct ms_thrift *t)
{
    ms_buffer_push(t->out, 0);
    if (t->depth > 0)
        t->depth--;
}

void ms_thrift_empty(struct ms_thrift *t, int id)
{
    ms_thrift_begin(t, id);
    ms_thrift_end(t);
}

void ms_thrift_item_bool(struct ms_thrift *t, bool v)
{
    ms_buffer_push(t->out, v ? MS_THRIFT_TRUE : MS_THRIFT_FALSE);
}

void ms_thrift_item_int(struct ms_thrift *t, int64_t v)
{
    ms_varint_append(t->out, ms_zigzag(v));
}

void ms_thrift_item_binary(struct ms_thrift *t, const void *p, size_t n_bytes)
{
    ms_varint_append(t->out, n_bytes);
    ms_buffer_append(t->out, p, n_bytes);
}
