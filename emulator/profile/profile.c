/*
 * The values of one revision and the table that quirks.def makes. No YAML here, and no behaviour: who asks for a quirk
 * decides what it does.
 */
#include "profile/profile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "profile/profile_internal.h"

/* The choices of each enum quirk as words: choices_tls_sni[] = { "absent", "broken", "ok", NULL }. */
#define WORDS_1(a) #a
#define WORDS_2(a, b) #a, #b
#define WORDS_3(a, b, c) #a, #b, #c
#define WORDS_4(a, b, c, d) #a, #b, #c, #d
#define WORDS_5(a, b, c, d, e) #a, #b, #c, #d, #e
#define WORDS_6(a, b, c, d, e, f) #a, #b, #c, #d, #e, #f
#define WORDS(...) QUIRK_PICK(__VA_ARGS__, WORDS_6, WORDS_5, WORDS_4, WORDS_3, WORDS_2, WORDS_1, )(__VA_ARGS__)

#define QUIRK_ENUM(name, def, what, ...) static const char *const choices_##name[] = { WORDS(__VA_ARGS__), NULL };
#define QUIRK_INT(name, def, min, max, unit, what)
#define QUIRK_BOOL(name, def, what)
#define QUIRK_LIST(name, what)
#define QUIRK_STR(name, def, what)
#include "profile/quirks.def"
#undef QUIRK_ENUM
#undef QUIRK_INT
#undef QUIRK_BOOL
#undef QUIRK_LIST
#undef QUIRK_STR

enum kind { KIND_ENUM, KIND_INT, KIND_BOOL, KIND_LIST, KIND_STR };

struct row {
	struct quirk_info info;
	enum kind kind;
	size_t at;		/* offset in struct quirks */
};

#define AT(name) offsetof(struct quirks, name)
static const struct row rows[] = {
#define QUIRK_ENUM(q, d, w, ...) { { #q, "choice", #d, "", w, choices_##q, 0, 0 }, KIND_ENUM, AT(q) },
#define QUIRK_INT(q, d, lo, hi, u, w) { { #q, "number", #d, u, w, NULL, lo, hi }, KIND_INT, AT(q) },
#define QUIRK_BOOL(q, d, w) { { #q, "yes/no", #d, "", w, NULL, 0, 1 }, KIND_BOOL, AT(q) },
#define QUIRK_LIST(q, w) { { #q, "list", "", "", w, NULL, 0, 0 }, KIND_LIST, AT(q) },
#define QUIRK_STR(q, d, w) { { #q, "text", d, "", w, NULL, 0, 0 }, KIND_STR, AT(q) },
#include "profile/quirks.def"
#undef QUIRK_ENUM
#undef QUIRK_INT
#undef QUIRK_BOOL
#undef QUIRK_LIST
#undef QUIRK_STR
};

/* quirk_assign() writes any enum quirk as an unsigned. */
_Static_assert(sizeof(enum quirk_tls_sni) == sizeof(unsigned), "enum quirks are stored as unsigned");

const char *const quirk_confidences[] = { "doc", "seen", "driver", "guess", NULL };

const char *profile_default_name(void)
{
	return "LE20B03SIM7600M22";
}

const struct quirk_info *quirk_info(enum quirk_id id)
{
	return &rows[id].info;
}

enum quirk_id quirk_find(const char *name)
{
	unsigned id = 0;

	while (id < QUIRK_COUNT && strcmp(rows[id].info.name, name))
		id++;
	return (enum quirk_id)id;
}

void quirk_names(const char *names[QUIRK_COUNT + 1])
{
	for (unsigned id = 0; id < QUIRK_COUNT; id++)
		names[id] = rows[id].info.name;
	names[QUIRK_COUNT] = NULL;
}

static void *member(struct profile *p, enum quirk_id id)
{
	return (char *)&p->q + rows[id].at;
}

const struct word_list *quirk_list(const struct profile *p, enum quirk_id id)
{
	return rows[id].kind == KIND_LIST ? (const struct word_list *)((const char *)&p->q + rows[id].at) : NULL;
}

static void list_clear(struct word_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->word[i]);
	free(l->word);
	*l = (struct word_list){ 0 };
}

/* word[n] is NULL, so that a list can also be walked without its count. */
static int list_set(struct word_list *l, const char *const words[], size_t n)
{
	struct word_list fresh = { calloc(n + 1, sizeof(char *)), 0 };

	if (!fresh.word)
		return -ENOMEM;
	for (; fresh.n < n; fresh.n++) {
		fresh.word[fresh.n] = strdup(words[fresh.n]);
		if (!fresh.word[fresh.n]) {
			list_clear(&fresh);
			return -ENOMEM;
		}
	}
	list_clear(l);
	*l = fresh;
	return 0;
}

int word_list_add(struct word_list *l, const char *word)
{
	char **grown = realloc(l->word, (l->n + 2) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	l->word = grown;
	grown[l->n] = strdup(word);
	if (!grown[l->n])
		return -ENOMEM;
	grown[++l->n] = NULL;
	return 0;
}

bool quirk_list_has(const struct word_list *l, const char *word)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!strcmp(l->word[i], word))
			return true;
	}
	return false;
}

static int assign_choice(const struct row *r, void *to, const char *word, char *what, size_t size)
{
	const char *const *c = r->info.choices;
	struct buf list;
	unsigned i = 0;

	while (c[i] && strcmp(c[i], word))
		i++;
	if (c[i]) {
		memcpy(to, &i, sizeof(i));
		return 0;
	}
	buf_init(&list, 256);
	for (i = 0; c[i]; i++)
		buf_addf(&list, " %s", c[i]);
	snprintf(what, size, "'%s' is not a value of %s (one of:%s)", word, r->info.name, buf_str(&list));
	buf_free(&list);
	return -EINVAL;
}

static int assign_number(const struct row *r, void *to, const char *word, char *what, size_t size)
{
	long long v;

	if (str_to_num_any(word, strlen(word), r->info.min, r->info.max, &v)) {
		snprintf(what, size, "'%s' must be a number from %ld to %ld (%s, in %s)", word, r->info.min,
			 r->info.max, r->info.name, r->info.unit);
		return -EINVAL;
	}
	*(long *)to = (long)v;
	return 0;
}

static int assign_bool(const struct row *r, void *to, const char *word, char *what, size_t size)
{
	*(bool *)to = !strcmp(word, "true");
	if (*(bool *)to || !strcmp(word, "false"))
		return 0;
	snprintf(what, size, "'%s' must be true or false (%s)", word, r->info.name);
	return -EINVAL;
}

static int assign_text(void *to, const char *word)
{
	char *copy = strdup(word);

	if (!copy)
		return -ENOMEM;
	free(*(char **)to);
	*(char **)to = copy;
	return 0;
}

/* MS:TEXT, none earlier than the one before it. */
static bool is_boot_line(const char *word, long long *after_ms)
{
	const char *colon = strchr(word, ':');
	long long ms;

	if (!colon || !colon[1] || str_to_num(word, (size_t)(colon - word), *after_ms, 600000, &ms))
		return false;
	*after_ms = ms;
	return true;
}

/* Lists have no range of their own; what their words may be is known per list. */
static int check_words(enum quirk_id id, const char *const words[], size_t n, char *what, size_t size)
{
	static const char *const versions[] = { "1.0", "1.1", "1.2", "1.3" };
	long long v, after_ms = 0;

	for (size_t i = 0; i < n; i++) {
		const char *w = words[i];
		bool ok = *w != '\0';

		if (id == QUIRK_ID_tls_versions) {
			ok = false;
			for (size_t k = 0; k < sizeof(versions) / sizeof(versions[0]); k++)
				ok |= !strcmp(w, versions[k]);
		} else if (id == QUIRK_ID_tls_ciphers || id == QUIRK_ID_boot_noise) {
			ok = !str_to_num_any(w, strlen(w), 0, id == QUIRK_ID_boot_noise ? 0xff : 0xffff, &v);
		} else if (id == QUIRK_ID_boot_lines) {
			ok = is_boot_line(w, &after_ms);
		}
		if (!ok) {
			snprintf(what, size, "'%s' cannot be in %s (%s)", w, rows[id].info.name, rows[id].info.what);
			return -EINVAL;
		}
	}
	return 0;
}

int quirk_assign(struct profile *p, enum quirk_id id, const char *const words[], size_t n, char *what, size_t size)
{
	const struct row *r = &rows[id];
	void *to = member(p, id);

	if (r->kind != KIND_LIST && n != 1) {
		snprintf(what, size, "%s takes one value, not a list", r->info.name);
		return -EINVAL;
	}
	switch (r->kind) {
	case KIND_ENUM:
		return assign_choice(r, to, words[0], what, size);
	case KIND_INT:
		return assign_number(r, to, words[0], what, size);
	case KIND_BOOL:
		return assign_bool(r, to, words[0], what, size);
	case KIND_STR:
		return assign_text(to, words[0]);
	case KIND_LIST:
		return check_words(id, words, n, what, size) ? -EINVAL : list_set(to, words, n);
	}
	return -EINVAL;
}

static void source_free(struct quirk_source *s)
{
	free(s->evidence);
	free(s->profile);
	free(s->value);
}

int quirk_set_source(struct profile *p, enum quirk_id id, const char *profile, const char *evidence,
		     const char *confidence)
{
	struct quirk_source *s = &p->source[id];
	char value[1024];
	struct quirk_source fresh = {
		.evidence = strdup(evidence), .profile = strdup(profile), .confidence = confidence,
		.value = strdup(profile_value(p, id, value, sizeof(value))),
	};

	if (!fresh.evidence || !fresh.profile || !fresh.value) {
		source_free(&fresh);
		return -ENOMEM;
	}
	source_free(s);
	*s = fresh;
	return 0;
}

static int set_defaults(struct profile *p)
{
	char what[256];
	int err = 0;

	for (unsigned id = 0; !err && id < QUIRK_COUNT; id++) {
		const char *def = rows[id].info.def;

		err = quirk_assign(p, (enum quirk_id)id, &def, rows[id].kind == KIND_LIST ? 0 : 1, what, sizeof(what));
		if (!err)
			err = quirk_set_source(p, (enum quirk_id)id, "", "", "guess");
	}
	return err;
}

struct profile *profile_new(void)
{
	struct profile *p = calloc(1, sizeof(*p));

	if (p && set_defaults(p)) {
		profile_free(p);
		p = NULL;
	}
	return p;
}

static void identity_free(struct identity *id)
{
	char *text[] = { id->manufacturer, id->model, id->revision, id->build, id->ati_revision, id->svn, id->gcap,
			 id->device_info, id->csub, id->imei, id->imsi, id->iccid, id->msisdn };

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		free(text[i]);
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	for (unsigned id = 0; id < QUIRK_COUNT; id++) {
		if (rows[id].kind == KIND_LIST)
			list_clear(member(p, (enum quirk_id)id));
		else if (rows[id].kind == KIND_STR)
			free(*(char **)member(p, (enum quirk_id)id));
		source_free(&p->source[id]);
	}
	identity_free(&p->id);
	list_clear(&p->files);
	free(p->name);
	free(p->alias);
	free(p->summary);
	free(p);
}

enum { SET_WORDS_MAX = 64 };

/* "a,b,c" in place to words; how many, or SET_WORDS_MAX + 1. */
static size_t split_words(char *text, const char *words[SET_WORDS_MAX])
{
	size_t n = 0;

	while (*text) {
		char *comma = strchrnul(text, ',');
		bool last = !*comma;

		*comma = '\0';
		if (n == SET_WORDS_MAX)
			return SET_WORDS_MAX + 1;
		words[n++] = text;
		text = last ? comma : comma + 1;
	}
	return n;
}

static int set_named(struct profile *p, const char *assignment, char *value, struct err *e)
{
	const char *names[QUIRK_COUNT + 1], *words[SET_WORDS_MAX] = { value }, *near;
	enum quirk_id id = quirk_find(assignment);
	char what[256];
	size_t n = 1;

	if (id == QUIRK_COUNT) {
		quirk_names(names);
		near = str_nearest(assignment, names);
		return err_set(e, -EINVAL, near ? "unknown quirk '%s' (did you mean '%s'?)" : "unknown quirk '%s'%s",
			       assignment, near ? near : ": see sim7600-emu quirks");
	}
	if (rows[id].kind == KIND_LIST)
		n = split_words(value, words);
	if (n > SET_WORDS_MAX)
		return err_set(e, -EINVAL, "quirk %s: more than %d words", assignment, SET_WORDS_MAX);
	if (quirk_assign(p, id, words, n, what, sizeof(what)))
		return err_set(e, -EINVAL, "quirk %s", what);
	return quirk_set_source(p, id, "command line", "command line", "guess");
}

int profile_set(struct profile *p, const char *assignment, struct err *e)
{
	char *copy = strdup(assignment), *eq = copy ? strchr(copy, '=') : NULL;
	int err;

	if (!copy) {
		err = err_set(e, -ENOMEM, "out of memory");
	} else if (!eq || eq == copy) {
		err = err_set(e, -EINVAL, "'%s' must be QUIRK=VALUE", assignment);
	} else {
		*eq = '\0';
		err = set_named(p, copy, eq + 1, e);
	}
	free(copy);
	return err;
}

static void value_of_list(const struct word_list *l, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < l->n && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%s", i ? "," : "", l->word[i]);
}

long profile_number(const struct profile *p, enum quirk_id id)
{
	const struct row *r = &rows[id];

	return r->kind == KIND_INT ? *(const long *)((const char *)&p->q + r->at) : 0;
}

const char *profile_value(const struct profile *p, enum quirk_id id, char *buf, size_t size)
{
	const struct row *r = &rows[id];
	const void *at = (const char *)&p->q + r->at;
	unsigned choice;

	switch (r->kind) {
	case KIND_ENUM:
		memcpy(&choice, at, sizeof(choice));
		snprintf(buf, size, "%s", r->info.choices[choice]);
		break;
	case KIND_INT:
		snprintf(buf, size, "%ld", *(const long *)at);
		break;
	case KIND_BOOL:
		snprintf(buf, size, "%s", *(const bool *)at ? "true" : "false");
		break;
	case KIND_STR:
		snprintf(buf, size, "%s", *(char *const *)at);
		break;
	case KIND_LIST:
		value_of_list(at, buf, size);
		break;
	}
	return buf;
}

void profile_why(const struct profile *p, enum quirk_id id, struct why *w, const char *rule, const char *fmt, ...)
{
	const struct quirk_source *src = &p->source[id];
	size_t n = w->n;
	char text[192];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_add(w, rule, "%s", text);
	if (w->n == n)
		return;
	w->step[n].quirk = rows[id].info.name;
	w->step[n].value = src->value;
	w->step[n].evidence = src->evidence;
	w->step[n].confidence = src->confidence;
}
