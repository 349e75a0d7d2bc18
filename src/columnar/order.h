/* The order of staged rows. Pure; thread rule: one owner of the items. */
#ifndef MS_COLUMNAR_ORDER_H
#define MS_COLUMNAR_ORDER_H

#include <stdint.h>

struct ms_order_item {
    uint64_t key;
    uint32_t row; /* what the caller finds it by */
};

/* Sorts by key; stable. `spare` has room for n items. Made for keys that come nearly in order, as rows of lives do: they are
 * written when a life ends and are sorted by where it began. */
void ms_order_sort(struct ms_order_item *items, struct ms_order_item *spare, uint64_t n);

#endif
