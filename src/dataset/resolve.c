#include "dataset/dataset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

enum ms_status ms_dataset_resolve(const char *path, char **current_dir, struct ms_error *err)
{
    char *link = ms_sprintf("%s/current", path);
    char *dir = realpath(link, NULL);
    int error = errno;
    struct stat st;
    free(link);
    if (dir != NULL && stat(dir, &st) == 0 && S_ISDIR(st.st_mode)) {
        *current_dir = dir;
        return MS_OK;
    }
    bool absent = dir != NULL || error == ENOENT || error == ENOTDIR;
    free(dir);
    if (absent)
        return ms_fail(err, MS_ERR_USAGE,
                       "no dataset at %s: there is no folder %s/current; run mailstrata ingest ... -o %s first", path,
                       path, path);
    return ms_fail(err, MS_ERR_IO, "cannot open the dataset %s: %s", path, strerror(error));
}
