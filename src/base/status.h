/* Results of fallible functions, and the sentence that goes with a failure.
 *
 * Three kinds of trouble are never mixed: odd data (a broken log line) is counted, never an error; the world failed (I/O,
 * bad arguments) is an `enum ms_status` with a `struct ms_error`; our own bug is MS_ASSERT. Thread rule: plain values. */
#ifndef MS_BASE_STATUS_H
#define MS_BASE_STATUS_H

#include <stdbool.h>

#define MS_NODISCARD __attribute__((warn_unused_result))
#define MS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum ms_status {
    MS_OK = 0,
    MS_END = 1,        /* nothing more to read; not a failure */
    MS_ERR_USAGE = 10, /* the caller asked for something that makes no sense: exit code 2 */
    MS_ERR_IO = 20,    /* a file or folder could not be read or written: exit code 3 */
    MS_ERR_EXISTS = 21,
    MS_ERR_FORMAT = 30,   /* a file of ours or an archive does not hold what it should */
    MS_ERR_LIMIT = 40,    /* a bound of ours was reached */
    MS_ERR_LIBRARY = 50,  /* a library refused: Hyperscan, zstd, DuckDB */
    MS_ERR_MISMATCH = 31, /* what was verified is not as it was said to be: exit code 5 */
    MS_ERR_CANCELLED = 60 /* SIGINT or SIGTERM: exit code 130 */
};

/* One sentence: what, where (file, offset), what to do. */
struct ms_error {
    char text[1024];
};

/* Writes the sentence to `err` (NULL is allowed) and gives `st` back, so that a failure is one return statement. */
enum ms_status ms_fail(struct ms_error *err, enum ms_status st, const char *format, ...) MS_PRINTF(3, 4);

/* The sentence of a system call that failed with `error` (errno): "cannot VERB FOLDER/NAME: why; what to do". The folder is that of
 * `dir_fd`, by the name that the system has for it; NULL for `name`: the file is `dir_fd` itself. MS_ERR_IO. */
enum ms_status ms_fail_at(struct ms_error *err, int error, const char *verb, int dir_fd, const char *name);
/* What may help against that, where something is written. */
const char *ms_advice(int error);

/* Our own bug: prints file, line and condition, then aborts. Active in every build. */
#define MS_ASSERT(cond) ((cond) ? (void)0 : ms_assert_failed(__FILE__, __LINE__, #cond))
void ms_assert_failed(const char *file, int line, const char *condition) __attribute__((noreturn));

#endif
