/* The wording of a text: what a server says to everybody, without what varies from mail to mail. Private to src/reason. */
#ifndef MS_REASON_WORDING_H
#define MS_REASON_WORDING_H

#include "reason/reason.h"

struct ms_wording {
    uint32_t n;
    int32_t reply_code; /* at its beginning; 0: none */
    struct ms_span
        stage; /* of `(in reply to ...)` and `refused to talk to me`, in the words of Postfix's rejects; NULL */
    char text[MS_REASON_TEXT_MAX];
};

/* Pure. What is left out or replaced, so that no address or name that a stranger has chosen is taken for the server's words:
 *   `delivery temporarily suspended: `, `host H[A] said: `, `host H[A] refused to talk to me: `, and what stands before
 *   `unverified address: ` or `undeliverable address: ` in front; `(in reply to ...)` and the ids of Gmail and Outlook behind;
 *   the server's own name behind the codes; the codes of continuation lines;
 *   <...> without a URL in it: <>; an address a@b: @; an IP address and a number of five digits: #; control characters and runs of blanks: one blank. */
void ms_wording_make(struct ms_wording *w, struct ms_span text);

#endif
