#include "base/sha256.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/status.h"

struct ms_sha256 {
    EVP_MD_CTX *context;
};

/* libcrypto refuses nothing here but for want of memory, or of the algorithm: then no digest could be believed. */
static void must(bool ok)
{
    MS_ASSERT(ok);
}

struct ms_sha256 *ms_sha256_create(void)
{
    struct ms_sha256 *h = ms_malloc(sizeof *h);
    h->context = EVP_MD_CTX_new();
    must(h->context != NULL && EVP_DigestInit_ex(h->context, EVP_sha256(), NULL) == 1);
    return h;
}

void ms_sha256_append(struct ms_sha256 *h, const void *p, size_t n)
{
    must(EVP_DigestUpdate(h->context, p, n) == 1);
}

void ms_sha256_text(const struct ms_sha256 *h, char out[MS_SHA256_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[32];
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    must(copy != NULL && EVP_MD_CTX_copy_ex(copy, h->context) == 1 && EVP_DigestFinal_ex(copy, bytes, NULL) == 1);
    EVP_MD_CTX_free(copy);
    for (size_t i = 0; i < sizeof bytes; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[MS_SHA256_TEXT - 1] = '\0';
}

void ms_sha256_destroy(struct ms_sha256 *h)
{
    if (h != NULL)
        EVP_MD_CTX_free(h->context);
    free(h);
}
