#include "query/views.h"

#include <dirent.h>
#include <stdlib.h>

void ms_sql_quote(struct ms_buffer *sql, const char *text)
{
    ms_buffer_push(sql, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            ms_buffer_push(sql, '\'');
        ms_buffer_push(sql, *text);
    }
    ms_buffer_push(sql, '\'');
}

static bool is_part(const char *name)
{
    size_t n = strlen(name);
    return n > 8 && strcmp(name + n - 8, ".parquet") == 0;
}

static bool has_parts(const char *folder)
{
    DIR *d = opendir(folder);
    bool found = false;
    for (struct dirent *e; d != NULL && !found && (e = readdir(d)) != NULL;)
        found = is_part(e->d_name);
    if (d != NULL)
        closedir(d);
    return found;
}

void ms_gap_view_sql(struct ms_buffer *sql)
{
    ms_buffer_printf(
        sql,
        "create view gaps as select host, from_time, until_time, until_time - from_time as duration from ("
        "select host, max(last_time) as from_time, lead(min(first_time)) over (partition by host order by hour) as "
        "until_time from coverage where hour is not null group by host, hour) "
        "where until_time - from_time >= interval 1 hour;\n");
}

char *ms_glob_literal(const char *path)
{
    struct ms_buffer b = {0};
    for (; *path != '\0'; path++)
        if (*path == '*' || *path == '?' || *path == '[')
            ms_buffer_printf(&b, "[%c]", *path);
        else
            ms_buffer_push(&b, *path);
    ms_buffer_push(&b, '\0');
    return b.data;
}

static const char *sql_type(enum ms_type type)
{
    static const char *const names[] = {
        [MS_T_BOOL] = "BOOLEAN",   [MS_T_I32] = "INTEGER",
        [MS_T_I64] = "BIGINT",     [MS_T_TIME] = "TIMESTAMP WITH TIME ZONE",
        [MS_T_DOUBLE] = "DOUBLE",  [MS_T_DICT] = "VARCHAR",
        [MS_T_UNIQUE] = "VARCHAR",
    };
    return names[type];
}

static void append_empty_select(struct ms_buffer *sql, const struct ms_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++)
        ms_buffer_printf(sql, "%s cast(NULL as %s) as \"%s\"", i == 0 ? "select" : ",",
                         sql_type(table->columns[i].type), table->columns[i].name);
    ms_buffer_printf(sql, " where false");
}

void ms_view_sql(struct ms_buffer *sql, const char *dir, const struct ms_table *table)
{
    char *folder = ms_sprintf("%s/%s", dir, table->name);
    ms_buffer_printf(sql, "create view \"%s\" as ", table->name);
    if (has_parts(folder)) {
        char *literal = ms_glob_literal(folder);
        char *glob = ms_sprintf("%s/*.parquet", literal);
        ms_buffer_printf(sql, "select * from read_parquet(");
        ms_sql_quote(sql, glob);
        ms_buffer_push(sql, ')');
        free(glob);
        free(literal);
    } else {
        append_empty_select(sql, table);
    }
    ms_buffer_printf(sql, ";\n");
    free(folder);
}
