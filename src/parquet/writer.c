#include "parquet/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parquet/footer.h"

struct ms_parquet_writer {
    int dir_fd, fd;
    char *name;
    const struct ms_table *table;
    uint64_t size_bytes; /* written so far */
    struct ms_row_group *groups;
    size_t n_groups, groups_capacity;
};

static enum ms_status write_all(struct ms_parquet_writer *w, const void *bytes, size_t n_bytes, struct ms_error *err)
{
    const char *p = bytes;
    while (n_bytes > 0) {
        ssize_t n = write(w->fd, p, n_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ms_fail_at(err, errno, "write", w->dir_fd, w->name);
        p += n;
        n_bytes -= (size_t)n;
        w->size_bytes += (uint64_t)n;
    }
    return MS_OK;
}

static void free_group(const struct ms_table *table, struct ms_row_group *g)
{
    for (size_t i = 0; i < table->n_columns; i++)
        ms_chunk_destroy(g->chunks[i]);
    free(g->chunks);
}

static void free_writer(struct ms_parquet_writer *w)
{
    for (size_t i = 0; i < w->n_groups; i++)
        free_group(w->table, &w->groups[i]);
    free(w->groups);
    free(w->name);
    free(w);
}

enum ms_status ms_parquet_create(struct ms_parquet_writer **out, int dir_fd, const char *name,
                                 const struct ms_table *table, struct ms_error *err)
{
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        enum ms_status st = errno == EEXIST ? MS_ERR_EXISTS : MS_ERR_IO;
        (void)ms_fail_at(err, errno, "make", dir_fd, name);
        return st;
    }
    struct ms_parquet_writer *w = ms_calloc(1, sizeof *w);
    *w = (struct ms_parquet_writer){.dir_fd = dir_fd, .fd = fd, .name = ms_strdup(name), .table = table};
    enum ms_status st = write_all(w, MS_PARQUET_MAGIC, MS_PARQUET_MAGIC_BYTES, err);
    if (st == MS_OK)
        *out = w;
    else
        ms_parquet_abort(w);
    return st;
}

enum ms_status ms_parquet_append(struct ms_parquet_writer *w, struct ms_chunk **chunks, uint64_t n_rows,
                                 struct ms_error *err)
{
    size_t n_columns = w->table->n_columns;
    w->groups = ms_grow(w->groups, &w->groups_capacity, w->n_groups + 1, sizeof *w->groups);
    struct ms_row_group *g = &w->groups[w->n_groups++];
    *g = (struct ms_row_group){.n_rows = n_rows, .chunks = ms_malloc(n_columns * sizeof *chunks)};
    memcpy(g->chunks, chunks, n_columns * sizeof *chunks);
    enum ms_status st = MS_OK;
    for (size_t i = 0; st == MS_OK && i < n_columns; i++) {
        struct ms_chunk *c = chunks[i];
        MS_ASSERT(c->column == &w->table->columns[i] && c->n_rows == n_rows);
        c->file_offset = w->size_bytes;
        st = write_all(w, c->bytes.data, c->bytes.size_bytes, err);
        ms_buffer_fini(&c->bytes);
    }
    return st;
}

typedef void put_part(struct ms_chunk *c, uint64_t offset, struct ms_buffer *out);

static void put_bloom(struct ms_chunk *c, uint64_t offset, struct ms_buffer *out)
{
    if (c->bloom.words == NULL)
        return;
    ms_bloom_write(&c->bloom, out);
    ms_bloom_fini(&c->bloom);
    c->bloom_offset = offset;
    c->bloom_bytes = (uint32_t)out->size_bytes;
}

static void put_column_index(struct ms_chunk *c, uint64_t offset, struct ms_buffer *out)
{
    if (!ms_column_index_wanted(c))
        return;
    ms_column_index_write(c, out);
    c->column_index_offset = offset;
    c->column_index_bytes = (uint32_t)out->size_bytes;
}

static void put_offset_index(struct ms_chunk *c, uint64_t offset, struct ms_buffer *out)
{
    ms_offset_index_write(c, out);
    c->offset_index_offset = offset;
    c->offset_index_bytes = (uint32_t)out->size_bytes;
}

/* One kind of part for all chunks, so that a reader gets it in one sweep. */
static enum ms_status write_parts(struct ms_parquet_writer *w, put_part *put, struct ms_error *err)
{
    struct ms_buffer part = {0};
    enum ms_status st = MS_OK;
    for (size_t g = 0; g < w->n_groups; g++) {
        for (size_t i = 0; st == MS_OK && i < w->table->n_columns; i++) {
            part.size_bytes = 0;
            put(w->groups[g].chunks[i], w->size_bytes, &part);
            st = write_all(w, part.data, part.size_bytes, err);
        }
    }
    ms_buffer_fini(&part);
    return st;
}

static enum ms_status write_footer(struct ms_parquet_writer *w, struct ms_error *err)
{
    struct ms_buffer footer = {0};
    ms_footer_write(w->table, w->groups, w->n_groups, &footer);
    uint32_t n_bytes = (uint32_t)footer.size_bytes;
    ms_buffer_append(&footer, &n_bytes, sizeof n_bytes);
    ms_buffer_append(&footer, MS_PARQUET_MAGIC, MS_PARQUET_MAGIC_BYTES);
    enum ms_status st = write_all(w, footer.data, footer.size_bytes, err);
    ms_buffer_fini(&footer);
    return st;
}

static enum ms_status sync_and_close(struct ms_parquet_writer *w, struct ms_error *err)
{
    enum ms_status st = MS_OK;
    if (fsync(w->fd) != 0)
        st = ms_fail_at(err, errno, "flush", w->dir_fd, w->name);
    if (close(w->fd) != 0 && st == MS_OK)
        st = ms_fail_at(err, errno, "close", w->dir_fd, w->name);
    w->fd = -1;
    return st;
}

enum ms_status ms_parquet_finish(struct ms_parquet_writer *w, uint64_t *file_bytes, struct ms_error *err)
{
    enum ms_status st = write_parts(w, put_bloom, err);
    if (st == MS_OK)
        st = write_parts(w, put_column_index, err);
    if (st == MS_OK)
        st = write_parts(w, put_offset_index, err);
    if (st == MS_OK)
        st = write_footer(w, err);
    if (st == MS_OK)
        st = sync_and_close(w, err);
    if (st != MS_OK) {
        ms_parquet_abort(w);
        return st;
    }
    if (file_bytes != NULL)
        *file_bytes = w->size_bytes;
    free_writer(w);
    return MS_OK;
}

void ms_parquet_abort(struct ms_parquet_writer *w)
{
    if (w == NULL)
        return;
    if (w->fd >= 0)
        close(w->fd);
    unlinkat(w->dir_fd, w->name, 0);
    free_writer(w);
}
