#include <stdlib.h>

#include "correlate/lives.h"
#include "pipeline/ingest.h"

const char *const ms_outcome_names[MS_N_OUTCOMES] = {"message", "session",  "reject",    "login",  "verdict",
                                                     "event",   "unparsed", "duplicate", "pending"};

static void print_counts(FILE *out, const char *title, uint64_t total, const char *const *names, const uint64_t *counts,
                         size_t n)
{
    fprintf(out, "%-11s %llu", title, (unsigned long long)total);
    const char *separator = " = ";
    for (size_t i = 0; i < n; i++) {
        if (counts[i] == 0)
            continue;
        fprintf(out, "%s%llu %s", separator, (unsigned long long)counts[i], names[i]);
        separator = " + ";
    }
    fputc('\n', out);
}

void ms_summary_print(FILE *out, const struct ms_summary *s)
{
    static const char *const statuses[] = {"sent", "deferred", "bounced", "other", "cut"};
    double mb = (double)(s->new_text_bytes - s->resumed_bytes) / 1e6;
    if (s->nothing_new) {
        fprintf(out, "nothing new: all that was given is in the dataset already\n");
        return;
    }
    fprintf(out, "files       %llu, %.1f MB stored, %.1f MB of text\n", (unsigned long long)s->n_files,
            (double)s->stored_bytes / 1e6, (double)s->text_bytes / 1e6);
    if (s->n_new_files != s->n_files)
        fprintf(out, "            %llu of them read now, %.1f MB of new text\n", (unsigned long long)s->n_new_files,
                (double)s->new_text_bytes / 1e6);
    if (s->resumed_bytes > 0)
        fprintf(out, "            gone on behind %.1f MB of text, where the run before was interrupted\n",
                (double)s->resumed_bytes / 1e6);
    if (s->has_nothing_to_resume)
        fprintf(out, "            read from the beginning: no interrupted run has left anything to go on from\n");
    if (s->has_dropped)
        fprintf(out, "            read from the beginning: what an interrupted run had done was thrown away (--resume "
                     "would have gone on with it)\n");
    if (s->n_files_bad)
        fprintf(out, "            %llu of them unreadable, truncated or corrupt (all: table files):\n",
                (unsigned long long)s->n_files_bad);
    for (size_t i = 0; i < MS_N_SAMPLES && s->bad_notes[i] != NULL; i++)
        fprintf(out, "            %s\n", s->bad_notes[i]);
    if (s->n_files_bad)
        fprintf(out, "            what could be read of them is in the dataset; make it anew when they are whole\n");
    if (s->n_files_without_year)
        fprintf(out,
                "            %llu of them tell no year: their times are NULL; give the year of the oldest line with "
                "--year\n",
                (unsigned long long)s->n_files_without_year);
    if (s->n_files_year_by_mtime)
        fprintf(out,
                "            %llu of them tell no year but by the time of their last change, which a copy may have "
                "set; give the year of the oldest line with --year\n",
                (unsigned long long)s->n_files_year_by_mtime);
    if (s->n_files_year_doubtful)
        fprintf(out, "            %llu of them contradict themselves, or what was told, in year or zone:\n",
                (unsigned long long)s->n_files_year_doubtful);
    for (size_t i = 0; i < MS_N_SAMPLES && s->year_notes[i] != NULL; i++)
        fprintf(out, "            %s\n", s->year_notes[i]);
    print_counts(out, "lines", s->n_lines, ms_outcome_names, s->lines, MS_N_OUTCOMES);
    print_counts(out, "messages", s->n_messages, ms_state_names, s->messages, MS_N_STATES);
    print_counts(out, "deliveries", s->n_deliveries, statuses, s->deliveries, 5);
    fprintf(
        out,
        "sessions    %llu\nrejects     %llu\nlogins      %llu\nverdicts    %llu\nevents      %llu\nlinks       %llu\n",
        (unsigned long long)s->n_sessions, (unsigned long long)s->n_rejects, (unsigned long long)s->n_logins,
        (unsigned long long)s->n_verdicts, (unsigned long long)s->n_events, (unsigned long long)s->n_links);
    if (s->n_samples)
        fprintf(out, "unparsed    %llu, the first of them:\n", (unsigned long long)s->lines[MS_OUT_UNPARSED]);
    for (size_t i = 0; i < s->n_samples; i++)
        fprintf(out, "            %s\n", s->samples[i]);
    fprintf(out, "time        %.2f s, %.0f MB of text a second; peak memory %.0f MB; dataset %.1f MB\n", s->seconds,
            s->seconds > 0 ? mb / s->seconds : 0, (double)s->peak_rss_bytes / 1e6, (double)s->dataset_bytes / 1e6);
    if (s->memory_floor_bytes)
        fprintf(
            out,
            "            that is more than --memory: below about %.0f MB (%u thread%s) it only decides what waits in "
            "files\n",
            (double)s->memory_floor_bytes / 1e6, s->n_threads, s->n_threads == 1 ? "" : "s");
}

void ms_summary_fini(struct ms_summary *s)
{
    for (size_t i = 0; i < s->n_samples; i++)
        free(s->samples[i]);
    for (size_t i = 0; i < MS_N_SAMPLES; i++) {
        free(s->year_notes[i]);
        free(s->bad_notes[i]);
    }
    *s = (struct ms_summary){0};
}
