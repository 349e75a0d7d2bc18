#include "cli/command.h"
#include "cli/selecting.h"
#include "query/story.h"

static enum ms_status show(const struct ms_args *args, struct ms_query *query, struct ms_error *err)
{
    const char *sql = args->format == MS_FORMAT_TABLE ? ms_found_for_people : ms_found_full;
    enum ms_status st = ms_found_make(query, err);
    return st == MS_OK ? ms_query_run(query, sql, args->format, stdout, NULL, err) : st;
}

enum ms_status ms_cmd_find(const struct ms_args *args, bool *incomplete, struct ms_error *err)
{
    static const struct ms_showing showing = {.limit = 100, .whole_story = false, .show = show};
    (void)incomplete;
    return ms_selecting(args, &showing, err);
}
