/* Where what is open at the end of the logs is cut into rounds. A round is what stands in the places of some rows' first lines: as many
 * of them as hold ROUND_FACTS, however the input was read and whatever memory there was. */
#include <stdlib.h>

#include "base/memory.h"
#include "pipeline/run.h"

enum {
    PLACES_A_STRIPE = 32,
    MAX_PLACES = 1 << 16,
    ROUND_FACTS = 1 << 20 /* rows of so many take a few hundred MiB while they are staged */
};

struct ms_open_places {
    uint64_t *starts; /* of each file in the text of all */
    uint64_t place_bytes;
    uint64_t *n_facts; /* by place */
    uint32_t *rounds;  /* likewise */
    size_t n;
};

static size_t place_of(const struct ms_open_places *p, uint64_t key)
{
    return (size_t)((p->starts[ms_row_file(key)] + (uint64_t)ms_row_offset(key)) / p->place_bytes);
}

static void add(void *places, uint64_t first_key, uint32_t n_facts)
{
    struct ms_open_places *p = places;
    p->n_facts[place_of(p, first_key)] += n_facts;
}

static struct ms_open_places *make_places(const struct ms_run *run)
{
    struct ms_open_places *p = ms_calloc(1, sizeof *p);
    uint64_t stripe = run->config->stripe_bytes ? run->config->stripe_bytes : MS_STRIPE_BYTES, total = 0;
    size_t n_files = ms_input_n_sources(run->input);
    p->starts = ms_malloc(n_files * sizeof *p->starts + 1);
    for (uint32_t i = 0; i < n_files; i++) {
        p->starts[i] = total;
        total += ms_input_source(run->input, i)->text_bytes + 1; /* (1: also a file without text has a place) */
    }
    p->place_bytes = stripe / PLACES_A_STRIPE + 1;
    if (total / p->place_bytes >= MAX_PLACES)
        p->place_bytes = total / MAX_PLACES + 1;
    p->n = (size_t)(total / p->place_bytes) + 1;
    p->n_facts = ms_calloc(p->n, sizeof *p->n_facts);
    p->rounds = ms_calloc(p->n, sizeof *p->rounds);
    return p;
}

uint32_t ms_run_cut_rounds(struct ms_run *run)
{
    struct ms_open_places *p = run->open_places = make_places(run);
    struct ms_correlator **workers = ms_malloc(run->n_workers * sizeof *workers);
    for (unsigned w = 0; w < run->n_workers; w++)
        workers[w] = run->workers[w].correlator;
    ms_correlate_open_weigh(&run->correlate, workers, run->n_workers, add, p);
    free(workers);
    uint32_t round = 0;
    uint64_t n_facts = 0, all = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (n_facts > 0 && n_facts + p->n_facts[i] > ROUND_FACTS) {
            round++;
            n_facts = 0;
        }
        p->rounds[i] = round;
        n_facts += p->n_facts[i];
        all += p->n_facts[i];
    }
    return all > 0 ? round + 1 : 0;
}

static bool has(const void *arg, uint64_t first_key)
{
    const struct ms_run *run = arg;
    return run->open_places->rounds[place_of(run->open_places, first_key)] == run->open_round;
}

struct ms_open_round ms_run_open_round(const struct ms_run *run)
{
    return (struct ms_open_round){has, run};
}

void ms_run_end_rounds(struct ms_run *run)
{
    struct ms_open_places *p = run->open_places;
    if (p == NULL)
        return;
    free(p->starts);
    free(p->n_facts);
    free(p->rounds);
    free(p);
    run->open_places = NULL;
}
