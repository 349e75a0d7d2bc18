/* The program behind main(). Thread rule: once a process. */
#ifndef MS_CLI_CLI_H
#define MS_CLI_CLI_H

/* Parses, runs, prints; gives the exit code of DESIGN 6. */
int ms_cli_run(int argc, char *const *argv);

#endif
