/* Reads the text twice: the chosen lines as a conversation, all lines for what they say of it. */
#include "harness/reproduce/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "harness/wire/recording.h"

enum { NAME_SIZE = 32, QUOTE_MIN_BYTES = 12 };

/* Lines that say who wrote what follows; the first group is the name. */
static const char *const headers[] = {
	"^(\\S+) (?:commented|opened|wrote) .*\\bago\\b", /* an issue's page, copied */
	"^#{1,6} .*?@?(\\S+) commented on ",		  /* the same as Markdown */
	"^On .*?,? (\\S+) wrote:$",			  /* a mail */
	"^From: (.+)$",
};

/* --- lines and authors ----------------------------------------------------------------------------------------- */

struct header_regex {
	pcre2_code *code[sizeof(headers) / sizeof(headers[0])];
	pcre2_match_data *md;
};

static void compile_headers(struct header_regex *h)
{
	int error;
	PCRE2_SIZE at;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		h->code[i] = pcre2_compile((PCRE2_SPTR)headers[i], PCRE2_ZERO_TERMINATED, 0, &error, &at, NULL);
	h->md = pcre2_match_data_create(4, NULL);
}

static void free_headers(struct header_regex *h)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		pcre2_code_free(h->code[i]);
	pcre2_match_data_free(h->md);
}

static const char *find_author(const struct header_regex *h, struct pool *pool, const char *text)
{
	const PCRE2_SIZE *v;

	for (size_t i = 0; h->md && i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (!h->code[i] || pcre2_match(h->code[i], (PCRE2_SPTR)text, strlen(text), 0, 0, h->md, NULL) < 2)
			continue;
		v = pcre2_get_ovector_pointer(h->md);
		return pool_copy(pool, text + v[2], v[3] - v[2]);
	}
	return NULL;
}

static void mark_authors(struct log *l)
{
	struct header_regex h = { 0 };
	const char *author = NULL;
	unsigned comment = 0;

	compile_headers(&h);
	for (unsigned i = 0; i < l->n_lines; i++) {
		const char *name = find_author(&h, l->pool, l->lines[i].text);

		if (name) {
			author = name;
			comment++;
		}
		l->lines[i].author = author;
		l->lines[i].comment = comment;
	}
	free_headers(&h);
}

static int by_text(const void *a, const void *b)
{
	const struct log_line *const *x = a, *const *y = b;
	int order = strcmp((*x)->text, (*y)->text);

	return order ? order : (*x > *y) - (*x < *y);
}

/* A line that another comment has had before is a quotation, and says nothing of who quotes. */
static void mark_quotes(struct log *l)
{
	struct log_line **order = pool_alloc(l->pool, (l->n_lines + 1) * sizeof(*order));
	const struct log_line *first = NULL;

	for (unsigned i = 0; i < l->n_lines; i++)
		order[i] = &l->lines[i];
	qsort(order, l->n_lines, sizeof(*order), by_text);
	for (unsigned i = 0; i < l->n_lines; i++) {
		if (!first || strcmp(first->text, order[i]->text))
			first = order[i];
		order[i]->quoted = strlen(first->text) >= QUOTE_MIN_BYTES && order[i]->comment != first->comment;
	}
}

static void split_lines(struct log *l, const char *text, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++)
		l->n_lines += text[i] == '\n';
	l->n_lines += n && text[n - 1] != '\n';
	l->lines = pool_alloc(l->pool, (l->n_lines + 1) * sizeof(*l->lines));
	for (unsigned i = 0; i < l->n_lines; i++) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end ? (size_t)(end - text) - at : n - at;
		size_t cut = len && text[at + len - 1] == '\r' ? len - 1 : len;

		l->lines[i].text = pool_copy(l->pool, text + at, cut);
		at += len + 1;
	}
}

/* --- conversations --------------------------------------------------------------------------------------------- */

static int append(struct recording *all, const struct recording *r)
{
	int err = 0;

	for (size_t i = 0; !err && i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		err = recording_add(all, &ev);
	}
	return err;
}

static void keep_part(struct log *l, const struct import_segment *s)
{
	struct log_part *list = pool_grow(l->pool, (void *)l->parts, l->n_parts, sizeof(*list));

	list[l->n_parts++] = (struct log_part){ s->first_line, s->last_line, s->timed };
	l->parts = list;
}

const struct log_part *log_part_of(const struct log *l, unsigned line)
{
	for (size_t i = 0; i < l->n_parts; i++) {
		if (line >= l->parts[i].first && line <= l->parts[i].last)
			return &l->parts[i];
	}
	return NULL;
}

static int take_talk(struct log *l, const struct import *imp, struct err *e)
{
	struct recording *all = recording_new();
	int err = all ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < import_segments(imp); i++) {
		keep_part(l, import_segment(imp, i));
		err = append(all, import_recording(imp, i));
	}
	l->talk = err ? NULL : conversation_new(all);
	recording_free(all);
	for (size_t i = 0; i < import_remarks(imp); i++)
		l->damaged += import_remark(imp, i)->kind == IMPORT_DAMAGED;
	return l->talk ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static void take_commands(struct log *l, const struct recording *r)
{
	struct conversation *c = conversation_new(r);

	for (size_t i = 0; c && i < conversation_size(c); i++) {
		const struct exchange *x = conversation_at(c, i);
		struct log_command *list;

		if (!x->command)
			continue;
		list = pool_grow(l->pool, (void *)l->commands, l->n_commands, sizeof(*list));
		list[l->n_commands++] = (struct log_command){ pool_strdup(l->pool, x->command), x->line };
		l->commands = list;
	}
	conversation_free(c);
}

static int take_context(struct log *l, const char *name, const char *text, size_t n, const struct import_options *o,
			struct err *e)
{
	struct import_options all = *o;
	struct import *imp;

	all.first_line = all.last_line = 0;
	imp = import_text(name, text, n, &all, e);
	for (size_t i = 0; imp && i < import_segments(imp); i++)
		take_commands(l, import_recording(imp, i));
	import_free(imp);
	return imp ? 0 : -EINVAL;
}

static int take_text(struct log *l, const char *name, const char *text, size_t n, const struct import_options *o,
		     struct err *e)
{
	struct import *imp = import_text(name, text, n, o, e);
	int err = imp ? take_talk(l, imp, e) : -EINVAL;

	l->name = pool_strdup(l->pool, imp ? import_name(imp) : name);
	l->first = imp ? import_first_line(imp) : 1;
	import_free(imp);
	return err ? err : take_context(l, name, text, n, o, e);
}

struct log *log_read(const char *name, const char *text, size_t n, const struct import_options *o, struct err *e)
{
	struct pool *pool = pool_new();
	struct log *l = pool_alloc(pool, sizeof(*l));
	unsigned last;

	l->pool = pool;
	if (take_text(l, name, text, n, o, e)) {
		log_free(l);
		return NULL;
	}
	split_lines(l, text, n);
	mark_authors(l);
	mark_quotes(l);
	last = l->first + l->n_lines - 1;
	l->from = o->first_line > l->first ? o->first_line : l->first;
	l->to = o->last_line && o->last_line < last ? o->last_line : last;
	return l;
}

const struct log_line *log_line_at(const struct log *l, unsigned n)
{
	return &l->lines[n - l->first];
}

void log_free(struct log *l)
{
	if (!l)
		return;
	conversation_free(l->talk);
	pool_free(l->pool);
}

/* 0 inside the chosen lines, then by distance, what comes behind last. */
static unsigned long distance(const struct log *l, unsigned at, unsigned line)
{
	bool inside = at >= l->from && at <= l->to;

	if (at <= line)
		return line - at + (inside ? 0 : l->n_lines);
	return at - line + (inside ? l->n_lines / 2 : 4UL * l->n_lines);
}

const struct log_command *log_find(const struct log *l, const char *name, unsigned line,
				   bool (*accept)(const char *command, const void *ctx), const void *ctx)
{
	const struct log_command *best = NULL;
	char own[NAME_SIZE];

	for (size_t i = 0; i < l->n_commands; i++) {
		const struct log_command *c = &l->commands[i];

		if (!command_name(c->text, own, sizeof(own)) || strcasecmp(own, name))
			continue;
		if (accept && !accept(c->text, ctx))
			continue;
		if (!best || distance(l, c->line, line) < distance(l, best->line, line))
			best = c;
	}
	return best;
}
