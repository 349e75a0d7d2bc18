/* --patterns: what the user looks for in every line, in the same pass of the matcher as our own signatures.
 * Thread rule: immutable, shared. */
#ifndef MS_PIPELINE_USER_PATTERNS_H
#define MS_PIPELINE_USER_PATTERNS_H

#include "base/status.h"
#include "scan/scan.h"

#define MS_USER_PATTERN UINT32_C(1000000) /* their ids begin here; those of ms_kind_patterns are below */

struct ms_user_patterns {
    struct ms_pattern *items; /* texts are owned; patterns of one name have one id */
    size_t n, cap;
    char **names; /* [id - MS_USER_PATTERN] */
    size_t n_names, cap_names;
};

/* One regular expression a line (the syntax of scan.h), or NAME<TAB>EXPRESSION; without a name it is its own. Empty lines and
 * lines that begin with # are nothing. MS_ERR_USAGE with file and line; MS_ERR_IO. */
MS_NODISCARD enum ms_status ms_user_patterns_read(struct ms_user_patterns **out, const char *path,
                                                  struct ms_error *err);
void ms_user_patterns_destroy(struct ms_user_patterns *p);

#endif
