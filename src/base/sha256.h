/* SHA-256, for evidence: digests that others can check with tools of their own. Only home of OpenSSL's libcrypto.
 * Thread rule: one owner a digest. */
#ifndef MS_BASE_SHA256_H
#define MS_BASE_SHA256_H

#include <stddef.h>

#define MS_SHA256_TEXT 65 /* hexadecimal, lower case, with the '\0' */

struct ms_sha256;
struct ms_sha256 *ms_sha256_create(void) __attribute__((returns_nonnull));
void ms_sha256_append(struct ms_sha256 *h, const void *p, size_t n_bytes);
/* What was appended so far; more may follow. */
void ms_sha256_text(const struct ms_sha256 *h, char out[MS_SHA256_TEXT]);
void ms_sha256_destroy(struct ms_sha256 *h); /* NULL is allowed */

#endif
