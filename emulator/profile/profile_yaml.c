/*
 * A revision from YAML: its own keys over those of what it extends, each wrong one with its place. Files come from the
 * program itself (base/embed.h) or from disk; nothing is looked up by model name here.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "base/str.h"
#include "base/yml.h"
#include "profile/profile_internal.h"

enum { SCHEMA = 1, LIST_MAX = 64 };

static const char ROOM[] = "profile/", SUFFIX[] = ".yaml";

static const char *const top_keys[] = { "schema", "name", "summary", "extends", "abstract", "field", "aliases", "identity",
					"quirks", NULL };
static const char *const quirk_keys[] = { "value", "add", "evidence", "confidence", NULL };

/* One file of an extends chain, the file asked for first. */
struct file {
	struct yml *yml;
	const struct file *asked_by;
};

static const struct { const char *key; size_t at; } id_texts[] = {
	{ "manufacturer", offsetof(struct identity, manufacturer) }, { "model", offsetof(struct identity, model) },
	{ "revision", offsetof(struct identity, revision) }, { "build", offsetof(struct identity, build) },
	{ "ati_revision", offsetof(struct identity, ati_revision) }, { "svn", offsetof(struct identity, svn) },
	{ "gcap", offsetof(struct identity, gcap) }, { "device_info", offsetof(struct identity, device_info) },
	{ "csub", offsetof(struct identity, csub) }, { "imei", offsetof(struct identity, imei) },
	{ "imsi", offsetof(struct identity, imsi) }, { "iccid", offsetof(struct identity, iccid) },
	{ "msisdn", offsetof(struct identity, msisdn) },
};
enum { ID_TEXTS = sizeof(id_texts) / sizeof(id_texts[0]) };

static const struct { const char *key; size_t at; } id_flags[] = {
	{ "qcn", offsetof(struct identity, qcn) }, { "meid", offsetof(struct identity, meid) },
	{ "short_ati", offsetof(struct identity, short_ati) },
};
enum { ID_FLAGS = sizeof(id_flags) / sizeof(id_flags[0]) };
_Static_assert((int)ID_TEXTS + (int)ID_FLAGS == (int)IDENTITY_COUNT, "each member has a key");

const char *profile_identity_key(size_t i)
{
	return i < ID_TEXTS ? id_texts[i].key : id_flags[i - ID_TEXTS].key;
}

const char *profile_identity(const struct profile *p, size_t i)
{
	const char *id = (const char *)&p->id;

	if (i < ID_TEXTS)
		return *(char *const *)(id + id_texts[i].at);
	return *(const bool *)(id + id_flags[i - ID_TEXTS].at) ? "true" : "false";
}

/* --- finding files -------------------------------------------------------------------------------------------- */

static bool is_path(const char *s)
{
	size_t n = strlen(s), k = sizeof(SUFFIX) - 1;

	return n > k && !strcmp(s + n - k, SUFFIX);
}

static bool is_profile(const struct embedded_file *f)
{
	return !strncmp(f->name, ROOM, sizeof(ROOM) - 1);
}

static struct yml *open_embedded(const struct embedded_file *f, struct err *e)
{
	return yml_load_text(f->name, f->data, f->size, e);
}

static bool file_has_name(const struct embedded_file *f, const char *name)
{
	size_t n = strlen(name);

	return is_profile(f) && !strncmp(f->name + sizeof(ROOM) - 1, name, n) &&
	       !strcmp(f->name + sizeof(ROOM) - 1 + n, SUFFIX);
}

static bool has_alias(const struct yml *y, const char *name)
{
	const struct yml_node *list = yml_get(yml_root(y), "aliases");

	for (size_t i = 0; list && i < yml_size(list); i++) {
		if (!strcmp(yml_str(yml_at(list, i)), name))
			return true;
	}
	return false;
}

/* The built-in file of that name or alias; NULL without an error when there is none. */
static struct yml *find_embedded(const char *name, struct err *e)
{
	for (const struct embedded_file *f = embedded_files; f->name; f++) {
		if (file_has_name(f, name))
			return open_embedded(f, e);
	}
	for (const struct embedded_file *f = embedded_files; f->name; f++) {
		struct yml *y = is_profile(f) ? open_embedded(f, NULL) : NULL;

		if (y && has_alias(y, name))
			return y;
		yml_free(y);
	}
	return NULL;
}

static int unknown_name(const char *place, const char *name, struct err *e)
{
	const char *near = str_nearest(name, profile_names());

	return err_set(e, -ENOENT, near ? "%sno profile '%s' (did you mean '%s'?)" :
		       "%sno profile '%s'%s", place, name, near ? near : ": see sim7600-emu profiles");
}

static struct yml *open_named(const char *name, struct err *e)
{
	struct yml *y = find_embedded(name, e);

	if (y || (e && e->code))
		return y;
	if (strchr(name, '/'))
		return yml_load_file(name, e);
	unknown_name("", name, e);
	return NULL;
}

/* What extends names: a built-in profile, or a file beside the one that says so. */
static struct yml *open_base(const struct yml_node *extends, struct err *e)
{
	const char *name = yml_str(extends), *from = yml_name(extends), *slash = strrchr(from, '/');
	char path[1024], place[600];
	struct yml *y;

	if (!is_path(name)) {
		y = find_embedded(name, e);
		if (y || (e && e->code))
			return y;
		snprintf(place, sizeof(place), "%.500s:%u:%u: ", from, yml_line(extends), yml_column(extends));
		unknown_name(place, name, e);
		return NULL;
	}
	if (name[0] == '/' || !slash)
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - from), from, name);
	y = yml_load_file(path, NULL);
	if (!y)
		yml_error(extends, e, "cannot read '%s'", path);
	return y;
}

/* --- the built-in names --------------------------------------------------------------------------------------- */

enum { NAMES_MAX = 128 };

/* A built-in revision; field is what AT+CGMR prints of one that is known from field reports alone, else NULL. */
struct built_in {
	char *name, *field;
};

static int name_cmp(const void *a, const void *b)
{
	return strcmp(((const struct built_in *)a)->name, ((const struct built_in *)b)->name);
}

static bool flag_of(const struct yml *y, const char *key)
{
	const struct yml_node *n = yml_get(yml_root(y), key);

	return n && !strcmp(yml_str(n), "true");
}

/* Whether f is a revision that can be loaded by itself; its own copies of the texts then. */
static bool describe(const struct embedded_file *f, struct built_in *out)
{
	struct yml *y = is_profile(f) ? open_embedded(f, NULL) : NULL;
	size_t skip = sizeof(ROOM) - 1 + sizeof(SUFFIX) - 1;
	const struct yml_node *identity, *revision;
	bool found = y && !flag_of(y, "abstract");

	*out = (struct built_in){ 0 };
	if (found) {
		identity = yml_get(yml_root(y), "identity");
		revision = identity ? yml_get(identity, "revision") : NULL;
		out->name = strndup(f->name + sizeof(ROOM) - 1, strlen(f->name) - skip);
		out->field = flag_of(y, "field") ? strdup(revision ? yml_str(revision) : out->name) : NULL;
	}
	yml_free(y);
	return found && out->name;
}

/*
 * Written once from constants, the same for every modem of the process: a cache, not state. Kept here so that callers
 * can hold the names for ever.
 */
struct names {
	pthread_once_t once;
	struct built_in all[NAMES_MAX];
	size_t n;
	const char *name[NAMES_MAX + 1];
};

static struct names *names_cache(void)
{
	static struct names cache = { .once = PTHREAD_ONCE_INIT };

	return &cache;
}

static void collect_names(void)
{
	struct names *cache = names_cache();

	for (const struct embedded_file *f = embedded_files; f->name && cache->n < NAMES_MAX; f++)
		cache->n += describe(f, &cache->all[cache->n]);
	qsort(cache->all, cache->n, sizeof(cache->all[0]), name_cmp);
	for (size_t i = 0; i < cache->n; i++)
		cache->name[i] = cache->all[i].name;
}

const char *const *profile_names(void)
{
	pthread_once(&names_cache()->once, collect_names);
	return names_cache()->name;
}

const char *profile_field_revision(const char *name)
{
	const struct names *cache = names_cache();

	profile_names();
	for (size_t i = 0; i < cache->n; i++) {
		if (!strcmp(cache->all[i].name, name))
			return cache->all[i].field;
	}
	return NULL;
}

/* --- checks of one file --------------------------------------------------------------------------------------- */

static int check_schema(const struct yml_node *root, struct err *e)
{
	const struct yml_node *n = yml_get(root, "schema");
	long long v;

	if (!n)
		return yml_error(root, e, "'schema: 1' is missing");
	if (yml_num(n, 1, 1000000, &v, e))
		return -EINVAL;
	return v > SCHEMA ? yml_error(n, e, "schema %lld needs a newer sim7600-emu", v) : 0;
}

static int check_words(const struct yml_node *n, struct err *e)
{
	if (!n)
		return 0;
	if (yml_want(n, YML_SEQ, e))
		return -EINVAL;
	for (size_t i = 0; i < yml_size(n); i++) {
		if (yml_want(yml_at(n, i), YML_SCALAR, e))
			return -EINVAL;
	}
	return 0;
}

static int check_file(const struct yml_node *root, struct err *e)
{
	const struct yml_node *name, *extends;
	int err = check_schema(root, e);	/* first: a newer file may well have keys we do not know */

	if (!err)
		err = yml_check_keys(root, top_keys, e);
	if (err)
		return err;
	name = yml_get(root, "name");
	extends = yml_get(root, "extends");
	if (!name || !*yml_str(name))
		return yml_error(name ? name : root, e, "'name' is missing");
	if (extends && !*yml_str(extends))
		return yml_error(extends, e, "'extends' must be the name of a profile or a .yaml file");
	return check_words(yml_get(root, "aliases"), e);
}

static int check_circle(const struct file *f, const struct yml_node *extends, const struct yml *base, struct err *e)
{
	const char *name = yml_name(yml_root(base));

	for (; f; f = f->asked_by) {
		if (!strcmp(yml_name(yml_root(f->yml)), name))
			return yml_error(extends, e, "extends runs in a circle: '%s' is extended already", yml_str(extends));
	}
	return 0;
}

/* --- values --------------------------------------------------------------------------------------------------- */

static int set_text(char **to, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int set_id_text(struct identity *id, const char *key, const struct yml_node *value, struct err *e)
{
	for (size_t i = 0; i < ID_TEXTS; i++) {
		if (!strcmp(id_texts[i].key, key)) {
			if (yml_want(value, YML_SCALAR, e))
				return -EINVAL;
			return set_text((char **)((char *)id + id_texts[i].at), yml_str(value));
		}
	}
	return -ENOENT;
}

static int set_id_flag(struct identity *id, const char *key, const struct yml_node *value, struct err *e)
{
	for (size_t i = 0; i < ID_FLAGS; i++) {
		if (!strcmp(id_flags[i].key, key))
			return yml_bool(value, (bool *)((char *)id + id_flags[i].at), e);
	}
	return -ENOENT;
}

static int apply_identity(struct identity *id, const struct yml_node *map, struct err *e)
{
	const char *keys[ID_TEXTS + ID_FLAGS + 1] = { NULL };
	int err;

	for (size_t i = 0; i < ID_TEXTS; i++)
		keys[i] = id_texts[i].key;
	for (size_t i = 0; i < ID_FLAGS; i++)
		keys[ID_TEXTS + i] = id_flags[i].key;
	err = yml_check_keys(map, keys, e);
	for (size_t i = 0; !err && i < yml_size(map); i++) {
		const char *key = yml_str(yml_key(map, i));
		const struct yml_node *value = yml_at(map, i);

		err = set_id_text(id, key, value, e);
		if (err == -ENOENT)
			err = set_id_flag(id, key, value, e);
	}
	return err;
}

/* Evidence is a text or a list of texts, kept as one text. */
static int read_evidence(const struct yml_node *n, struct buf *out, struct err *e)
{
	if (!n)
		return 0;
	if (yml_kind(n) == YML_SCALAR)
		return buf_adds(out, yml_str(n)) ? yml_error(n, e, "evidence is too long") : 0;
	if (check_words(n, e))
		return -EINVAL;
	for (size_t i = 0; i < yml_size(n); i++) {
		if (buf_addf(out, "%s%s", i ? ", " : "", yml_str(yml_at(n, i))))
			return yml_error(n, e, "evidence is too long");
	}
	return 0;
}

static int assign_node(struct profile *p, enum quirk_id id, const struct yml_node *value, struct err *e)
{
	const char *words[LIST_MAX] = { NULL };
	char what[256];
	size_t n = 1;

	if (yml_kind(value) == YML_SEQ) {
		n = yml_size(value);
		if (n > LIST_MAX)
			return yml_error(value, e, "more than %d words", LIST_MAX);
		if (check_words(value, e))
			return -EINVAL;
		for (size_t i = 0; i < n; i++)
			words[i] = yml_str(yml_at(value, i));
	} else if (yml_want(value, YML_SCALAR, e)) {
		return -EINVAL;
	} else {
		words[0] = yml_str(value);
	}
	if (quirk_assign(p, id, words, n, what, sizeof(what)))
		return yml_error(value, e, "%s", what);
	return 0;
}

/* The words of a list that is inherited, and after them those of node. */
static int add_words(struct profile *p, enum quirk_id id, const struct yml_node *node, struct err *e)
{
	const struct word_list *inherited = quirk_list(p, id);
	const char *words[LIST_MAX];
	char what[256];
	size_t n = 0;

	if (!inherited)
		return yml_error(node, e, "'add' is for lists, and %s is none", quirk_info(id)->name);
	if (yml_want(node, YML_SEQ, e) || check_words(node, e))
		return -EINVAL;
	if (inherited->n + yml_size(node) > LIST_MAX)
		return yml_error(node, e, "more than %d words", LIST_MAX);
	for (size_t i = 0; i < inherited->n; i++)
		words[n++] = inherited->word[i];
	for (size_t i = 0; i < yml_size(node); i++) {
		if (!quirk_list_has(inherited, yml_str(yml_at(node, i))))
			words[n++] = yml_str(yml_at(node, i));
	}
	return quirk_assign(p, id, words, n, what, sizeof(what)) ? yml_error(node, e, "%s", what) : 0;
}

static int apply_value(struct profile *p, enum quirk_id id, const struct yml_node *n, struct err *e)
{
	const struct yml_node *value = yml_kind(n) == YML_MAP ? yml_get(n, "value") : n;
	const struct yml_node *add = yml_kind(n) == YML_MAP ? yml_get(n, "add") : NULL;

	if (value && add)
		return yml_error(add, e, "'add' and 'value' exclude each other");
	if (!value && !add)
		return yml_error(n, e, "'value' is missing");
	return add ? add_words(p, id, add, e) : assign_node(p, id, value, e);
}

/* A bare value, or {value or add, evidence, confidence}. */
static int apply_quirk(struct profile *p, enum quirk_id id, const struct yml_node *n, struct err *e)
{
	const struct yml_node *confidence = NULL;
	int word = 3, err = 0;
	struct buf evidence;

	buf_init(&evidence, 512);
	if (yml_kind(n) == YML_MAP) {
		confidence = yml_get(n, "confidence");
		err = yml_check_keys(n, quirk_keys, e);
		if (!err)
			err = read_evidence(yml_get(n, "evidence"), &evidence, e);
		if (!err && confidence)
			err = yml_word(confidence, quirk_confidences, &word, e);
	}
	if (!err)
		err = apply_value(p, id, n, e);
	if (!err)
		err = quirk_set_source(p, id, p->name, buf_str(&evidence), quirk_confidences[word]);
	buf_free(&evidence);
	return err;
}

static int apply_quirks(struct profile *p, const struct yml_node *map, struct err *e)
{
	const char *names[QUIRK_COUNT + 1];
	int err = yml_want(map, YML_MAP, e);

	quirk_names(names);
	for (size_t i = 0; !err && i < yml_size(map); i++) {
		const struct yml_node *key = yml_key(map, i);
		enum quirk_id id = quirk_find(yml_str(key));
		const char *near;

		if (id != QUIRK_COUNT) {
			err = apply_quirk(p, id, yml_at(map, i), e);
			continue;
		}
		near = str_nearest(yml_str(key), names);
		err = yml_error(key, e, near ? "unknown quirk '%s' (did you mean '%s'?)" : "unknown quirk '%s'%s",
				yml_str(key), near ? near : ": see sim7600-emu quirks");
	}
	return err;
}

/* true / false; absent is false. */
static int read_flag(const struct yml_node *root, const char *key, bool *flag, struct err *e)
{
	const struct yml_node *n = yml_get(root, key);

	*flag = false;
	return n ? yml_bool(n, flag, e) : 0;
}

static int apply_own(struct profile *p, const struct yml_node *root, struct err *e)
{
	const struct yml_node *summary = yml_get(root, "summary"), *identity = yml_get(root, "identity");
	const struct yml_node *quirks = yml_get(root, "quirks"), *aliases = yml_get(root, "aliases");
	int err = set_text(&p->name, yml_str(yml_get(root, "name")));

	if (!err)
		err = read_flag(root, "field", &p->field, e);
	if (!err)
		err = set_text(&p->alias, aliases && yml_size(aliases) ? yml_str(yml_at(aliases, 0)) : "");
	if (!err)
		err = set_text(&p->summary, summary ? yml_str(summary) : "");
	if (!err && identity)
		err = apply_identity(&p->id, identity, e);
	if (!err && quirks)
		err = apply_quirks(p, quirks, e);
	return err;
}

/* The base first, so that the file that extends it has the last word. Takes ownership of y. */
static int apply_file(struct profile *p, struct yml *y, const struct file *asked_by, struct err *e)
{
	const struct file me = { y, asked_by };
	const struct yml_node *extends = yml_get(yml_root(y), "extends");
	int err = check_file(yml_root(y), e);

	if (!err && extends) {
		struct yml *base = open_base(extends, e);

		err = base ? check_circle(&me, extends, base, e) : -EINVAL;
		if (!err)
			err = apply_file(p, base, &me, e);
		else
			yml_free(base);
	}
	if (!err)
		err = apply_own(p, yml_root(y), e);
	if (!err)
		err = word_list_add(&p->files, yml_name(yml_root(y)));
	yml_free(y);
	return err;
}

/* A revision that names no identity member prints it empty, so that no reader has to think of NULL. */
static int fill_identity(struct identity *id)
{
	int err = 0;

	for (size_t i = 0; !err && i < ID_TEXTS; i++) {
		char **text = (char **)((char *)id + id_texts[i].at);

		if (!*text)
			err = set_text(text, "");
	}
	return err;
}

/* Takes ownership of y. */
static struct profile *load(struct yml *y, struct err *e)
{
	struct profile *p = profile_new();
	bool abstract = false;
	int err = p ? read_flag(yml_root(y), "abstract", &abstract, e) : err_set(e, -ENOMEM, "out of memory");

	if (!err && abstract)
		err = yml_error(yml_root(y), e, "this is the base of a family, not a revision: extend it");
	if (err)
		yml_free(y);
	else
		err = apply_file(p, y, NULL, e);
	if (!err)
		err = fill_identity(&p->id);
	if (!err)
		return p;
	err_set(e, err, "out of memory");	/* stays unsaid where a place was named */
	profile_free(p);
	return NULL;
}

struct profile *profile_load(const char *name_or_path, struct err *e)
{
	struct err own = { 0 };
	struct yml *y = is_path(name_or_path) ? yml_load_file(name_or_path, &own) : open_named(name_or_path, &own);
	struct profile *p = y ? load(y, &own) : NULL;

	if (!p)
		err_set(e, own.code, "%s", own.msg);
	return p;
}

struct profile *profile_load_text(const char *name, const char *text, size_t len, struct err *e)
{
	struct err own = { 0 };
	struct yml *y = yml_load_text(name, text, len, &own);
	struct profile *p = y ? load(y, &own) : NULL;

	if (!p)
		err_set(e, own.code, "%s", own.msg);
	return p;
}
