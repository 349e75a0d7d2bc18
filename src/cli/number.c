#include "cli/number.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* Power of two of a suffix; -1 if it is none. */
static int shift_of(const char *suffix)
{
    static const char letters[] = "KMGT";
    if (suffix[0] == '\0')
        return 0;
    const char *at = strchr(letters, toupper((unsigned char)suffix[0]));
    return at != NULL && suffix[1] == '\0' ? 10 * (int)(at - letters + 1) : -1;
}

enum ms_status ms_number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out, struct ms_error *err)
{
    uint64_t value = 0;
    bool too_big = false;
    const char *at = text;
    for (; isdigit((unsigned char)*at); at++)
        too_big |=
            __builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value);
    int shift = at == text ? -1 : shift_of(at);
    if (shift < 0)
        return ms_fail(err, MS_ERR_USAGE, "'%s' is no number (digits, then perhaps K, M, G or T)", text);
    too_big |= __builtin_mul_overflow(value, (uint64_t)1 << shift, &value);
    if (too_big || value < min || value > max)
        return ms_fail(err, MS_ERR_USAGE, "%s is out of range: %" PRIu64 " to %" PRIu64, text, min, max);
    *out = value;
    return MS_OK;
}

static bool two_digits(const char *p, int *out)
{
    if (!isdigit((unsigned char)p[0]) || !isdigit((unsigned char)p[1]))
        return false;
    *out = (p[0] - '0') * 10 + (p[1] - '0');
    return true;
}

static bool parse_offset(const char *text, int *offset_seconds)
{
    int hours = 0, minutes = 0;
    if ((text[0] != '+' && text[0] != '-') || !two_digits(text + 1, &hours))
        return false;
    const char *rest = text + 3;
    if (*rest == ':')
        rest++;
    if (rest[0] != '\0' && !(two_digits(rest, &minutes) && rest[2] == '\0'))
        return false;
    if ((rest[0] == '\0' && rest != text + 3) || minutes > 59 || hours * 60 + minutes > 14 * 60)
        return false;
    *offset_seconds = (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
    return true;
}

enum ms_status ms_zone_parse(const char *text, int *offset_seconds, struct ms_error *err)
{
    if (strcmp(text, "UTC") == 0 || strcmp(text, "Z") == 0) {
        *offset_seconds = 0;
        return MS_OK;
    }
    if (parse_offset(text, offset_seconds))
        return MS_OK;
    return ms_fail(err, MS_ERR_USAGE,
                   "'%s' is no zone that this version knows: UTC, or a fixed offset such as +01:00 or -0500", text);
}
