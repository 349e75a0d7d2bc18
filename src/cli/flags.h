/* The command line: one table of commands, one of flags; parsing and every help text come from them.
 *
 * Arguments are checked here, once; commands get a `struct ms_args` that holds only what makes sense. Strings borrow argv.
 * Thread rule: tables are constant; ms_args is plain data. */
#ifndef MS_CLI_FLAGS_H
#define MS_CLI_FLAGS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "gen/gen.h"
#include "pipeline/ingest.h" /* enum ms_scan_engine comes with its config */
#include "query/query.h"
#include "query/selectors.h"

enum ms_command {
    MS_CMD_NONE,
    MS_CMD_INGEST,
    MS_CMD_PARSE,
    MS_CMD_GREP,
    MS_CMD_INFO,
    MS_CMD_FIND,
    MS_CMD_TRACE,
    MS_CMD_SQL,
    MS_CMD_VERIFY,
    MS_CMD_COMPACT,
    MS_CMD_GEN,
    MS_N_COMMANDS
};

struct ms_command_facts {
    const char *name;
    const char *operands; /* as the usage line shows them */
    const char *summary;  /* one line */
    const char *details;  /* paragraphs for `COMMAND --help` */
    size_t min_operands, max_operands;
};
extern const struct ms_command_facts ms_commands[MS_N_COMMANDS]; /* [MS_CMD_NONE] is the program itself */

enum ms_help { MS_HELP_NONE, MS_HELP_SHORT, MS_HELP_LONG };

struct ms_args {
    enum ms_command command;
    enum ms_help help;
    bool version;
    const char **operands; /* owned array of borrowed strings */
    size_t n_operands;
    const char *dataset; /* -o */
    bool force, append, reopen, resume;
    uint64_t threads;       /* 0: one a core */
    uint64_t year;          /* 0: not given */
    uint64_t segment_bytes; /* 0: default */
    uint64_t stripe_bytes;  /* 0: default */
    uint64_t memory_bytes;  /* likewise */
    uint64_t horizon_s;     /* 0: default */
    uint64_t checkpoint_s;
    bool has_checkpoint;        /* --checkpoint-seconds was given */
    uint64_t part_rows;         /* compact; 0: default */
    bool whole_lists;           /* the plain twin of correlate */
    struct ms_told_zone *zones; /* --tz; owned */
    size_t n_zones;
    const char *host;
    const char *host_map;
    const char *reasons;
    const char *ingest_patterns; /* --patterns */
    bool evidence;
    enum ms_scan_engine engine;
    enum ms_format format;
    bool has_format;
    bool kinds;
    const char *sql_file;
    struct ms_selectors selectors;
    uint64_t limit; /* of mails; 0: all */
    bool has_limit;
    bool count;
    bool raw;
    bool all;
    const char **source_roots; /* OLD=NEW; owned array of borrowed strings */
    size_t n_source_roots;
    const char *display_zone; /* NULL: UTC */
    struct ms_gen_options gen;
    const char *gen_log, *gen_truth; /* files to write */
    uint64_t gen_rotate_bytes;       /* 0: one file */
    bool gen_duplicates;
    bool gen_has_size;     /* --size was given */
    const char **patterns; /* -e; owned array of borrowed strings. Without -e and -f the first operand is the pattern */
    size_t n_patterns;
    const char *pattern_file; /* NULL or -f */
    bool is_literal, ignore_case, files_only, hops;
};

struct ms_flag {
    unsigned commands;      /* bits 1u << enum ms_command */
    char letter;            /* 0: none */
    bool hidden;            /* shown by --help, not by -h */
    const char *name;       /* without the dashes */
    const char *value_name; /* NULL: a switch */
    const char *help;
    /* Puts the value (NULL for a switch) into args; the sentence of a failure need not name the flag. */
    enum ms_status (*apply)(struct ms_args *args, const char *value, struct ms_error *err);
};
extern const struct ms_flag ms_flags[];
extern const size_t ms_n_flags;

/* argv without the program's name. MS_ERR_USAGE: what is wrong and what is nearest; args->command is set as far as known, so
 * that the caller can point to its help. Call ms_args_fini in every case. */
MS_NODISCARD enum ms_status ms_args_parse(struct ms_args *args, int argc, char *const *argv, struct ms_error *err);
void ms_args_fini(struct ms_args *args);

void ms_help_print(FILE *out, enum ms_command command, enum ms_help help);

#endif
