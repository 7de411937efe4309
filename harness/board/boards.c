/* boards.yaml into struct board. Entries of the nearer file take the place of those of the same name. */
#include "harness/board/board.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/yml.h"
#include "harness/board/boards_read.h"
#include "harness/pool.h"
#include "harness/xdg.h"

enum { BOARDS_MAX = 256, BAUD_DEFAULT = 115200, FILES_MAX = 2 };

struct boards {
	struct pool *pool;
	struct yml *yml[FILES_MAX];
	size_t n_yml;
	struct board *items;
	size_t n;
	struct firmware *firmware;
	size_t n_firmware;
};

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

	if (board_read(b->pool, n, &board, e))
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

static struct firmware *find_firmware(const struct boards *b, const char *name)
{
	for (size_t i = 0; i < b->n_firmware; i++) {
		if (!strcmp(b->firmware[i].name, name))
			return &b->firmware[i];
	}
	return NULL;
}

/* As add_board(). */
static int add_firmware(struct boards *b, const struct yml_node *n, size_t from, struct err *e)
{
	struct firmware firmware, *same;

	if (firmware_read(n, &firmware, e))
		return -EINVAL;
	same = find_firmware(b, firmware.name);
	if (same && same >= b->firmware + from)
		return yml_error(yml_get(n, "name"), e, "firmware '%s' is there already", firmware.name);
	if (!same && b->n_firmware == BOARDS_MAX)
		return yml_error(n, e, "more than %d entries", BOARDS_MAX);
	*(same ? same : &b->firmware[b->n_firmware++]) = firmware;
	return 0;
}

static int add_list(struct boards *b, const struct yml_node *list, size_t from,
		    int (*add)(struct boards *b, const struct yml_node *n, size_t from, struct err *e), struct err *e)
{
	if (list && yml_want(list, YML_SEQ, e))
		return -EINVAL;
	for (size_t i = 0; list && i < yml_size(list); i++) {
		if (add(b, yml_at(list, i), from, e))
			return -EINVAL;
	}
	return 0;
}

static int add_file(struct boards *b, struct yml *y, struct err *e)
{
	static const char *const keys[] = { "schema", "boards", "firmware", NULL };
	const struct yml_node *root, *schema, *list;
	long long version = 0;

	b->yml[b->n_yml++] = y;
	root = yml_root(y);
	if (yml_want(root, YML_MAP, e) || yml_check_keys(root, keys, e))
		return -EINVAL;
	schema = yml_get(root, "schema");
	list = yml_get(root, "boards");
	if (!schema || (!list && !yml_get(root, "firmware")))
		return yml_error(root, e, "boards.yaml needs schema: 1 and boards: or firmware:");
	if (yml_num(schema, 1, 1 << 20, &version, e))
		return -EINVAL;
	if (version != 1)
		return yml_error(schema, e, "schema %lld needs a newer hil", version);
	return add_list(b, list, b->n, add_board, e) ||
			       add_list(b, yml_get(root, "firmware"), b->n_firmware, add_firmware, e)
		       ? -EINVAL
		       : 0;
}

static struct boards *boards_new(struct err *e)
{
	struct boards *b = calloc(1, sizeof(*b));

	if (b)
		b->items = calloc(BOARDS_MAX + 1, sizeof(*b->items));
	if (b)
		b->firmware = calloc(BOARDS_MAX, sizeof(*b->firmware));
	if (b)
		b->pool = pool_new();
	if (b && b->items && b->firmware && b->pool)
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
	free(b->firmware);
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
		board_no_wires(made);
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

const struct firmware *boards_find_firmware(const struct boards *b, const char *name, struct err *e)
{
	const struct firmware *found = find_firmware(b, name);
	const char *names[BOARDS_MAX + 1], *near;

	if (found)
		return found;
	for (size_t i = 0; i < b->n_firmware; i++)
		names[i] = b->firmware[i].name;
	names[b->n_firmware] = NULL;
	near = str_nearest(name, names);
	err_set(e, -ENODEV, "no firmware '%s' in boards.yaml (%zu entries)%s%s%s", name, b->n_firmware,
		near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}
