#include <signal.h>
#include <time.h>

#include "cli/command.h"
#include "gen/files.h"

static volatile bool cancelled;

static void cancel(int signal_number)
{
    (void)signal_number;
    cancelled = true;
}

/* The first SIGINT or SIGTERM ends the run and removes what it wrote; a second one kills at once. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = cancel, .sa_flags = SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void print_totals(const struct ms_args *args, const struct ms_gen_totals *t)
{
    char first[32], last[32];
    struct tm tm;
    time_t at = (time_t)(t->first_us / 1000000);
    strftime(first, sizeof first, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
    at = (time_t)(t->last_us / 1000000);
    strftime(last, sizeof last, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
    ms_say("%llu lines, %llu bytes, %s to %s", (unsigned long long)t->lines, (unsigned long long)t->bytes, first, last);
    if (args->gen_truth != NULL)
        ms_say("truth in %s: %llu messages, %llu deliveries, %llu rejects", args->gen_truth,
               (unsigned long long)t->messages, (unsigned long long)t->deliveries, (unsigned long long)t->rejects);
}

enum ms_status ms_cmd_gen(const struct ms_args *args, bool *incomplete, struct ms_error *err)
{
    const struct ms_gen_target target = {
        .log = args->gen_log,
        .truth_dir = args->gen_truth,
        .rotate_bytes = args->gen_rotate_bytes,
        .duplicates = args->gen_duplicates,
        .force = args->force,
        .cancelled = &cancelled,
    };
    struct ms_gen_totals totals = {0};
    (void)incomplete;
    catch_signals();
    enum ms_status st = ms_gen_to_files(&args->gen, &target, &totals, err);
    if (st == MS_OK)
        print_totals(args, &totals);
    return st == MS_END ? MS_OK : st; /* a reader that went away is no error */
}
