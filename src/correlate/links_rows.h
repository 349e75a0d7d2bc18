/* A row of links on its way from the join to its part: a record in a spool. Internal to links_resolve.c and links_rows.c. */
#ifndef MS_CORRELATE_LINKS_ROWS_H
#define MS_CORRELATE_LINKS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MS_LINK_NOBODY UINT32_MAX

enum ms_link_row_kind {
    MS_LINK_ROW_NEXT_HOP,
    MS_LINK_ROW_REINJECT,
    MS_LINK_ROW_FORWARD,
    MS_LINK_ROW_REQUEUE,
    MS_LINK_ROW_CLONE,
    MS_LINK_ROW_BOUNCE,
    MS_LINK_ROW_DELAY_NOTICE
};

enum ms_link_evidence { MS_LINK_BY_QUEUED_AS, MS_LINK_BY_LOG_LINE, MS_LINK_BY_MESSAGE_ID };

struct ms_link_row {
    uint64_t key;
    uint64_t from_txn_id, to_txn_id;          /* 0: not known */
    uint32_t from_host_id, to_host_id;        /* MS_LINK_NOBODY: not known */
    uint32_t n_from_id, n_to_id, n_recipient; /* texts that follow */
    uint32_t candidates;
    uint8_t kind, evidence;
    bool has_recipient;
};

/* Records of a spool lie at such distances. */
static inline size_t ms_link_rounded(size_t n_bytes)
{
    return (n_bytes + 7) / 8 * 8;
}

#endif
