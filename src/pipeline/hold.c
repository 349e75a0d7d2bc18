/* The unterminated last line of a host's newest plain file is not taken yet: more of it may come. Elsewhere, it is what a crash or
 * a rotation has left, and as whole as it will ever be. */
#include "pipeline/run.h"

/* Do two files hold lines of one host, as far as was seen? */
static bool share_host(const struct ms_run *run, uint32_t a, uint32_t b)
{
    const struct ms_file_year *x = &run->years[a], *y = &run->years[b];
    for (size_t i = 0; i < x->n_hosts; i++)
        for (size_t k = 0; k < y->n_hosts; k++)
            if (ms_names_one_host(run->names, x->hosts[i].host_id) ==
                ms_names_one_host(run->names, y->hosts[k].host_id))
                return true;
    return false;
}

static bool is_newest(const struct ms_run *run, uint32_t file_id, size_t n)
{
    for (uint32_t i = file_id + 1; i < n; i++)
        if (share_host(run, file_id, i))
            return false;
    return run->years[file_id].n_hosts > 0;
}

void ms_run_hold_lines(struct ms_run *run)
{
    size_t n = ms_input_n_sources(run->input);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t n_bytes = ms_input_last_line(run->input, i);
        /* One that has no whole line yet has just been begun. */
        bool is_all = n_bytes == ms_input_source(run->input, i)->size_bytes;
        if (n_bytes > 0 && (is_all || is_newest(run, i, n)))
            ms_input_hold(run->input, i, n_bytes);
    }
}
