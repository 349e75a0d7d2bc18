#include "query/parts.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "query/views.h"

/* `statement` after a `with`: meta(m) is dataset.json. */
static enum ms_status each_of_manifest(struct ms_query *q, const char *statement, ms_row_fn each, void *user,
                                       struct ms_error *err)
{
    struct ms_buffer sql = {0};
    char *folder = ms_glob_literal(ms_query_folder(q));
    char *manifest = ms_sprintf("%s/dataset.json", folder), *parts = ms_sprintf("%s/*/*.parquet", folder);
    ms_buffer_printf(&sql, "with meta as (select content::JSON as m from read_text(");
    ms_sql_quote(&sql, manifest);
    ms_buffer_printf(&sql, ")), files as (select file[length($1) + 2:] as part from glob(");
    ms_sql_quote(&sql, parts);
    ms_buffer_printf(&sql, ")) %s", statement);
    ms_buffer_push(&sql, '\0');
    const struct ms_value value = {.kind = MS_VALUE_TEXT, .text = ms_span_str(ms_query_folder(q))};
    enum ms_status st = ms_query_each(q, sql.data, &value, 1, each, user, err);
    ms_buffer_fini(&sql);
    free(manifest);
    free(parts);
    free(folder);
    return st;
}

enum ms_status ms_parts_each(struct ms_query *q, ms_row_fn each, void *user, struct ms_error *err)
{
    return each_of_manifest(q,
                            ", digests as (select m->'sha256' as d from meta where (m->'sha256') is not null), "
                            "named as (select unnest(json_keys(d)) as part, d from digests) "
                            "select coalesce(n.part, f.part) as part, n.d->>('$.\"' || n.part || '\"') as sha256, "
                            "(f.part is not null)::BIGINT as is_there from named n "
                            "full join (select part from files where exists (from digests)) f using (part) order by 1",
                            each, user, err);
}

enum ms_status ms_parts_host_option(struct ms_query *q, ms_row_fn each, void *user, struct ms_error *err)
{
    return each_of_manifest(q, "select m->'options'->>'host' from meta where $1 is not null", each, user, err);
}

enum ms_status ms_parts_sizes(struct ms_query *q, ms_row_fn each, void *user, struct ms_error *err)
{
    struct ms_buffer sql = {0};
    char *folder = ms_glob_literal(ms_query_folder(q));
    char *parts = ms_sprintf("%s/*/part-*.parquet", folder);
    ms_buffer_printf(&sql,
                     "select split_part(file_name, '/', -2) as t, parse_filename(file_name) as name, num_rows from "
                     "parquet_file_metadata(");
    ms_sql_quote(&sql, parts);
    ms_buffer_printf(&sql, ") order by t, length(name), name");
    ms_buffer_push(&sql, '\0');
    enum ms_status st = ms_query_each(q, sql.data, NULL, 0, each, user, err);
    ms_buffer_fini(&sql);
    free(parts);
    free(folder);
    return st;
}
