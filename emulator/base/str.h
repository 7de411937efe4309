/* Strings and numbers with ranges: the only place where text becomes a number. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Whole text s of n bytes as a decimal number between min and max (a leading '-' when min < 0).
 * Returns 0, -EINVAL (not a number) or -ERANGE.
 */
int str_to_num(const char *s, size_t n, long long min, long long max, long long *out);

/* As str_to_num, also takes 0x.. hexadecimal. */
int str_to_num_any(const char *s, size_t n, long long min, long long max, long long *out);

/*
 * "-45.05" with at most so many digits behind the point, as a number of the last of them (decimals 7: -450500000),
 * between min and max of those. Returns as str_to_num.
 */
int str_to_fixed(const char *s, unsigned decimals, long long min, long long max, long long *out);

/* "250ms", "5s", "1.5m", "2h", "40us" to microseconds. The unit is required. Returns 0 or -EINVAL. */
int str_to_duration_us(const char *s, uint64_t *out_us);

/* The word of a NULL-terminated list nearest to s (edit distance at most a third of its length plus one), or NULL. */
const char *str_nearest(const char *s, const char *const words[]);

/* Case-insensitive ASCII comparison of n bytes with a C string. */
bool str_ieq(const char *s, size_t n, const char *word);

/* Cuts blanks off both ends of n bytes: returns the new beginning and shortens *n. */
const char *str_trim(const char *s, size_t *n);

/* Copies src into dst of size bytes, always terminated. Returns false when it was cut. */
bool str_copy(char *dst, size_t size, const char *src);

/* Appends bytes in the escaped view of traces and matches: \r \n \t \\ \xNN; printable ASCII as is. */
void str_escape(struct buf *out, const void *p, size_t n);

/* Appends s with \r \n \t \e \0 \\ \" and \xNN resolved. Returns 0 or the 1-based position of a bad escape. */
size_t str_unescape(struct buf *out, const char *s);

/* Appends bytes as lower-case hex. */
void str_hex(struct buf *out, const void *p, size_t n);

/* Hex digits, optionally separated by blanks, to bytes. Returns 0 or -EINVAL. */
int str_unhex(struct buf *out, const char *s);

#endif
