/* Names that are numbers: the text of an address, a client or a domain is a pure function of its number, so that open mails
 * stay small and no pool of texts has to be warm. All domains are reserved ones (RFC 2606). Private to gen/. */
#ifndef MS_GEN_NAMES_H
#define MS_GEN_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/put.h"

enum { MS_GEN_WORDS = 1024, MS_GEN_DOMAINS = 4000, MS_GEN_OWN_DOMAINS = 12 };

/* Numbers of addresses: 0 is the null sender. */
#define MS_GEN_OWN (UINT32_C(1) << 31)   /* a user of the farm */
#define MS_GEN_FRESH (UINT32_C(1) << 30) /* seen for the first time */

struct ms_gen_names {
    struct ms_gen_word words[MS_GEN_WORDS];
    struct ms_gen_word octets[256]; /* "0" .. "255" */
};
void ms_gen_names_init(struct ms_gen_names *names);

/* `user@domain`, at most 90 bytes; in JSON `"` and `\` are escaped. Number 0: nothing. */
char *ms_gen_put_address(const struct ms_gen_names *names, char *p, uint32_t number, bool json);
char *ms_gen_put_local_part(const struct ms_gen_names *names, char *p, uint32_t number, bool json);
char *ms_gen_put_domain(const struct ms_gen_names *names, char *p, uint32_t domain);
uint32_t ms_gen_domain_of(uint32_t address);

/* A client of the world: its name (false: it has none), and its IP. */
bool ms_gen_client_named(uint32_t number);
bool ms_gen_client_v6(uint32_t number);
bool ms_gen_exchanger_v6(uint32_t domain);
char *ms_gen_put_client_name(const struct ms_gen_names *names, char *p, uint32_t number);
char *ms_gen_put_client_ip(const struct ms_gen_names *names, char *p, uint32_t number);

/* The mail exchanger of a domain. */
char *ms_gen_put_exchanger(const struct ms_gen_names *names, char *p, uint32_t domain);
char *ms_gen_put_exchanger_ip(const struct ms_gen_names *names, char *p, uint32_t domain);

#endif
