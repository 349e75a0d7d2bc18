#include <stdlib.h>

#include "input/input_impl.h"

bool ms_input_is_repeatable(const struct ms_input *in)
{
    for (size_t i = 0; i < in->n_sources; i++)
        if (ms_source_impl(&in->sources[i])->is_stream)
            return false;
    return true;
}

struct ms_place ms_input_place(const struct ms_input *in, const struct ms_segment *first, uint64_t out_bytes)
{
    return (struct ms_place){.file_id = first->file_id,
                             .stripe = first->stripe,
                             .text_offset = first->text_offset,
                             .position = in->position - out_bytes};
}

struct ms_ends ms_input_ends(const struct ms_input *in, size_t file_id)
{
    struct ms_ends ends;
    const struct ms_source *s = ms_input_source(in, file_id);
    char *room = ms_malloc(MS_END_BYTES);
    if (s->status == MS_SOURCE_UNREADABLE || !ms_stored_ends(in, s, room, &ends))
        ends = (struct ms_ends){0};
    free(room);
    return ends;
}

void ms_input_take_as_before(struct ms_input *in, size_t file_id, uint64_t size_bytes, int64_t written_s)
{
    ms_input_limit(in, file_id, size_bytes);
    in->sources[file_id].written_s = written_s;
}

void ms_input_set_done(struct ms_input *in, size_t file_id, const struct ms_source *done)
{
    MS_ASSERT(file_id < in->n_sources && !in->is_started);
    struct ms_source *s = &in->sources[file_id];
    s->text_bytes = done->text_bytes;
    s->held_bytes = done->held_bytes;
    s->status = done->status;
    free(s->error);
    s->error = done->error != NULL ? ms_strdup(done->error) : NULL;
    memcpy(s->digest, done->digest, sizeof s->digest);
    memcpy(s->sha256, done->sha256, sizeof s->sha256);
    memcpy(s->text_sha256, done->text_sha256, sizeof s->text_sha256);
    memcpy(s->text_digest, done->text_digest, sizeof s->text_digest);
}

void ms_input_go_on(struct ms_input *in, const struct ms_place *place)
{
    MS_ASSERT(place->file_id < in->n_sources && !in->is_started);
    in->sources[place->file_id].text_bytes = place->text_offset;
    in->next_source = place->file_id;
    in->position = place->position;
    in->stripe = place->stripe;
}
