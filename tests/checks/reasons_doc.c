/* Prints docs/REASONS.md from the vocabulary and the golden wordings, so that the document cannot fall behind them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reason/reason.h"

static const char head[] =
    "# Reasons\n\n"
    "Printed by `scripts/update-reasons` from `src/reason/words.c` and `tests/golden/reasons.tsv`; a test compares. Do "
    "not "
    "edit.\n\n"
    "`deliveries.reason` and `rejects.reason` say in one word why a mail was put off, bounced or refused. The words "
    "are "
    "these and no\n"
    "others; NULL means that neither the text nor its codes say why (or that the mail was sent). The word says nothing "
    "about hard or\n"
    "soft: that is `status`, or the first digit of the code. `blocklist` is the zone of the blocklist where the text "
    "has "
    "it\n"
    "(`zen.spamhaus.org`), else the domain of who keeps it (`spamhaus.org`).\n\n"
    "| reason | it means | for example |\n|---|---|---|\n";

static const char tail[] =
    "\n## The table, and rows of your own\n\n"
    "What stands for what is a table, `src/reason/reasons.tsv`. `ingest --reasons FILE` adds the rows of a file of the "
    "same "
    "form.\n"
    "A line is a row; fields are separated by one tab; `#` begins a comment.\n\n"
    "| column | |\n|---|---|\n"
    "| priority | 0 to 9999. Of all rows that hold, the one with the lowest number decides; of equal ones yours comes "
    "before a built-in one, then the earlier line |\n"
    "| reason | a word of the list above, or `-`: no reason (NULL) |\n"
    "| scope | `delivery`, `reject` or `any` |\n"
    "| kind | what the pattern is, below |\n"
    "| pattern | case does not matter |\n"
    "| name of the list | only for the kind `list` |\n\n"
    "| kind | holds if | example |\n|---|---|---|\n"
    "| `text` | the wording contains these characters | `over quota` |\n"
    "| `regex` | the expression (PCRE, as far as Hyperscan goes) matches the wording | `mailbox (is )?full` |\n"
    "| `dsn` | the enhanced status code is this; `x` is any number | `x.2.2` |\n"
    "| `code` | the reply code is this, `x` is any digit; perhaps in reply to this command | `552/RCPT` |\n"
    "| `stage` | the refusal happened there | `header` |\n"
    "| `list` | (names the blocklist, once the reason is known) the text has these characters: the list is the sixth "
    "column, "
    "or if there is none, the host name that follows | `blocked using ` |\n\n"
    "The built-in rows use: below 1000 texts of one sender, server or provider; 1000 to 1299 what anybody says; 1300 "
    "enhanced codes\n"
    "that say one thing; 1400 words that say only no; 1500 to 1800 codes that say little; from 2000 names of lists. So "
    "specific words\n"
    "go before codes, and codes before words such as \"denied\".\n\n"
    "The *wording* is the text without what varies from mail to mail, so that no address or name that a stranger has "
    "chosen "
    "is taken\n"
    "for the server's words: `host H[A] said: `, `delivery temporarily suspended: `, `(in reply to ...)`, the server's "
    "own "
    "name behind\n"
    "the codes and the codes of continuation lines are gone; an address in `<>` is `<>`, another one `@`, an IP "
    "address "
    "and a number of five digits or more `#`; runs of\n"
    "blanks are one. The first 4096 bytes of a text count. Codes at the beginning stay: `550 5.1.1 <>: User unknown`. "
    "The "
    "names of\n"
    "lists are looked for in the text as logged.\n\n"
    "A row that is not well formed, or that the matcher cannot take, is refused with file and line, before anything is "
    "read.\n";

/* A bar would end the cell of a Markdown table, and <> be taken for HTML. */
static void print_cell(const char *text)
{
    for (; *text; text++) {
        if (strchr("|<>*_\\", *text))
            putchar('\\');
        putchar(*text);
    }
}

/* The text of the first wording of this reason, at the shortest. */
static void print_example(char *const *lines, size_t n, const char *word)
{
    const char *best = "";
    size_t word_length = strlen(word);
    for (size_t i = 0; i < n; i++) {
        const char *text = strrchr(lines[i], '\t');
        bool ours = strncmp(lines[i], word, word_length) == 0 && lines[i][word_length] == '\t';
        if (ours && text && text[1] != '\0' && (*best == '\0' || strlen(text + 1) < strlen(best)))
            best = text + 1;
    }
    print_cell(best);
}

int main(int argc, char **argv)
{
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    char **lines = NULL, *line = NULL;
    size_t n = 0, cap = 0;
    if (f == NULL) {
        fprintf(stderr, "usage: reasons_doc tests/golden/reasons.tsv\n");
        return 2;
    }
    for (ssize_t got; (got = getline(&line, &cap, f)) > 0;) {
        line[strcspn(line, "\n")] = '\0';
        lines = realloc(lines, (n + 1) * sizeof *lines);
        lines[n++] = strdup(line);
    }
    fclose(f);
    fputs(head, stdout);
    for (size_t i = 0; i < ms_n_reason_words; i++) {
        printf("| %s | ", ms_reason_words[i].name);
        print_cell(ms_reason_words[i].meaning);
        printf(" | ");
        print_example(lines, n, ms_reason_words[i].name);
        printf(" |\n");
    }
    fputs(tail, stdout);
    for (size_t i = 0; i < n; i++)
        free(lines[i]);
    free(lines);
    free(line);
    return 0;
}
