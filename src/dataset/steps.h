/* Every change that dataset/ makes to the file system goes through these, so that a test can stop a run before any of them.
 * As the system calls of the same name: 0 or an fd, -1 with errno. Nobody outside src/dataset/ includes this. */
#ifndef MS_DATASET_STEPS_H
#define MS_DATASET_STEPS_H

#include <stddef.h>

#include "base/status.h"

void ms_steps_arm(void); /* reads MAILSTRATA_KILL_AT_STEP and MAILSTRATA_FAIL_AT_STEP, and counts from 1 again */

MS_NODISCARD int ms_step_mkdirat(int dir_fd, const char *name);
MS_NODISCARD int ms_step_create(int dir_fd, const char *name);             /* a new file, to write; it must not exist */
MS_NODISCARD int ms_step_write(int fd, const void *bytes, size_t n_bytes); /* all of them */
MS_NODISCARD int ms_step_fsync(int fd);
MS_NODISCARD int ms_step_linkat(int from_dir, const char *name, int to_dir); /* same name there */
MS_NODISCARD int ms_step_symlinkat(const char *target, int dir_fd, const char *name);
MS_NODISCARD int ms_step_renameat(int dir_fd, const char *from, const char *to);
MS_NODISCARD int ms_step_unlinkat(int dir_fd, const char *name, int flags);

/* "cannot VERB ROOT/NAME: why; what to do", from errno. `name` may be NULL. MS_ERR_IO. */
enum ms_status ms_step_fail(struct ms_error *err, const char *verb, const char *root, const char *name);

#endif
