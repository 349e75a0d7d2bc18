/* One flat JSON object to a FILE, for print.c. A fixed buffer, no allocation but for text that needs repair.
 * Thread rule: one owner. */
#ifndef MS_PARSE_JSON_H
#define MS_PARSE_JSON_H

#include <stdint.h>
#include <stdio.h>

#include "base/span.h"

struct ms_json {
    FILE *out;
    size_t n; /* bytes in the buffer */
    bool any; /* a field was written */
    char buffer[4096];
};

void ms_json_begin(struct ms_json *j, FILE *out);
/* A NULL span writes nothing. The text is repaired to valid UTF-8 (ms_text_repair); control characters, those of C1 too, are
 * escaped, so that no terminal acts on them. */
void ms_json_text(struct ms_json *j, const char *name, struct ms_span text);
/* MS_NONE writes nothing. */
void ms_json_number(struct ms_json *j, const char *name, int64_t value);
void ms_json_null(struct ms_json *j, const char *name);
void ms_json_bool(struct ms_json *j, const char *name, bool value);
/* Closes the object and the line; all is handed to `out`. */
void ms_json_end(struct ms_json *j);

#endif
