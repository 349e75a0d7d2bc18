#include "parquet/footer.h"

bool ms_column_index_wanted(const struct ms_chunk *c)
{
    /* Codes are in order of appearance, so the bounds of a page of strings would span nearly the whole alphabet. A chunk
     * of NULLs says so in its Statistics. */
    return !ms_column_is_string(c->column) && c->column->type != MS_T_BOOL && c->stats.min.present;
}

static enum ms_boundary_order boundary_order(const struct ms_chunk *c)
{
    bool ascending = true, descending = true;
    const struct ms_int_range *last = NULL;
    for (size_t i = 0; i < c->n_pages; i++) {
        const struct ms_int_range *r = &c->pages[i].range;
        if (!r->any)
            continue;
        if (last != NULL) {
            ascending = ascending && last->min <= r->min && last->max <= r->max;
            descending = descending && last->min >= r->min && last->max >= r->max;
        }
        last = r;
    }
    return ascending ? MS_ORDER_ASCENDING : descending ? MS_ORDER_DESCENDING : MS_ORDER_NONE;
}

static void bounds_list(struct ms_thrift *t, int id, const struct ms_chunk *c, bool want_max)
{
    ms_thrift_list(t, id, MS_THRIFT_BINARY, c->n_pages);
    for (size_t i = 0; i < c->n_pages; i++) {
        struct ms_bound min, max;
        ms_column_bounds(c->column, &min, &max, c->pages[i].range);
        const struct ms_bound *b = want_max ? &max : &min;
        ms_thrift_item_binary(t, b->bytes, b->n_bytes); /* no bytes for a page of NULLs */
    }
}

void ms_column_index_write(const struct ms_chunk *c, struct ms_buffer *out)
{
    struct ms_thrift t;
    ms_thrift_init(&t, out);
    ms_thrift_list(&t, 1, MS_THRIFT_FALSE, c->n_pages);
    for (size_t i = 0; i < c->n_pages; i++)
        ms_thrift_item_bool(&t, !c->pages[i].range.any);
    bounds_list(&t, 2, c, false);
    bounds_list(&t, 3, c, true);
    ms_thrift_i32(&t, 4, boundary_order(c));
    ms_thrift_list(&t, 5, MS_THRIFT_I64, c->n_pages);
    for (size_t i = 0; i < c->n_pages; i++)
        ms_thrift_item_int(&t, c->pages[i].n_nulls);
    ms_thrift_end(&t);
}

void ms_offset_index_write(const struct ms_chunk *c, struct ms_buffer *out)
{
    struct ms_thrift t;
    ms_thrift_init(&t, out);
    ms_thrift_list(&t, 1, MS_THRIFT_STRUCT, c->n_pages);
    for (size_t i = 0; i < c->n_pages; i++) {
        ms_thrift_begin(&t, 0);
        ms_thrift_i64(&t, 1, (int64_t)(c->file_offset + c->pages[i].offset));
        ms_thrift_i32(&t, 2, (int32_t)c->pages[i].n_bytes);
        ms_thrift_i64(&t, 3, (int64_t)c->pages[i].first_row);
        ms_thrift_end(&t);
    }
    ms_thrift_end(&t);
}
