/* Help texts, made from the tables of flags.c. */
#include <string.h>

#include "cli/flags.h"

enum { HELP_COLUMN = 26 };

static void print_flag(FILE *out, const struct ms_flag *flag)
{
    char left[64];
    char letter[8] = "    ";
    if (flag->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", flag->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, flag->name, flag->value_name ? " " : "",
             flag->value_name ? flag->value_name : "");
    fprintf(out, "%-*s  %s\n", HELP_COLUMN, left, flag->help);
}

static void print_flags(FILE *out, enum ms_command command, enum ms_help help)
{
    fputs("\nflags:\n", out);
    for (const struct ms_flag *f = ms_flags; f < ms_flags + ms_n_flags; f++)
        if ((f->commands & (1u << command)) != 0 && (!f->hidden || help == MS_HELP_LONG))
            print_flag(out, f);
}

static void print_commands(FILE *out)
{
    fputs("\ncommands:\n", out);
    for (enum ms_command i = MS_CMD_NONE + 1; i < MS_N_COMMANDS; i++) {
        char left[64];
        snprintf(left, sizeof left, "  %s %s", ms_commands[i].name, ms_commands[i].operands);
        fprintf(out, "%-*s  %s\n", HELP_COLUMN + 4, left, ms_commands[i].summary);
    }
    fputs("  (mailstrata COMMAND --help says more)\n", out);
}

void ms_help_print(FILE *out, enum ms_command command, enum ms_help help)
{
    const struct ms_command_facts *facts = &ms_commands[command];
    fprintf(out, "usage: mailstrata %s%s%s\n\n%s\n", facts->name, *facts->name ? " " : "", facts->operands,
            facts->summary);
    if (command == MS_CMD_NONE)
        print_commands(out);
    print_flags(out, command, help);
    fprintf(out, "\n%s", facts->details);
}
