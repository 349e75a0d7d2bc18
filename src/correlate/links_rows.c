#include "correlate/links_rows.h"

#include <stdlib.h>

#include "base/memory.h"
#include "correlate/links_resolve.h"

static const char *const kind_names[] = {
    [MS_LINK_ROW_NEXT_HOP] = "next_hop",        [MS_LINK_ROW_REINJECT] = "reinject", [MS_LINK_ROW_FORWARD] = "forward",
    [MS_LINK_ROW_REQUEUE] = "requeue",          [MS_LINK_ROW_CLONE] = "clone",       [MS_LINK_ROW_BOUNCE] = "bounce",
    [MS_LINK_ROW_DELAY_NOTICE] = "delay_notice"};
static const char *const evidence_names[] = {
    [MS_LINK_BY_QUEUED_AS] = "queued_as", [MS_LINK_BY_LOG_LINE] = "log_line", [MS_LINK_BY_MESSAGE_ID] = "message_id"};

struct place {
    struct ms_arena arena;
    const struct ms_link_row **rows;
    size_t n, cap;
};

static void load_rows(void *place, const char *records, size_t n_bytes)
{
    struct place *p = place;
    for (size_t at = 0; at < n_bytes;) {
        struct ms_link_row row;
        memcpy(&row, records + at, sizeof row);
        size_t n = sizeof row + row.n_from_id + row.n_to_id + row.n_recipient;
        char *copy = ms_arena_alloc(&p->arena, n);
        memcpy(copy, records + at, n);
        p->rows = ms_grow(p->rows, &p->cap, p->n + 1, sizeof *p->rows);
        p->rows[p->n++] = (const struct ms_link_row *)(const void *)copy;
        at += ms_link_rounded(n);
    }
}

static int by_texts(const struct ms_link_row *x, const struct ms_link_row *y)
{
    uint32_t n_x = x->n_from_id + x->n_to_id + x->n_recipient, n_y = y->n_from_id + y->n_to_id + y->n_recipient;
    int order = memcmp(x + 1, y + 1, n_x < n_y ? n_x : n_y);
    return order ? order : (n_x > n_y) - (n_x < n_y);
}

static int by_key(const void *a, const void *b)
{
    const struct ms_link_row *x = *(const struct ms_link_row *const *)a, *y = *(const struct ms_link_row *const *)b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->to_txn_id != y->to_txn_id) /* weak links of one line */
        return x->to_txn_id < y->to_txn_id ? -1 : 1;
    if (x->from_txn_id != y->from_txn_id)
        return x->from_txn_id < y->from_txn_id ? -1 : 1;
    return by_texts(x, y); /* several recipients, or children, of one line */
}

static int64_t host_cell(const struct ms_names *names, struct ms_dict *dict, uint32_t host_id)
{
    return host_id == MS_LINK_NOBODY ? MS_NULL_I64 : ms_code_cell(ms_dict_add(dict, ms_names_host(names, host_id)));
}

static void append_row(const struct ms_link_row *r, const struct ms_names *names, struct ms_dict *dict,
                       struct ms_arena *arena, struct ms_rows *rows)
{
    int64_t v[MS_N_COL_links];
    const char *texts = (const char *)(r + 1);
    struct ms_span recipient = ms_span_of(texts + r->n_from_id + r->n_to_id, r->n_recipient);
    v[MS_COL_links_from_txn_id] = r->from_txn_id ? (int64_t)r->from_txn_id : MS_NULL_I64;
    v[MS_COL_links_to_txn_id] = r->to_txn_id ? (int64_t)r->to_txn_id : MS_NULL_I64;
    v[MS_COL_links_from_host] = host_cell(names, dict, r->from_host_id);
    v[MS_COL_links_to_host] = host_cell(names, dict, r->to_host_id);
    v[MS_COL_links_from_queue_id] = ms_text_cell(arena, ms_span_of(texts, r->n_from_id));
    v[MS_COL_links_to_queue_id] = ms_text_cell(arena, ms_span_of(texts + r->n_from_id, r->n_to_id));
    v[MS_COL_links_recipient] = r->has_recipient ? ms_code_cell(ms_dict_add(dict, recipient)) : MS_NULL_I64;
    v[MS_COL_links_kind] = ms_code_cell(ms_dict_add(dict, ms_span_str(kind_names[r->kind])));
    v[MS_COL_links_evidence] = ms_code_cell(ms_dict_add(dict, ms_span_str(evidence_names[r->evidence])));
    v[MS_COL_links_candidates] = r->candidates;
    v[MS_COL_links_file_id] = ms_row_file(r->key);
    v[MS_COL_links_line_offset] = ms_row_offset(r->key);
    ms_rows_append(rows, r->key, v);
}

bool ms_links_has_rows(const struct ms_resolve *r, size_t place)
{
    bool any = false;
    for (unsigned i = 0; i < r->n_threads; i++)
        any |= r->rows[i].streams[place].first != NULL;
    return any;
}

enum ms_status ms_links_rows(struct ms_resolve *r, size_t place, struct ms_dict *dict, struct ms_arena *arena,
                             struct ms_rows *rows, struct ms_error *err)
{
    struct place p = {0};
    enum ms_status st = MS_OK;
    for (unsigned i = 0; st == MS_OK && i < r->n_threads; i++)
        st = ms_spool_drain(&r->rows[i], place, load_rows, &p, err);
    if (st == MS_OK && p.n)
        qsort(p.rows, p.n, sizeof *p.rows, by_key);
    for (size_t i = 0; st == MS_OK && i < p.n; i++)
        append_row(p.rows[i], r->names, dict, arena, rows);
    free(p.rows);
    ms_arena_fini(&p.arena);
    return st;
}
