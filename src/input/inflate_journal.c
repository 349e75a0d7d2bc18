/* systemd's journal export (journalctl -o export): an entry is many lines, and a value may hold any bytes, so that nothing could be cut at
 * lines. Each entry becomes one line instead, a JSON object as `journalctl -o json` has it, with all fields in their order; it
 * is the text that offsets count and that is read from then on, as with what an archive holds.
 *
 * What is no field stands as it is, on a line of its own. An entry that ends in the middle of a field is left open. */
#include <stdlib.h>

#include "base/memory.h"
#include "input/input_impl.h"

enum {
    NAME_MAX_BYTES = 64,               /* of a field; systemd's own bound */
    VALUE_MAX_BYTES = 64 * 1024 * 1024 /* what says to be longer is no field */
};

enum state { NAME, VALUE, LENGTH, DATA, DATA_END, JUNK };

struct ms_journal {
    enum state state;
    bool is_open;    /* an entry is */
    bool is_at_end;  /* of the stored text */
    unsigned n_name; /* NAME and LENGTH: so many bytes of it have been read */
    unsigned n_length;
    uint64_t left; /* of DATA; LENGTH: what is known of it */
    char name[NAME_MAX_BYTES];
    size_t out_at, n_out; /* what has no room yet */
    char out[2 * NAME_MAX_BYTES];
    size_t at, n;
    char in[MS_STORED_CHUNK_BYTES];
};

static const char magic[] = "__CURSOR=";

bool ms_journal_is(const char *p, size_t n)
{
    return n >= sizeof magic - 1 && memcmp(p, magic, sizeof magic - 1) == 0;
}

struct ms_journal *ms_journal_create(const char *first, size_t n)
{
    struct ms_journal *j = ms_calloc(1, sizeof *j);
    MS_ASSERT(n <= sizeof j->in);
    memcpy(j->in, first, n);
    j->n = n;
    return j;
}

static void put(struct ms_journal *j, const char *p, size_t n)
{
    MS_ASSERT(j->n_out + n <= sizeof j->out);
    memcpy(j->out + j->n_out, p, n);
    j->n_out += n;
}

static void put_text(struct ms_journal *j, const char *text)
{
    put(j, text, strlen(text));
}

static void close_entry(struct ms_journal *j)
{
    if (j->is_open)
        put_text(j, "}\n");
    j->is_open = false;
}

static void begin_field(struct ms_journal *j, enum state state)
{
    put_text(j, j->is_open ? ",\"" : "{\"");
    put(j, j->name, j->n_name);
    put_text(j, "\":\"");
    j->is_open = true;
    j->n_name = 0;
    j->state = state;
}

/* What was taken for a field's name is the beginning of some other line. */
static void give_up_name(struct ms_journal *j)
{
    close_entry(j);
    put(j, j->name, j->n_name);
    j->n_name = 0;
    j->state = JUNK;
}

static bool may_be_in_name(char c)
{
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static void read_name(struct ms_journal *j, char c)
{
    if (c == '\n' && j->n_name == 0) {
        if (j->is_open)
            close_entry(j);
        else
            put(j, &c, 1);
    } else if (c == '\n') {
        j->state = LENGTH;
        j->n_length = 0;
        j->left = 0;
    } else if (c == '=' && j->n_name > 0) {
        begin_field(j, VALUE);
    } else if (may_be_in_name(c) && j->n_name < NAME_MAX_BYTES) {
        j->name[j->n_name++] = c;
    } else {
        give_up_name(j);
        put(j, &c, 1);
    }
}

static void read_length(struct ms_journal *j, char c)
{
    j->left |= (uint64_t)(unsigned char)c << 8 * j->n_length++;
    if (j->n_length < 8)
        return;
    if (j->left <= VALUE_MAX_BYTES) {
        begin_field(j, j->left > 0 ? DATA : DATA_END);
        return;
    }
    give_up_name(j);
    put_text(j, "\n");
    for (unsigned i = 0; i < 8; i++)
        put(j, &(char){(char)(j->left >> 8 * i)}, 1);
    if (c == '\n')
        j->state = NAME;
}

static void put_escaped(struct ms_journal *j, char c)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char byte = (unsigned char)c;
    if (c == '"' || c == '\\')
        put(j, (char[]){'\\', c}, 2);
    else if (byte < 32)
        put(j, (char[]){'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]}, 6);
    else
        put(j, &c, 1);
}

static void read_byte(struct ms_journal *j, char c)
{
    switch (j->state) {
    case NAME:
        read_name(j, c);
        break;
    case VALUE:
        if (c == '\n') {
            put_text(j, "\"");
            j->state = NAME;
        } else {
            put_escaped(j, c);
        }
        break;
    case LENGTH:
        read_length(j, c);
        break;
    case DATA:
        put_escaped(j, c);
        if (--j->left == 0)
            j->state = DATA_END;
        break;
    case DATA_END:
        put_text(j, "\"");
        j->state = NAME;
        if (c != '\n') {
            give_up_name(j);
            put(j, &c, 1);
        }
        break;
    case JUNK:
        put(j, &c, 1);
        if (c == '\n')
            j->state = NAME;
        break;
    }
}

/* The text has ended. All fields of the last entry may be there, though not the line that ends it. */
static void read_end(struct ms_journal *j)
{
    if (j->state == NAME && j->n_name == 0 && j->is_open)
        put_text(j, "}");
    else if (j->state == NAME || j->state == LENGTH)
        give_up_name(j);
    j->is_open = false;
    j->n_name = 0;
    j->state = JUNK;
}

/* Bytes of a value that mean themselves. */
static size_t plain_bytes(const struct ms_journal *j, size_t most)
{
    size_t n = j->n - j->at < most ? j->n - j->at : most, i = 0;
    if (j->state != VALUE)
        return 0;
    while (i < n && (unsigned char)j->in[j->at + i] >= 32 && j->in[j->at + i] != '"' && j->in[j->at + i] != '\\')
        i++;
    return i;
}

static size_t take(char *to, const char *from, size_t *at, size_t n)
{
    memcpy(to, from + *at, n);
    *at += n;
    return n;
}

size_t ms_journal_read(struct ms_journal *j, struct ms_inflate *z, char *to, size_t n)
{
    size_t done = 0;
    while (done < n) {
        size_t waiting = j->n_out - j->out_at, room = n - done;
        if (waiting > 0) {
            done += take(to + done, j->out, &j->out_at, waiting < room ? waiting : room);
            continue;
        }
        j->out_at = j->n_out = 0;
        if (j->at < j->n) {
            size_t run = plain_bytes(j, room);
            if (run > 0)
                done += take(to + done, j->in, &j->at, run);
            else
                read_byte(j, j->in[j->at++]);
            continue;
        }
        if (done > 0 || j->is_at_end) /* (who reads a pipe gets what there is) */
            break;
        j->at = 0;
        j->n = z->trouble.status == MS_SOURCE_OK ? z->ops->read(z, j->in, sizeof j->in) : 0;
        if (j->n == 0) {
            j->is_at_end = true;
            read_end(j);
        }
    }
    return done;
}
