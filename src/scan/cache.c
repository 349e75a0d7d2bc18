/* Compiled databases on disk: compiling some thousand patterns takes seconds, loading them milliseconds.
 *
 *   header (struct header) | n bytes blocks_db | n bytes line_db
 *
 * The file is named by a hash over all that makes the databases: patterns, flags, Hyperscan's version, the kind of machine. A
 * file is believed only if it belongs to us or root, nobody else may write it, and magic, key, sizes and checksum hold. */
#include "scan/patterns.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buffer.h"

#define MAGIC "MSHSDB1"

struct header {
    char magic[8];
    unsigned char key[16];
    uint64_t db_bytes[2]; /* blocks_db, line_db (0: none) */
    uint64_t checksum;    /* XXH3-64 of all that follows */
};

static void key_number(XXH3_state_t *h, uint64_t v)
{
    XXH3_128bits_update(h, &v, sizeof v);
}

static void key_bytes(XXH3_state_t *h, const void *p, size_t n)
{
    key_number(h, n); /* so that "ab" + "c" is not "a" + "bc" */
    XXH3_128bits_update(h, p, n);
}

static bool key_make(const struct ms_patterns *p, unsigned char key[16])
{
    hs_platform_info_t machine = {0};
    XXH3_state_t *h = XXH3_createState();
    if (h == NULL || hs_populate_platform(&machine) != HS_SUCCESS) {
        XXH3_freeState(h);
        return false;
    }
    XXH3_128bits_reset(h);
    key_bytes(h, MAGIC, sizeof MAGIC);
    key_bytes(h, hs_version(), strlen(hs_version()));
    key_number(h, machine.tune);
    key_number(h, machine.cpu_features);
    for (size_t i = 0; i < p->n; i++) {
        key_number(h, (unsigned)p->items[i].is_regex | (unsigned)p->items[i].caseless << 1);
        key_bytes(h, p->items[i].text, p->items[i].text_bytes);
    }
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(h));
    memcpy(key, &canonical, 16);
    XXH3_freeState(h);
    return true;
}

static char *path_make(const char *cache_dir, const unsigned char key[16])
{
    char hex[33];
    for (int i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", key[i]);
    return ms_sprintf("%s/patterns-%s.hsdb", cache_dir, hex);
}

static bool read_all(int fd, void *p, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = read(fd, (char *)p + done, n - done);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static bool write_all(int fd, const void *p, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t put = write(fd, (const char *)p + done, n - done);
        if (put <= 0)
            return false;
        done += (size_t)put;
    }
    return true;
}

/* The bytes behind a header that holds, in malloc'd memory; NULL if any check fails. */
static char *payload_read(int fd, const unsigned char key[16], struct header *h)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0) || (st.st_mode & 022))
        return NULL;
    if ((size_t)st.st_size < sizeof *h || !read_all(fd, h, sizeof *h))
        return NULL;
    uint64_t n = (uint64_t)st.st_size - sizeof *h; /* the two sizes are compared so that their sum can't wrap around */
    if (memcmp(h->magic, MAGIC, sizeof h->magic) != 0 || memcmp(h->key, key, 16) != 0 || h->db_bytes[0] > n ||
        h->db_bytes[1] != n - h->db_bytes[0])
        return NULL;
    char *payload = malloc(n ? n : 1); /* may fail: then it is compiled */
    if (payload && (!read_all(fd, payload, n) || XXH3_64bits(payload, n) != h->checksum)) {
        free(payload);
        return NULL;
    }
    return payload;
}

bool ms_databases_load(struct ms_patterns *p, const char *cache_dir)
{
    unsigned char key[16];
    if (!key_make(p, key))
        return false;
    char *path = path_make(cache_dir, key);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    free(path);
    if (fd < 0)
        return false;
    struct header h;
    char *payload = payload_read(fd, key, &h);
    close(fd);
    bool two = p->n_regexes > 0 && p->n_regexes < p->n;
    bool loaded = payload != NULL && (h.db_bytes[1] > 0) == two &&
                  hs_deserialize_database(payload, h.db_bytes[0], &p->blocks_db) == HS_SUCCESS &&
                  (!two || hs_deserialize_database(payload + h.db_bytes[0], h.db_bytes[1], &p->line_db) == HS_SUCCESS);
    if (loaded && p->n_regexes == p->n)
        p->line_db = p->blocks_db;
    if (!loaded) {
        hs_free_database(p->blocks_db);
        p->blocks_db = NULL;
    }
    free(payload);
    return loaded;
}

static bool payload_make(const struct ms_patterns *p, struct header *h, struct ms_buffer *payload)
{
    const hs_database_t *dbs[2] = {p->blocks_db, p->line_db};
    for (int i = 0; i < 2; i++) {
        char *bytes = NULL;
        size_t n = 0;
        if (dbs[i] == NULL || (i == 1 && dbs[1] == dbs[0]))
            continue;
        if (hs_serialize_database(dbs[i], &bytes, &n) != HS_SUCCESS)
            return false;
        ms_buffer_append(payload, bytes, n);
        h->db_bytes[i] = n;
        free(bytes);
    }
    h->checksum = XXH3_64bits(payload->data, payload->size_bytes);
    return true;
}

/* A temporary file, flushed, then renamed: a reader sees the whole file or none. */
static void file_publish(const char *cache_dir, const char *path, const struct header *h,
                         const struct ms_buffer *payload)
{
    char *temporary = ms_sprintf("%s/patterns-XXXXXX.tmp", cache_dir);
    int fd = mkostemps(temporary, 4, O_CLOEXEC); /* mode 0600 */
    if (fd >= 0) {
        bool written =
            write_all(fd, h, sizeof *h) && write_all(fd, payload->data, payload->size_bytes) && fsync(fd) == 0;
        written = close(fd) == 0 && written;
        if (!written || rename(temporary, path) != 0)
            unlink(temporary);
    }
    free(temporary);
}

void ms_databases_store(const struct ms_patterns *p, const char *cache_dir)
{
    struct header h = {.magic = MAGIC};
    struct ms_buffer payload = {0};
    if (key_make(p, h.key) && payload_make(p, &h, &payload)) {
        mkdir(cache_dir, 0700); /* is it there already, or can't it be made: the next call tells */
        char *path = path_make(cache_dir, h.key);
        file_publish(cache_dir, path, &h, &payload);
        free(path);
    }
    ms_buffer_fini(&payload);
}
