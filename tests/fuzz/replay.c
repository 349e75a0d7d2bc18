/* Runs a fuzz target over files, without libFuzzer: the seeds and old finds, as part of the normal tests. Each input is
 * given whole, then cut at every eighth byte, then damaged a little, always in a block of its exact size. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void run_exact(const unsigned char *data, size_t n)
{
    unsigned char *copy = malloc(n ? n : 1);
    if (n)
        memcpy(copy, data, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static void run_variants(unsigned char *data, size_t n)
{
    unsigned seed = 1;
    run_exact(data, n);
    for (size_t cut = 0; cut < n; cut += 8)
        run_exact(data, cut);
    for (size_t i = 0; i < 200 && n > 0; i++) {
        size_t at = (size_t)rand_r(&seed) % n;
        unsigned char was = data[at];
        data[at] = (unsigned char)rand_r(&seed);
        run_exact(data, n);
        data[at] = was;
    }
}

int main(int argc, char **argv)
{
    static unsigned char data[1 << 20];
    for (int i = 1; i < argc; i++) {
        FILE *in = fopen(argv[i], "rb");
        if (in == NULL) {
            perror(argv[i]);
            return 2;
        }
        size_t n = fread(data, 1, sizeof data, in);
        fclose(in);
        run_variants(data, n);
    }
    printf("%d inputs replayed\n", argc - 1);
    return argc > 1 ? 0 : 2;
}
