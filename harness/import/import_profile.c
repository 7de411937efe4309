/* A build names a revision better than AT+CGMR, which several builds share: the longer word wins. */
#include "harness/import/import_profile.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/embed.h"
#include "base/str.h"
#include "base/yml.h"

enum { WORD_MIN = 8 };

/* Where a word was found: inside the lines asked for beats above them, a longer word a shorter one, near beats far. */
struct place {
	bool inside;
	unsigned line;
	size_t length;
};

struct search {
	const char *text;
	size_t n;
	unsigned first, last;
	struct place best;
	size_t at; /* of the best, in text */
	struct import_profile *out;
};

static bool is_better(const struct place *a, const struct place *b)
{
	if (a->inside != b->inside)
		return a->inside;
	if (a->inside && a->length != b->length)
		return a->length > b->length;
	return a->line > b->line || (a->line == b->line && a->length > b->length);
}

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool is_whole(const struct search *s, const char *at, size_t n)
{
	return (at == s->text || !is_word_char(at[-1])) && (at + n == s->text + s->n || !is_word_char(at[n]));
}

static void look_for(struct search *s, const char *word, const char *profile)
{
	size_t n = strlen(word);
	const char *from = s->text, *at, *counted = s->text;
	unsigned line = 1;

	while (n >= WORD_MIN && (at = memmem(from, s->n - (size_t)(from - s->text), word, n)) != NULL) {
		struct place p = { .length = n };

		for (; counted < at; counted++)
			line += *counted == '\n';
		p.line = line;
		p.inside = line >= s->first && line <= s->last;
		from = at + 1;
		if (line > s->last || !is_whole(s, at, n) || !is_better(&p, &s->best))
			continue;
		s->best = p;
		s->at = (size_t)(at - s->text);
		s->out->line = line;
		str_copy(s->out->name, sizeof(s->out->name), profile);
		str_copy(s->out->word, sizeof(s->out->word), word);
	}
}

static const char *text_of(const struct yml_node *map, const char *key)
{
	const struct yml_node *n = map && yml_kind(map) == YML_MAP ? yml_get(map, key) : NULL;

	return n ? yml_str(n) : "";
}

static void look_for_profile(struct search *s, const struct embedded_file *f)
{
	struct yml *y = yml_load_text(f->name, f->data, f->size, NULL);
	const struct yml_node *root = y ? yml_root(y) : NULL;
	const char *name = text_of(root, "name");
	const struct yml_node *identity = root ? yml_get(root, "identity") : NULL;

	if (root && *text_of(root, "extends")) {
		look_for(s, text_of(identity, "build"), name);
		look_for(s, text_of(identity, "revision"), name);
		look_for(s, name, name);
	}
	yml_free(y);
}

static bool search_all(struct search *s)
{
	*s->out = (struct import_profile){ 0 };
	for (const struct embedded_file *f = embedded_files; f->name; f++) {
		if (!strncmp(f->name, "profile/", 8))
			look_for_profile(s, f);
	}
	return s->out->name[0] != '\0';
}

static unsigned line_at(const struct recording *r, size_t at)
{
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		if (ev.from != WIRE_MODEM)
			continue;
		if (at < ev.len)
			return ev.line;
		at -= ev.len;
	}
	return 0;
}

static bool is_built_in(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "profile/%.100s.yaml", name);
	for (const struct embedded_file *f = embedded_files; f->name; f++) {
		if (!strcmp(f->name, path))
			return true;
	}
	return false;
}

/* A dump shows its words only after it was read. */
static bool search_recording(const struct recording *r, struct import_profile *out)
{
	struct search s = { .first = 0, .last = UINT_MAX, .out = out };
	struct buf all;
	bool found;

	buf_init(&all, SIZE_MAX);
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		if (ev.from == WIRE_MODEM && ev.len)
			buf_add(&all, ev.data, ev.len);
	}
	s.text = buf_str(&all);
	s.n = all.len;
	found = search_all(&s);
	if (found)
		out->line = line_at(r, s.at);
	buf_free(&all);
	return found;
}

bool import_find_profile(const struct recording *r, const char *text, size_t n, unsigned first, unsigned last,
			 struct import_profile *out)
{
	struct search s = { .text = text, .n = n, .first = first, .last = last, .out = out };
	const char *own = recording_get(r, "profile");

	if (!own || !is_built_in(own))
		return search_recording(r, out) || search_all(&s);
	*out = (struct import_profile){ .line = first };
	str_copy(out->name, sizeof(out->name), own);
	str_copy(out->word, sizeof(out->word), own);
	return true;
}
