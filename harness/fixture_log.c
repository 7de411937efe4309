/* Lines of known logs, by tables of regular expressions: a new line of a new release is a new row. */
#include "harness/fixture_server.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "harness/match.h"

struct log_table {
	const struct log_row *rows;
	size_t n;
	struct match *match[];
};

struct log_table *log_table_new(const struct log_row *rows)
{
	struct log_table *t;
	size_t n = 0;

	while (rows[n].pattern)
		n++;
	t = calloc(1, sizeof(*t) + n * sizeof(t->match[0]));
	if (!t)
		return NULL;
	t->rows = rows;
	for (; t->n < n; t->n++) {
		t->match[t->n] = match_new(PATTERN_MATCH, rows[t->n].pattern, NULL);
		if (!t->match[t->n]) {
			log_table_free(t);
			return NULL;
		}
	}
	return t;
}

void log_table_free(struct log_table *t)
{
	if (!t)
		return;
	while (t->n > 0)
		match_free(t->match[--t->n]);
	free(t);
}

/* "connect $1" with the groups put in. */
static void put_together(const char *says, const char *line, const struct match_hit *hit, struct buf *out)
{
	for (const char *s = says; *s; s++) {
		unsigned group =
			s[0] == '$' && isdigit((unsigned char)s[1]) ? (unsigned)(s[1] - '0') : MATCH_GROUPS_MAX;

		if (group >= hit->n) {
			buf_addc(out, *s);
			continue;
		}
		s++;
		if (hit->start[group] <= hit->end[group])
			buf_add(out, line + hit->start[group], hit->end[group] - hit->start[group]);
	}
}

enum log_act log_table_read(const struct log_table *t, const char *line, struct buf *said)
{
	struct match_hit hit;

	for (size_t i = 0; i < t->n; i++) {
		if (!match_find(t->match[i], line, strlen(line), 0, true, &hit))
			continue;
		buf_reset(said);
		if (t->rows[i].says)
			put_together(t->rows[i].says, line, &hit, said);
		return t->rows[i].act;
	}
	return LOG_NOTHING;
}
