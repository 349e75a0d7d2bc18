/* Rows of `verdicts`, a place at a time. */
#include "correlate/verdicts_answer.h"
#include "correlate/verdicts_resolve.h"

static const char *const evidence_names[MS_N_GROUNDS] = {"queue_id", "session_id", "message_id"};

static void load_records(void *list, const char *records, size_t n_bytes)
{
    for (size_t at = 0; at < n_bytes;) {
        size_t n = ms_verdict_bytes((const struct ms_verdict_record *)(const void *)(records + at));
        ms_record_list_add(list, records + at, n);
        at += n;
    }
}

static void load_answers(void *list, const char *records, size_t n_bytes)
{
    for (size_t at = 0; at < n_bytes; at += sizeof(struct ms_verdict_answer))
        ms_record_list_add(list, records + at, sizeof(struct ms_verdict_answer));
}

static int compare_rows(uint64_t a_key, uint32_t a_ordinal, uint64_t b_key, uint32_t b_ordinal)
{
    if (a_key != b_key)
        return a_key < b_key ? -1 : 1;
    return (a_ordinal > b_ordinal) - (a_ordinal < b_ordinal);
}

static int by_row(const void *x, const void *y)
{
    const struct ms_verdict_record *a = *(struct ms_verdict_record *const *)x,
                                   *b = *(struct ms_verdict_record *const *)y;
    return compare_rows(a->key, a->ordinal, b->key, b->ordinal);
}

static int by_row_and_rank(const void *x, const void *y)
{
    const struct ms_verdict_answer *a = *(struct ms_verdict_answer *const *)x,
                                   *b = *(struct ms_verdict_answer *const *)y;
    int order = compare_rows(a->key, a->ordinal, b->key, b->ordinal);
    return order ? order : (a->rank > b->rank) - (a->rank < b->rank);
}

/* `-5.2`, `+3`, `12.50`; all else is NULL. No locale, no exponent. */
static int64_t number_cell(struct ms_span text)
{
    char copy[32];
    uint32_t i = text.n > 0 && (text.p[0] == '-' || text.p[0] == '+'), n_digits = 0, n_points = 0;
    if (text.n == 0 || text.n >= sizeof copy)
        return MS_NULL_I64;
    for (; i < text.n; i++) {
        n_points += text.p[i] == '.';
        n_digits += (unsigned char)(text.p[i] - '0') < 10;
        if (text.p[i] != '.' && (unsigned char)(text.p[i] - '0') >= 10)
            return MS_NULL_I64;
    }
    if (n_digits == 0 || n_points > 1)
        return MS_NULL_I64;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    return ms_double_cell(strtod(copy, NULL));
}

static void append_row(const struct ms_verdict_record *r, const struct ms_verdict_answer *answer,
                       const struct ms_names *names, struct ms_dict *dict, struct ms_arena *arena, struct ms_rows *rows)
{
    static const struct {
        uint8_t column, text;
    } words[] = {
        {MS_COL_verdicts_recipient, MS_VERDICT_RECIPIENT}, {MS_COL_verdicts_verdict, MS_VERDICT_VERDICT},
        {MS_COL_verdicts_action, MS_VERDICT_ACTION},       {MS_COL_verdicts_spf, MS_VERDICT_SPF},
        {MS_COL_verdicts_dkim, MS_VERDICT_DKIM},           {MS_COL_verdicts_dmarc, MS_VERDICT_DMARC},
        {MS_COL_verdicts_virus, MS_VERDICT_VIRUS},         {MS_COL_verdicts_mailbox, MS_VERDICT_MAILBOX},
    };
    int64_t v[MS_N_COL_verdicts];
    ms_cells_clear(v, &ms_tables[MS_VERDICTS]);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        v[words[i].column] = ms_code_cell(ms_dict_add(dict, ms_verdict_text(r, words[i].text)));
    uint32_t recipient = ms_dict_add(dict, ms_verdict_text(r, MS_VERDICT_RECIPIENT));
    v[MS_COL_verdicts_time] = r->time_known ? r->time_us : MS_NULL_I64;
    v[MS_COL_verdicts_host] = ms_code_cell(ms_dict_add(dict, ms_names_host(names, r->host_id)));
    v[MS_COL_verdicts_program] = ms_code_cell(ms_dict_add(dict, ms_names_tag(names, r->tag_id)->tag));
    v[MS_COL_verdicts_queue_id] = ms_text_cell(arena, ms_verdict_text(r, MS_VERDICT_QUEUE_ID));
    if (answer != NULL) {
        v[MS_COL_verdicts_txn_id] = (int64_t)answer->txn_id;
        v[MS_COL_verdicts_evidence] = ms_code_cell(ms_dict_word(dict, evidence_names[answer->ground]));
    }
    v[MS_COL_verdicts_message_id] = ms_text_cell(arena, ms_verdict_text(r, MS_VERDICT_MESSAGE_ID));
    v[MS_COL_verdicts_recipient_key] = ms_code_cell(ms_dict_address_key(dict, recipient));
    v[MS_COL_verdicts_client_ip] = ms_code_cell(ms_dict_add_ip(dict, ms_verdict_text(r, MS_VERDICT_CLIENT_IP)));
    v[MS_COL_verdicts_score] = number_cell(ms_verdict_text(r, MS_VERDICT_SCORE));
    v[MS_COL_verdicts_threshold] = number_cell(ms_verdict_text(r, MS_VERDICT_THRESHOLD));
    v[MS_COL_verdicts_file_id] = ms_row_file(r->key);
    v[MS_COL_verdicts_line_offset] = ms_row_offset(r->key);
    ms_rows_append(rows, r->key, v);
}

enum ms_status ms_verdicts_rows(struct ms_verdicts_resolve *r, size_t place, struct ms_dict *dict,
                                struct ms_arena *arena, struct ms_rows *rows, struct ms_error *err)
{
    struct ms_record_list records = {0}, answers = {0};
    enum ms_status st = ms_spool_drain(&r->records, place, load_records, &records, err);
    if (st == MS_OK)
        st = ms_spool_drain(&r->answers, place, load_answers, &answers, err);
    ms_record_list_sort(&records, by_row);
    ms_record_list_sort(&answers, by_row_and_rank);
    for (size_t i = 0, k = 0; st == MS_OK && i < records.n; i++) {
        const struct ms_verdict_record *v = records.items[i];
        const struct ms_verdict_answer *best = NULL;
        for (; k < answers.n; k++) {
            const struct ms_verdict_answer *x = answers.items[k];
            int order = compare_rows(x->key, x->ordinal, v->key, v->ordinal);
            if (order > 0)
                break;
            if (order == 0 && best == NULL)
                best = x;
        }
        append_row(v, best, r->names, dict, arena, rows);
    }
    ms_record_list_fini(&records);
    ms_record_list_fini(&answers);
    return st;
}
