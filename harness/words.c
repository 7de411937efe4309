/* Both kinds of quotes, and nothing else of what shells know. */
#include "harness/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { WORD_MAX_BYTES = 8192 };

int words_add(struct words *w, const char *word)
{
	if (w->argc == WORDS_MAX)
		return -E2BIG;
	w->argv[w->argc] = strdup(word);
	if (!w->argv[w->argc])
		return -ENOMEM;
	w->argv[++w->argc] = NULL;
	return 0;
}

/* The length of "{hole}" at s, 0 when it is not there. */
static size_t hole_at(const char *s, const char *hole)
{
	size_t n = strlen(hole);

	return s[0] == '{' && !strncmp(s + 1, hole, n) && s[n + 1] == '}' ? n + 2 : 0;
}

/* Takes one word off *s, quotes removed and the hole filled; false at the end. */
static bool next_word(const char **s, const char *hole, const char *fill, struct buf *word)
{
	char quote = '\0';

	buf_reset(word);
	while (isspace((unsigned char)**s))
		++*s;
	if (!**s)
		return false;
	buf_adds(word, "");
	for (; **s && (quote || !isspace((unsigned char)**s)); ++*s) {
		size_t n = hole_at(*s, hole);

		if (quote ? **s == quote : **s == '\'' || **s == '"') {
			quote = quote ? '\0' : **s;
		} else if (n) {
			buf_adds(word, fill);
			*s += n - 1;
		} else {
			buf_addc(word, **s);
		}
	}
	return true;
}

int words_split(struct words *w, const char *text, const char *hole, const char *fill)
{
	struct buf word;
	int err = 0;

	buf_init(&word, WORD_MAX_BYTES);
	while (!err && next_word(&text, hole, fill, &word))
		err = words_add(w, buf_str(&word));
	buf_free(&word);
	return err;
}

void words_clear(struct words *w)
{
	while (w->argc > 0)
		free(w->argv[--w->argc]);
	w->argv[0] = NULL;
}
