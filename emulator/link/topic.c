/* Level by level, without copies: a filter of a kilobyte costs one pass. */
#include "link/topic.h"

#include <string.h>

static size_t level_len(const char *s, size_t n)
{
	const char *slash = memchr(s, '/', n);

	return slash ? (size_t)(slash - s) : n;
}

bool topic_matches(const char *filter, size_t filter_len, const char *name, size_t name_len)
{
	bool filter_more = true, name_more = true;

	/* A filter that begins with a wildcard does not see the server's own topics (4.7.2). */
	if (name_len && name[0] == '$' && filter_len && (filter[0] == '#' || filter[0] == '+'))
		return false;
	while (filter_more) {
		size_t f = level_len(filter, filter_len), n = level_len(name, name_len);

		if (f == 1 && *filter == '#')
			return true;	/* also of the parent level */
		if (!name_more)
			return false;
		if (!(f == 1 && *filter == '+') && (f != n || memcmp(filter, name, f)))
			return false;
		filter_more = f < filter_len;
		name_more = n < name_len;
		filter += f + filter_more;
		filter_len -= f + filter_more;
		name += n + name_more;
		name_len -= n + name_more;
	}
	return !name_more;
}

bool topic_filter_valid(const char *filter, size_t len)
{
	size_t n;

	if (!len || memchr(filter, '\0', len))
		return false;
	for (;; filter += n + 1, len -= n + 1) {
		n = level_len(filter, len);
		if (n > 1 && (memchr(filter, '#', n) || memchr(filter, '+', n)))
			return false;
		if (n == 1 && *filter == '#')
			return n == len;
		if (n == len)
			return true;
	}
}
