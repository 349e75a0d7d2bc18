#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "query/escape.h"

void ms_say(const char *format, ...)
{
    struct ms_error sentence;
    struct ms_buffer text = {0};
    va_list ap;
    va_start(ap, format);
    vsnprintf(sentence.text, sizeof sentence.text, format, ap);
    va_end(ap);
    ms_buffer_printf(&text, "mailstrata: ");
    ms_escape_message(&text, ms_span_str(sentence.text));
    ms_buffer_push(&text, '\n');
    fwrite(text.data, 1, text.size_bytes, stderr);
    ms_buffer_fini(&text);
}

static enum ms_status run_command(const struct ms_args *args, bool *incomplete, struct ms_error *err)
{
    switch (args->command) {
    case MS_CMD_INGEST:
        return ms_cmd_ingest(args, incomplete, err);
    case MS_CMD_PARSE:
        return ms_cmd_parse(args, incomplete, err);
    case MS_CMD_GREP:
        return ms_cmd_grep(args, incomplete, err);
    case MS_CMD_INFO:
        return ms_cmd_info(args, incomplete, err);
    case MS_CMD_FIND:
        return ms_cmd_find(args, incomplete, err);
    case MS_CMD_TRACE:
        return ms_cmd_trace(args, incomplete, err);
    case MS_CMD_SQL:
        return ms_cmd_sql(args, incomplete, err);
    case MS_CMD_VERIFY:
        return ms_cmd_verify(args, incomplete, err);
    case MS_CMD_COMPACT:
        return ms_cmd_compact(args, incomplete, err);
    case MS_CMD_GEN:
        return ms_cmd_gen(args, incomplete, err);
    case MS_CMD_NONE:
    case MS_N_COMMANDS:
        break;
    }
    MS_ASSERT(!"a command that ms_args_parse lets through");
}

static enum ms_status run(const struct ms_args *args, bool *incomplete, struct ms_error *err)
{
    if (args->help != MS_HELP_NONE)
        ms_help_print(stdout, args->command, args->help);
    else if (args->version)
        puts("mailstrata " MS_VERSION);
    else
        return run_command(args, incomplete, err);
    return MS_OK;
}

/* A pipe or socket whose other end was closed. */
static bool reader_is_gone(int fd)
{
    struct pollfd state = {.fd = fd, .events = POLLOUT};
    return poll(&state, 1, 0) == 1 && (state.revents & (POLLERR | POLLHUP)) != 0;
}

/* Output that was not written fails the run, whichever write it was; but a reader that went away is no error (DESIGN 6). */
static enum ms_status flush_stdout(struct ms_error *err)
{
    bool failed_before = ferror(stdout);
    bool failed_now = fflush(stdout) != 0;
    int why = failed_now ? errno : 0;
    if ((!failed_before && !failed_now) || reader_is_gone(fileno(stdout)))
        return MS_OK;
    return ms_fail(err, MS_ERR_IO, "cannot write the output%s%s", why ? ": " : "", why ? strerror(why) : "");
}

static int exit_code(enum ms_status st, bool incomplete)
{
    switch (st) {
    case MS_OK:
        return incomplete ? 4 : 0;
    case MS_END: /* nothing matched, which was said */
        return 1;
    case MS_ERR_USAGE:
        return 2;
    case MS_ERR_MISMATCH:
        return 5;
    case MS_ERR_CANCELLED:
        return 130;
    default:
        return 3;
    }
}

int ms_cli_run(int argc, char *const *argv)
{
    struct ms_args args;
    struct ms_error err = {{0}};
    bool incomplete = false;
    enum ms_status st = ms_args_parse(&args, argc - 1, argv + 1, &err);
    bool bad_arguments = st != MS_OK;
    if (st == MS_OK)
        st = run(&args, &incomplete, &err);
    if (st == MS_OK || st == MS_END) {
        enum ms_status flushed = flush_stdout(&err);
        st = flushed != MS_OK ? flushed : st;
    }
    if (st != MS_OK && st != MS_END)
        ms_say("%s", err.text);
    if (bad_arguments)
        ms_say("try `mailstrata %s%s--help`", ms_commands[args.command].name, args.command == MS_CMD_NONE ? "" : " ");
    ms_args_fini(&args);
    return exit_code(st, incomplete);
}
