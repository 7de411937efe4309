/* Byte buffer that grows up to a limit given at init; passing the limit is an error code, never a crash. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;	/* NUL-terminated after the first addition; NULL before */
	size_t len;	/* bytes in use, without the NUL */
	size_t cap;	/* bytes allocated */
	size_t max;	/* most bytes it may ever hold */
};

/* Prepares an empty buffer that will hold at most max bytes. Allocates nothing. */
void buf_init(struct buf *b, size_t max);

/* Gives the memory back; the buffer is empty and usable again. */
void buf_free(struct buf *b);

/* Forgets the content and keeps the memory. */
void buf_reset(struct buf *b);

/*
 * Append n bytes / a string / one character / formatted text.
 * Return 0, or -ENOSPC when the limit would be passed (nothing is added), or -ENOMEM.
 */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_adds(struct buf *b, const char *s);
int buf_addc(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_addv(struct buf *b, const char *fmt, va_list ap);

/* Removes up to n bytes from the front. */
void buf_drop(struct buf *b, size_t n);

/* The content as a C string, "" when empty. Borrowed until the next change. */
const char *buf_str(const struct buf *b);

#endif
