#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/status.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "pipeline/ingest.h"
#include "query/escape.h"

static volatile bool cancelled;

static void cancel(int signal_number)
{
    (void)signal_number;
    cancelled = true;
}

/* The first SIGINT or SIGTERM ends the run cleanly; a second one kills at once (nothing is published either way). */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = cancel, .sa_flags = SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* $XDG_CACHE_HOME/mailstrata or ~/.cache/mailstrata, made where it is missing; NULL: go on without a cache. */
static char *cache_folder(void)
{
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if ((xdg == NULL || *xdg != '/') && (home == NULL || *home != '/'))
        return NULL;
    char *parent = xdg != NULL && *xdg == '/' ? ms_strdup(xdg) : ms_sprintf("%s/.cache", home);
    char *folder = ms_sprintf("%s/mailstrata", parent);
    (void)mkdir(parent, 0700);
    bool ready = mkdir(folder, 0700) == 0 || errno == EEXIST;
    free(parent);
    if (ready)
        return folder;
    free(folder);
    return NULL;
}

static struct ms_config config_of(const struct ms_args *args, const char *cache_dir)
{
    return (struct ms_config){
        .paths = args->operands,
        .n_paths = args->n_operands,
        .dataset = args->dataset,
        .force = args->force,
        .append = args->append,
        .reopen = args->reopen,
        .resume = args->resume,
        .checkpoint_s = args->has_checkpoint ? (int64_t)args->checkpoint_s : -1,
        .threads = (unsigned)args->threads,
        .segment_bytes = (size_t)args->segment_bytes,
        .stripe_bytes = args->stripe_bytes,
        .memory_bytes = args->memory_bytes,
        .horizon_s = (int64_t)args->horizon_s,
        .whole_lists = args->whole_lists,
        .zones = args->zones,
        .n_zones = args->n_zones,
        .year = (int)args->year,
        .host = args->host,
        .host_map = args->host_map,
        .patterns = args->ingest_patterns,
        .reasons = args->reasons,
        .evidence = args->evidence,
        .cache_dir = cache_dir,
        .engine = args->engine,
        .cancelled = &cancelled,
    };
}

/* File names and log lines stand in it: nothing of them may move the cursor of a terminal. */
static void print_summary(const struct ms_summary *summary)
{
    char *plain = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&plain, &n);
    struct ms_buffer shown = {0};
    MS_ASSERT(out != NULL);
    ms_summary_print(out, summary);
    fclose(out);
    ms_escape_message(&shown, ms_span_of(plain, n));
    fwrite(shown.data, 1, shown.size_bytes, stderr);
    ms_buffer_fini(&shown);
    free(plain);
}

enum ms_status ms_cmd_ingest(const struct ms_args *args, bool *incomplete, struct ms_error *err)
{
    char *cache_dir = cache_folder();
    struct ms_config config = config_of(args, cache_dir);
    struct ms_summary summary = {0};
    struct ms_progress progress = {0};
    config.progress = &progress;
    catch_signals();
    ms_progress_begin(&progress);
    enum ms_status st = ms_ingest(&config, &summary, err);
    ms_progress_end();
    if (st == MS_OK) {
        print_summary(&summary);
        *incomplete = summary.n_files_bad > 0;
        ms_summary_fini(&summary);
    }
    free(cache_dir);
    return st;
}
