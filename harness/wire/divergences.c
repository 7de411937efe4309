/* The list of declared differences: read through the YAML cursor, matched by PCRE2. */
#include "harness/wire/divergences.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/embed.h"
#include "base/yml.h"
#include "harness/wire/normalise.h"

enum { TEXT_MAX_BYTES = 1 << 24, STEPS_MAX = 1000000, NAME_SIZE = 128 };

static const char room[] = "divergences/", suffix[] = ".yaml";

struct entry {
	struct divergence d;
	pcre2_code *code;
	char *texts[6]; /* what d points to */
};

struct divergences {
	struct entry *items;
	size_t n;
	char *file;
	pcre2_match_context *limits;
};

/* --- reading -------------------------------------------------------------------------------------------------- */

struct reader {
	struct normaliser *normaliser;
	struct err *e;
};

static const char *keep(struct entry *entry, size_t i, const char *s)
{
	entry->texts[i] = strdup(s);
	return entry->texts[i];
}

static int read_subject(struct reader *in, struct entry *entry, const struct yml_node *n)
{
	const struct yml_node *command = yml_get(n, "command"), *line = yml_get(n, "unsolicited");
	const struct yml_node *subject = command ? command : line;
	PCRE2_UCHAR why[160];
	PCRE2_SIZE at;
	int code, err;

	if (!command == !line)
		return yml_error(n, in->e, "needs one of 'command' and 'unsolicited'");
	err = yml_want(subject, YML_SCALAR, in->e);
	if (err)
		return err;
	entry->d.unsolicited = line != NULL;
	entry->d.subject = keep(entry, 0, yml_str(subject));
	entry->code = pcre2_compile((PCRE2_SPTR)yml_str(subject), PCRE2_ZERO_TERMINATED, PCRE2_DOLLAR_ENDONLY, &code,
				    &at, NULL);
	if (entry->code)
		return entry->d.subject ? 0 : err_set(in->e, -ENOMEM, "out of memory");
	pcre2_get_error_message(code, why, sizeof(why));
	return yml_error(subject, in->e, "bad pattern at character %zu: %s", (size_t)at + 1, (const char *)why);
}

static const struct yml_node *wanted(struct reader *in, const struct yml_node *n, const char *key, enum yml_kind kind)
{
	const struct yml_node *value = yml_get(n, key);

	if (!value) {
		yml_error(n, in->e, "needs '%s'", key);
		return NULL;
	}
	return yml_want(value, kind, in->e) ? NULL : value;
}

static int read_lines(struct reader *in, struct entry *entry, const struct yml_node *n, const char *key, size_t i)
{
	const struct yml_node *list = wanted(in, n, key, YML_SEQ);
	struct buf text;
	uint32_t replaced;
	int err = list ? 0 : -EINVAL;

	buf_init(&text, TEXT_MAX_BYTES);
	for (size_t k = 0; !err && k < yml_size(list); k++) {
		const struct yml_node *line = yml_at(list, k);

		err = yml_want(line, YML_SCALAR, in->e);
		replaced = normalise(in->normaliser, NORMALISE_ANSWER, yml_str(line), strlen(yml_str(line)), &text);
		(void)replaced;
		buf_addc(&text, '\n');
	}
	if (!err && !keep(entry, i, buf_str(&text)))
		err = err_set(in->e, -ENOMEM, "out of memory");
	buf_free(&text);
	return err;
}

static int read_evidence(struct reader *in, struct entry *entry, const struct yml_node *n)
{
	const struct yml_node *list = wanted(in, n, "evidence", YML_SEQ);
	struct buf text;
	int err = list ? 0 : -EINVAL;

	if (!err && !yml_size(list))
		err = yml_error(list, in->e, "needs at least one piece of evidence");
	buf_init(&text, TEXT_MAX_BYTES);
	for (size_t k = 0; !err && k < yml_size(list); k++) {
		err = yml_want(yml_at(list, k), YML_SCALAR, in->e);
		buf_addf(&text, "%s%s", k ? ", " : "", yml_str(yml_at(list, k)));
	}
	if (!err && !keep(entry, 4, buf_str(&text)))
		err = err_set(in->e, -ENOMEM, "out of memory");
	buf_free(&text);
	return err;
}

static int read_texts(struct reader *in, struct entry *entry, const struct yml_node *n)
{
	const struct yml_node *reason = wanted(in, n, "reason", YML_SCALAR), *recording = yml_get(n, "recording");

	if (!reason)
		return -EINVAL;
	if (!*yml_str(reason))
		return yml_error(reason, in->e, "reason must not be empty");
	if (recording && yml_want(recording, YML_SCALAR, in->e))
		return -EINVAL;
	if (!keep(entry, 3, yml_str(reason)) || (recording && !keep(entry, 5, yml_str(recording))))
		return err_set(in->e, -ENOMEM, "out of memory");
	return 0;
}

static int read_entry(struct reader *in, struct entry *entry, const struct yml_node *n)
{
	static const char *const keys[] = {
		"command", "unsolicited", "a", "b", "reason", "evidence", "recording", NULL
	};
	int err = yml_want(n, YML_MAP, in->e);

	err = err ? err : yml_check_keys(n, keys, in->e);
	err = err ? err : read_subject(in, entry, n);
	err = err ? err : read_lines(in, entry, n, "a", 1);
	err = err ? err : read_lines(in, entry, n, "b", 2);
	err = err ? err : read_texts(in, entry, n);
	err = err ? err : read_evidence(in, entry, n);
	if (err)
		return err;
	entry->d.line = yml_line(n);
	entry->d.a = entry->texts[1];
	entry->d.b = entry->texts[2];
	entry->d.reason = entry->texts[3];
	entry->d.evidence = entry->texts[4];
	entry->d.recording = entry->texts[5];
	return strcmp(entry->d.a, entry->d.b) ? 0 : yml_error(n, in->e, "a and b are the same");
}

static int read_list(struct divergences *d, struct reader *in, const struct yml_node *root)
{
	static const char *const keys[] = { "schema", "divergences", NULL };
	const struct yml_node *schema, *list;
	long long version;
	int err;

	if (yml_want(root, YML_MAP, in->e) || yml_check_keys(root, keys, in->e))
		return -EINVAL;
	schema = wanted(in, root, "schema", YML_SCALAR);
	if (!schema || yml_num(schema, 1, 1 << 30, &version, in->e))
		return -EINVAL;
	if (version != 1)
		return yml_error(schema, in->e, "needs a newer hil: schema is not 1");
	list = wanted(in, root, "divergences", YML_SEQ);
	if (!list)
		return -EINVAL;
	d->items = calloc(yml_size(list) + 1, sizeof(*d->items));
	err = d->items ? 0 : err_set(in->e, -ENOMEM, "out of memory");
	for (size_t i = 0; !err && i < yml_size(list); i++) {
		d->items[d->n].d.file = d->file;
		err = read_entry(in, &d->items[d->n++], yml_at(list, i));
	}
	return err;
}

/* Takes y. */
static struct divergences *read_yml(struct yml *y, const char *name, struct err *e)
{
	struct divergences *d = y ? calloc(1, sizeof(*d)) : NULL;
	struct reader in = { .normaliser = normaliser_new(), .e = e };
	int err = d && in.normaliser ? 0 : -ENOMEM;

	if (!err) {
		d->file = strdup(name);
		d->limits = pcre2_match_context_create(NULL);
		err = d->file && d->limits ? 0 : -ENOMEM;
	}
	if (!err) {
		pcre2_set_match_limit(d->limits, STEPS_MAX);
		err = read_list(d, &in, yml_root(y));
	} else if (y) {
		err_set(e, err, "out of memory");
	}
	normaliser_free(in.normaliser);
	yml_free(y);
	if (!err)
		return d;
	divergences_free(d);
	return NULL;
}

struct divergences *divergences_parse(const char *name, const char *text, size_t n, struct err *e)
{
	return read_yml(yml_load_text(name, text, n, e), name, e);
}

/* --- inside the program --------------------------------------------------------------------------------------- */

/* "LE20B03SIM7600M22" of "divergences/LE20B03SIM7600M22.yaml"; false for other files. */
static bool profile_of(const struct embedded_file *f, char out[NAME_SIZE])
{
	size_t n = strlen(f->name), head = strlen(room), tail = strlen(suffix);

	if (strncmp(f->name, room, head) || n <= head + tail || n - head - tail >= NAME_SIZE)
		return false;
	memcpy(out, f->name + head, n - head - tail);
	out[n - head - tail] = '\0';
	return true;
}

static const struct embedded_file *find_embedded(const char *profile)
{
	char name[NAME_SIZE];

	for (const struct embedded_file *f = embedded_files; f->name; f++) {
		if (profile_of(f, name) && !strcmp(name, profile))
			return f;
	}
	return NULL;
}

static void no_such(const char *path, struct err *e)
{
	char name[NAME_SIZE];
	struct buf names;

	buf_init(&names, TEXT_MAX_BYTES);
	for (const struct embedded_file *f = embedded_files; f->name; f++) {
		if (profile_of(f, name))
			buf_addf(&names, "%s%s", names.len ? ", " : "", name);
	}
	err_set(e, -ENOENT, "%s: no such file, and no declared differences of this name (there are %s)", path,
		buf_str(&names));
	buf_free(&names);
}

struct divergences *divergences_open(const char *path, struct err *e)
{
	const struct embedded_file *f = access(path, F_OK) ? find_embedded(path) : NULL;

	if (f)
		return divergences_parse(f->name, f->data, f->size, e);
	if (access(path, F_OK) && errno == ENOENT) {
		no_such(path, e);
		return NULL;
	}
	return read_yml(yml_load_file(path, e), path, e);
}

void divergences_free(struct divergences *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->n; i++) {
		pcre2_code_free(d->items[i].code);
		for (size_t k = 0; k < sizeof(d->items[i].texts) / sizeof(d->items[i].texts[0]); k++)
			free(d->items[i].texts[k]);
	}
	pcre2_match_context_free(d->limits);
	free(d->items);
	free(d->file);
	free(d);
}

/* --- judging -------------------------------------------------------------------------------------------------- */

size_t divergences_size(const struct divergences *d)
{
	return d->n;
}

const struct divergence *divergences_at(const struct divergences *d, size_t i)
{
	return &d->items[i].d;
}

static bool is_about(const struct divergences *d, const struct entry *entry, bool unsolicited, const char *subject)
{
	pcre2_match_data *data;
	int hits;

	if (entry->d.unsolicited != unsolicited)
		return false;
	data = pcre2_match_data_create(1, NULL);
	hits = data ? pcre2_match(entry->code, (PCRE2_SPTR)subject, PCRE2_ZERO_TERMINATED, 0, 0, data, d->limits) : -1;
	pcre2_match_data_free(data);
	return hits >= 0;
}

static bool pins(const struct divergence *d, const char *a, const char *b)
{
	return (!strcmp(d->a, a) && !strcmp(d->b, b)) || (!strcmp(d->a, b) && !strcmp(d->b, a));
}

static bool pins_one(const struct divergence *d, const char *a, const char *b)
{
	return !strcmp(d->a, a) || !strcmp(d->a, b) || !strcmp(d->b, a) || !strcmp(d->b, b);
}

const struct divergence *divergences_judge(struct divergences *d, bool unsolicited, const char *subject, const char *a,
					   const char *b, const struct divergence **other)
{
	const struct divergence *hit = NULL;
	bool half = false; /* *other has one of the answers */

	*other = NULL;
	for (size_t i = 0; d && i < d->n; i++) {
		struct divergence *one = &d->items[i].d;

		if (!is_about(d, &d->items[i], unsolicited, subject))
			continue;
		one->met++;
		if (!pins(one, a, b)) {
			if (!*other || (!half && pins_one(one, a, b)))
				*other = one;
			half = half || pins_one(one, a, b);
			continue;
		}
		one->held++;
		hit = hit ? hit : one;
	}
	return hit;
}
