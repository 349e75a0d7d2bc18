/* streamgen: the generator as a program. The stream goes to stdout or to -o FILE. */
#include "support/streamgen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: streamgen [-o FILE] [--truth FILE] [--seed N] [--mails N | --bytes SIZE] [--cut]\n"
                            "  [--hosts N] [--form rfc3164|rfc3339|mixed] [--ids short|long|both] [--start "
                            "UNIX_SECONDS] [--rate MAILS_PER_SECOND]\n"
                            "  [--mails-per-session 1..8] [--distinct low|high] [--pid-reuse] [--hostile]\n"
                            "  [--reuse R] [--late R] [--swap R] [--abort R] [--deferred R] [--bounces R] [--rejects "
                            "R] [--local R] [--hops R]\n"
                            "  [--tls R] [--logins R] [--client-tls R] [--other R]\n"
                            "R is a share from 0 to 1; SIZE may end in K, M or G. streamgen.h says what each means.\n";

static bool to_file(void *user, const char *text, size_t bytes)
{
    return fwrite(text, 1, bytes, user) == bytes;
}

static void die(const char *what, const char *value)
{
    fprintf(stderr, "streamgen: %s: %s\n%s", what, value, usage);
    exit(2);
}

static uint64_t number(const char *name, const char *s)
{
    static const char units[] = "KMG";
    char *end;
    errno = 0;
    uint64_t v = strtoull(s, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (unit) {
        v <<= 10 * (unit - units + 1);
        end++;
    }
    if (end == s || *end || errno)
        die(name, s);
    return v;
}

static int choice(const char *name, const char *s, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], s) == 0)
            return i;
    die(name, s);
    return 0;
}

static bool rate_option(struct streamgen_options *o, const char *name, const char *value)
{
    const struct {
        const char *name;
        double *share;
    } rates[] = {{"--reuse", &o->reuse},
                 {"--late", &o->late},
                 {"--swap", &o->swap},
                 {"--abort", &o->abort},
                 {"--deferred", &o->deferred},
                 {"--bounces", &o->bounces},
                 {"--rejects", &o->rejects},
                 {"--local", &o->local},
                 {"--hops", &o->hops},
                 {"--tls", &o->tls},
                 {"--other", &o->other},
                 {"--logins", &o->logins},
                 {"--client-tls", &o->client_tls}};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        if (strcmp(name, rates[i].name) == 0) {
            char *end;
            *rates[i].share = strtod(value, &end);
            if (end == value || *end || !(*rates[i].share >= 0 && *rates[i].share <= 1))
                die(name, value);
            return true;
        }
    return false;
}

static void value_option(struct streamgen_options *o, const char *name, const char *value)
{
    static const char *const forms[] = {"rfc3164", "rfc3339", "mixed", NULL}, *const ids[] = {"short", "long", "both",
                                                                                              NULL};
    static const char *const distinct[] = {"low", "high", NULL};
    if (rate_option(o, name, value))
        return;
    if (strcmp(name, "--seed") == 0)
        o->seed = number(name, value);
    else if (strcmp(name, "--mails") == 0)
        o->mails = number(name, value);
    else if (strcmp(name, "--bytes") == 0)
        o->bytes = number(name, value);
    else if (strcmp(name, "--hosts") == 0)
        o->hosts = (int)number(name, value);
    else if (strcmp(name, "--form") == 0)
        o->form = (enum streamgen_form)choice(name, value, forms);
    else if (strcmp(name, "--ids") == 0)
        o->ids = (enum streamgen_ids)choice(name, value, ids);
    else if (strcmp(name, "--start") == 0)
        o->start = (int64_t)number(name, value);
    else if (strcmp(name, "--rate") == 0)
        o->rate = strtod(value, NULL);
    else if (strcmp(name, "--mails-per-session") == 0)
        o->mails_per_session = (int)number(name, value);
    else if (strcmp(name, "--distinct") == 0)
        o->distinct_high = choice(name, value, distinct) == 1;
    else
        die("unknown option", name);
}

int main(int argc, char **argv)
{
    struct streamgen_options o;
    const char *out_name = NULL, *truth_name = NULL;
    streamgen_defaults(&o);
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(name, "--cut") == 0 || strcmp(name, "--pid-reuse") == 0 || strcmp(name, "--hostile") == 0) {
            bool *flag = name[2] == 'c' ? &o.cut : name[2] == 'p' ? &o.pid_reuse : &o.hostile;
            *flag = true;
            continue;
        }
        if (!value)
            die("option without value", name);
        i++;
        if (strcmp(name, "-o") == 0)
            out_name = value;
        else if (strcmp(name, "--truth") == 0)
            truth_name = value;
        else
            value_option(&o, name, value);
    }
    if (o.mails == 0 && o.bytes == 0)
        o.mails = 1000;
    if (o.hosts < 1 || o.hosts > 64 || o.mails_per_session < 1 || o.mails_per_session > 8 || !(o.rate > 0))
        die("out of range", "--hosts 1..64, --mails-per-session 1..8, --rate > 0");
    FILE *out = out_name ? fopen(out_name, "wb") : stdout, *truth = truth_name ? fopen(truth_name, "wb") : NULL;
    if (!out || (truth_name && !truth)) {
        fprintf(stderr, "streamgen: %s: %s\n", out ? truth_name : out_name, strerror(errno));
        return 3;
    }
    bool ok = streamgen_run(&o, to_file, out, truth);
    ok &= fclose(out) == 0;
    if (truth)
        ok &= fclose(truth) == 0;
    if (!ok)
        fprintf(stderr, "streamgen: could not write everything\n");
    return ok ? 0 : 3;
}
