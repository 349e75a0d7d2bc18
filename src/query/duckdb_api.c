#include "query/duckdb_api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

struct ms_duckdb ms_duckdb;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static enum ms_status status;
static struct ms_error error;

/* The table's members are all pointers to functions, in the order of the names. */
static void find_functions(void *library)
{
    static const char *const names[] = {
#define X(name) #name,
        MS_DUCKDB_FUNCTIONS(X)
#undef X
    };
    enum { N = sizeof names / sizeof *names };
    _Static_assert(sizeof ms_duckdb == N * sizeof(void *), "one pointer a name");
    void *found[N];
    for (unsigned i = 0; i < N; i++) {
        found[i] = dlsym(library, names[i]);
        if (found[i] == NULL) {
            status = ms_fail(&error, MS_ERR_LIBRARY, "this libduckdb is too old: it has no %s", names[i]);
            return;
        }
    }
    memcpy(&ms_duckdb, found, sizeof found);
}

/* The one that we were built with; else whatever the system has. It stays until the process ends. */
static void load(void)
{
    void *library = dlopen(MS_DUCKDB_PATH, RTLD_LAZY | RTLD_LOCAL);
    if (library == NULL)
        library = dlopen("libduckdb.so", RTLD_LAZY | RTLD_LOCAL);
    if (library == NULL)
        status = ms_fail(&error, MS_ERR_LIBRARY, "cannot load DuckDB, which answers questions: %s", dlerror());
    else
        find_functions(library);
}

enum ms_status ms_duckdb_load(struct ms_error *err)
{
    pthread_once(&once, load);
    return status == MS_OK ? MS_OK : ms_fail(err, status, "%s", error.text);
}
