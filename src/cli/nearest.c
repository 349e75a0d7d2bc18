#include "cli/nearest.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 63 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

size_t ms_edit_distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t row[LONGEST + 1]; /* distances of a's first i letters to b's first j */
    n_a = n_a < LONGEST ? n_a : LONGEST;
    n_b = n_b < LONGEST ? n_b : LONGEST;
    for (size_t j = 0; j <= n_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[n_b];
}

struct ms_nearest ms_nearest_to(const char *word, size_t n)
{
    return (struct ms_nearest){word, n, "", SIZE_MAX};
}

void ms_nearest_try(struct ms_nearest *nearest, const char *candidate)
{
    size_t distance = ms_edit_distance(nearest->word, nearest->n, candidate, strlen(candidate));
    if (distance < nearest->best_distance) {
        nearest->best_distance = distance;
        nearest->best = candidate;
    }
}
