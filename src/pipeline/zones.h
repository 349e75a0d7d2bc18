/* Zones of hosts whose stamps have none, from what else their lines tell of the time: queue IDs hold seconds of UTC, and so do some
 * message-ids and qmail's own stamps. A host's clock shows UTC and a multiple of a quarter of an hour, and may go over to another
 * one (docs/decisions/0015-zones-from-ids.md). Depends on the votes alone, not on their order. Thread rule: one thread. */
#ifndef MS_PIPELINE_ZONES_H
#define MS_PIPELINE_ZONES_H

#include "correlate/zone.h"
#include "parse/parse.h"

struct
    ms_zone_vote { /* a line of the host was written soon after told_us, and its clock showed so many quarters more */
    int64_t told_us;
    uint32_t host_id;
    int32_t quarters;
};

struct ms_zone_record { /* what the votes of a piece of a file come to */
    int64_t first_us, last_us;
    uint32_t host_id, n_votes;
    int32_t quarters;
};

struct ms_zones {
    struct ms_zone_vote *votes; /* of the piece that is looked at */
    struct ms_zone_record *records;
    size_t n_votes, cap_votes, n_records, cap_records;
};

/* A line whose stamp reads `local_us` was written at told_us, or some time after. */
void ms_zones_vote(struct ms_zones *z, uint32_t host_id, int64_t local_us, int64_t told_us);
void ms_zones_end_piece(struct ms_zones *z);

/* When all pieces were looked at, and names are joined: the zone of each host, room for ms_names_n_hosts; NULL: not known. The
 * caller frees them. */
struct ms_zone **ms_zones_make(struct ms_zones *z, const struct ms_names *names, uint32_t no_host_id);
void ms_zones_fini(struct ms_zones *z);

#endif
