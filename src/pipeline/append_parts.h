/* What append.c (reading), append_save.c (writing), horizon.c and resume_save.c share. Nobody else includes this. Thread rule: as append.h. */
#ifndef MS_PIPELINE_APPEND_PARTS_H
#define MS_PIPELINE_APPEND_PARTS_H

#include "pipeline/append.h"

#define MS_STATE_VERSION 2
#define MS_STATE_NAME "run.state"
extern const char ms_append_magic[16];

/* The options that rows depend on, as a text that is compared. */
void ms_append_describe_options(const struct ms_run *run, struct ms_buffer *out);
enum ms_status ms_append_damaged(const struct ms_run *run, struct ms_error *err); /* MS_ERR_FORMAT */
int64_t ms_append_context_us(const struct ms_run *run, const struct ms_horizon *h);

#endif
