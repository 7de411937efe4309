/* boards.yaml into struct board. Entries of the nearer file take the place of those of the same name. */
#include "harness/board/board.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/yml.h"
#include "harness/pool.h"
#include "harness/xdg.h"

enum { BOARDS_MAX = 256, HAS_MAX = 64, BAUD_DEFAULT = 115200, FILES_MAX = 2 };

struct boards {
	struct pool *pool;
	struct yml *yml[FILES_MAX];
	size_t n_yml;
	struct board *items;
	size_t n;
};

static const char *const power_keys[] = { "on", "off", "cycle", NULL };

/* --- one entry ------------------------------------------------------------------------------------------------ */

static int read_text(const struct yml_node *map, const char *key, const char **out, struct err *e)
{
	const struct yml_node *n = yml_get(map, key);

	if (!n)
		return 0;
	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	if (!*yml_str(n))
		return yml_error(n, e, "%s must not be empty", key);
	*out = yml_str(n);
	return 0;
}

static int read_baud(const struct yml_node *map, long *out, struct err *e)
{
	const struct yml_node *n = yml_get(map, "baud");
	long long value = BAUD_DEFAULT;

	if (n && !yml_want(n, YML_SCALAR, NULL) && !strcmp(yml_str(n), "auto"))
		value = 0;
	else if (n && yml_num(n, 300, 4000000, &value, e))
		return -EINVAL;
	*out = (long)value;
	return 0;
}

static int read_has(struct boards *b, const struct yml_node *map, struct board *out, struct err *e)
{
	const struct yml_node *n = yml_get(map, "has");
	const char **words;

	if (!n)
		return 0;
	if (yml_want(n, YML_SEQ, e))
		return -EINVAL;
	if (yml_size(n) > HAS_MAX)
		return yml_error(n, e, "a board has at most %d words", HAS_MAX);
	words = pool_alloc(b->pool, (yml_size(n) + 1) * sizeof(*words));
	for (size_t i = 0; i < yml_size(n); i++) {
		if (yml_want(yml_at(n, i), YML_SCALAR, e))
			return -EINVAL;
		words[i] = yml_str(yml_at(n, i));
	}
	out->has = words;
	out->n_has = yml_size(n);
	return 0;
}

/* "rts", "!dtr" */
static int read_wire(const struct yml_node *map, struct board_wire *out, struct err *e)
{
	const struct yml_node *n = yml_get(map, "line");
	const char *text;

	if (!n)
		return 0;
	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	text = yml_str(n);
	out->inverted = *text == '!';
	text += out->inverted;
	out->line = !strcmp(text, "dtr") ? SERIAL_LINE_DTR : !strcmp(text, "rts") ? SERIAL_LINE_RTS : -1;
	return out->line >= 0 ? 0 : yml_error(n, e, "'%s' is none of dtr, rts, !dtr, !rts", yml_str(n));
}

static int read_time(const struct yml_node *map, const char *key, uint64_t *us, struct err *e)
{
	const struct yml_node *n = yml_get(map, key);

	return n ? yml_duration_us(n, us, e) : 0;
}

static int read_reset(const struct yml_node *map, struct board *out, struct err *e)
{
	static const char *const keys[] = { "at", "run", "line", "for", "ready", "within", NULL };
	const struct yml_node *n = yml_get(map, "reset");

	if (!n)
		return 0;
	if (yml_want(n, YML_MAP, e) || yml_check_keys(n, keys, e) || read_text(n, "at", &out->reset_at, e) ||
	    read_text(n, "run", &out->reset_run, e) || read_wire(n, &out->reset_wire, e) ||
	    read_text(n, "ready", &out->reset_ready, e) || read_time(n, "for", &out->reset_for_us, e) ||
	    read_time(n, "within", &out->reset_within_us, e))
		return -EINVAL;
	if (!!out->reset_at + !!out->reset_run + (out->reset_wire.line >= 0) != 1)
		return yml_error(n, e, "reset needs one of at: a command to the modem, run: one of this machine, line: dtr or rts");
	return 0;
}

static int read_key(const struct yml_node *map, const char *key, struct board_key *out, struct err *e)
{
	static const char *const keys[] = { "line", "on", "off", NULL };
	const struct yml_node *n = yml_get(map, key);

	if (!n)
		return 0;
	if (yml_want(n, YML_MAP, e) || yml_check_keys(n, keys, e) || read_wire(n, &out->wire, e) ||
	    read_text(n, "off", &out->run[0], e) || read_text(n, "on", &out->run[1], e))
		return -EINVAL;
	if (out->wire.line >= 0 ? out->run[0] || out->run[1] : !out->run[0] || !out->run[1])
		return yml_error(n, e, "%s needs either line: dtr or rts, or on: and off:, the commands that press it and let it go", key);
	return 0;
}

static int read_power(const struct yml_node *map, struct board *out, struct err *e)
{
	const struct yml_node *n = yml_get(map, "power");
	int err = 0;

	if (!n)
		return 0;
	if (yml_want(n, YML_MAP, e) || yml_check_keys(n, power_keys, e))
		return -EINVAL;
	for (int i = 0; !err && i < BOARD_POWER_COUNT; i++)
		err = read_text(n, power_keys[i], &out->power[i], e);
	return err;
}

static void no_wires(struct board *b)
{
	b->reset_wire.line = -1;
	for (int i = 0; i < BOARD_KEY_COUNT; i++)
		b->key[i].wire.line = -1;
}

static int read_board(struct boards *b, const struct yml_node *n, struct board *out, struct err *e)
{
	static const char *const keys[] = { "name", "port", "baud", "revision", "has", "reset",
					     "power", "pwrkey", "reset_pin", NULL };

	*out = (struct board){ .reset_within_us = 60000000, .reset_for_us = 200000 };
	no_wires(out);
	if (yml_want(n, YML_MAP, e) || yml_check_keys(n, keys, e) || read_text(n, "name", &out->name, e) ||
	    read_text(n, "port", &out->port, e) || read_text(n, "revision", &out->revision, e))
		return -EINVAL;
	if (!out->name || !out->port)
		return yml_error(n, e, "a board needs name and port");
	if (strchr(out->name, '/') || strchr(out->name, ':'))
		return yml_error(yml_get(n, "name"), e, "a name has no / or :, since an address has");
	if (read_baud(n, &out->baud, e) || read_has(b, n, out, e) || read_reset(n, out, e) ||
	    read_key(n, "pwrkey", &out->key[BOARD_KEY_PWRKEY], e) || read_key(n, "reset_pin", &out->key[BOARD_KEY_RESET], e))
		return -EINVAL;
	return read_power(n, out, e);
}

/* --- the list ------------------------------------------------------------------------------------------------- */

static struct board *find_name(const struct boards *b, const char *name)
{
	for (size_t i = 0; i < b->n; i++) {
		if (!strcmp(b->items[i].name, name))
			return &b->items[i];
	}
	return NULL;
}

/* A board may be called by its address, too. */
static struct board *find_port(const struct boards *b, const char *port)
{
	for (size_t i = 0; i < b->n; i++) {
		if (!strcmp(b->items[i].port, port))
			return &b->items[i];
	}
	return NULL;
}

/* from: how many boards there were before this file. */
static int add_board(struct boards *b, const struct yml_node *n, size_t from, struct err *e)
{
	struct board board, *same;

	if (read_board(b, n, &board, e))
		return -EINVAL;
	same = find_name(b, board.name);
	if (same && same >= b->items + from)
		return yml_error(yml_get(n, "name"), e, "board '%s' is there already", board.name);
	if (same) {
		*same = board;
		return 0;
	}
	if (b->n == BOARDS_MAX)
		return yml_error(n, e, "more than %d boards", BOARDS_MAX);
	b->items[b->n++] = board;
	return 0;
}

static int add_file(struct boards *b, struct yml *y, struct err *e)
{
	static const char *const keys[] = { "schema", "boards", NULL };
	const struct yml_node *root, *schema, *list;
	size_t from = b->n;
	long long version = 0;

	b->yml[b->n_yml++] = y;
	root = yml_root(y);
	if (yml_want(root, YML_MAP, e) || yml_check_keys(root, keys, e))
		return -EINVAL;
	schema = yml_get(root, "schema");
	list = yml_get(root, "boards");
	if (!schema || !list)
		return yml_error(root, e, "boards.yaml needs schema: 1 and boards:");
	if (yml_num(schema, 1, 1 << 20, &version, e) || yml_want(list, YML_SEQ, e))
		return -EINVAL;
	if (version != 1)
		return yml_error(schema, e, "schema %lld needs a newer hil", version);
	for (size_t i = 0; i < yml_size(list); i++) {
		if (add_board(b, yml_at(list, i), from, e))
			return -EINVAL;
	}
	return 0;
}

static struct boards *boards_new(struct err *e)
{
	struct boards *b = calloc(1, sizeof(*b));

	if (b)
		b->items = calloc(BOARDS_MAX + 1, sizeof(*b->items));
	if (b)
		b->pool = pool_new();
	if (b && b->items && b->pool)
		return b;
	boards_free(b);
	err_set(e, -ENOMEM, "out of memory");
	return NULL;
}

struct boards *boards_load(struct err *e)
{
	struct boards *b = boards_new(e);
	char path[FILES_MAX][512];

	xdg_config(path[0], sizeof(path[0]), "boards.yaml");
	str_copy(path[1], sizeof(path[1]), "boards.yaml");
	for (int i = 0; b && i < FILES_MAX; i++) {
		struct yml *y;

		if (access(path[i], F_OK))
			continue;
		y = yml_load_file(path[i], e);
		if (y && !add_file(b, y, e))
			continue;
		boards_free(b);
		return NULL;
	}
	return b;
}

struct boards *boards_parse(const char *name, const char *text, size_t n, struct err *e)
{
	struct boards *b = boards_new(e);
	struct yml *y = b ? yml_load_text(name, text, n, e) : NULL;

	if (y && !add_file(b, y, e))
		return b;
	boards_free(b);
	return NULL;
}

void boards_free(struct boards *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n_yml; i++)
		yml_free(b->yml[i]);
	pool_free(b->pool);
	free(b->items);
	free(b);
}

size_t boards_size(const struct boards *b)
{
	return b->n;
}

const struct board *boards_at(const struct boards *b, size_t i)
{
	return &b->items[i];
}

/* --- which one is meant --------------------------------------------------------------------------------------- */

static bool has_word(const struct board *b, const char *word, size_t n)
{
	for (size_t i = 0; i < b->n_has; i++) {
		if (strlen(b->has[i]) == n && !memcmp(b->has[i], word, n))
			return true;
	}
	return false;
}

static bool has_all(const struct board *b, const char *words)
{
	while (*words) {
		size_t n = strcspn(words, ",");

		if (n && !has_word(b, words, n))
			return false;
		words += n + (words[n] == ',');
	}
	return true;
}

static bool is_free(const struct board *b)
{
	int fd;

	if (board_lock(b, &fd, NULL))
		return false;
	close(fd);
	return true;
}

static const struct board *find_in_pool(const struct boards *b, const char *words, struct err *e)
{
	size_t fit = 0, out = 0;
	char why[160];

	for (size_t i = 0; i < b->n; i++) {
		if (!has_all(&b->items[i], words))
			continue;
		fit++;
		if (board_out(&b->items[i], why, sizeof(why)))
			out++;
		else if (is_free(&b->items[i]))
			return &b->items[i];
	}
	err_set(e, -ENODEV, "pool:%s: %zu boards have that, %zu of them out, the others in use", words, fit, out);
	return NULL;
}

const struct board *boards_find(struct boards *b, const char *what, struct err *e)
{
	const struct board *found;
	struct board *made = &b->items[BOARDS_MAX];
	const char *names[BOARDS_MAX + 1], *near;

	if (!strncmp(what, "pool:", 5))
		return find_in_pool(b, what + 5, e);
	found = find_name(b, what);
	if (!found)
		found = find_port(b, what);
	if (found)
		return found;
	if (strchr(what, '/') || strchr(what, ':')) {
		*made = (struct board){ .name = pool_strdup(b->pool, what), .baud = BAUD_DEFAULT };
		no_wires(made);
		made->port = made->name;
		return made;
	}
	for (size_t i = 0; i < b->n; i++)
		names[i] = b->items[i].name;
	names[b->n] = NULL;
	near = str_nearest(what, names);
	err_set(e, -ENODEV, "no board '%s' in boards.yaml (%zu boards)%s%s%s", what, b->n,
		near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}
