#include "cli/command.h"
#include "cli/interrupt.h"
#include "compact/compact.h"

enum ms_status ms_cmd_compact(const struct ms_args *args, bool *incomplete, struct ms_error *err)
{
    (void)incomplete;
    struct ms_compact *compact = NULL;
    struct ms_compact_summary s = {0};
    ms_interrupt_block();
    enum ms_status st = ms_compact_begin(&compact, args->operands[0], err);
    if (st != MS_OK)
        return st;
    ms_interrupt_begin(ms_compact_query(compact));
    st = ms_compact_run(compact, args->part_rows ? args->part_rows : MS_COMPACT_ROWS, &s, err);
    ms_interrupt_end();
    ms_compact_end(compact);
    if (st == MS_OK && s.n_parts_before == s.n_parts_after)
        ms_say("%s has %llu parts, and none that can be merged: it is as it was", args->operands[0],
               (unsigned long long)s.n_parts_before);
    else if (st == MS_OK)
        ms_say("merged %llu parts into %llu: %llu rows were written anew, %.1f MB",
               (unsigned long long)s.n_parts_before, (unsigned long long)s.n_parts_after, (unsigned long long)s.n_rows,
               (double)s.bytes_written / 1e6);
    return st;
}
