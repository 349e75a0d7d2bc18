#include "simd/simd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simd/rows.h"

const struct ms_simd_ops *ms_simd = &ms_simd_scalar;

static const struct ms_simd_ops *const rows[] = {
#if defined(__x86_64__)
    &ms_simd_avx512, &ms_simd_avx2, &ms_simd_sse42,
#elif defined(__aarch64__)
    &ms_simd_neon,
#endif
    &ms_simd_scalar, NULL};

const struct ms_simd_ops *const *ms_simd_rows(void)
{
    return rows;
}

static const struct ms_simd_ops *row_named(const char *name)
{
    for (const struct ms_simd_ops *const *row = rows; *row; row++)
        if (strcmp((*row)->name, name) == 0)
            return *row;
    return NULL;
}

static const struct ms_simd_ops *row_best(void)
{
    const struct ms_simd_ops *const *row = rows;
    while (!(*row)->supported())
        row++; /* ends at the scalar row */
    return *row;
}

/* "avx512, avx2, sse42, scalar" */
static void names_join(char *out, size_t out_bytes)
{
    size_t used = 0;
    out[0] = '\0';
    for (const struct ms_simd_ops *const *row = rows; *row && used < out_bytes; row++)
        used += (size_t)snprintf(out + used, out_bytes - used, "%s%s", used ? ", " : "", (*row)->name);
}

bool ms_simd_select_name(const char *name, char *error, size_t error_bytes)
{
    if (name == NULL || name[0] == '\0') {
        ms_simd = row_best();
        return true;
    }
    const struct ms_simd_ops *row = row_named(name);
    if (row != NULL && row->supported()) {
        ms_simd = row;
        return true;
    }
    if (error != NULL) {
        char names[128];
        names_join(names, sizeof names);
        if (row != NULL)
            snprintf(error, error_bytes,
                     "MAILSTRATA_SIMD=%s: this machine does not support it; unset it, or use scalar", name);
        else
            snprintf(error, error_bytes, "MAILSTRATA_SIMD=%.64s is unknown; it can be one of %s", name, names);
    }
    return false;
}

bool ms_simd_select(char *error, size_t error_bytes)
{
    return ms_simd_select_name(getenv("MAILSTRATA_SIMD"), error, error_bytes);
}
