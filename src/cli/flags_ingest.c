#include "cli/flags_ingest.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/number.h"

/* ZONE or PATH=ZONE: no zone has a = in its name. */
enum ms_status ms_ingest_apply_zone(struct ms_args *args, const char *value, struct ms_error *err)
{
    const char *equals = strrchr(value, '='), *zone = equals != NULL ? equals + 1 : value;
    struct ms_told_zone told = {.text = value};
    int offset_seconds;
    if (equals == value)
        return ms_fail(err, MS_ERR_USAGE, "'%s' has no path in front of the =", value);
    if (ms_zone_parse(zone, &offset_seconds, NULL) == MS_OK) {
        ms_told_zone_fixed(&told, offset_seconds);
    } else {
        enum ms_status st = ms_told_zone_named(&told, zone, err);
        if (st != MS_OK)
            return st;
    }
    told.path = equals != NULL ? ms_sprintf("%.*s", (int)(equals - value), value) : NULL;
    args->zones = ms_realloc(args->zones, (args->n_zones + 1) * sizeof *args->zones);
    args->zones[args->n_zones++] = told;
    return MS_OK;
}

enum ms_status ms_ingest_apply_memory(struct ms_args *args, const char *value, struct ms_error *err)
{
    return ms_number_parse(value, 1, (uint64_t)1 << 50, &args->memory_bytes, err);
}

enum ms_status ms_ingest_apply_host(struct ms_args *args, const char *value, struct ms_error *err)
{
    args->host = value;
    return *value != '\0' ? MS_OK : ms_fail(err, MS_ERR_USAGE, "the name of the host is empty");
}

enum ms_status ms_ingest_apply_host_map(struct ms_args *args, const char *value, struct ms_error *err)
{
    args->host_map = value;
    return *value != '\0' ? MS_OK : ms_fail(err, MS_ERR_USAGE, "the name of the file is empty");
}

enum ms_status ms_ingest_apply_patterns(struct ms_args *args, const char *value, struct ms_error *err)
{
    args->ingest_patterns = value;
    return *value != '\0' ? MS_OK : ms_fail(err, MS_ERR_USAGE, "the name of the file is empty");
}

enum ms_status ms_ingest_apply_reasons(struct ms_args *args, const char *value, struct ms_error *err)
{
    args->reasons = value;
    return *value != '\0' ? MS_OK : ms_fail(err, MS_ERR_USAGE, "the name of the table is empty");
}
