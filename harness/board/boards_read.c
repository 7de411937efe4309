/* Entries of boards.yaml, value by value. */
#include "harness/board/boards_read.h"

#include <errno.h>
#include <string.h>

#include "harness/match.h"

enum { HAS_MAX = 64, BAUD_DEFAULT = 115200 };

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

/* 0 for auto, where that is allowed. */
static int read_baud(const struct yml_node *map, const char *key, bool may_be_auto, long *out, struct err *e)
{
	const struct yml_node *n = yml_get(map, key);
	long long value = BAUD_DEFAULT;

	if (n && may_be_auto && !yml_want(n, YML_SCALAR, NULL) && !strcmp(yml_str(n), "auto"))
		value = 0;
	else if (n && yml_num(n, 300, 4000000, &value, e))
		return -EINVAL;
	*out = (long)value;
	return 0;
}

static int read_has(struct pool *pool, const struct yml_node *map, struct board *out, struct err *e)
{
	const struct yml_node *n = yml_get(map, "has");
	const char **words;

	if (!n)
		return 0;
	if (yml_want(n, YML_SEQ, e))
		return -EINVAL;
	if (yml_size(n) > HAS_MAX)
		return yml_error(n, e, "a board has at most %d words", HAS_MAX);
	words = pool_alloc(pool, (yml_size(n) + 1) * sizeof(*words));
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
		return yml_error(
			n, e,
			"reset needs one of at: a command to the modem, run: one of this machine, line: dtr or rts");
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
		return yml_error(
			n, e,
			"%s needs either line: dtr or rts, or on: and off:, the commands that press it and let it go",
			key);
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

void board_no_wires(struct board *b)
{
	b->reset_wire.line = -1;
	for (int i = 0; i < BOARD_KEY_COUNT; i++)
		b->key[i].wire.line = -1;
}

int board_read(struct pool *pool, const struct yml_node *n, struct board *out, struct err *e)
{
	static const char *const keys[] = { "name",  "port",  "baud",	"revision",  "has",
					    "reset", "power", "pwrkey", "reset_pin", NULL };

	*out = (struct board){ .reset_within_us = 60000000, .reset_for_us = 200000 };
	board_no_wires(out);
	if (yml_want(n, YML_MAP, e) || yml_check_keys(n, keys, e) || read_text(n, "name", &out->name, e) ||
	    read_text(n, "port", &out->port, e) || read_text(n, "revision", &out->revision, e))
		return -EINVAL;
	if (!out->name || !out->port)
		return yml_error(n, e, "a board needs name and port");
	if (strchr(out->name, '/') || strchr(out->name, ':'))
		return yml_error(yml_get(n, "name"), e, "a name has no / or :, since an address has");
	if (read_baud(n, "baud", true, &out->baud, e) || read_has(pool, n, out, e) || read_reset(n, out, e) ||
	    read_key(n, "pwrkey", &out->key[BOARD_KEY_PWRKEY], e) ||
	    read_key(n, "reset_pin", &out->key[BOARD_KEY_RESET], e))
		return -EINVAL;
	return read_power(n, out, e);
}

/* --- the firmware's side ---------------------------------------------------------------------------------------- */

/* A regex with the exit status as its group, or without one: then it is 0. */
static int read_exit(const struct yml_node *map, struct firmware *out, struct err *e)
{
	const struct yml_node *n = yml_get(map, "exit");
	struct err why = { 0 };
	struct match *m;

	if (!n)
		return 0;
	if (read_text(map, "exit", &out->exit, e))
		return -EINVAL;
	m = match_new(PATTERN_MATCH, out->exit, &why);
	match_free(m);
	return m ? 0 : yml_error(n, e, "%s", why.msg);
}

static int read_hook(const struct yml_node *map, const char *key, struct firmware_hook *out, struct err *e)
{
	static const char *const keys[] = { "run", "line", "for", "within", NULL };
	const struct yml_node *n = yml_get(map, key);

	if (!n)
		return 0;
	if (yml_want(n, YML_MAP, e) || yml_check_keys(n, keys, e) || read_text(n, "run", &out->run, e) ||
	    read_wire(n, &out->wire, e) || read_time(n, "for", &out->for_us, e) ||
	    read_time(n, "within", &out->within_us, e))
		return -EINVAL;
	return !out->run == (out->wire.line < 0)
		       ? yml_error(n, e, "%s needs either run: a command, or line: dtr or rts of the console", key)
		       : 0;
}

static void no_hooks(struct firmware *out)
{
	const struct firmware_hook none = { .wire = { -1, false }, .for_us = 200000, .within_us = 60000000 };

	for (int i = 0; i < FIRMWARE_HOOK_COUNT; i++)
		out->hook[i] = none;
}

int firmware_read(const struct yml_node *n, struct firmware *out, struct err *e)
{
	static const char *const keys[] = { "name",  "modem", "baud", "console", "console_baud", "flash", "start",
					    "reset", "stop",  "exit", NULL };
	static const char *const hooks[] = {
		[FIRMWARE_FLASH] = "flash",
		[FIRMWARE_START] = "start",
		[FIRMWARE_RESET] = "reset",
		[FIRMWARE_STOP] = "stop",
	};

	*out = (struct firmware){ 0 };
	no_hooks(out);
	if (yml_want(n, YML_MAP, e) || yml_check_keys(n, keys, e) || read_text(n, "name", &out->name, e) ||
	    read_text(n, "modem", &out->modem, e) || read_text(n, "console", &out->console, e) ||
	    read_exit(n, out, e) || read_baud(n, "baud", false, &out->baud, e) ||
	    read_baud(n, "console_baud", false, &out->console_baud, e))
		return -EINVAL;
	for (int i = 0; i < FIRMWARE_HOOK_COUNT; i++) {
		if (read_hook(n, hooks[i], &out->hook[i], e))
			return -EINVAL;
	}
	if (!out->name || !out->console)
		return yml_error(n, e,
				 "a firmware needs name and console");
	return 0;
}
