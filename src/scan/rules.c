/* Patterns whose meaning would depend on where the text is cut, or that the twin would read otherwise, are refused here. */
#include "scan/patterns.h"

#include <ctype.h>
#include <stdio.h>

const char *ms_pattern_show(const struct ms_pattern *p, char out[80])
{
    size_t used = 0;
    for (uint32_t i = 0; i < p->text_bytes; i++) {
        unsigned char c = (unsigned char)p->text[i];
        if (used > 70) {
            snprintf(out + used, 80 - used, "...");
            return out;
        }
        used += (size_t)snprintf(out + used, 80 - used, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
    }
    out[used] = '\0';
    return out;
}

static enum ms_status refuse(const struct ms_pattern *p, struct ms_error *err, const char *why)
{
    char text[80];
    return ms_fail(err, MS_ERR_USAGE, "pattern %s: %s", ms_pattern_show(p, text), why);
}

/* (?-m), (?i-ms:: flags between "(?" and ')' or ':' that switch the m off. */
static bool turns_multiline_off(const char *flags)
{
    bool off = false;
    for (; isalpha((unsigned char)*flags) || *flags == '-'; flags++) {
        off = off || *flags == '-';
        if (off && *flags == 'm')
            return true;
    }
    return false;
}

static const char *regex_fault(const char *re)
{
    if (strncmp(re, "(*", 2) == 0)
        return "verbs such as (*UTF8) are not supported: log lines are bytes, which need not be UTF-8";
    for (; *re; re++) {
        if (*re == '\\' && re[1] != '\0') {
            re++;
            if (*re == 'A' || *re == 'z' || *re == 'Z')
                return "\\A, \\z and \\Z mean nothing in a stream of lines; write ^ or $";
        } else if (strncmp(re, "(?", 2) == 0 && turns_multiline_off(re + 2)) {
            return "(?-m) means nothing in a stream of lines; ^ and $ are always the borders of a line";
        }
    }
    return NULL;
}

/* The plain engine reads regexes by the rules of POSIX, where \d, (?: and a lazy +? mean something else or nothing. */
static const char *plain_regex_fault(const char *re)
{
    bool in_class = false;
    for (; *re; re++) {
        if (in_class) {
            if (*re == '\\')
                return "the plain engine does not know \\ inside [ ]";
            in_class = *re != ']';
        } else if (*re == '\\' && isalnum((unsigned char)re[1])) {
            return "the plain engine knows \\ only before punctuation: write [0-9] for \\d";
        } else if (*re == '\\' && re[1]) {
            re++;
        } else if (strncmp(re, "(?", 2) == 0) {
            return "the plain engine does not know (?...)";
        } else if (strchr("*+?}", *re) && re[1] && strchr("*+?", re[1])) {
            return "the plain engine does not know lazy or possessive repeats";
        } else if (*re == '[') {
            in_class = true;
            re += re[1] == '^';
            re += re[1] == ']'; /* the first ] of a class is a member */
        }
    }
    return NULL;
}

enum ms_status ms_pattern_check(const struct ms_pattern *p, enum ms_scan_engine engine, struct ms_error *err)
{
    if (p->text_bytes == 0)
        return ms_fail(err, MS_ERR_USAGE, "an empty pattern would match everywhere; give it at least one byte");
    if (memchr(p->text, '\n', p->text_bytes))
        return refuse(p, err, "a line end inside a pattern can never match, because matches stay within one line");
    if (!p->is_regex)
        return MS_OK;
    if (memchr(p->text, '\0', p->text_bytes))
        return refuse(p, err, "a zero byte in a regular expression; write \\x00");
    const char *fault = regex_fault(p->text);
    if (fault == NULL && engine == MS_SCAN_PLAIN)
        fault = plain_regex_fault(p->text);
    return fault ? refuse(p, err, fault) : MS_OK;
}
