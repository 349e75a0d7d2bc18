#include "query/network.h"

#include <arpa/inet.h>
#include <stdlib.h>

struct address {
    int family; /* 0: none */
    unsigned char bytes[16];
};

static struct address address_of(struct ms_span text)
{
    struct address a = {0};
    char copy[INET6_ADDRSTRLEN];
    if (text.p == NULL || text.n == 0 || text.n >= sizeof copy || memchr(text.p, '\0', text.n) != NULL)
        return a;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    int family = memchr(text.p, ':', text.n) != NULL ? AF_INET6 : AF_INET;
    if (inet_pton(family, copy, a.bytes) == 1)
        a.family = family;
    return a;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

/* Of the digits behind the slash; -1 if they are none or too many. */
static int bits_of(struct ms_span digits, int most)
{
    int bits = digits.n > 0 ? 0 : -1;
    for (uint32_t i = 0; i < digits.n && bits >= 0; i++)
        bits = digits.p[i] >= '0' && digits.p[i] <= '9' ? bits * 10 + (digits.p[i] - '0') : -1;
    return digits.n <= 3 && bits <= most ? bits : -1;
}

bool ms_network_holds(struct ms_span network, struct ms_span ip)
{
    const char *slash = network.p != NULL ? memchr(network.p, '/', network.n) : NULL;
    if (slash == NULL)
        return false;
    uint32_t n = (uint32_t)(slash - network.p);
    struct address base = address_of(ms_span_of(network.p, n)), a = address_of(ip);
    int bits = bits_of(ms_span_of(slash + 1, network.n - n - 1), base.family == AF_INET6 ? 128 : 32);
    return base.family != 0 && base.family == a.family && bits >= 0 && same_bits(base.bytes, a.bytes, (unsigned)bits);
}

static struct ms_span text_at(duckdb_vector vector, idx_t row)
{
    uint64_t *validity = duckdb_vector_get_validity(vector);
    if (validity != NULL && !duckdb_validity_row_is_valid(validity, row))
        return MS_SPAN_NULL;
    duckdb_string_t *s = (duckdb_string_t *)duckdb_vector_get_data(vector) + row;
    return ms_span_of(duckdb_string_t_data(s), duckdb_string_t_length(*s));
}

static void in_network(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
    (void)info;
    duckdb_vector ip = duckdb_data_chunk_get_vector(input, 0), network = duckdb_data_chunk_get_vector(input, 1);
    bool *out = duckdb_vector_get_data(output);
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); row++)
        out[row] = ms_network_holds(text_at(network, row), text_at(ip, row));
}

bool ms_network_register(duckdb_connection con)
{
    duckdb_scalar_function f = duckdb_create_scalar_function();
    duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    duckdb_logical_type boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
    duckdb_scalar_function_set_name(f, "in_network");
    duckdb_scalar_function_add_parameter(f, text);
    duckdb_scalar_function_add_parameter(f, text);
    duckdb_scalar_function_set_return_type(f, boolean);
    duckdb_scalar_function_set_special_handling(f); /* NULL gives false */
    duckdb_scalar_function_set_function(f, in_network);
    bool ok = duckdb_register_scalar_function(con, f) == DuckDBSuccess;
    duckdb_destroy_logical_type(&text);
    duckdb_destroy_logical_type(&boolean);
    duckdb_destroy_scalar_function(&f);
    return ok;
}
