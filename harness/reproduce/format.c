/* One place for what words are put together with. */
#include "harness/reproduce/format.h"

#include <stdarg.h>

#include "base/buf.h"

enum { TEXT_MAX_BYTES = 4096 };

const char *format_text(struct pool *pool, const char *fmt, ...)
{
	struct buf b;
	va_list ap;
	const char *s;

	buf_init(&b, TEXT_MAX_BYTES);
	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	s = pool_strdup(pool, buf_str(&b));
	buf_free(&b);
	return s;
}
