/*
 * Reading and matching of the quarantine list. An entry that is over goes on holding: a build does not turn red at
 * midnight; --quarantine-verify is who says so.
 */
#include "harness/quarantine.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/yml.h"

enum { ID_MAX_BYTES = 16384, DATE_LEN = 10 };

struct quarantine {
	struct yml *yml; /* owns the texts */
	struct quarantine_entry *entries;
	pcre2_code **patterns;
	size_t n;
};

/* --- one entry ------------------------------------------------------------------------------------------------- */

static bool date_is_good(const char *s)
{
	static const unsigned char days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	long long year, month, day;

	return strlen(s) == DATE_LEN && s[4] == '-' && s[7] == '-' && !str_to_num(s, 4, 1970, 9999, &year) &&
	       !str_to_num(s + 5, 2, 1, 12, &month) && !str_to_num(s + 8, 2, 1, days[month - 1], &day);
}

static int read_pattern(struct quarantine *q, const struct yml_node *n, struct err *e)
{
	char why[128] = "";
	PCRE2_SIZE at;
	int code;

	q->patterns[q->n] = pcre2_compile((PCRE2_SPTR)yml_str(n), PCRE2_ZERO_TERMINATED,
					  PCRE2_ANCHORED | PCRE2_ENDANCHORED, &code, &at, NULL);
	if (q->patterns[q->n])
		return 0;
	pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
	return yml_error(n, e, "'%s' is neither an id nor a regex: %s at character %zu", yml_str(n), why, at + 1);
}

static int read_text(const struct yml_node *map, const char *key, bool required, const char **out, struct err *e)
{
	const struct yml_node *n = yml_get(map, key);

	*out = NULL;
	if (!n)
		return required ? yml_error(map, e, "key '%s' is missing", key) : 0;
	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	*out = yml_str(n);
	return **out ? 0 : yml_error(n, e, "'%s' must be something", key);
}

static int read_entry(struct quarantine *q, const struct yml_node *map, const char *today, struct err *e)
{
	static const char *const keys[] = { "cell", "reason", "ref", "until", NULL };
	struct quarantine_entry *one = &q->entries[q->n];

	*one = (struct quarantine_entry){ .file = yml_name(map), .line = yml_line(map), .column = yml_column(map) };
	if (yml_want(map, YML_MAP, e) || yml_check_keys(map, keys, e) || read_text(map, "cell", true, &one->cell, e) ||
	    read_text(map, "reason", true, &one->reason, e) || read_text(map, "ref", false, &one->ref, e) ||
	    read_text(map, "until", false, &one->until, e))
		return -EINVAL;
	if (one->until && !date_is_good(one->until))
		return yml_error(yml_get(map, "until"), e, "'%s' must be a date like 2026-12-31", one->until);
	one->over = one->until && strncmp(today, one->until, DATE_LEN) > 0;
	if (read_pattern(q, yml_get(map, "cell"), e))
		return -EINVAL;
	q->n++;
	return 0;
}

/* --- the list -------------------------------------------------------------------------------------------------- */

static struct quarantine *read_list(struct yml *yml, const char *today, struct err *e)
{
	struct quarantine *q = calloc(1, sizeof(*q));
	const struct yml_node *root;
	bool empty;
	int err;

	if (!yml || !q) {
		err_set(e, -ENOMEM, "out of memory");
		yml_free(yml);
		free(q);
		return NULL;
	}
	q->yml = yml;
	root = yml_root(yml);
	empty = yml_kind(root) == YML_MAP && !yml_size(root); /* of comments alone */
	err = empty ? 0 : yml_want(root, YML_SEQ, e);
	q->entries = calloc(yml_size(root) + 1, sizeof(*q->entries));
	q->patterns = calloc(yml_size(root) + 1, sizeof(*q->patterns));
	if (!q->entries || !q->patterns)
		err = err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; !err && i < yml_size(root); i++)
		err = read_entry(q, yml_at(root, i), today, e);
	if (!err)
		return q;
	quarantine_free(q);
	return NULL;
}

struct quarantine *quarantine_load_file(const char *path, const char *today, struct err *e)
{
	return read_list(yml_load_file(path, e), today, e);
}

struct quarantine *quarantine_load_text(const char *name, const char *text, size_t len, const char *today,
					struct err *e)
{
	return read_list(yml_load_text(name, text, len, e), today, e);
}

void quarantine_free(struct quarantine *q)
{
	if (!q)
		return;
	for (size_t i = 0; q->patterns && i < q->n; i++)
		pcre2_code_free(q->patterns[i]);
	free(q->patterns);
	free(q->entries);
	yml_free(q->yml);
	free(q);
}

/* --- matching -------------------------------------------------------------------------------------------------- */

static bool is_or_matches(const struct quarantine *q, size_t i, const char *s)
{
	pcre2_match_data *md;
	bool hit;

	if (!strcmp(q->entries[i].cell, s))
		return true;
	md = pcre2_match_data_create(1, NULL);
	hit = md && pcre2_match(q->patterns[i], (PCRE2_SPTR)s, PCRE2_ZERO_TERMINATED, 0, 0, md, NULL) >= 0;
	pcre2_match_data_free(md);
	return hit;
}

bool quarantine_means(const struct quarantine *q, size_t i, const char *file, const char *id)
{
	struct buf full;
	bool hit = is_or_matches(q, i, id);

	if (hit)
		return true;
	buf_init(&full, ID_MAX_BYTES);
	buf_addf(&full, "%s::%s", file, id);
	hit = is_or_matches(q, i, buf_str(&full));
	buf_free(&full);
	return hit;
}

void quarantine_see(struct quarantine *q, const char *file, const char *id)
{
	for (size_t i = 0; i < q->n; i++)
		q->entries[i].matches = q->entries[i].matches || quarantine_means(q, i, file, id);
}

size_t quarantine_size(const struct quarantine *q)
{
	return q->n;
}

const struct quarantine_entry *quarantine_at(const struct quarantine *q, size_t i)
{
	return &q->entries[i];
}

const struct quarantine_entry *quarantine_find(const struct quarantine *q, const char *file, const char *id)
{
	for (size_t i = 0; q && i < q->n; i++) {
		if (quarantine_means(q, i, file, id))
			return &q->entries[i];
	}
	return NULL;
}
