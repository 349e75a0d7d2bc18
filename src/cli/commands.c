/* The table of commands: what `--help` says of each. */
#include "cli/flags.h"

const struct ms_command_facts ms_commands[MS_N_COMMANDS] = {
    [MS_CMD_NONE] = {"", "COMMAND ...",
                     "Years of mail-server logs in, a dataset that says what happened to each mail out.",
                     "Exit code: 0 all good; 1 nothing matched; 2 wrong usage; 3 failed, nothing was published; 4 "
                     "done, but some input was\n"
                     "unreadable or incomplete (named on stderr); 5 verify found a mismatch; 130 interrupted, nothing "
                     "was published.\n",
                     0, 0},
    [MS_CMD_INGEST] = {"ingest", "PATH... -o DATASET", "read logs, write a dataset",
                       "PATH is a file, a folder (read recursively) or - for standard input: plain, gzip, xz, zstd, "
                       "bzip2, lz4 or .Z, and\n"
                       "tar and zip archives of these, told apart by content, not by name. Order does not matter. What "
                       "is cut short or\n"
                       "damaged gives what it holds (exit code 4). Ends with a summary on stderr that adds up.\n"
                       "A run that was interrupted goes on with --resume, the same options and the same sources: the "
                       "dataset is the one that\n"
                       "it would have made. Without --resume what it had done is thrown away.\n",
                       1, SIZE_MAX},
    [MS_CMD_PARSE] =
        {"parse", "PATH...|-", "print each line of a log as one object, no correlation",
         "`time` is in UTC; it is null where the stamp has no year and --year is not given. CSV has only the columns\n"
         "that all lines share: file, offset, time, host, program, pid, queue_id, kind, text.\n",
         0, SIZE_MAX},
    [MS_CMD_GREP] = {"grep", "PATTERN PATH...",
                     "print the whole story of each mail or session that a matching line belongs to",
                     "Straight from the logs, no dataset is needed. A story is a mail on one host and queue ID, with "
                     "the session that\n"
                     "brought it; where a line of the session itself matches, the session with all its mails; --hops: "
                     "the mail on all\n"
                     "hosts. A line that belongs to neither stands alone. PATTERN is a regular expression in the "
                     "syntax of Hyperscan\n"
                     "(that of Perl, without look-around, back references, \\A, \\z and (*VERBS)), and is looked for "
                     "in each line as "
                     "bytes.\n"
                     "Lines are printed as FILE:OFFSET: LINE (offset in the uncompressed file), stories apart by --. "
                     "Control characters\n"
                     "are written \\xNN where a terminal would show them. - is standard input, which is kept in a file "
                     "below $TMPDIR, as\n"
                     "input is read more than once. Memory grows with what is found. Exit code 1 if nothing matches.\n",
                     1, SIZE_MAX},
    [MS_CMD_INFO] = {"info", "DATASET", "what is in a dataset: hosts, period, totals, accounting",
                     "Fails (exit code 3) if the lines of a file do not add up.\n", 1, 1},
    [MS_CMD_FIND] =
        {"find", "DATASET [SELECTOR...]", "list the mails that match",
         "All selectors hold within one mail, on whichever of its hosts and queue IDs; recipient, status, relay and\n"
         "reason within one delivery, and with them host and time. What was turned away before it had a queue ID is\n"
         "listed, too, as state `refused`. Addresses and domains match in any case; /regex/ (RE2) matches anywhere in\n"
         "the value. Times are UTC unless they say otherwise or --display-tz is given; 2026-03-01 is the whole day.\n"
         "Exit code 1 if nothing matches; stderr then says which hosts and times the dataset covers.\n",
         1, 1},
    [MS_CMD_TRACE] =
        {"trace", "DATASET SELECTOR...", "tell the whole story of the mails that match, hop by hop",
         "The selectors are those of find. Each step names the FILE:OFFSET of the line that says so (offset in the\n"
         "uncompressed file); --raw shows that line. The dataset remembers paths as ingest was given them.\n",
         1, 1},
    [MS_CMD_SQL] =
        {"sql", "DATASET [\"SELECT ...\"]", "run SQL (DuckDB) over a dataset",
         "The tables are views by their names: messages, deliveries, sessions, rejects, logins, events, links, mails,\n"
         "coverage, matches, hosts, files, unparsed (columns: docs/SCHEMA.md); and mail_messages (messages with "
         "mail_id),\n"
         "fates (what became of each recipient of a mail over all hops) and gaps (hours without a line of a host). "
         "Without SQL and -f it is read from standard "
         "input.\n"
         "Several statements are separated by semicolons. In NDJSON 64-bit ids are strings; in CSV an empty field is\n"
         "NULL, \"\" the empty string; control characters in log text are written \\xNN.\n",
         1, 2},
    [MS_CMD_VERIFY] = {"verify", "DATASET", "read the sources again, and compare them with what the dataset says",
                       "Checks the digest of each source (SHA-256 if it was ingested with --evidence, else XXH3), "
                       "those of the parts\n"
                       "(--evidence), and that the lines which rows cite still stand there and say the same: a sample "
                       "of rows, or --all.\n"
                       "What a file has gained since is left alone. Mismatches are printed, and sources that are gone. "
                       "Exit code 5: a\n"
                       "mismatch; 4: none, but some source could not be read again.\n",
                       1, 1},
    [MS_CMD_COMPACT] =
        {"compact", "DATASET", "merge the small parts that appends leave",
         "The rows stay the same, in fewer files, which are read faster. Run it now and then, say once a "
         "month; later\n"
         "appends go on as without it. The dataset stays readable meanwhile, and as it was if the "
         "command is killed.\n"
         "The parts before are kept until the next run that writes, for readers that still have them "
         "open.\n",
         1, 1},
    [MS_CMD_GEN] = {"gen", "-o FILE", "write a log with known truth",
                    "For benchmarks of log parsers, and for tests (bench/README.md says how to score one). FILE - is "
                    "standard output.\n"
                    "The same flags give the same bytes. Mail comes from a simulated farm whose hosts hand mail to "
                    "each other; lines of\n"
                    "concurrent mails interleave. --truth writes messages.ndjson, deliveries.ndjson and rejects.ndjson "
                    "in the columns of\n"
                    "docs/SCHEMA.md. With --days or --years the log is busy at times, and quiet between, so that it "
                    "covers that span.\n",
                    0, 0},
};
