#include "columnar/rows.h"

#define COLUMN(table, name, type, required, bloom, filled, unit, meaning)                                              \
    {#name, type, required, bloom, filled, unit, meaning},
#define NULL_CELL(table, name, type, required, bloom, filled, unit, meaning) MS_NULL_CELL(type),
#define COLUMNS(table, TABLE)                                                                                          \
    static const struct ms_column columns_##table[] = {MS_COLUMNS_##TABLE(COLUMN)};                                    \
    static const int64_t null_cells_##table[] = {MS_COLUMNS_##TABLE(NULL_CELL)};

COLUMNS(messages, MESSAGES)
COLUMNS(deliveries, DELIVERIES)
COLUMNS(sessions, SESSIONS)
COLUMNS(rejects, REJECTS)
COLUMNS(logins, LOGINS)
COLUMNS(verdicts, VERDICTS)
COLUMNS(events, EVENTS)
COLUMNS(links, LINKS)
COLUMNS(mails, MAILS)
COLUMNS(coverage, COVERAGE)
COLUMNS(matches, MATCHES)
COLUMNS(hosts, HOSTS)
COLUMNS(files, FILES)
COLUMNS(unparsed, UNPARSED)

#define TABLE(name, row_is)                                                                                            \
    {                                                                                                                  \
#name, row_is, columns_##name, sizeof columns_##name / sizeof *columns_##name                                  \
    }

const struct ms_table ms_tables[MS_N_TABLES] = {
    [MS_MESSAGES] = TABLE(messages, "one life of a queue ID on one host"),
    [MS_DELIVERIES] = TABLE(deliveries, "one attempt for one recipient"),
    [MS_SESSIONS] = TABLE(sessions, "one SMTP connection"),
    [MS_REJECTS] = TABLE(rejects, "one refusal, warning, hold or discard by policy"),
    [MS_LOGINS] = TABLE(logins, "one authentication, good or bad"),
    [MS_VERDICTS] = TABLE(verdicts, "what a filter or final mailbox said of a mail, for one recipient if it names any"),
    [MS_EVENTS] = TABLE(events, "everything else that a daemon said"),
    [MS_LINKS] = TABLE(links, "one message made or became another"),
    [MS_MAILS] =
        TABLE(mails, "one life of a mail that has several, joined by certain links; a mail of one life has no row"),
    [MS_COVERAGE] = TABLE(coverage, "one host and program in one hour"),
    [MS_MATCHES] = TABLE(matches, "one line that a pattern of the user's (--patterns) matches"),
    [MS_HOSTS] = TABLE(hosts, "one name of a host, its own among them"),
    [MS_FILES] = TABLE(files, "one input file"),
    [MS_UNPARSED] = TABLE(unparsed, "one line nobody understood"),
};

const int64_t *const ms_null_cells[MS_N_TABLES] = {
    [MS_MESSAGES] = null_cells_messages, [MS_DELIVERIES] = null_cells_deliveries, [MS_SESSIONS] = null_cells_sessions,
    [MS_REJECTS] = null_cells_rejects,   [MS_EVENTS] = null_cells_events,         [MS_LINKS] = null_cells_links,
    [MS_COVERAGE] = null_cells_coverage, [MS_FILES] = null_cells_files,           [MS_UNPARSED] = null_cells_unparsed,
    [MS_MATCHES] = null_cells_matches,   [MS_VERDICTS] = null_cells_verdicts,     [MS_MAILS] = null_cells_mails,
    [MS_LOGINS] = null_cells_logins,     [MS_HOSTS] = null_cells_hosts,
};
