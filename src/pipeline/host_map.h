/* --host-map: which names are one host. */
#ifndef MS_PIPELINE_HOST_MAP_H
#define MS_PIPELINE_HOST_MAP_H

#include "parse/parse.h"

/* Reads lines `ALIAS HOST` (blanks between; # begins a comment; empty lines are nothing) into the table of names. `NAME NAME`
 * keeps a name from being joined with any other. MS_ERR_USAGE, with file and line: something else stands there, or two lines
 * contradict each other; MS_ERR_IO: it can't be read. */
MS_NODISCARD enum ms_status ms_host_map_read(struct ms_names *names, const char *path, struct ms_error *err);

#endif
