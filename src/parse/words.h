/* Eight bytes of text at once, in a plain 64-bit register. Byte i of the text is byte i of the word from below (little
 * endian). Inside parse/ only; pure functions; loads read exactly 8 bytes, which the caller knows to be there. */
#ifndef MS_PARSE_WORDS_H
#define MS_PARSE_WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define MS_EACH_BYTE(c) (0x0101010101010101 * (uint64_t)(unsigned char)(c))

static inline uint64_t ms_load8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* The lowest set bit is the top bit of the first byte equal to c; 0: none. */
static inline uint64_t ms_word_find(uint64_t word, char c)
{
    uint64_t x = word ^ MS_EACH_BYTE(c);
    return (x - MS_EACH_BYTE(1)) & ~x & MS_EACH_BYTE(0x80);
}

/* Which byte of the word a mask of top bits (not 0) names first. */
static inline unsigned ms_word_first(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask) / 8;
}

/* The top bits of all bytes that are not in 0-9A-F. Sums stay below 256, so no byte disturbs the next. */
static inline uint64_t ms_word_not_hex(uint64_t word)
{
    uint64_t low = word & MS_EACH_BYTE(0x7F);
    uint64_t is_digit = (low + MS_EACH_BYTE(0x80 - '0')) & ~(low + MS_EACH_BYTE(0x7F - '9'));
    uint64_t is_letter = (low + MS_EACH_BYTE(0x80 - 'A')) & ~(low + MS_EACH_BYTE(0x7F - 'F'));
    return ~((is_digit | is_letter) & ~word) & MS_EACH_BYTE(0x80);
}

/* The top bits of all bytes that are no digits. */
static inline uint64_t ms_word_not_digit(uint64_t word)
{
    uint64_t low = word & MS_EACH_BYTE(0x7F);
    uint64_t is_digit = (low + MS_EACH_BYTE(0x80 - '0')) & ~(low + MS_EACH_BYTE(0x7F - '9'));
    return ~(is_digit & ~word) & MS_EACH_BYTE(0x80);
}

/* Bit i is set if byte i of the 32 at p is c. _plain is the twin, for machines without SSE2 and for the test. */
static inline uint32_t ms_bytes_equal_plain(const char *p, char c)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < 32; i++)
        mask |= (uint32_t)(p[i] == c) << i;
    return mask;
}

static inline uint32_t ms_bytes_equal(const char *p, char c)
{
#ifdef __SSE2__
    __m128i a = _mm_loadu_si128((const __m128i *)p), b = _mm_loadu_si128((const __m128i *)(p + 16));
    __m128i all = _mm_set1_epi8(c);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(a, all)) | (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(b, all))
                                                                     << 16;
#else
    return ms_bytes_equal_plain(p, c);
#endif
}

/* Bit i is set if byte i of the 32 at a is that of the 32 at b. */
static inline uint32_t ms_bytes_same_plain(const char *a, const char *b)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < 32; i++)
        mask |= (uint32_t)(a[i] == b[i]) << i;
    return mask;
}

static inline uint32_t ms_bytes_same(const char *a, const char *b)
{
#ifdef __SSE2__
    __m128i low = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)a), _mm_loadu_si128((const __m128i *)b));
    __m128i high =
        _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(a + 16)), _mm_loadu_si128((const __m128i *)(b + 16)));
    return (uint32_t)_mm_movemask_epi8(low) | (uint32_t)_mm_movemask_epi8(high) << 16;
#else
    return ms_bytes_same_plain(a, b);
#endif
}

/* How many of the 16 bytes at p are in 0-9A-F before the first that is not. */
static inline unsigned ms_bytes_hex_plain(const char *p)
{
    uint64_t low = ms_word_not_hex(ms_load8(p)), high = ms_word_not_hex(ms_load8(p + 8));
    return low ? ms_word_first(low) : high ? 8 + ms_word_first(high) : 16;
}

static inline unsigned ms_bytes_hex(const char *p)
{
#ifdef __SSE2__
    __m128i x = _mm_loadu_si128((const __m128i *)p); /* bytes from 0x80 are negative, so below '0' */
    __m128i digit = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('0' - 1)), _mm_cmplt_epi8(x, _mm_set1_epi8('9' + 1)));
    __m128i letter =
        _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('A' - 1)), _mm_cmplt_epi8(x, _mm_set1_epi8('F' + 1)));
    return (unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(_mm_or_si128(digit, letter)));
#else
    return ms_bytes_hex_plain(p);
#endif
}

/* The value of 8 bytes from 0 to 9, the first of them the highest. Without a loop: pairs are added up. */
static inline uint32_t ms_word_value(uint64_t x)
{
    x = x * 10 + (x >> 8); /* pairs of digits, in every other byte from the first */
    uint64_t first_and_third = x & 0x000000FF000000FF, second_and_fourth = x >> 16 & 0x000000FF000000FF;
    x = first_and_third * (1000000ULL << 32 | 100) + second_and_fourth * (10000ULL << 32 | 1); /* upper half: the sum */
    return (uint32_t)(x >> 32);
}

/* The value of 8 decimal digits; false if one is none. */
static inline bool ms_word_digits(uint64_t word, uint32_t *value)
{
    uint64_t above = (word + MS_EACH_BYTE(6)) & MS_EACH_BYTE(0xF0);
    *value = ms_word_value(word - MS_EACH_BYTE('0'));
    return ((word & MS_EACH_BYTE(0xF0)) | above >> 4) == MS_EACH_BYTE(0x33);
}

/* The value of the first n bytes, 1 to 7 digits. */
static inline uint32_t ms_word_decimal(uint64_t word, unsigned n)
{
    uint32_t value;
    (void)ms_word_digits(word << (64 - 8 * n) | MS_EACH_BYTE('0') >> (8 * n), &value);
    return value;
}

#endif
