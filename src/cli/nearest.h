/* The known word that is nearest to a mistyped one (edit distance). Thread rule: plain values. */
#ifndef MS_CLI_NEAREST_H
#define MS_CLI_NEAREST_H

#include <stddef.h>

struct ms_nearest {
    const char *word;
    size_t n;
    const char *best; /* "" until something was tried */
    size_t best_distance;
};

struct ms_nearest ms_nearest_to(const char *word, size_t n);
void ms_nearest_try(struct ms_nearest *nearest, const char *candidate); /* of equals the first stays */

/* Least number of letters put in, taken out or changed. Words are cut at 63 letters. */
size_t ms_edit_distance(const char *a, size_t n_a, const char *b, size_t n_b);

#endif
