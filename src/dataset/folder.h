/* Reading and clearing the folders of a dataset. Nobody outside src/dataset/ includes this. */
#ifndef MS_DATASET_FOLDER_H
#define MS_DATASET_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct ms_entries {
    char **items;
    size_t n, cap;
};

/* All entries of the folder but . and .., sorted, so that steps come in one order. False with errno. */
MS_NODISCARD bool ms_entries_list(struct ms_entries *names, int dir_fd);
void ms_entries_add(struct ms_entries *names, const char *name); /* at the end */
void ms_entries_fini(struct ms_entries *names);

/* "gen-12" with prefix "gen-", "12" with prefix "": 12. 0 for all else (leading zeros, over 15 digits, further characters). */
uint64_t ms_name_number(const char *name, const char *prefix);

bool ms_name_is_part(const char *name); /* ends in .parquet */

MS_NODISCARD int ms_folder_open(int dir_fd, const char *name); /* never through a symbolic link. fd or -1 with errno */

/* Removes a file, link or folder with all in it; never follows a link. One that is not there is fine. False with errno. */
MS_NODISCARD bool ms_tree_remove(int dir_fd, const char *name);

/* Removes the part files of parts/N/<table>/ that no generation links to any more (their link count is 1), and the folders that
 * are empty then; nothing of parts/BUT. False with errno. */
MS_NODISCARD bool ms_parts_sweep(int parts_fd, uint64_t but);

/* The number of the generation that `current` points to; 0: there is no `current`; -1: it is something that we did not make. */
int64_t ms_current_read(int root_fd);

#endif
