/*
 * Bounded text: a writer into caller memory and a reader of decimal numbers.
 * Replaces stdio on the targets that have none.
 */
#ifndef CORE_FMT_H
#define CORE_FMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fmt {
	char *text; /* always terminated */
	size_t size;
	size_t len;
	bool cut; /* something did not fit */
};

/* Start an empty text in size bytes of caller memory; size is at least 1. */
void fmt_init(struct fmt *f, char *text, size_t size);

void fmt_char(struct fmt *f, char c);
void fmt_text(struct fmt *f, const char *s);
void fmt_uint(struct fmt *f, uint32_t v);
void fmt_hex(struct fmt *f, uint32_t v, unsigned min_digits);

/* Bytes of unknown content: what does not print becomes \xNN. */
void fmt_bytes(struct fmt *f, const uint8_t *p, size_t n);

/* printf with %s %c %d %u %x %% only; no width, no precision. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void fmt_print(struct fmt *f, const char *format, ...);

/*
 * Read a decimal number with optional sign, up to 9 digits, after spaces.
 * Returns the first character behind it, NULL when there is none or it is
 * longer.
 */
const char *fmt_read_int(const char *s, int32_t *value);

#endif
