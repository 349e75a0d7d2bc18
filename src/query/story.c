#include "query/story.h"

#include "base/buffer.h"
#include "query/views.h"

static const char lives_sql[] =
#include "lives.sql.inc"
    ;
static const char found_sql[] =
#include "found.sql.inc"
    ;
static const char story_sql[] =
#include "story.sql.inc"
    ;

const char ms_found_for_people[] = "select * exclude (n) from shown.found_shown order by n";
const char ms_found_full[] =
    "select * exclude (n, mail, file_id, line_offset, file, shown), file, line_offset from shown.found order by n";

#define STEP "* exclude (n, title, heading, tokens, file_id, compression, file, line_offset), t.file, t.line_offset"
const char ms_story_full[] = "select t." STEP " from shown.told t order by n";
const char ms_story_full_raw[] =
    "select t." STEP
    ", raw, raw_problem from shown.told t left join shown.raws r on r.file = t.file and r.line_offset = "
    "t.line_offset order by n";
const char ms_story_for_people[] = "select mail, hop, title, heading, shown_time(time), step, text, file, line_offset, "
                                   "raw, raw_problem from shown.told "
                                   "left join shown.raws using (file, line_offset) order by n";
const char ms_story_lines[] =
    "select file, compression, line_offset, min(tokens) from shown.told where line_offset is not "
    "null and file is not null group by all order by file, line_offset";

/* Statements of ours that give no rows. */
static enum ms_status run_all(struct ms_query *q, const char *sql, struct ms_error *err)
{
    return ms_query_run(q, sql, MS_FORMAT_CSV, stdout, NULL, err);
}

enum ms_status ms_found_make(struct ms_query *q, struct ms_error *err)
{
    enum ms_status st = run_all(q, lives_sql, err);
    return st == MS_OK ? run_all(q, found_sql, err) : st;
}

/* The view fates over the tables of `shown` instead of the dataset's: the names in a view mean what they meant where it was
 * made. */
static enum ms_status make_fates(struct ms_query *q, struct ms_error *err)
{
    struct ms_buffer sql = {0};
    ms_buffer_printf(&sql, "use shown;");
    ms_mail_views_sql(&sql);
    ms_buffer_printf(&sql, "use main;");
    ms_buffer_push(&sql, '\0');
    enum ms_status st = run_all(q, sql.data, err);
    ms_buffer_fini(&sql);
    return st;
}

enum ms_status ms_story_make(struct ms_query *q, struct ms_error *err)
{
    enum ms_status st = make_fates(q, err);
    if (st == MS_OK)
        st = run_all(q, lives_sql, err);
    return st == MS_OK ? run_all(q, story_sql, err) : st;
}
