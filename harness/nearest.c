/* The line that a person would have pointed at: most of the pattern's own words, in its order. */
#include "harness/step.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum {
	LINES_MAX = 500,	/* how far back it looks */
	WORDS_MAX = 192,
};

/* What a regex says literally: escapes resolved, groups, classes and repeats left out. */
static void literal_part(const char *pattern, char *out, size_t size)
{
	size_t n = 0;

	for (const char *s = pattern; *s && n + 1 < size; s++) {
		if (*s == '\\' && s[1]) {
			s++;
			if (isalnum((unsigned char)*s))
				continue;
		} else if (*s == '[') {
			const char *end = s[1] ? strchr(s + 2, ']') : NULL;

			s = end ? end : s;
			continue;
		} else if (strchr("^$().*+?|{}", *s)) {
			continue;
		}
		out[n++] = *s;
	}
	out[n] = '\0';
}

/* Length of the common beginning twice, and of the pairs of characters both have. */
static unsigned likeness(const char *want, const char *line)
{
	unsigned score = 0;
	size_t i = 0;

	while (want[i] && want[i] == line[i])
		i++;
	score = (unsigned)i * 2;
	for (; want[i] && want[i + 1]; i++) {
		const char pair[3] = { want[i], want[i + 1], '\0' };

		score += strstr(line, pair) != NULL;
	}
	return score;
}

bool nearest_line(const struct stream *s, size_t pos, const char *pattern, size_t *line)
{
	size_t n = stream_lines(s), first = stream_line_at(s, pos);
	unsigned best = 0, floor;
	char want[WORDS_MAX];
	struct buf view;

	literal_part(pattern, want, sizeof(want));
	floor = (unsigned)strlen(want) / 2;
	buf_init(&view, 1 << 20);
	if (n > LINES_MAX && first < n - LINES_MAX)
		first = n - LINES_MAX;
	for (size_t i = first; i < n; i++) {
		unsigned score;

		buf_reset(&view);
		stream_view(s, i, &view);
		score = likeness(want, buf_str(&view));
		if (score >= best && score > floor) {
			best = score;
			*line = i;
		}
	}
	buf_free(&view);
	return best > 0;
}
