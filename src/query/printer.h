/* Rows to a stream, as an aligned table, NDJSON or CSV. Internal to query/.
 * Cells are pushed one by one, in column order; a cell's text need not outlive its push. Memory: one row, and for tables the
 * first MS_PRINTER_MEASURED rows, from which the column widths are taken. After a failed
 * write ferror(out) holds: the caller may stop pushing rows.
 * Thread rule: one thread. */
#ifndef MS_QUERY_PRINTER_H
#define MS_QUERY_PRINTER_H

#include <stdio.h>

#include "base/arena.h"
#include "query/cell.h"
#include "query/query.h"

#define MS_PRINTER_MEASURED 1000 /* rows that set the widths of a table; later, wider ones push their row aside */
#define MS_PRINTER_MAX_WIDTH 80  /* columns of a terminal for one cell of a table; cut with an ellipsis */

struct ms_printer;

/* Borrows `columns` until destroy. */
struct ms_printer *ms_printer_create(enum ms_format format, FILE *out, const struct ms_cell_type *columns,
                                     size_t n_columns);
void ms_printer_cell(struct ms_printer *p, struct ms_cell cell);
void ms_printer_row_end(struct ms_printer *p);
/* Prints what is held back (the header of a table even without rows) and flushes. Gives 0, or the errno of the first write
 * that failed. */
int ms_printer_finish(struct ms_printer *p);
void ms_printer_destroy(struct ms_printer *p);

#endif
