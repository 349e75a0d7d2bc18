/* Records of cleanup's header_checks, body_checks, MIME checks and milters. Only for the postfix*.c files. */
#ifndef MS_PARSE_POSTFIX_CHECKS_H
#define MS_PARSE_POSTFIX_CHECKS_H

#include "parse/postfix.h"

/* `ACTION: {header,body,content,mime-error} CONTENT from ORIGIN; TAIL[: TEXT]`, the 1.x form without ORIGIN, and
 * `milter-ACTION: STAGE from CLIENT: TEXT; TAIL`. */
bool ms_postfix_check(struct ms_postfix_line *l);

/* smtp_header_checks and relatives: `ACTION: {header,body} CONTENT[: TEXT]`, where nothing tells CONTENT from TEXT. */
bool ms_postfix_client_check(struct ms_postfix_line *l);

#endif
