/* Every wording of tests/golden/reasons.tsv has its reason and list, by both matchers and again from memory. */
#include "reason/reason.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N_COLUMNS = 7 }; /* reason, list, scope, reply code, dsn, stage, text; - is none */

struct sample {
    struct ms_reason_ask ask;
    const char *word, *list, *line_text;
    unsigned line;
};

struct fixture {
    struct ms_reasons *reasons[2]; /* Hyperscan, plain */
    struct ms_reasoner *reasoners[2];
    struct sample *samples;
    size_t n;
    char *text;
};

static char *file_text(const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    char *text = calloc((size_t)n + 1, 1);
    rewind(f);
    assert_int_equal(fread(text, 1, (size_t)n, f), n);
    fclose(f);
    return text;
}

static struct ms_span or_null(const char *field)
{
    return strcmp(field, "-") == 0 ? MS_SPAN_NULL : ms_span_str(field);
}

static void sample_read(struct sample *s, char *line, unsigned number)
{
    char *field[N_COLUMNS];
    for (int i = 0; i < N_COLUMNS; i++) {
        field[i] = line;
        line = i + 1 < N_COLUMNS ? strchr(line, '\t') : NULL;
        if (i + 1 < N_COLUMNS) {
            if (line == NULL)
                fail_msg("reasons.tsv:%u has too few columns", number);
            *line++ = '\0';
        }
    }
    *s = (struct sample){.ask = {.text = ms_span_str(field[6]),
                                 .dsn = or_null(field[4]),
                                 .stage = or_null(field[5]),
                                 .reply_code = atoi(field[3]),
                                 .scope = strcmp(field[2], "reject") == 0 ? MS_REASON_REJECT : MS_REASON_DELIVERY},
                         .word = field[0],
                         .list = field[1],
                         .line_text = field[6],
                         .line = number};
}

static int set_up(void **state)
{
    static const enum ms_scan_engine engines[2] = {MS_SCAN_HYPERSCAN, MS_SCAN_PLAIN};
    struct fixture *f = calloc(1, sizeof *f);
    struct ms_error err = {0};
    for (int i = 0; i < 2; i++) {
        if (ms_reasons_create(&f->reasons[i], NULL, engines[i], NULL, &err) != MS_OK)
            fail_msg("%s", err.text);
        assert_int_equal(ms_reasoner_create(&f->reasoners[i], f->reasons[i], &err), MS_OK);
    }
    f->text = file_text(MS_SOURCE_DIR "/tests/golden/reasons.tsv");
    unsigned number = 0;
    for (char *line = f->text, *next; line != NULL && *line != '\0'; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        number++;
        if (*line == '#' || *line == '\0')
            continue;
        f->samples = realloc(f->samples, (f->n + 1) * sizeof *f->samples);
        sample_read(&f->samples[f->n++], line, number);
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 2; i++) {
        ms_reasoner_destroy(f->reasoners[i]);
        ms_reasons_destroy(f->reasons[i]);
    }
    free(f->samples);
    free(f->text);
    free(f);
    return 0;
}

static bool same(const struct sample *s, const struct ms_reason *got)
{
    return strcmp(got->word ? got->word : "-", s->word) == 0 &&
           (got->blocklist.p ? ms_span_is(got->blocklist, s->list) : strcmp(s->list, "-") == 0);
}

static size_t count_wrong(const struct fixture *f, int engine)
{
    size_t n_wrong = 0;
    for (size_t i = 0; i < f->n; i++) {
        struct ms_reason got = ms_reason_of(f->reasoners[engine], &f->samples[i].ask);
        if (same(&f->samples[i], &got))
            continue;
        n_wrong++;
        print_error("reasons.tsv:%u: %s (%.*s) instead of %s (%s): %s\n", f->samples[i].line, got.word ? got.word : "-",
                    (int)got.blocklist.n, got.blocklist.p ? got.blocklist.p : "", f->samples[i].word,
                    f->samples[i].list, f->samples[i].line_text);
    }
    return n_wrong;
}

static void wordings(void **state)
{
    struct fixture *f = *state;
    assert_true(f->n >= 200);
    assert_int_equal(count_wrong(f, 0), 0);
    assert_int_equal(count_wrong(f, 0), 0); /* once more, now that wordings are remembered */
}

static void plain_twin(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(count_wrong(f, 1), 0);
}

static bool agree(const struct fixture *f, const struct ms_reason_ask *ask)
{
    struct ms_reason a = ms_reason_of(f->reasoners[0], ask), b = ms_reason_of(f->reasoners[1], ask);
    return a.word == b.word && ms_span_eq(a.blocklist, b.blocklist);
}

/* Two texts cut anywhere and put together, bytes thrown in: both matchers say the same, with and without memory. */
static void twins_agree_on_anything(void **state)
{
    struct fixture *f = *state;
    uint32_t random = 7;
    char text[1024];
    for (size_t i = 0; i < f->n; i++) {
        struct ms_reason_ask ask = f->samples[i].ask;
        struct ms_span other = f->samples[(i * 7 + 3) % f->n].ask.text;
        random = random * 1103515245u + 12345u;
        uint32_t n = ask.text.n ? (random >> 16) % ask.text.n : 0, m = other.n ? (random >> 8) % other.n : 0;
        memcpy(text, ask.text.p, n);
        memcpy(text + n, other.p + m, other.n - m);
        ask.text = (struct ms_span){text, n + other.n - m};
        if (ask.text.n > 0 && i % 3 == 0)
            text[(random >> 12) % ask.text.n] = (char)(random >> 20); /* perhaps no UTF-8 any more, perhaps 0 */
        ask.scope = i % 2 ? MS_REASON_REJECT : MS_REASON_DELIVERY;
        if (!agree(f, &ask) || !agree(f, &ask))
            fail_msg("the matchers differ on: %.*s", (int)ask.text.n, text);
    }
}

static void long_text(void **state)
{
    struct fixture *f = *state;
    static const char words[] = "550 5.1.1 User unknown ";
    uint32_t n = 1 << 20;
    char *text = malloc(n);
    memset(text, 'x', n);
    struct ms_reason_ask ask = {.text = {text, n}, .scope = MS_REASON_DELIVERY};
    assert_null(ms_reason_of(f->reasoners[0], &ask).word);
    memcpy(text + n - sizeof words, words, sizeof words); /* too far behind */
    assert_null(ms_reason_of(f->reasoners[0], &ask).word);
    memcpy(text, words, sizeof words - 1);
    assert_string_equal(ms_reason_of(f->reasoners[0], &ask).word, "unknown_user");
    memset(text, 0, n);
    assert_null(ms_reason_of(f->reasoners[0], &ask).word);
    memset(text, 0xff, n);
    assert_null(ms_reason_of(f->reasoners[0], &ask).word);
    assert_true(agree(f, &ask));
    free(text);
    ask.text = MS_SPAN_NULL;
    assert_null(ms_reason_of(f->reasoners[0], &ask).word);
}

/* Each word of the vocabulary is told by some wording: none is dead. */
static void each_word_is_used(void **state)
{
    struct fixture *f = *state;
    for (size_t w = 0; w < ms_n_reason_words; w++) {
        bool used = false;
        for (size_t i = 0; i < f->n && !used; i++)
            used = strcmp(f->samples[i].word, ms_reason_words[w].name) == 0;
        if (!used)
            fail_msg("no wording in reasons.tsv has the reason %s", ms_reason_words[w].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wordings),  cmocka_unit_test(plain_twin),        cmocka_unit_test(twins_agree_on_anything),
        cmocka_unit_test(long_text), cmocka_unit_test(each_word_is_used),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
