/* The program. jemalloc is linked (CMake option MS_JEMALLOC), never called: workers allocate and free at the same time, and
 * freed memory shall stay with the process between stripes; the C library's allocator contends and gives pages back. All code
 * says malloc, so the program is the same without it. */
#include <signal.h>
#include <stdio.h>

#include "cli/cli.h"
#include "simd/simd.h"

/* jemalloc's settings: keep freed pages; fresh ones are the hidden cost between stripes (scan-performance.md 8). */
const char *malloc_conf = "dirty_decay_ms:-1,muzzy_decay_ms:-1";

int main(int argc, char **argv)
{
    char why[256];
    if (!ms_simd_select(why, sizeof why)) {
        fprintf(stderr, "mailstrata: %s\n", why);
        return 2;
    }
    signal(SIGXFSZ, SIG_IGN); /* a file that may grow no more shows as EFBIG, and is told as any other failure */
    signal(SIGPIPE, SIG_IGN); /* a closed pipe shows as EPIPE, and is no error (DESIGN 6) */
    return ms_cli_run(argc, argv);
}
