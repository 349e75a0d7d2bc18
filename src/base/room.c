#include "base/room.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/spool.h"
#include "base/status.h"

/* Smaller ones are always malloc's: places in the file are whole pages, and of few sizes, so that they can be used again. */
enum { SMALLEST = 1 << 16, STEP = 1 << 16 };
#define LARGEST_FILE ((size_t)1 << 40) /* addresses, not memory; less where so many are not to be had */
enum { LOOK_NS = 20000000, KEEP_SHARE = 8, KEEP_BYTES = 64 << 20 };

struct head {
    size_t n_bytes; /* of it all; in the file: of its place */
    bool in_file;
};
_Static_assert(sizeof(struct head) <= MS_ROOM_HEAD_BYTES, "the head fits");

struct hole {
    size_t offset, n_bytes;
};

static struct {
    atomic_size_t malloced_bytes, limit_bytes; /* limit_bytes 0: there is no file */
    size_t resident_bytes;
    int dir_fd;
    pthread_mutex_t lock; /* all below */
    int fd;
    char *base; /* NULL: the file is not made yet */
    size_t mapped_bytes;
    atomic_size_t end; /* of the file */
    struct hole *holes;
    size_t n_holes, cap_holes;
    pthread_t watcher;
    atomic_bool is_over;
} room = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

/* ---- giving pages back ---- */

struct resident {
    size_t all, shared; /* shared: with files */
};

static struct resident look(FILE *statm)
{
    struct resident r = {0, 0};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    rewind(statm);
    if (fscanf(statm, "%*u %zu %zu", &r.all, &r.shared) != 2)
        return (struct resident){0, 0};
    r.all *= page;
    r.shared *= page;
    return r;
}

/* What others wrote to a page stays: it is the file's. */
static void *watch(void *arg)
{
    (void)arg;
    const struct timespec pause = {.tv_nsec = LOOK_NS};
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm != NULL)
        setvbuf(statm, NULL, _IONBF, 0); /* or it is read but once */
    size_t keep = room.resident_bytes / KEEP_SHARE > KEEP_BYTES ? room.resident_bytes / KEEP_SHARE : KEEP_BYTES;
    while (statm != NULL && !room.is_over) {
        struct resident r = look(statm);
        if (r.all > room.resident_bytes && r.shared > keep)
            madvise(room.base, room.end, MADV_DONTNEED);
        nanosleep(&pause, NULL);
    }
    if (statm != NULL)
        fclose(statm);
    return NULL;
}

/* ---- the file; the caller has the lock ---- */

static bool make_file(void)
{
    if (room.base != NULL)
        return true;
    if (room.fd < 0)
        room.fd = ms_spool_file(room.dir_fd);
    for (room.mapped_bytes = LARGEST_FILE; room.mapped_bytes >= (size_t)1 << 30 && room.fd >= 0;
         room.mapped_bytes /= 4) {
        void *p = mmap(NULL, room.mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, room.fd, 0);
        if (p == MAP_FAILED)
            continue;
        room.base = p;
        room.is_over = false;
        if (pthread_create(&room.watcher, NULL, watch, NULL) != 0)
            room.is_over = true; /* the system gives pages back, too, only later */
        return true;
    }
    room.limit_bytes = 0; /* no file, or few addresses (ulimit -v): memory has to do */
    return false;
}

static size_t place_bytes(size_t n)
{
    size_t step = STEP;
    while (step * 16 < n) /* at most an eighth too much */
        step *= 2;
    return (n + step - 1) / step * step;
}

static bool find_hole(size_t n, size_t *offset)
{
    for (size_t i = 0; i < room.n_holes; i++)
        if (room.holes[i].n_bytes == n) {
            *offset = room.holes[i].offset;
            room.holes[i] = room.holes[--room.n_holes];
            return true;
        }
    return false;
}

/* Room on the disk is taken at once, as nobody can be told of a full one by a write to memory, and kept: to give it back and take it
 * again costs more than a stripe is worth where stripes are small. */
static void *place_new(size_t n, bool *is_zeroed)
{
    size_t offset;
    int error;
    if (!make_file())
        return NULL;
    *is_zeroed = !find_hole(n, &offset);
    if (!*is_zeroed)
        return room.base + offset;
    if (n > room.mapped_bytes - room.end)
        return NULL;
    offset = room.end;
    while ((error = posix_fallocate(room.fd, (off_t)offset, (off_t)n)) == EINTR)
        ;
    if (error != 0) { /* who writes a part, or a spool, will say it */
        room.limit_bytes = 0;
        return NULL;
    }
    room.end += n;
    return room.base + offset;
}

static void place_free(char *p, size_t n)
{
    size_t offset = (size_t)(p - room.base);
    room.holes = ms_grow(room.holes, &room.cap_holes, room.n_holes + 1, sizeof *room.holes);
    room.holes[room.n_holes++] = (struct hole){offset, n};
}

static void *in_file(size_t n, bool wants_zeroes)
{
    size_t n_used = n;
    bool is_zeroed = true;
    n = place_bytes(n);
    pthread_mutex_lock(&room.lock);
    struct head *h = room.limit_bytes > 0 ? place_new(n, &is_zeroed) : NULL;
    pthread_mutex_unlock(&room.lock);
    if (h == NULL)
        return NULL;
    if (wants_zeroes && !is_zeroed)
        memset(h, 0, n_used);
    *h = (struct head){n, true};
    return (char *)h + MS_ROOM_HEAD_BYTES;
}

/* ---- for everybody ---- */

static void *allocate(size_t n, bool is_zeroed)
{
    n += MS_ROOM_HEAD_BYTES;
    size_t limit = room.limit_bytes;
    if (limit > 0 && n >= SMALLEST && room.malloced_bytes + n > limit) {
        void *p = in_file(n, is_zeroed);
        if (p != NULL)
            return p;
    }
    struct head *h = is_zeroed ? ms_calloc(1, n) : ms_malloc(n);
    room.malloced_bytes += n;
    *h = (struct head){n, false};
    return (char *)h + MS_ROOM_HEAD_BYTES;
}

void *ms_room_alloc(size_t n)
{
    return allocate(n, false);
}

void *ms_room_calloc(size_t n, size_t item_bytes)
{
    return allocate(n * item_bytes, true);
}

void ms_room_free(void *p)
{
    if (p == NULL)
        return;
    struct head *h = (struct head *)(void *)((char *)p - MS_ROOM_HEAD_BYTES);
    if (!h->in_file) {
        room.malloced_bytes -= h->n_bytes;
        free(h);
        return;
    }
    pthread_mutex_lock(&room.lock);
    place_free((char *)h, h->n_bytes);
    pthread_mutex_unlock(&room.lock);
}

void *ms_room_grow_now(void *p, size_t *cap, size_t want, size_t item_bytes)
{
    size_t n = *cap ? *cap : 16;
    while (n < want)
        n *= 2;
    void *more = ms_room_alloc(n * item_bytes);
    if (p != NULL)
        memcpy(more, p, *cap * item_bytes);
    ms_room_free(p);
    *cap = n;
    return more;
}

void ms_room_begin(int dir_fd, size_t in_memory_bytes, size_t resident_bytes)
{
    MS_ASSERT(room.limit_bytes == 0 && room.base == NULL);
    room.dir_fd = dir_fd;
    room.resident_bytes = resident_bytes;
    room.limit_bytes = in_memory_bytes > 0 ? in_memory_bytes : 1;
}

void ms_room_end(void)
{
    room.limit_bytes = 0;
    if (room.base != NULL) {
        if (!atomic_exchange(&room.is_over, true))
            pthread_join(room.watcher, NULL);
        munmap(room.base, room.mapped_bytes);
    }
    if (room.fd >= 0)
        close(room.fd);
    free(room.holes);
    room.holes = NULL;
    room.n_holes = room.cap_holes = 0;
    room.base = NULL;
    room.fd = -1;
    room.end = 0;
}

uint64_t ms_room_file_bytes(void)
{
    return room.end;
}
