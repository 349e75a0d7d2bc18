#include "columnar/assemble.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/status.h"

/* ---- one number for one string ---- */

void ms_unified_init(struct ms_unified *u, const struct ms_dict *const *dicts, size_t n_workers)
{
    *u = (struct ms_unified){.n_workers = n_workers};
    uint64_t total = 0;
    for (size_t w = 0; w < n_workers; w++)
        total += dicts[w]->n_values;
    u->texts = ms_malloc((total + 1) * sizeof *u->texts);
    if (n_workers == 1) {
        for (uint32_t i = 0; i < dicts[0]->n_values; i++)
            u->texts[i] = ms_dict_text(dicts[0], i);
        u->n_texts = dicts[0]->n_values;
        return;
    }
    /* The values' own hashes serve again: the dictionaries of one run share their seed. */
    uint64_t n_slots = 64;
    while (n_slots < total * 2)
        n_slots *= 2;
    struct slot {
        uint64_t hash;
        uint32_t number;
    } *slots = ms_calloc(n_slots, sizeof *slots);
    u->codes = ms_calloc(n_workers, sizeof *u->codes);
    for (size_t w = 0; w < n_workers; w++) {
        const struct ms_dict *d = dicts[w];
        u->codes[w] = ms_malloc((d->n_values + 1ull) * sizeof *u->codes[w]);
        for (uint32_t i = 0; i < d->n_values; i++) {
            struct ms_span text = ms_dict_text(d, i);
            uint64_t h = ms_dict_value(d, i)->hash, at = h & (n_slots - 1);
            while (slots[at].hash && !(slots[at].hash == h && ms_span_eq(u->texts[slots[at].number], text)))
                at = (at + 1) & (n_slots - 1);
            if (slots[at].hash == 0) {
                slots[at].hash = h;
                slots[at].number = u->n_texts;
                u->texts[u->n_texts++] = text;
            }
            u->codes[w][i] = slots[at].number;
        }
    }
    free(slots);
}

void ms_unified_fini(struct ms_unified *u)
{
    for (size_t w = 0; u->codes && w < u->n_workers; w++)
        free(u->codes[w]);
    free(u->codes);
    free(u->texts);
    *u = (struct ms_unified){0};
}

/* ---- the order of the rows ---- */

struct sort_item {
    uint64_t key;
    struct ms_row_ref ref;
};

/* Least significant byte first; bytes that are equal in all keys cost nothing. Stable, so equal keys (there are none but in
 * tables whose rows cite no line) keep the order of workers. */
static void radix_sort(struct sort_item *items, struct sort_item *spare, uint64_t n)
{
    struct sort_item *from = items, *to = spare;
    uint64_t all_or = 0, all_and = UINT64_MAX;
    for (uint64_t i = 0; i < n; i++) {
        all_or |= items[i].key;
        all_and &= items[i].key;
    }
    for (unsigned shift = 0; shift < 64; shift += 8) {
        if ((((all_or ^ all_and) >> shift) & 255) == 0)
            continue;
        uint64_t count[256] = {0}, sum = 0;
        for (uint64_t i = 0; i < n; i++)
            count[from[i].key >> shift & 255]++;
        for (unsigned b = 0; b < 256; b++) {
            uint64_t c = count[b];
            count[b] = sum;
            sum += c;
        }
        for (uint64_t i = 0; i < n; i++)
            to[count[from[i].key >> shift & 255]++] = from[i];
        struct sort_item *swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, n * sizeof *items);
}

void ms_assembly_init(struct ms_assembly *a, const struct ms_rows *const *rows, size_t n_workers,
                      const struct ms_unified *unified)
{
    *a = (struct ms_assembly){.rows = rows, .n_workers = n_workers, .unified = unified};
    for (size_t w = 0; w < n_workers; w++)
        a->n_rows += rows[w]->n;
    struct sort_item *items = ms_malloc(a->n_rows * sizeof *items + 1),
                     *spare = ms_malloc(a->n_rows * sizeof *items + 1);
    uint64_t at = 0;
    for (size_t w = 0; w < n_workers; w++)
        for (uint64_t i = 0; i < rows[w]->n; i++)
            items[at++] = (struct sort_item){rows[w]->keys[i], {(uint32_t)i, (uint16_t)w, 0}};
    radix_sort(items, spare, a->n_rows);
    free(spare);
    a->order = ms_malloc(a->n_rows * sizeof *a->order + 1);
    for (uint64_t i = 0; i < a->n_rows; i++)
        a->order[i] = items[i].ref;
    free(items);
}

void ms_assembly_fini(struct ms_assembly *a)
{
    free(a->order);
    *a = (struct ms_assembly){0};
}

/* ---- one column ---- */

void ms_column_scratch_fini(struct ms_column_scratch *s)
{
    free(s->ints);
    free(s->codes);
    free(s->strings);
    free(s->dict);
    free(s->seen);
    *s = (struct ms_column_scratch){0};
}

static void reserve(struct ms_column_scratch *s, uint64_t n, uint32_t n_texts)
{
    if (n > s->cap_rows) {
        s->ints = ms_realloc(s->ints, n * sizeof *s->ints);
        s->codes = ms_realloc(s->codes, n * sizeof *s->codes);
        s->strings = ms_realloc(s->strings, n * sizeof *s->strings);
        s->cap_rows = n;
    }
    if (n_texts > s->cap_seen) {
        free(s->seen);
        s->cap_seen = n_texts;
        s->seen = ms_calloc(s->cap_seen, sizeof *s->seen);
        s->epoch = 0;
    }
    if (++s->epoch == 0) { /* the stamp has wrapped: old ones would look new */
        memset(s->seen, 0, s->cap_seen * sizeof *s->seen);
        s->epoch = 1;
    }
}

static void gather_codes(const struct ms_assembly *a, size_t c, uint64_t first, uint64_t n, struct ms_column_scratch *s,
                         struct ms_values *out)
{
    uint32_t n_dict = 0;
    for (uint64_t i = 0; i < n; i++) {
        struct ms_row_ref ref = a->order[first + i];
        uint32_t code = ((const uint32_t *)a->rows[ref.worker]->columns[c])[ref.row];
        if (code == MS_NULL_CODE) {
            s->codes[i] = MS_NULL_CODE;
            continue;
        }
        uint32_t number = a->unified->codes ? a->unified->codes[ref.worker][code] : code;
        uint64_t seen = s->seen[number];
        if (seen >> 32 != s->epoch) {
            s->dict = ms_grow(s->dict, &s->cap_dict, n_dict + 1, sizeof *s->dict);
            s->dict[n_dict] = a->unified->texts[number];
            seen = s->seen[number] = (uint64_t)s->epoch << 32 | n_dict++;
        }
        s->codes[i] = (uint32_t)seen;
    }
    out->codes = s->codes;
    out->dict = s->dict;
    out->n_dict = n_dict;
}

void ms_assembly_column(const struct ms_assembly *a, size_t c, uint64_t first, uint64_t n, struct ms_column_scratch *s,
                        struct ms_values *out)
{
    const struct ms_column *column = &a->rows[0]->table->columns[c];
    MS_ASSERT(first + n <= a->n_rows);
    bool any = false;
    for (size_t w = 0; w < a->n_workers; w++)
        any |= a->rows[w]->seen[c] != 0;
    *out = (struct ms_values){.column = column, .n_rows = n, .all_null = !any};
    if (!any)
        return;
    reserve(s, n, a->unified->n_texts);
    if (column->type == MS_T_DICT) {
        gather_codes(a, c, first, n, s, out);
        return;
    }
    for (uint64_t i = 0; i < n; i++) {
        struct ms_row_ref ref = a->order[first + i];
        int64_t cell = ((const int64_t *)a->rows[ref.worker]->columns[c])[ref.row];
        if (column->type == MS_T_UNIQUE) {
            const struct ms_text *t = (const struct ms_text *)(intptr_t)cell;
            s->strings[i] = t ? ms_span_of(t->p, t->n) : MS_SPAN_NULL;
        } else {
            s->ints[i] = cell;
        }
    }
    if (column->type == MS_T_UNIQUE)
        out->strings = s->strings;
    else
        out->ints = s->ints;
}
