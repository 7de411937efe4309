/* The table of what a sweep does at a point, and the words that ask for it. A row is a fault of scenarios, nothing
 * more. */
#include "harness/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define SECONDS *1000000u
#define ONCE .times = 1, .chance = 1
#define URC(line) \
	.kind = FAULT_URC, .link = FAULT_LINK_MODEM, .toward = TOWARD_HOST, .text = "\\r\\n" line "\\r\\n", ONCE
#define BYTE(kind_, toward_) .kind = kind_, .link = FAULT_LINK_SERIAL, .toward = toward_, .bytes = 1, ONCE
#define HELD(kind_, link_, hold_) .kind = kind_, .link = link_, .toward = TOWARD_HOST, .hold_us = hold_, ONCE

const struct sweep_row sweep_rows[] = {
	{ "link",
	  { HELD(FAULT_DOWN, FAULT_LINK_NET, 20 SECONDS) },
	  .what = "the network is lost and comes back after 20 s" },
	{ "reset", { HELD(FAULT_RESET, FAULT_LINK_NET, 0) }, .session = true, .what = "the connection is reset" },
	{ "reboot", { HELD(FAULT_REBOOT, FAULT_LINK_MODEM, 0) }, .what = "the modem restarts" },
	{ "mute", { HELD(FAULT_MUTE, FAULT_LINK_MODEM, 30 SECONDS) }, .what = "the modem answers nothing for 30 s" },
	{ "late",
	  { HELD(FAULT_STALL, FAULT_LINK_SERIAL, 15 SECONDS) },
	  .what = "the rest of the answer comes 15 s late" },
	{ "unplug", { HELD(FAULT_HANGUP, FAULT_LINK_SERIAL, 5 SECONDS) }, .what = "the port is gone for 5 s" },
	{ "connlost",
	  { URC("+CMQTTCONNLOST: 0,1") },
	  .between = true,
	  .what = "+CMQTTCONNLOST: 0,1 inside the answer" },
	{ "nonet", { URC("+CMQTTNONET") }, .between = true, .what = "+CMQTTNONET inside the answer" },
	{ "rdy", { URC("RDY") }, .between = true, .what = "RDY inside the answer" },
	{ "nosim", { URC("+CPIN: NOT READY") }, .between = true, .what = "+CPIN: NOT READY inside the answer" },
	{ "sms", { URC("+CMTI: \"SM\",4") }, .between = true, .what = "+CMTI: \"SM\",4 inside the answer" },
	{ "lost", { BYTE(FAULT_DROP, TOWARD_HOST) }, .what = "a byte of the answer is lost" },
	{ "corrupt", { BYTE(FAULT_CORRUPT, TOWARD_HOST) }, .what = "a bit of the answer is wrong" },
	{ "twice", { BYTE(FAULT_DUPLICATE, TOWARD_HOST) }, .what = "a byte of the answer comes twice" },
	{ "cmd-lost",
	  { BYTE(FAULT_DROP, TOWARD_MODEM) },
	  .side = SWEEP_COMMAND,
	  .what = "a byte of the command is lost" },
	{ "cmd-corrupt",
	  { BYTE(FAULT_CORRUPT, TOWARD_MODEM) },
	  .side = SWEEP_COMMAND,
	  .what = "a bit of the command is wrong" },
	{ "cmd-twice",
	  { BYTE(FAULT_DUPLICATE, TOWARD_MODEM) },
	  .side = SWEEP_COMMAND,

	  .what = "a byte of the command comes twice" },
	{ "data-lost", { BYTE(FAULT_DROP, TOWARD_MODEM) }, .side = SWEEP_DATA, .what = "a byte of the data is lost" },
	{ "data-corrupt",
	  { BYTE(FAULT_CORRUPT, TOWARD_MODEM) },
	  .side = SWEEP_DATA,

	  .what = "a bit of the data is wrong" },
	{ "data-twice",
	  { BYTE(FAULT_DUPLICATE, TOWARD_MODEM) },
	  .side = SWEEP_DATA,

	  .what = "a byte of the data comes twice" },
	{ 0 },
};

void sweep_help(struct buf *out)
{
	for (const struct sweep_row *row = sweep_rows; row->name; row++)
		buf_addf(out, "  %-12s %s\n", row->name, row->what);
}

static const struct sweep_row *find_row(const char *name, size_t n)
{
	const struct sweep_row *row = sweep_rows;

	while (row->name && (strlen(row->name) != n || strncmp(row->name, name, n)))
		row++;
	return row->name ? row : NULL;
}

static int no_such_row(const char *word, size_t n, struct err *e)
{
	const char *names[sizeof(sweep_rows) / sizeof(sweep_rows[0]) + 1] = { "all" }, *near;
	size_t count = 1;
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)(n < 60 ? n : 60), word);
	for (const struct sweep_row *row = sweep_rows; row->name; row++)
		names[count++] = row->name;
	near = str_nearest(name, names);
	if (near)
		return err_set(e, -EINVAL, "--sweep: no fault is called '%s' (did you mean '%s'?)", name, near);
	return err_set(e, -EINVAL, "--sweep: no fault is called '%s' (hil help run lists them)", name);
}

/* "17" or "17+5" behind the @. */
static bool read_place(struct sweep_wish *w, const char *s)
{
	size_t n = strcspn(s, "+");
	long long v;

	if (!str_to_num(s, n, 1, 1000000, &v))
		w->exchange = (size_t)v;
	else
		return false;
	if (!s[n])
		return true;
	if (str_to_num(s + n + 1, strlen(s + n + 1), 0, 1000000, &v))
		return false;
	w->byte = (long)v;
	return true;
}

static int read_word(struct pool *p, const char *word, struct sweep_wish **wishes, size_t *n, struct err *e)
{
	size_t len = strcspn(word, "@");
	bool all = len == 3 && !strncmp(word, "all", 3);
	struct sweep_wish w = { .word = word, .of_all = all, .byte = -1 };

	if (word[len] && !read_place(&w, word + len + 1))
		return err_set(e, -EINVAL, "--sweep: '%s': wanted FAULT, FAULT@EXCHANGE or FAULT@EXCHANGE+BYTE", word);
	if (!all && !find_row(word, len))
		return no_such_row(word, len, e);
	for (const struct sweep_row *row = sweep_rows; row->name; row++) {
		if (!all && row != find_row(word, len))
			continue;
		w.row = row;
		*wishes = pool_grow(p, *wishes, *n, sizeof(w));
		(*wishes)[(*n)++] = w;
	}
	return 0;
}

const struct sweep_wish *sweep_read_wishes(struct pool *p, const char *const *words, size_t n, size_t *n_wishes,
					   struct err *e)
{
	struct sweep_wish *wishes = NULL;

	*n_wishes = 0;
	for (size_t i = 0; i < n; i++) {
		if (read_word(p, words[i], &wishes, n_wishes, e))
			return NULL;
	}
	return wishes;
}
