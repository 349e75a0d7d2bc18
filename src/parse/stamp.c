#include "parse/stamp.h"

#include <stdio.h>

#define US_PER_SECOND 1000000LL
#define US_PER_DAY (86400LL * US_PER_SECOND)

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

/* -1 if the two bytes are not digits. */
static int two_digits(const char *p)
{
    return is_digit(p[0]) && is_digit(p[1]) ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

/* -1 if the four bytes are not a year that a log can have. */
static int read_year(const char *p)
{
    int high = two_digits(p), low = two_digits(p + 2);
    int year = high * 100 + low;
    return high >= 0 && low >= 0 && year >= 1970 ? year : -1;
}

/* 1..12 by the first three letters in any case, else 0. */
static int read_month(const char *p)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    char lower[3] = {(char)(p[0] | 32), (char)(p[1] | 32), (char)(p[2] | 32)};
    for (int m = 0; m < 12; m++)
        if (memcmp(names + 3 * m, lower, 3) == 0)
            return m + 1;
    return 0;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool is_date(int year, int month, int day)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1)
        return false;
    return day <= lengths[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01. The year is taken to begin in March, so that the leap day is its last. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* `HH:MM:SS` in microseconds of the day; a leap second is the first of the next minute. -1 if it is not one. */
static int64_t read_clock(const char *p)
{
    int hour = two_digits(p), minute = two_digits(p + 3), second = two_digits(p + 6);
    if (p[2] != ':' || p[5] != ':' || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return -1;
    return ((hour * 60 + minute) * 60 + second) * US_PER_SECOND;
}

/* Puts the parts together; year 0 means "not told". */
static bool make_head(int year, int month, int day, int64_t us_of_day, size_t n_bytes, struct ms_stamp_head *out)
{
    int shown_year = year ? year : MS_STAMP_STAND_IN_YEAR;
    if (us_of_day < 0 || !is_date(shown_year, month, day))
        return false;
    out->us_of_day = us_of_day;
    out->us = days_of(shown_year, month, day) * US_PER_DAY + us_of_day;
    out->n_bytes = (uint8_t)n_bytes;
    out->month = (uint8_t)month;
    out->day = (uint8_t)day;
    out->has_year = year != 0;
    out->is_iso = false;
    return true;
}

/* `2024-05-01T12:34:56`; `2024:05:01-12:34:56` is the same with other signs. */
static bool read_iso_head(struct ms_span t, char date_sign, struct ms_stamp_head *out)
{
    if (t.n < 19 || t.p[4] != date_sign || t.p[7] != date_sign)
        return false;
    char sign = t.p[10];
    if (date_sign == '-' ? sign != 'T' && sign != 't' && sign != ' ' : sign != '-')
        return false;
    int year = read_year(t.p);
    if (year < 0 || !make_head(year, two_digits(t.p + 5), two_digits(t.p + 8), read_clock(t.p + 11), 19, out))
        return false;
    out->is_iso = true;
    return true;
}

/* `Nov  3 10:00:00` or `Nov  3 2024 10:00:00`; `year` (0: none) was read in front, `at` bytes of it. */
static bool read_month_head(struct ms_span t, size_t at, int year, struct ms_stamp_head *out)
{
    const size_t clock_bytes = 8;
    if (t.n < at + sizeof "Nov 3 " - 1 + clock_bytes)
        return false;
    int month = read_month(t.p + at);
    if (month == 0 || t.p[at + 3] != ' ')
        return false;
    at += 4;
    at += t.p[at] == ' ';
    int day = 0;
    for (int i = 0; i < 2 && is_digit(t.p[at]); i++)
        day = day * 10 + (t.p[at++] - '0');
    if (t.p[at++] != ' ')
        return false;
    if (year == 0 && t.n >= at + 5 + clock_bytes && t.p[at + 4] == ' ') {
        year = read_year(t.p + at);
        if (year < 0)
            return false;
        at += 5;
    }
    if (t.n < at + clock_bytes || at + clock_bytes > MS_STAMP_HEAD_MAX)
        return false;
    return make_head(year, month, day, read_clock(t.p + at), at + clock_bytes, out);
}

static bool read_head(struct ms_span t, struct ms_stamp_head *out)
{
    if (t.n < sizeof "Nov 3 10:00:00" - 1)
        return false;
    if (!is_digit(t.p[0]))
        return read_month_head(t, 0, 0, out);
    if (t.p[4] != ' ')
        return read_iso_head(t, t.p[4] == ':' ? ':' : '-', out);
    int year = read_year(t.p);
    return year >= 0 && read_month_head(t, 5, year, out);
}

/* `.123456` or `,123`; none is 0. False: more digits than anybody writes. */
static bool read_fraction(struct ms_span t, uint32_t *at, int64_t *us)
{
    static const uint32_t units[] = {1000000, 100000, 10000, 1000, 100, 10, 1}; /* of the last digit, in microseconds */
    uint32_t i = *at, value = 0, n_digits = 0;
    *us = 0;
    if (i >= t.n || (t.p[i] != '.' && t.p[i] != ','))
        return true;
    for (i++; i < t.n && is_digit(t.p[i]) && n_digits < 6; i++, n_digits++)
        value = value * 10 + (uint32_t)(t.p[i] - '0');
    *us = (int64_t)value * units[n_digits];
    for (; i < t.n && is_digit(t.p[i]); i++)
        n_digits++;
    *at = i;
    return n_digits <= 9;
}

/* `Z`, `+02:00`, `+0200`, `+02`, or nothing. */
static bool read_offset(struct ms_span t, uint32_t *at, int64_t *us, uint8_t *has_year)
{
    *us = 0;
    if (*at >= t.n || t.p[*at] == ' ' || t.p[*at] == '\t')
        return true;
    *has_year = MS_STAMP_WHOLE;
    char sign = t.p[*at];
    if (sign == 'Z' || sign == 'z') {
        ++*at;
        return true;
    }
    if ((sign != '+' && sign != '-') || t.n - *at < 3)
        return false;
    int hours = two_digits(t.p + *at + 1), minutes = 0;
    *at += 3;
    *at += *at < t.n && t.p[*at] == ':';
    if (t.n - *at >= 2 && is_digit(t.p[*at])) {
        minutes = two_digits(t.p + *at);
        *at += 2;
    }
    if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59)
        return false;
    *us = (hours * 60 + minutes) * 60 * US_PER_SECOND * (sign == '-' ? -1 : 1);
    return true;
}

/* ` 2024` behind `Nov  3 10:00:00`. A host of four digits would look the same and is rarer. */
static bool read_trailing_year(struct ms_span t, const struct ms_stamp_head *head, uint32_t *at, struct ms_stamp *out)
{
    if (t.n - *at < 6 || t.p[*at] != ' ' || !is_digit(t.p[*at + 1]) || t.p[*at + 5] != ' ')
        return true;
    int year = read_year(t.p + *at + 1);
    if (year < 0)
        return true;
    if (!is_date(year, head->month, head->day))
        return false;
    *at += 5;
    out->us = days_of(year, head->month, head->day) * US_PER_DAY + head->us_of_day;
    out->has_year = MS_STAMP_LOCAL;
    return true;
}

static bool finish(const struct ms_stamp_head *head, struct ms_span t, struct ms_stamp *out)
{
    struct ms_stamp s = {.us = head->us, .has_year = head->has_year ? MS_STAMP_LOCAL : MS_STAMP_OPEN};
    uint32_t at = head->n_bytes;
    int64_t fraction_us = 0, offset_us = 0;
    if (!read_fraction(t, &at, &fraction_us))
        return false;
    if (head->is_iso && !read_offset(t, &at, &offset_us, &s.has_year))
        return false;
    if (!head->has_year && !read_trailing_year(t, head, &at, &s))
        return false;
    if (at < t.n && t.p[at] != ' ' && t.p[at] != '\t')
        return false;
    s.us += fraction_us - offset_us;
    s.n_bytes = at;
    *out = s;
    return true;
}

/* Of six digits behind the head; 0: there are not just six. */
static uint8_t open_fraction_at(const struct ms_stamp_head *head, const struct ms_span t, const struct ms_stamp *s)
{
    uint32_t at = head->n_bytes, n = 0;
    if (at == s->n_bytes || (t.p[at] != '.' && t.p[at] != ','))
        return 0;
    while (at + 1 + n < s->n_bytes && is_digit(t.p[at + 1 + n]))
        n++;
    return n == 6 ? (uint8_t)(at + 1) : 0;
}

/* For ms_stamp_known. Always true. */
static bool remember_whole(struct ms_stamp_memo *memo, struct ms_span t, const struct ms_stamp *s)
{
    if (t.n < MS_STAMP_KNOWN_BYTES || s->n_bytes >= MS_STAMP_WHOLE_MAX || t.p[s->n_bytes] != ' ' ||
        ms_stamp_is_whole(&memo->wholes[0], t.p) || ms_stamp_is_whole(&memo->wholes[1], t.p))
        return true;
    struct ms_stamp_whole *w = &memo->wholes[memo->older];
    memo->older ^= 1;
    memcpy(w->text, t.p, sizeof w->text);
    w->blank_at = (uint8_t)s->n_bytes; /* of one at 32, the text ends before it */
    w->open = s->n_bytes < 31 ? UINT32_MAX << (s->n_bytes + 1) : 0;
    w->has_year = s->has_year;
    w->us = s->us;
    w->fraction_at = open_fraction_at(&memo->head, t, s);
    if (w->fraction_at) {
        uint32_t fraction;
        (void)ms_word_digits(ms_load8(t.p + w->fraction_at) << 16 | MS_EACH_BYTE('0') >> 48, &fraction);
        w->us -= fraction;
        w->open |= 63u << w->fraction_at;
    }
    w->serial = w->fraction_at ? 0 : ++memo->n_serials;
    return true;
}

void ms_stamp_memo_renew(struct ms_stamp_memo *memo)
{
    for (unsigned i = 0; i < 2; i++)
        if (memo->wholes[i].serial != 0)
            memo->wholes[i].serial = ++memo->n_serials;
}

bool ms_stamp_read(struct ms_stamp_memo *memo, struct ms_span text, struct ms_stamp *out)
{
    if (memo != NULL && text.n >= MS_STAMP_HEAD_MAX && ms_stamp_same_head(memo, text.p))
        return finish(&memo->head, text, out) && remember_whole(memo, text, out);
    struct ms_stamp_head head;
    if (!read_head(text, &head))
        return false;
    if (memo != NULL) {
        memo->head = head;
        memcpy(memo->text, text.p, head.n_bytes);
        return finish(&head, text, out) && remember_whole(memo, text, out);
    }
    return finish(&head, text, out);
}

size_t ms_stamp_format(int64_t us, char out[MS_STAMP_TEXT_MAX])
{
    int64_t us_of_day = us % US_PER_DAY, days = us / US_PER_DAY;
    if (us_of_day < 0) {
        us_of_day += US_PER_DAY;
        days--;
    }
    int64_t shifted = days + 719468; /* days since 0000-03-01, the inverse of days_of */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (int)((5 * day_of_year + 2) / 153);
    int day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    month += month < 10 ? 3 : -9;
    int64_t year = year_of_era + era * 400 + (month <= 2);
    int second = (int)(us_of_day / US_PER_SECOND);
    int n = snprintf(out, MS_STAMP_TEXT_MAX, "%04lld-%02d-%02dT%02d:%02d:%02d.%06dZ", (long long)year, month, day,
                     second / 3600, second / 60 % 60, second % 60, (int)(us_of_day % US_PER_SECOND));
    return (size_t)n;
}
