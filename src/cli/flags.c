#include "cli/flags.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/flags_gen.h"
#include "cli/flags_ingest.h"
#include "cli/nearest.h"
#include "cli/number.h"

static enum ms_status apply_help(struct ms_args *args, const char *value, struct ms_error *err)
{
    (void)value, (void)err;
    args->help = MS_HELP_LONG;
    return MS_OK;
}

static enum ms_status apply_short_help(struct ms_args *args, const char *value, struct ms_error *err)
{
    (void)value, (void)err;
    args->help = MS_HELP_SHORT;
    return MS_OK;
}

/* Flags without a value. */
#define SWITCH(name, set)                                                                                              \
    static enum ms_status apply_##name(struct ms_args *args, const char *value, struct ms_error *err)                  \
    {                                                                                                                  \
        (void)value;                                                                                                   \
        (void)err;                                                                                                     \
        (set);                                                                                                         \
        return MS_OK;                                                                                                  \
    }
SWITCH(version, args->version = true)
SWITCH(force, args->force = true)
SWITCH(append, args->append = true)
SWITCH(reopen, args->append = args->reopen = true)
SWITCH(resume, args->resume = true)
SWITCH(whole_lists, args->whole_lists = true)
SWITCH(kinds, args->kinds = true)
SWITCH(count, args->count = true)
SWITCH(raw, args->raw = true)
#undef SWITCH

static enum ms_status apply_output(struct ms_args *args, const char *value, struct ms_error *err)
{
    args->dataset = value;
    return *value != '\0' ? MS_OK : ms_fail(err, MS_ERR_USAGE, "the name of the dataset is empty");
}

static enum ms_status apply_threads(struct ms_args *args, const char *value, struct ms_error *err)
{
    return ms_number_parse(value, 1, 1024, &args->threads, err);
}

static enum ms_status apply_year(struct ms_args *args, const char *value, struct ms_error *err)
{
    return ms_number_parse(value, 1970, 2199, &args->year, err);
}

static enum ms_status apply_scan(struct ms_args *args, const char *value, struct ms_error *err)
{
    if (strcmp(value, "hyperscan") == 0)
        args->engine = MS_SCAN_HYPERSCAN;
    else if (strcmp(value, "plain") == 0)
        args->engine = MS_SCAN_PLAIN;
    else
        return ms_fail(err, MS_ERR_USAGE, "'%s' is neither hyperscan nor plain", value);
    return MS_OK;
}

static enum ms_status apply_segment_bytes(struct ms_args *args, const char *value, struct ms_error *err)
{
    return ms_number_parse(value, 1, (uint64_t)1 << 30, &args->segment_bytes, err);
}

static enum ms_status apply_horizon(struct ms_args *args, const char *value, struct ms_error *err)
{
    return ms_number_parse(value, 1, (uint64_t)1 << 32, &args->horizon_s, err);
}

static enum ms_status apply_checkpoint(struct ms_args *args, const char *value, struct ms_error *err)
{
    args->has_checkpoint = true;
    return ms_number_parse(value, 0, (uint64_t)1 << 32, &args->checkpoint_s, err);
}

static enum ms_status apply_part_rows(struct ms_args *args, const char *value, struct ms_error *err)
{
    return ms_number_parse(value, 1, (uint64_t)1 << 20, &args->part_rows, err);
}

static enum ms_status apply_stripe_bytes(struct ms_args *args, const char *value, struct ms_error *err)
{
    return ms_number_parse(value, 1, (uint64_t)1 << 40, &args->stripe_bytes, err);
}

static enum ms_status apply_format(struct ms_args *args, const char *value, struct ms_error *err)
{
    static const char *const names[] = {
        [MS_FORMAT_TABLE] = "table", [MS_FORMAT_NDJSON] = "ndjson", [MS_FORMAT_CSV] = "csv"};
    for (enum ms_format f = MS_FORMAT_TABLE; f <= MS_FORMAT_CSV; f++)
        if (strcmp(value, names[f]) == 0) {
            args->format = f;
            args->has_format = true;
            return MS_OK;
        }
    return ms_fail(err, MS_ERR_USAGE, "'%s' is none of table, ndjson, csv", value);
}

static enum ms_status apply_sql_file(struct ms_args *args, const char *value, struct ms_error *err)
{
    (void)err;
    args->sql_file = value;
    return MS_OK;
}

static enum ms_status apply_limit(struct ms_args *args, const char *value, struct ms_error *err)
{
    args->has_limit = true;
    return ms_number_parse(value, 0, INT64_MAX, &args->limit, err);
}

static enum ms_status apply_display_zone(struct ms_args *args, const char *value, struct ms_error *err)
{
    args->display_zone = value;
    return *value != '\0' ? MS_OK : ms_fail(err, MS_ERR_USAGE, "the name of the zone is empty");
}

static enum ms_status apply_pattern(struct ms_args *args, const char *value, struct ms_error *err)
{
    (void)err;
    args->patterns = ms_realloc(args->patterns, (args->n_patterns + 1) * sizeof *args->patterns);
    args->patterns[args->n_patterns++] = value;
    return MS_OK;
}

static enum ms_status apply_source_root(struct ms_args *args, const char *value, struct ms_error *err)
{
    args->source_roots = ms_realloc(args->source_roots, (args->n_source_roots + 1) * sizeof *args->source_roots);
    args->source_roots[args->n_source_roots++] = value;
    return strchr(value, '=') != NULL ? MS_OK : ms_fail(err, MS_ERR_USAGE, "'%s' is not OLD=NEW", value);
}

static enum ms_status apply_pattern_file(struct ms_args *args, const char *value, struct ms_error *err)
{
    (void)err;
    args->pattern_file = value;
    return MS_OK;
}

#define SWITCH(name)                                                                                                   \
    static enum ms_status apply_##name(struct ms_args *args, const char *value, struct ms_error *err)                  \
    {                                                                                                                  \
        (void)value, (void)err;                                                                                        \
        args->name = true;                                                                                             \
        return MS_OK;                                                                                                  \
    }
SWITCH(all)
SWITCH(evidence)
SWITCH(is_literal)
SWITCH(ignore_case)
SWITCH(files_only)
SWITCH(hops)
#undef SWITCH

#define SELECTOR(name, which)                                                                                          \
    static enum ms_status apply_##name(struct ms_args *args, const char *value, struct ms_error *err)                  \
    {                                                                                                                  \
        return ms_selectors_set(&args->selectors, which, value, err);                                                  \
    }
SELECTOR(from, MS_SEL_FROM)
SELECTOR(to, MS_SEL_TO)
SELECTOR(domain, MS_SEL_DOMAIN)
SELECTOR(client, MS_SEL_CLIENT)
SELECTOR(relay, MS_SEL_RELAY)
SELECTOR(message_id, MS_SEL_MESSAGE_ID)
SELECTOR(queue_id, MS_SEL_QUEUE_ID)
SELECTOR(user, MS_SEL_USER)
SELECTOR(subject, MS_SEL_SUBJECT)
SELECTOR(status, MS_SEL_STATUS)
SELECTOR(reason, MS_SEL_REASON)
SELECTOR(on_host, MS_SEL_HOST)
SELECTOR(since, MS_SEL_SINCE)
SELECTOR(until, MS_SEL_UNTIL)
#undef SELECTOR

#define IN(command) (1u << MS_CMD_##command)
#define SELECTING (IN(FIND) | IN(TRACE))
#define EVERYWHERE                                                                                                     \
    (IN(NONE) | IN(INGEST) | IN(PARSE) | IN(GREP) | IN(INFO) | SELECTING | IN(SQL) | IN(VERIFY) | IN(COMPACT) | IN(GEN))

/* clang-format off */
const struct ms_flag ms_flags[] = {
    {IN(INGEST), 'o', false, "output", "DATASET", "folder to write; an existing dataset is refused unless --force", apply_output},
    {IN(INGEST), 0, false, "force", NULL, "replace an existing dataset", apply_force},
    {IN(INGEST), 0, false, "append", NULL, "go on where the dataset ends: read only what is new; the first run makes it", apply_append},
    {IN(INGEST), 0, false, "reopen", NULL, "with --append, also of older logs: read all sources of the dataset again", apply_reopen},
    {IN(INGEST), 0, false, "resume", NULL, "go on where the same command was interrupted (killed, disk full ...); else from the beginning", apply_resume},
    {IN(GREP), 'e', false, "regexp", "PATTERN", "a pattern; may be given several times, any may match", apply_pattern},
    {IN(GREP), 'f', false, "file", "FILE", "patterns, one a line; thousands of literals (-F) are fine", apply_pattern_file},
    {IN(GREP), 'F', false, "fixed-strings", NULL, "patterns are literal text", apply_is_literal},
    {IN(GREP), 'i', false, "ignore-case", NULL, "A-Z and a-z are the same", apply_ignore_case},
    {IN(GREP), 'l', false, "files-with-matches", NULL, "print the names of files that match, nothing else", apply_files_only},
    {IN(GREP), 0, false, "hops", NULL, "go on to other lives of the same mail, on all hosts", apply_hops},
    {IN(INGEST) | IN(GREP), 0, false, "threads", "N", "workers; one for each core if not given. The result does not depend on it", apply_threads},
    {IN(PARSE), 0, false, "kinds", NULL, "print the table of line kinds instead", apply_kinds},
    {IN(SQL), 'f', false, "file", "FILE", "read the SQL from FILE", apply_sql_file},
    {IN(INGEST), 0, false, "memory", "SIZE", "for what grows with the logs (a quarter of the machine's, 1G at most); the rest goes to temporary files. The result does not depend on it", ms_ingest_apply_memory},
    {IN(INGEST) | IN(PARSE) | IN(GREP), 0, false, "year", "Y", "year of the oldest line, for stamps without one", apply_year},
    {IN(INGEST) | IN(PARSE) | IN(GREP), 0, false, "tz", "[PATH=]ZONE", "zone of stamps without one: Europe/Berlin, UTC, +01:00 ...; PATH=ZONE: of these sources; may be given several times", ms_ingest_apply_zone},
    {IN(INGEST) | IN(PARSE) | IN(GREP), 0, false, "host", "NAME", "host of all lines, in place of the logged one", ms_ingest_apply_host},
    {IN(INGEST) | IN(GREP), 0, false, "host-map", "FILE", "names that are one host: lines `ALIAS HOST` (docs/HOSTS.md)", ms_ingest_apply_host_map},
    {IN(INGEST), 0, false, "patterns", "FILE", "regular expressions, one a line, or NAME<TAB>EXPRESSION; # is a comment: table matches", ms_ingest_apply_patterns},
    {IN(INGEST), 0, false, "reasons", "FILE", "more rows for the table of reasons (docs/REASONS.md)", ms_ingest_apply_reasons},
    {IN(INGEST), 0, false, "evidence", NULL, "SHA-256 of each source (table files) and part (dataset.json), for verify", apply_evidence},
    {SELECTING, 0, false, "from", "ADDRESS", "sender: an address, @domain, /regex/, or <> for the null sender", apply_from},
    {SELECTING, 0, false, "to", "ADDRESS", "recipient, as delivered or as first given: an address, @domain or /regex/", apply_to},
    {SELECTING, 0, false, "domain", "DOMAIN", "domain of the sender or of a recipient", apply_domain},
    {SELECTING, 0, false, "client", "CLIENT", "who brought it: host name, IP, network (192.0.2.0/24) or /regex/", apply_client},
    {SELECTING, 0, false, "relay", "RELAY", "next hop: host name, IP, network or /regex/", apply_relay},
    {SELECTING, 0, false, "message-id", "ID", "with or without <>", apply_message_id},
    {SELECTING, 0, false, "queue-id", "ID", "here, or at the next hop", apply_queue_id},
    {SELECTING, 0, false, "user", "NAME", "SASL user who submitted it", apply_user},
    {SELECTING, 0, false, "subject", "TEXT", "part of the subject (if the logs have it), or /regex/", apply_subject},
    {SELECTING, 0, false, "status", "STATUS", "sent, deferred, bounced, held, expired, deleted, rejected, queued ...", apply_status},
    {SELECTING, 0, false, "reason", "CLASS", "class of the reply, such as unknown_user (docs/REASONS.md)", apply_reason},
    {SELECTING, 0, false, "host", "NAME", "host of the logs, by any of its names", apply_on_host},
    {SELECTING, 0, false, "since", "TIME", "2026-03-01, 2026-03-01T10:15, 2026-03-01T10:15:30+01:00", apply_since},
    {SELECTING, 0, false, "until", "TIME", "to the end of that day, minute or second", apply_until},
    {SELECTING, 0, false, "limit", "N", "show the first N mails; 0 for all (100; trace: 10)", apply_limit},
    {IN(FIND) | IN(GREP), 0, false, "count", NULL, "print how many, not which", apply_count},
    {IN(TRACE), 0, false, "raw", NULL, "show the log lines themselves, read from the source files", apply_raw},
    {SELECTING, 0, false, "display-tz", "ZONE", "show times in this zone: Europe/Berlin, +01:00", apply_display_zone},
    {IN(PARSE) | IN(GREP) | IN(INFO) | SELECTING | IN(SQL) | IN(VERIFY), 0, false, "format", "FORMAT", "table, ndjson or csv (parse: ndjson or csv)", apply_format},
    {IN(VERIFY), 0, false, "all", NULL, "check the lines of all rows, not of a sample", apply_all},
    {IN(VERIFY), 0, false, "source-root", "OLD=NEW", "sources below OLD are now below NEW; may be given several times", apply_source_root},
    {IN(INGEST) | IN(GREP), 0, true, "scan", "ENGINE", "hyperscan or its plain twin: plain", apply_scan},
    {IN(INGEST) | IN(GREP), 0, true, "segment-bytes", "SIZE", "unit of work, for tests; the result does not depend on it", apply_segment_bytes},
    {IN(INGEST), 0, true, "horizon-seconds", "N", "age at which links are final, for tests", apply_horizon},
    {IN(INGEST), 0, true, "checkpoint-seconds", "N", "from one point that --resume can go on from to the next (30; 0: each stripe), for tests", apply_checkpoint},
    {IN(COMPACT), 0, true, "part-rows", "N", "rows of a part at most, for tests", apply_part_rows},
    {IN(INGEST), 0, true, "stripe-bytes", "SIZE", "text a row group, for tests; changes the files, not the rows", apply_stripe_bytes},
    {IN(INGEST), 0, true, "whole-lists", NULL, "plain twin, for tests: nothing is closed early; the rows do not depend on it", apply_whole_lists},
    {IN(GEN), 'o', false, "output", "FILE", "log to write; an existing file is refused unless --force", ms_gen_apply_output},
    {IN(GEN), 0, false, "force", NULL, "replace existing files", apply_force},
    {IN(GEN), 0, false, "size", "SIZE", "end after so many bytes (100M); mail under way goes to its end", ms_gen_apply_size},
    {IN(GEN), 0, false, "lines", "N", "end after so many lines", ms_gen_apply_lines},
    {IN(GEN), 0, false, "seed", "N", "another number, another log (1)", ms_gen_apply_seed},
    {IN(GEN), 0, false, "hosts", "N", "hosts of the farm (4)", ms_gen_apply_hosts},
    {IN(GEN), 0, false, "dialect", "D[,D...]", "mail systems of the hosts, in turn: postfix, sendmail, exim, qmail; of one host: exim-mainlog, qmail-multilog", ms_gen_apply_dialect},
    {IN(GEN), 0, false, "truth", "DIR", "write the truth into this folder", ms_gen_apply_truth},
    {IN(GEN), 0, false, "from", "DAY", "day of the first line (2026-01-01)", ms_gen_apply_from},
    {IN(GEN), 0, false, "days", "N", "the log covers N days", ms_gen_apply_days},
    {IN(GEN), 0, false, "years", "N", "the log covers N years", ms_gen_apply_years},
    {IN(GEN), 0, false, "rate", "R", "connections and local submissions a second, while it is busy (200)", ms_gen_apply_rate},
    {IN(GEN), 0, false, "tz", "ZONE", "zone of the stamps: UTC or a fixed offset such as +01:00", ms_gen_apply_zone},
    {IN(GEN), 0, false, "dst", NULL, "an hour more than --tz in summer, as in the EU", ms_gen_apply_dst},
    {IN(GEN), 0, false, "stamps", "FORM", "rfc3164 (no year) or rfc3339", ms_gen_apply_stamps},
    {IN(GEN), 0, false, "ids", "FORM", "queue IDs of Postfix: short, long, or both: every second host long ones", ms_gen_apply_ids},
    {IN(GEN), 0, false, "rotate", "SIZE", "several files: FILE is the newest, FILE.1 the one before ...", ms_gen_apply_rotate},
    {IN(GEN), 0, false, "duplicates", NULL, "with --rotate: lines that stand in two files; overlaps, copies, packed files beside plain ones", ms_gen_apply_duplicates},
    {IN(GEN), 0, false, "new-addresses", "SHARE", "addresses and clients never seen before (0.03)", ms_gen_apply_new_addresses},
    {IN(GEN), 0, true, "local", "SHARE", "arrivals that are local submissions (0.36)", ms_gen_apply_local},
    {IN(GEN), 0, true, "refused", "SHARE", "arrivals whose recipients are refused (0.42)", ms_gen_apply_refused},
    {IN(GEN), 0, true, "empty", "SHARE", "arrivals without a mail (0.08)", ms_gen_apply_empty},
    {IN(GEN), 0, true, "bounced", "SHARE", "deliveries that fail for good (0.60)", ms_gen_apply_bounced},
    {IN(GEN), 0, true, "deferred", "SHARE", "deliveries that are put off (0.04)", ms_gen_apply_deferred},
    {IN(GEN), 0, true, "hops", "SHARE", "deliveries by way of another host of the farm (0.25)", ms_gen_apply_hops},
    {IN(GEN), 0, false, "gaps", "SHARE", "stretches of 20 seconds in which a host's lines are lost (0)", ms_gen_apply_gaps},
    {IN(GEN), 0, true, "reuse", "SHARE", "short queue IDs that an ended mail had before (0.002)", ms_gen_apply_reuse},
    {EVERYWHERE, 'h', true, "short-help", NULL, "this help without the rare flags", apply_short_help},
    {EVERYWHERE, 0, false, "help", NULL, "this help, with all flags", apply_help},
    {IN(NONE), 0, false, "version", NULL, "name and version", apply_version},
};
/* clang-format on */
const size_t ms_n_flags = sizeof ms_flags / sizeof *ms_flags;

/* ---- parsing ---- */

struct cursor { /* over argv */
    char *const *argv;
    int argc, at;
};

static bool belongs(const struct ms_flag *flag, enum ms_command command)
{
    return (flag->commands & (1u << command)) != 0;
}

static const struct ms_flag *flag_by_name(enum ms_command command, const char *name, size_t n)
{
    for (const struct ms_flag *f = ms_flags; f < ms_flags + ms_n_flags; f++)
        if (belongs(f, command) && strlen(f->name) == n && memcmp(f->name, name, n) == 0)
            return f;
    return NULL;
}

static const struct ms_flag *flag_by_letter(enum ms_command command, char letter)
{
    for (const struct ms_flag *f = ms_flags; f < ms_flags + ms_n_flags; f++)
        if (belongs(f, command) && f->letter == letter)
            return f;
    return NULL;
}

/* A flag of another command, or in front of the command. */
static enum ms_status misplaced_flag(const struct ms_flag *flag, struct ms_error *err)
{
    char owners[256] = "";
    for (enum ms_command i = MS_CMD_NONE + 1; i < MS_N_COMMANDS; i++)
        if (belongs(flag, i))
            snprintf(owners + strlen(owners), sizeof owners - strlen(owners), "%s%s", *owners ? ", " : "",
                     ms_commands[i].name);
    return ms_fail(err, MS_ERR_USAGE, "--%s stands behind its command (%s)", flag->name, owners);
}

static enum ms_status unknown_flag(enum ms_command command, const char *arg, size_t n, struct ms_error *err)
{
    for (enum ms_command i = MS_CMD_NONE + 1; i < MS_N_COMMANDS; i++) {
        const struct ms_flag *elsewhere = flag_by_name(i, arg + 2, n - 2);
        if (elsewhere != NULL)
            return misplaced_flag(elsewhere, err);
    }
    struct ms_nearest nearest = ms_nearest_to(arg + 2, n - 2);
    for (const struct ms_flag *f = ms_flags; f < ms_flags + ms_n_flags; f++)
        if (belongs(f, command))
            ms_nearest_try(&nearest, f->name);
    return ms_fail(err, MS_ERR_USAGE, "unknown flag %.*s; the nearest is --%s", (int)n, arg, nearest.best);
}

/* `attached` is the value in the same argument (--name=VALUE, -oVALUE) or NULL. */
static enum ms_status apply(struct ms_args *args, const struct ms_flag *flag, const char *attached, struct cursor *c,
                            struct ms_error *err)
{
    struct ms_error why = {{0}};
    const char *value = attached;
    if (flag->value_name == NULL && attached != NULL)
        return ms_fail(err, MS_ERR_USAGE, "--%s takes no value", flag->name);
    if (flag->value_name != NULL && value == NULL) {
        if (c->at == c->argc)
            return ms_fail(err, MS_ERR_USAGE, "--%s needs a value: %s", flag->name, flag->value_name);
        value = c->argv[c->at++];
    }
    enum ms_status st = flag->apply(args, value, &why);
    return st == MS_OK ? MS_OK : ms_fail(err, st, "--%s: %s", flag->name, why.text);
}

static enum ms_status parse_long(struct ms_args *args, const char *arg, struct cursor *c, struct ms_error *err)
{
    const char *equals = strchr(arg, '=');
    size_t n = equals != NULL ? (size_t)(equals - arg) : strlen(arg);
    const struct ms_flag *flag = flag_by_name(args->command, arg + 2, n - 2);
    if (flag == NULL)
        return unknown_flag(args->command, arg, n, err);
    return apply(args, flag, equals != NULL ? equals + 1 : NULL, c, err);
}

static enum ms_status parse_letter(struct ms_args *args, const char *arg, struct cursor *c, struct ms_error *err)
{
    const struct ms_flag *flag = flag_by_letter(args->command, arg[1]);
    if (flag == NULL)
        return ms_fail(err, MS_ERR_USAGE, "unknown flag %.2s", arg);
    return apply(args, flag, arg[2] != '\0' ? arg + 2 : NULL, c, err);
}

static enum ms_status parse_command(struct ms_args *args, const char *name, struct ms_error *err)
{
    struct ms_nearest nearest = ms_nearest_to(name, strlen(name));
    char known[256] = "";
    for (enum ms_command i = MS_CMD_NONE + 1; i < MS_N_COMMANDS; i++) {
        if (strcmp(ms_commands[i].name, name) == 0) {
            args->command = i;
            return MS_OK;
        }
        ms_nearest_try(&nearest, ms_commands[i].name);
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", *known ? ", " : "", ms_commands[i].name);
    }
    return ms_fail(err, MS_ERR_USAGE, "unknown command %s; the nearest is %s (there are: %s)", name, nearest.best,
                   known);
}

static enum ms_status parse_one(struct ms_args *args, struct cursor *c, bool *flags_end, struct ms_error *err)
{
    const char *arg = c->argv[c->at++];
    if (!*flags_end && strcmp(arg, "--") == 0) {
        *flags_end = true;
        return MS_OK;
    }
    if (!*flags_end && strncmp(arg, "--", 2) == 0)
        return parse_long(args, arg, c, err);
    if (!*flags_end && arg[0] == '-' && arg[1] != '\0')
        return parse_letter(args, arg, c, err);
    if (args->command == MS_CMD_NONE)
        return parse_command(args, arg, err);
    args->operands[args->n_operands++] = arg;
    return MS_OK;
}

/* What no single flag can know. */
static enum ms_status check(const struct ms_args *args, struct ms_error *err)
{
    const struct ms_command_facts *facts = &ms_commands[args->command];
    if (args->command == MS_CMD_NONE)
        return ms_fail(err, MS_ERR_USAGE, "no command given");
    if (args->n_operands < facts->min_operands || args->n_operands > facts->max_operands)
        return ms_fail(err, MS_ERR_USAGE, "%s takes %s", facts->name, facts->operands);
    if (args->command == MS_CMD_INGEST && args->dataset == NULL)
        return ms_fail(err, MS_ERR_USAGE, "ingest needs -o DATASET, the folder to write");
    if (args->reopen && args->force)
        return ms_fail(err, MS_ERR_USAGE, "give --reopen or --force, not both");
    if (args->command == MS_CMD_GEN && args->gen_log == NULL)
        return ms_fail(err, MS_ERR_USAGE, "gen needs -o FILE, the log to write (- for standard output)");
    if (args->command == MS_CMD_GEN && args->gen_duplicates && args->gen_rotate_bytes == 0)
        return ms_fail(err, MS_ERR_USAGE, "--duplicates are between several files: give --rotate SIZE, too");
    if (args->command == MS_CMD_GEN && args->gen_rotate_bytes > 0 && strcmp(args->gen_log, "-") == 0)
        return ms_fail(err, MS_ERR_USAGE, "--rotate needs a file");
    if (args->command == MS_CMD_PARSE && args->kinds != (args->n_operands == 0))
        return ms_fail(err, MS_ERR_USAGE, "parse takes paths (or - for standard input), or --kinds alone");
    if (args->command == MS_CMD_PARSE && !args->kinds && args->has_format && args->format == MS_FORMAT_TABLE)
        return ms_fail(err, MS_ERR_USAGE, "--format: parse prints ndjson or csv");
    if (args->command == MS_CMD_GREP && args->n_patterns == 0 && args->pattern_file == NULL && args->n_operands < 2)
        return ms_fail(err, MS_ERR_USAGE, "grep takes PATTERN PATH...; PATTERN is left out with -e and -f only");
    if (args->command == MS_CMD_GREP && args->files_only + args->count + args->has_format > 1)
        return ms_fail(err, MS_ERR_USAGE, "give one of -l, --count, --format");
    if (args->command == MS_CMD_TRACE && ms_selectors_empty(&args->selectors))
        return ms_fail(err, MS_ERR_USAGE,
                       "trace needs to know which mail: --queue-id, --message-id, --to ... (find lists mails)");
    if (args->sql_file != NULL && args->n_operands == 2)
        return ms_fail(err, MS_ERR_USAGE, "give the SQL as an argument or with -f, not both");
    return MS_OK;
}

enum ms_status ms_args_parse(struct ms_args *args, int argc, char *const *argv, struct ms_error *err)
{
    *args = (struct ms_args){.engine = MS_SCAN_HYPERSCAN, .format = MS_FORMAT_TABLE};
    ms_gen_defaults(&args->gen);
    args->operands = ms_calloc((size_t)argc + 1, sizeof *args->operands);
    struct cursor c = {argv, argc, 0};
    bool flags_end = false;
    while (c.at < c.argc) {
        enum ms_status st = parse_one(args, &c, &flags_end, err);
        if (st != MS_OK)
            return st;
    }
    return args->help != MS_HELP_NONE || args->version ? MS_OK : check(args, err);
}

void ms_args_fini(struct ms_args *args)
{
    free(args->operands);
    free(args->patterns);
    free(args->source_roots);
    for (size_t i = 0; i < args->n_zones; i++)
        ms_told_zone_fini(&args->zones[i]);
    free(args->zones);
    ms_selectors_fini(&args->selectors);
    *args = (struct ms_args){0};
}
