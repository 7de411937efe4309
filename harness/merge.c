/*
 * Files stay in memory as they are; a unit knows where in them its events are. Which attempt is the last: the number
 * the submitter gave (--attempt), else when its run started, else the order of the files.
 */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/merge_parts.h"
#include "harness/wire/recording.h"

enum { KEY_MAX_BYTES = 1 << 20, HEAD_BYTES = 64 };

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

/* Arrays grow in powers of two, so that their number tells their room. */
static void *grown(void *items, size_t n, size_t size)
{
	return n & (n - 1) ? items : reallocarray(items, n ? 2 * n : 1, size);
}

struct merge *merge_new(void)
{
	struct merge *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->index = json_object();
	m->promised = json_object();
	m->seen = json_object();
	m->runs = json_array();
	return m;
}

static void free_unit(struct merge_unit *u)
{
	for (size_t i = 0; i < u->n; i++)
		json_decref(u->attempts[i].result);
	free(u->attempts);
	free(u->id);
}

void merge_free(struct merge *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n_files; i++) {
		free(m->files[i].name);
		buf_free(&m->files[i].text);
	}
	for (size_t i = 0; i < m->n_units; i++)
		free_unit(&m->units[i]);
	free(m->files);
	free(m->units);
	json_decref(m->index);
	json_decref(m->promised);
	json_decref(m->seen);
	json_decref(m->runs);
	free(m);
}

/* --- units ---------------------------------------------------------------------------------------------------- */

static const char *make_key(const char *id, const json_t *run, struct buf *key)
{
	buf_reset(key);
	buf_addf(key, "%s\n%s\n%s\n", id, text_of(run, "target"), text_of(run, "board"));
	return buf_str(key);
}

/* The unit of this id in run, made when it is new. NULL: out of memory. */
static struct merge_unit *unit_of(struct merge *m, const char *id, const json_t *run)
{
	struct merge_unit *more, *u = NULL;
	const json_t *known;
	struct buf key;

	buf_init(&key, KEY_MAX_BYTES);
	known = json_object_get(m->index, make_key(id, run, &key));
	more = known ? m->units : grown(m->units, m->n_units, sizeof(*more));
	if (known) {
		u = &m->units[json_integer_value(known)];
	} else if (more) {
		m->units = more;
		u = &more[m->n_units];
		*u = (struct merge_unit){ .id = strdup(id), .run = run };
		json_object_set_new(m->index, buf_str(&key), json_integer((json_int_t)m->n_units++));
	}
	buf_free(&key);
	return u && u->id ? u : NULL;
}

static void promise(struct merge *m, const char *id, json_t *run)
{
	struct buf key;

	buf_init(&key, KEY_MAX_BYTES);
	if (!json_object_get(m->promised, make_key(id, run, &key)))
		json_object_set_new(m->promised, buf_str(&key), json_pack("[s, O?]", id, run));
	buf_free(&key);
}

static void note_seen(struct merge *m, const char *id, const json_t *run)
{
	struct buf key;

	buf_init(&key, KEY_MAX_BYTES);
	json_object_set_new(m->seen, make_key(id, run, &key), json_true());
	json_object_set_new(m->seen, make_key(id, NULL, &key), json_true());
	buf_free(&key);
}

/* --- reading -------------------------------------------------------------------------------------------------- */

struct reader {
	struct merge *m;
	size_t file, line;
	const json_t *run;	   /* the latest run event */
	struct merge_attempt open; /* began, and has not ended */
	char *open_id;		   /* NULL: none is open */
	struct err *e;
};

static int bad_line(struct reader *in, const char *what)
{
	return err_set(in->e, -EINVAL, "%s:%zu:1: %s", in->m->files[in->file].name, in->line, what);
}

static int out_of_memory(struct reader *in)
{
	return err_set(in->e, -ENOMEM, "out of memory");
}

/* What was begun becomes an attempt of its unit: with a result, or without one as the next thing came. */
static int close_attempt(struct reader *in, json_t *result)
{
	struct merge_unit *u = in->open_id ? unit_of(in->m, in->open_id, in->run) : NULL;
	struct merge_attempt *more;

	if (!in->open_id)
		return 0;
	more = u ? grown(u->attempts, u->n, sizeof(*more)) : NULL;
	if (!more)
		return out_of_memory(in);
	u->attempts = more;
	in->open.result = json_incref(result);
	in->open.number = json_integer_value(json_object_get(result, "attempt"));
	in->open.started = text_of(in->run, "started");
	in->open.order = in->m->order++;
	more[u->n++] = in->open;
	free(in->open_id);
	in->open_id = NULL;
	return 0;
}

/* The points of a sweep are cells with names of their own; a round is the same cell once more. */
static int begin_attempt(struct reader *in, const json_t *j, size_t at)
{
	struct buf id;
	int err = close_attempt(in, NULL);

	buf_init(&id, KEY_MAX_BYTES);
	buf_addf(&id, "%s::%s", text_of(j, "file"), text_of(j, "cell"));
	note_seen(in->m, buf_str(&id), in->run);
	if (json_object_get(j, "round"))
		buf_addf(&id, " round %d", (int)json_integer_value(json_object_get(j, "round")));
	in->open_id = err ? NULL : strdup(buf_str(&id));
	in->open = (struct merge_attempt){ .file = in->file, .begin = at, .end_line = at };
	buf_free(&id);
	return err ? err : in->open_id ? 0 : out_of_memory(in);
}

static int read_run(struct reader *in, json_t *j)
{
	const json_t *ids = json_object_get(j, "ids"), *id;
	int err = close_attempt(in, NULL);
	size_t i;

	if (json_integer_value(json_object_get(j, "schema")) != 1)
		return bad_line(in, "needs a newer hil: schema is not 1");
	in->run = j;
	json_array_append(in->m->runs, j);
	json_array_foreach (ids, i, id) {
		if (json_is_string(id))
			promise(in->m, json_string_value(id), j);
	}
	return err;
}

static int read_end(struct reader *in, json_t *j, size_t at)
{
	int err = in->open_id ? 0 : begin_attempt(in, j, at);

	in->open.end_line = at;
	return err ? err : close_attempt(in, j);
}

static int read_event(struct reader *in, json_t *j, size_t at)
{
	const char *event = text_of(j, "event");

	if (!strcmp(event, "run"))
		return read_run(in, j);
	if (!in->run)
		return bad_line(in, "is no result of hil run: a run's event must come first");
	if (!strcmp(event, "start"))
		return begin_attempt(in, j, at);
	return !strcmp(event, "end") ? read_end(in, j, at) : 0;
}

/* Steps and the wire are most of a file, and are passed on as they are. */
static bool is_told(const char *p, size_t n)
{
	static const char *const names[] = { "\"event\":\"run\"", "\"event\":\"start\"", "\"event\":\"end\"" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (memmem(p, n < HEAD_BYTES ? n : HEAD_BYTES, names[i], strlen(names[i])))
			return true;
	}
	return false;
}

static int read_line(struct reader *in, size_t at, size_t n)
{
	const char *p = buf_str(&in->m->files[in->file].text) + at;
	json_error_t why;
	json_t *j;
	int err;

	if (in->line > 1 && !is_told(p, n))
		return 0;
	j = json_loadb(p, n, 0, &why);
	if (!j)
		return bad_line(in, why.text);
	err = json_is_object(j) ? read_event(in, j, at) : bad_line(in, "is not a JSON object");
	json_decref(j);
	return err;
}

/* A last line without its end is what a killed run leaves. */
static int read_file(struct merge *m, size_t file, struct err *e)
{
	const struct buf *text = &m->files[file].text;
	struct reader in = { .m = m, .file = file, .e = e };
	const char *lf;
	int err = 0;

	for (size_t at = 0; !err && at < text->len; at = (size_t)(lf + 1 - text->data)) {
		lf = memchr(text->data + at, '\n', text->len - at);
		if (!lf)
			break;
		in.line++;
		err = read_line(&in, at, (size_t)(lf - text->data) - at);
	}
	err = err ? err : close_attempt(&in, NULL);
	free(in.open_id);
	return err;
}

/* An empty file of this name at the end of the list. NULL: out of memory. */
static struct merge_file *new_file(struct merge *m, const char *name, struct err *e)
{
	struct merge_file *more = grown(m->files, m->n_files, sizeof(*more));

	if (!more) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	m->files = more;
	more[m->n_files] = (struct merge_file){ .name = strdup(name) };
	buf_init(&more[m->n_files].text, SIZE_MAX);
	return &more[m->n_files++];
}

int merge_add_text(struct merge *m, const char *name, const char *text, size_t n, struct err *e)
{
	struct merge_file *f = new_file(m, name, e);

	if (!f || buf_add(&f->text, text, n))
		return err_set(e, -ENOMEM, "out of memory");
	return read_file(m, m->n_files - 1, e);
}

static int add_file(struct merge *m, const char *path, struct err *e)
{
	struct merge_file *f = new_file(m, path, e);
	int err = f ? wire_read_file(path, &f->text, e) : -ENOMEM;

	return err ? err : read_file(m, m->n_files - 1, e);
}

/* The first line of a run's JSONL says so near its beginning. */
static bool is_run(const char *path)
{
	char head[HEAD_BYTES + 1];
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	head[fread(head, 1, HEAD_BYTES, f)] = '\0';
	fclose(f);
	return strstr(head, "\"event\":\"run\"") != NULL;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strverscmp((*a)->fts_name, (*b)->fts_name);
}

static int add_folder(struct merge *m, const char *path, struct err *e)
{
	char *copy = strdup(path), *roots[] = { copy, NULL };
	FTS *fts = copy ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name) : NULL;
	const FTSENT *entry;
	int err = fts ? 0 : err_set(e, -errno, "%s: %s", path, strerror(errno));

	while (!err && (entry = fts_read(fts))) {
		const char *dot = strrchr(entry->fts_name, '.');

		if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR)
			err = err_set(e, -entry->fts_errno, "%s: %s", entry->fts_path, strerror(entry->fts_errno));
		else if (entry->fts_info == FTS_F && dot && !strcmp(dot, ".jsonl") && is_run(entry->fts_path))
			err = add_file(m, entry->fts_path, e);
	}
	if (fts)
		fts_close(fts);
	free(copy);
	return err;
}

int merge_add(struct merge *m, const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st))
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	return S_ISDIR(st.st_mode) ? add_folder(m, path, e) : add_file(m, path, e);
}

static void expect(struct merge *m, const char *s, size_t n)
{
	char *id = strndup(s, n);

	if (id)
		promise(m, id, NULL);
	free(id);
}

int merge_expect(struct merge *m, const char *path, struct err *e)
{
	struct buf text;
	int err;

	buf_init(&text, SIZE_MAX);
	err = wire_read_file(path, &text, e);
	for (const char *s = buf_str(&text); !err && *s;) {
		size_t n = strcspn(s, "\r\n");

		if (n)
			expect(m, s, n);
		s += n + strspn(s + n, "\r\n");
	}
	buf_free(&text);
	return err;
}

/* --- what counts ---------------------------------------------------------------------------------------------- */

/* An attempt that never ended says nothing, whenever it was. */
static int by_attempt(const void *x, const void *y)
{
	const struct merge_attempt *a = x, *b = y;
	int order;

	if (!a->result != !b->result)
		return a->result ? 1 : -1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	order = strcmp(a->started, b->started);
	return order ? order : (a->order > b->order) - (a->order < b->order);
}

/* Numbers in ids count as numbers: round 2 is before round 10. */
static int by_id(const void *x, const void *y)
{
	const struct merge_unit *a = x, *b = y;
	int order = strverscmp(a->id, b->id);

	order = order ? order : strcmp(text_of(a->run, "target"), text_of(b->run, "target"));
	return order ? order : strcmp(text_of(a->run, "board"), text_of(b->run, "board"));
}

int merge_finish(struct merge *m)
{
	const char *key;
	json_t *one;

	json_object_foreach (m->promised, key, one) {
		const json_t *run = json_array_get(one, 1);

		if (!json_object_get(m->seen, key) &&
		    !unit_of(m, json_string_value(json_array_get(one, 0)), json_is_null(run) ? NULL : run))
			return -ENOMEM;
	}
	if (m->n_units)
		qsort(m->units, m->n_units, sizeof(*m->units), by_id);
	for (size_t i = 0; i < m->n_units; i++) {
		struct merge_unit *u = &m->units[i];

		if (u->n)
			qsort(u->attempts, u->n, sizeof(*u->attempts), by_attempt);
		m->n_lost += !u->n || !u->attempts[u->n - 1].result;
	}
	return 0;
}

size_t merge_runs(const struct merge *m)
{
	return json_array_size(m->runs);
}

size_t merge_units(const struct merge *m)
{
	return m->n_units;
}

size_t merge_lost(const struct merge *m)
{
	return m->n_lost;
}

double merge_real(const struct merge *m)
{
	double sum = 0;

	for (size_t i = 0; i < m->n_units; i++) {
		const struct merge_unit *u = &m->units[i];

		if (u->n)
			sum += json_number_value(json_object_get(u->attempts[u->n - 1].result, "real"));
	}
	return sum;
}
