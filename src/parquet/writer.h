/* Parquet files, written by ourselves (docs/decisions/: own writer). Format: apache/parquet-format; the facts and the traps
 * are in reference/parquet-writer.md.
 *
 * Two halves: ms_chunk_encode is pure (values in, bytes out; any thread, one encoder each), the writer appends finished
 * chunks in schema order from one thread. So the file's bytes depend on the values alone. */
#ifndef MS_PARQUET_WRITER_H
#define MS_PARQUET_WRITER_H

#include "base/buffer.h"
#include "base/status.h"
#include "columnar/values.h"

struct ms_encoder; /* a thread's scratch: ZSTD_CCtx and buffers */
struct ms_encoder *ms_encoder_create(void);
void ms_encoder_destroy(struct ms_encoder *e);

struct ms_chunk; /* one encoded column chunk: bytes with relative offsets, and its metadata */

/* Encodes one column of one row group (n_rows >= 1). The chunk owns its bytes. MS_ERR_LIBRARY if zstd refuses. */
MS_NODISCARD enum ms_status ms_chunk_encode(struct ms_encoder *e, const struct ms_values *values, struct ms_chunk **out,
                                            struct ms_error *err);
void ms_chunk_destroy(struct ms_chunk *c);

/* Rows of a row group at most; the caller cuts longer batches. */
#define MS_ROW_GROUP_ROWS ((uint64_t)1 << 20)

struct ms_parquet_writer;

/* Creates the file (it must not exist), in the folder `dir_fd`. */
MS_NODISCARD enum ms_status ms_parquet_create(struct ms_parquet_writer **out, int dir_fd, const char *name,
                                              const struct ms_table *table, struct ms_error *err);
/* Appends one row group: chunks[i] belongs to table->columns[i]; takes ownership of the chunks, also on failure. */
MS_NODISCARD enum ms_status ms_parquet_append(struct ms_parquet_writer *w, struct ms_chunk **chunks, uint64_t n_rows,
                                              struct ms_error *err);
/* Writes filters, indexes and footer, fsyncs and closes. A file with no row group is legal. The writer is gone afterwards,
 * also on failure (the torn file is unlinked). */
MS_NODISCARD enum ms_status ms_parquet_finish(struct ms_parquet_writer *w, uint64_t *file_bytes, struct ms_error *err);
void ms_parquet_abort(struct ms_parquet_writer *w); /* closes and unlinks */

#endif
