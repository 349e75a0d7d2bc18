/* Prints docs/SCHEMA.md from the schema table, so that the document cannot fall behind the code. */
#include <stdio.h>
#include <string.h>

#include "columnar/schema.h"

static const char *parquet_type(enum ms_type type)
{
    switch (type) {
    case MS_T_BOOL:
        return "BOOLEAN";
    case MS_T_I32:
        return "INT32";
    case MS_T_I64:
        return "INT64";
    case MS_T_TIME:
        return "INT64, TIMESTAMP(MICROS, UTC)";
    case MS_T_DOUBLE:
        return "DOUBLE";
    case MS_T_DICT:
    case MS_T_UNIQUE:
        return "BYTE_ARRAY, STRING";
    }
    return "?";
}

/* A bar would end the cell of a Markdown table, and <> be taken for HTML. */
static void print_cell(const char *text)
{
    for (; *text; text++) {
        if (strchr("|<>", *text))
            putchar('\\');
        putchar(*text);
    }
}

static void print_column(const struct ms_column *c)
{
    const char *mark = c->bloom ? "**" : "";
    printf("| %s%s%s | %s | %s | %s | ", mark, c->name, mark, parquet_type(c->type),
           c->required ? "REQUIRED" : "OPTIONAL", c->unit);
    if (!c->filled)
        printf("*not filled yet:* ");
    print_cell(c->meaning);
    printf(" |\n");
}

static void print_table(const struct ms_table *t)
{
    printf("\n## %s\n\nA row is %s.\n\n", t->name, t->row_is);
    printf("| column | type | | unit | meaning |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < t->n_columns; i++)
        print_column(&t->columns[i]);
}

static size_t print_not_filled(const struct ms_table *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_columns; i++)
        if (!t->columns[i].filled)
            printf("%s%s", n++ ? ", " : "", t->columns[i].name);
    return n;
}

int main(void)
{
    printf("# The tables\n\n"
           "Printed from `src/columnar/schema_columns.h` by `scripts/update-schema`; a test compares the two. Do not "
           "edit.\n\n"
           "Each table is a folder of Parquet files, `DATASET/current/<table>/part-NNNNN.parquet`. A column in "
           "**bold** has a\n"
           "bloom filter. A REQUIRED column is never NULL; in an OPTIONAL one, NULL means that the logs do not say. "
           "Text is valid\n"
           "UTF-8: a byte that is not is written `\\xNN`.\n");
    for (size_t i = 0; i < MS_N_TABLES; i++)
        print_table(&ms_tables[i]);

    printf("\n## Columns that are not filled yet\n\n"
           "They exist, so that queries written today go on to work, and are NULL in every row.\n\n"
           "| table | columns |\n|---|---|\n");
    for (size_t i = 0; i < MS_N_TABLES; i++) {
        printf("| %s | ", ms_tables[i].name);
        if (print_not_filled(&ms_tables[i]) == 0)
            printf("none");
        printf(" |\n");
    }
    return 0;
}
