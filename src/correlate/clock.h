/* Time, made whole: years for stamps that have none, and the effective time of each host (DESIGN 3).
 *
 * The effective second of a line is the running maximum of its host's stamps in canonical order; a lone stamp far in the
 * future does not advance it. A source that runs beside one that was read before has a clock of its own for the host, until it
 * has caught up (docs/decisions/0020-side-by-side.md). It needs all lines before, so segments pass here in order: ms_clock_enter waits for its turn.
 * The pass is less than a nanosecond a line; everything dear happens before (parsing) or after (folding), in parallel.
 * Thread rule: enter, pass and leave from any worker; the turn is the lock. */
#ifndef MS_CORRELATE_CLOCK_H
#define MS_CORRELATE_CLOCK_H

#include <pthread.h>
#include <stddef.h>

#include "correlate/begins.h"
#include "correlate/zone.h"
#include "parse/event.h"

#define MS_CLOCK_NEVER INT64_MIN

struct ms_clock_file {              /* how stamps of a file become times; set before the run, moves on with the lines */
    bool year_known;                /* else times stay in stand-in years and are NULL in the dataset */
    int year;                       /* of the first line that has no year in its stamp */
    int64_t offset_us;              /* local minus UTC, for stamps without zone of hosts whose zone is not known */
    int64_t reference_us;           /* time of the last trusted line without year; MS_CLOCK_NEVER before the first */
    int64_t local_us;               /* time of the last line that has a year and no zone; likewise */
    int64_t doubtful_us;            /* a jump that the next line must confirm */
    int64_t back_from_s, back_to_s; /* where a host's stamps without year went back by more than a day, the first time;
                                       MS_CLOCK_NEVER */
    int32_t *days; /* since 1970, local, sorted: days that IDs in the file tell; NULL: none do. Owned */
    size_t n_days;
    const struct ms_zone
        *told; /* zone of all its stamps that have none, whatever their hosts; NULL: nothing is told. Borrowed */
};

struct ms_clock_host {
    int64_t now_s;                 /* effective second; MS_CLOCK_NEVER: no line yet */
    int64_t doubtful_s;            /* a far future stamp that the next line must confirm */
    int64_t own_s, own_doubtful_s; /* the same of the file, while it is beside others */
    int64_t before_s;              /* now_s when the file began to speak of it */
    uint32_t file_id,
        is_beside; /* of its last line; a file that runs beside those before, and is not up with them yet */
};

struct ms_clock {
    pthread_mutex_t lock;
    pthread_cond_t turned;
    uint64_t turn; /* number of the segment that may pass */
    bool cancelled;
    struct ms_clock_file *files;
    size_t n_files;
    struct ms_clock_host *hosts;
    size_t n_hosts, cap_hosts;
    struct ms_zone *
        *zones; /* by host, for stamps without zone; NULL: see the file's offset. Set before the run; owned */
    size_t n_zones;
    struct ms_begins begins; /* set before the run */
    uint32_t file_id;        /* of the last segment that has passed */
};

struct ms_clock_window {      /* what a segment knows of its hosts' clocks */
    int64_t *start_s, *end_s; /* by host_id; start MS_CLOCK_NEVER: this host had no line before */
    uint32_t *stamp;          /* which entries are of this segment */
    bool *beside;    /* by host_id: lines of other files, read before or after, stand between those of the segment */
    size_t n_beside; /* hosts of the segment of which that is so */
    size_t cap;
    uint32_t mark;
    uint32_t *touched;
    size_t n_touched, cap_touched;
};

void ms_clock_init(struct ms_clock *c, size_t n_files);
void ms_clock_fini(struct ms_clock *c);

/* Waits for the turn of segment `number`; false if the run was cancelled. */
bool ms_clock_enter(struct ms_clock *c, uint64_t number);
/* Settles time_us and eff_s of the stamps of one segment (without a stamp they are left alone); between enter and leave. Takes
 * each stamp once for all its lines; where time jumps, and the order of all lines matters, every line gets a stamp of its
 * own first, as _plain, the twin, always does. */
void ms_clock_pass(struct ms_clock *c, uint32_t file_id, struct ms_stamps *stamps, size_t n_lines,
                   struct ms_clock_window *w);
void ms_clock_pass_plain(struct ms_clock *c, uint32_t file_id, struct ms_stamps *stamps, size_t n_lines,
                         struct ms_clock_window *w);
void ms_clock_leave(struct ms_clock *c);
void ms_clock_cancel(struct ms_clock *c); /* wakes all who wait */

/* Effective second of a host after everything passed so far; for the seal, when no segment is under way. */
int64_t ms_clock_now(const struct ms_clock *c, uint32_t host_id);
/* The same, but no later than what a source that is still to be read, or read on, may have to say of the host: lines up to this
 * second are all there. */
int64_t ms_clock_settled(const struct ms_clock *c, uint32_t host_id);

static inline int64_t ms_clock_start(const struct ms_clock_window *w, uint32_t host_id)
{
    return w->start_s[host_id];
}
static inline int64_t ms_clock_end(const struct ms_clock_window *w, uint32_t host_id)
{
    return w->end_s[host_id];
}
static inline bool ms_clock_is_beside(const struct ms_clock_window *w, uint32_t host_id)
{
    return w->n_beside > 0 && w->beside[host_id];
}
void ms_clock_window_fini(struct ms_clock_window *w);

/* UTC of a local time in that file, and back. Of an hour that was there twice, the one nearer to `near_us` (MS_CLOCK_NEVER: the
 * first one), and *is_double is set. */
int64_t ms_clock_utc_us(const struct ms_clock *c, const struct ms_clock_file *file, uint32_t host_id, int64_t local_us,
                        int64_t near_us, bool *is_double);
int64_t ms_clock_offset_us(const struct ms_clock *c, const struct ms_clock_file *file, uint32_t host_id, int64_t t);

/* A stamp of the stand-in year 2000 moved to `year` (29 February of a year that has none becomes 1 March). */
int64_t ms_clock_in_year(int64_t stamp_us, int year);

#endif
