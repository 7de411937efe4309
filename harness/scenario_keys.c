/* Checks that need no storage: which keys may stand together, and how names, regexes and byte texts are written. */
#include "harness/scenario_keys.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <string.h>

#include "base/str.h"

int find_word(const char *const words[], const char *s)
{
	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], s))
			return i;
	}
	return -1;
}

int unknown_error(struct reader *r, const struct yml_node *n, const char *what, const char *s,
		  const char *const words[])
{
	const char *near = str_nearest(s, words);
	struct buf b;

	buf_init(&b, 360);
	if (near) {
		buf_addf(&b, " (did you mean '%s'?)", near);
	} else if (words[0]) {
		buf_adds(&b, " (one of:");
		for (size_t i = 0; words[i]; i++)
			buf_addf(&b, " %s", words[i]);
		buf_adds(&b, ")");
	}
	yml_error(n, r->e, "unknown %s '%.60s'%s", what, s, buf_str(&b));
	buf_free(&b);
	return -EINVAL;
}

/* --- keys ---------------------------------------------------------------------------------------------------- */

enum { KEYS_MAX = 40 };

static void list_keys(const struct table *t, const char *keys[KEYS_MAX])
{
	size_t n = 0;

	for (const struct field *f = t->fields; f->key && n < KEYS_MAX - 2; f++)
		keys[n++] = f->key;
	if (t->other)
		keys[n++] = t->other_key;
	keys[n] = NULL;
}

static int check_required(struct reader *r, const struct yml_node *n, const struct table *t)
{
	for (const struct field *f = t->fields; f->key; f++) {
		const struct yml_node *value = yml_get(n, f->key);

		if (f->required && !value)
			return yml_error(n, r->e, "key '%s' is missing", f->key);
		if (value && f->only_with && !yml_get(n, f->only_with))
			return yml_error(value, r->e, "'%s' needs '%s' beside it", f->key, f->only_with);
		if (value && f->not_with && yml_get(n, f->not_with))
			return yml_error(value, r->e, "'%s' and '%s' cannot be in one entry", f->key, f->not_with);
	}
	return 0;
}

static int group_missing(struct reader *r, const struct yml_node *n, const struct table *t)
{
	struct buf b;

	buf_init(&b, 300);
	for (const struct field *f = t->fields; f->key; f++) {
		if (f->grouped || f->stands_in)
			buf_addf(&b, " %s", f->key);
	}
	if (t->other)
		buf_addf(&b, " %s", t->other_key);
	yml_error(n, r->e, "one of these keys is missing:%s", buf_str(&b));
	buf_free(&b);
	return -EINVAL;
}

static int check_group(struct reader *r, const struct yml_node *n, const struct table *t)
{
	const char *first = NULL;
	bool stands_in = false;

	for (const struct field *f = t->fields; f->key; f++) {
		stands_in |= f->stands_in && yml_get(n, f->key);
		if (!f->grouped || !yml_get(n, f->key))
			continue;
		if (first)
			return yml_error(yml_get(n, f->key), r->e, "'%s' and '%s' cannot be in one entry", first, f->key);
		first = f->key;
	}
	return first || stands_in ? 0 : group_missing(r, n, t);
}

int check_keys(struct reader *r, const struct yml_node *n, const struct table *t)
{
	const char *keys[KEYS_MAX];

	list_keys(t, keys);
	if (yml_check_keys(n, keys, r->e) || check_required(r, n, t))
		return -EINVAL;
	if (t->not_empty && !yml_size(n))
		return yml_error(n, r->e, "must have at least 1 entry");
	return t->has_choice ? check_group(r, n, t) : 0;
}

/* --- texts --------------------------------------------------------------------------------------------------- */

#define NAME_FIRST "abcdefghijklmnopqrstuvwxyz0123456789"

static bool is_name(const char *s, bool plain)
{
	size_t n = strspn(s, plain ? NAME_FIRST "-" : NAME_FIRST "-/:_.");

	return n && !s[n] && strspn(s, NAME_FIRST);
}

int check_name(struct reader *r, const struct yml_node *n, bool plain)
{
	if (yml_want(n, YML_SCALAR, r->e))
		return -EINVAL;
	if (is_name(yml_str(n), plain))
		return 0;
	return yml_error(n, r->e, "'%s' must be of lower-case letters, digits and '-'", yml_str(n));
}

int check_variable(struct reader *r, const struct yml_node *key)
{
	static const char inside[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	const char *s = yml_str(key);

	if (!*s || s[strspn(s, inside)])
		return yml_error(key, r->e, "'%s' cannot be a variable: letters, digits, '_', '-' and '.' only", s);
	if (find_word(reserved_names, s) >= 0)
		return yml_error(key, r->e, "'%s' is given by hil itself", s);
	return 0;
}

/* What a template may look like when it is expanded: each ${name} stands for one digit. */
static void fill(const char *text, struct buf *out)
{
	for (const char *s = text; *s; s++) {
		if (s[0] == '$' && s[1] == '$') {
			buf_addc(out, '$');
			s++;
		} else if (s[0] == '$' && s[1] == '{' && strchr(s, '}')) {
			buf_addc(out, '0');
			s = strchr(s, '}');
		} else {
			buf_addc(out, *s);
		}
	}
}

static int check_regex(struct reader *r, const struct yml_node *n, const char *text)
{
	PCRE2_SIZE at = 0;
	int code = 0;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, &code, &at, NULL);
	char why[128] = "";

	if (re) {
		pcre2_code_free(re);
		return 0;
	}
	pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
	return yml_error(n, r->e, "not a regex: %s at character %zu of '%.120s'", why, at + 1, text);
}

static int check_hex(struct reader *r, const struct yml_node *n, const char *text)
{
	struct buf bytes;
	int err;

	buf_init(&bytes, strlen(text) + 1);
	err = str_unhex(&bytes, text);
	buf_free(&bytes);
	return err ? yml_error(n, r->e, "'%s' must be pairs of hex digits", text) : 0;
}

static int check_escapes(struct reader *r, const struct yml_node *n, const char *text)
{
	struct buf bytes;
	size_t at;

	buf_init(&bytes, strlen(text) + 1);
	at = str_unescape(&bytes, text);
	buf_free(&bytes);
	return at ? yml_error(n, r->e, "bad escape at character %zu (\\r \\n \\t \\e \\0 \\\\ \\xNN)", at) : 0;
}

int check_text(struct reader *r, const struct yml_node *n, enum field_type type, const char *text)
{
	struct buf filled;
	int err;

	buf_init(&filled, 1 << 20);
	fill(text, &filled);
	if (type == FIELD_REGEX)
		err = check_regex(r, n, buf_str(&filled));
	else if (type == FIELD_HEX)
		err = check_hex(r, n, is_open(text) ? "" : buf_str(&filled));
	else
		err = check_escapes(r, n, buf_str(&filled));
	buf_free(&filled);
	return err;
}
