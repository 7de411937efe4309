/*
 * The commands behind answers that stand alone. An answer with a name tells its command; a bare OK is told by what
 * stands around it: by two dumps of the SSL contexts that differ, or by the one order in which an MQTT session can be
 * opened and closed.
 */
#include "harness/reproduce/implied.h"

#include <string.h>
#include <strings.h>

#include "harness/reproduce/format.h"
#include "harness/wire/exchange_rows.h"

enum { NEAR_US = 500000, TEXT_MAX_BYTES = 4096, NAME_SIZE = 32 };

static const struct implied rows[] = {
	{ "+CSSLCFG", IMPLIED_INFO, "AT+CSSLCFG?" },
	{ "+CCERTLIST", IMPLIED_INFO, "AT+CCERTLIST" },
	{ "+CGMR", IMPLIED_INFO, "AT+CGMR" },
	{ "+CREG", IMPLIED_INFO, "AT+CREG?" },
	{ "+CGREG", IMPLIED_INFO, "AT+CGREG?" },
	{ "+CEREG", IMPLIED_INFO, "AT+CEREG?" },
	{ "+FSCD", IMPLIED_INFO, NULL },
	{ "+FSLS", IMPLIED_INFO, NULL },
	{ "+IPADDR", IMPLIED_INFO, "AT+IPADDR" },
	{ "+CMQTTSTART", IMPLIED_BOTH, "AT+CMQTTSTART" },
	{ "+CMQTTCONNECT", IMPLIED_LATE, NULL },
	{ "+CMQTTSUB", IMPLIED_LATE, NULL },
	{ "+CMQTTUNSUB", IMPLIED_LATE, NULL },
	{ "+CMQTTPUB", IMPLIED_LATE, NULL },
	{ "+CMQTTDISC", IMPLIED_EARLY, "AT+CMQTTDISC=0,120" },
	{ "+CMQTTSTOP", IMPLIED_EARLY, "AT+CMQTTSTOP" },
	{ "+NETOPEN", IMPLIED_LATE, "AT+NETOPEN" },
	{ "+NETCLOSE", IMPLIED_LATE, "AT+NETCLOSE" },
	{ "+CIPOPEN", IMPLIED_LATE, NULL },
	{ "+CCHSTART", IMPLIED_BOTH, "AT+CCHSTART" },
	{ "+CCHOPEN", IMPLIED_LATE, NULL },
	{ "+CCHSTOP", IMPLIED_LATE, "AT+CCHSTOP" },
	{ "+CFTPSSTART", IMPLIED_LATE, "AT+CFTPSSTART" },
	{ "+CFTPSLOGIN", IMPLIED_LATE, NULL },
	{ "+CFTPSGETFILE", IMPLIED_LATE, NULL },
	{ "+CFTPSSTOP", IMPLIED_LATE, "AT+CFTPSSTOP" },
	{ "+HTTPACTION", IMPLIED_LATE, NULL },
};

/* One session in its order; those that answer with OK alone have a default here, the others a row above. */
static const struct order {
	const char *name;
	const char *bare; /* the command when the text has none; NULL: its answer has a name */
} order[] = {
	{ "+CMQTTSTART", NULL },
	{ "+CMQTTACCQ", "AT+CMQTTACCQ=0,\"client1\",1" },
	{ "+CMQTTSSLCFG", "AT+CMQTTSSLCFG=0,0" },
	{ "+CMQTTCONNECT", NULL },
	{ "+CMQTTDISC", NULL },
	{ "+CMQTTREL", "AT+CMQTTREL=0" },
	{ "+CMQTTSTOP", NULL },
};

enum { ORDER_N = sizeof(order) / sizeof(order[0]) };

struct work {
	const struct log *log;
	const struct items *in;
	struct implied_list *out;
	bool *claimed; /* per item: it has its command */
};

const struct implied *implied_find(const char *line)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].name);

		if (!strncasecmp(line, rows[i].name, n) && line[n] == ':')
			return &rows[i];
	}
	return NULL;
}

/* --- items ----------------------------------------------------------------------------------------------------- */

static bool is_free(const struct work *w, size_t i)
{
	return i < w->in->n && !w->in->items[i].command && !w->claimed[i];
}

static bool is_free_final(const struct work *w, size_t i, const char *final)
{
	return is_free(w, i) && !strcmp(item_text(&w->in->items[i]), final);
}

static const struct log_part *part_of(const struct work *w, size_t i)
{
	return log_part_of(w->log, w->in->items[i].line);
}

static bool is_timed(const struct work *w, size_t i)
{
	const struct log_part *part = part_of(w, i);

	return part && part->timed;
}

/* Whether i stands close behind its predecessor; a log without times does not contradict. */
static bool is_near(const struct work *w, size_t i)
{
	if (part_of(w, i) != part_of(w, i - 1))
		return false;
	return !is_timed(w, i) || w->in->items[i].t_us - w->in->items[i - 1].t_us <= NEAR_US;
}

static void claim(struct work *w, size_t first, size_t last)
{
	for (size_t i = first; i <= last; i++)
		w->claimed[i] = true;
}

static void insert(struct work *w, size_t first, size_t last, const char *command, const char *why)
{
	struct implied_list *out = w->out;
	struct implied_command *c;

	out->items = pool_grow(w->log->pool, out->items, out->n, sizeof(*out->items));
	c = &out->items[out->n++];
	*c = (struct implied_command){ .before = first,
				       .last = last,
				       .command = command,
				       .why = why,
				       .line = first < w->in->n ? w->in->items[first].line : 0 };
	if (last < w->in->n && first <= last)
		claim(w, first, last);
}

static void give_up(struct work *w, unsigned line)
{
	unsigned *list = pool_grow(w->log->pool, (void *)w->out->unknown, w->out->n_unknown, sizeof(*list));
	size_t at = w->out->n_unknown++;

	for (; at && list[at - 1] > line; at--)
		list[at] = list[at - 1];
	list[at] = line;
	w->out->unknown = list;
}

/* --- answers with a name --------------------------------------------------------------------------------------- */

static long row_number(const char *text)
{
	const char *s = strchr(text, ':');

	return s && s[1] == ' ' && s[2] >= '0' && s[2] <= '9' ? s[2] - '0' : -1;
}

/* The last item of the lines that begin at i: those of the same name, in rising order where they have numbers. */
static size_t end_of_lines(const struct work *w, const struct implied *row, size_t i)
{
	while (is_free(w, i + 1) && implied_find(item_text(&w->in->items[i + 1])) == row) {
		long a = row_number(item_text(&w->in->items[i])), b = row_number(item_text(&w->in->items[i + 1]));

		if (a >= 0 && b >= 0 && b <= a)
			break;
		i++;
	}
	return i;
}

static void find_ends(const struct work *w, const struct implied *row, size_t i, size_t *first, size_t *last)
{
	bool before = i && is_free_final(w, i - 1, "OK"), after = is_free_final(w, i + 1, "OK") && is_near(w, i + 1);

	*first = *last = i;
	switch (row->shape) {
	case IMPLIED_INFO:
		*last = end_of_lines(w, row, i);
		if (is_free_final(w, *last + 1, "OK") && is_near(w, *last + 1))
			++*last;
		break;
	case IMPLIED_LATE:
		if (before)
			*first = i - 1;
		else if (is_free_final(w, i + 1, "ERROR") && is_near(w, i + 1))
			*last = i + 1;
		break;
	case IMPLIED_EARLY:
		*last = i + (after ? 1 : 0);
		break;
	case IMPLIED_BOTH:
		if (after && is_timed(w, i))
			*last = i + 1;
		else if (before)
			*first = i - 1;
		else
			*last = i + (after ? 1 : 0);
		break;
	}
}

static void take_named(struct work *w, size_t i, const struct implied *row)
{
	const struct item *it = &w->in->items[i];
	bool connects = !strcmp(row->name, "+CMQTTCONNECT"), fixed = row->shape == IMPLIED_INFO && row->command;
	const struct log_command *c = connects || fixed ? NULL : log_find(w->log, row->name, it->line, NULL, NULL);
	const char *command = c ? c->text : row->command;
	size_t first, last;

	find_ends(w, row, i, &first, &last);
	if (last == i && rows_is_urc(item_text(it)))
		return;
	if (!command && !connects) {
		claim(w, first, last);
		give_up(w, it->line);
		return;
	}
	insert(w, first, last, connects ? NULL : command,
	       row->shape == IMPLIED_INFO
		       ? "its answer stands alone"
		       : format_text(w->log->pool, c ? "%s stands alone; as in line %u" : "%s stands alone",
				     item_text(it), c ? c->line : 0));
	w->out->items[w->out->n - 1].connects = connects;
}

static void take_all_named(struct work *w)
{
	for (size_t i = 0; i < w->in->n; i++) {
		const struct implied *row = is_free(w, i) ? implied_find(item_text(&w->in->items[i])) : NULL;

		if (row)
			take_named(w, i, row);
	}
}

/* --- dumps ----------------------------------------------------------------------------------------------------- */

/* The rows among the lines of item i go into d; how many there were. */
static size_t dump_of(const struct work *w, size_t i, struct dump *d)
{
	const struct item *it = &w->in->items[i];
	size_t n = 0;

	for (size_t k = 0; k < it->n_lines; k++)
		n += dump_take(d, w->log->pool, it->lines[k].text, NULL);
	return n;
}

/* A setting that the log shows being made, and taken. */
static bool apply_setting(const struct work *w, size_t i, struct dump *d)
{
	const struct item *it = &w->in->items[i];
	const struct exchange_line *final = item_final(it);
	const char *value;
	unsigned ctx;
	size_t field;

	if (!it->command || !dump_setting(it->command, w->log->pool, &field, &ctx, &value))
		return false;
	if (!final || !strcmp(final->text, "OK"))
		d->context[ctx].field[field] = value;
	return true;
}

static void explain_change(struct work *w, const char *const *commands, size_t n, size_t from, size_t to)
{
	unsigned a = w->in->items[from].line, b = w->in->items[to].line;
	size_t given = 0;

	for (size_t i = from + 1; i < to && given < n; i++) {
		if (is_free_final(w, i, "OK"))
			insert(w, i, i, commands[given++],
			       format_text(w->log->pool,
					   "the dumps around this OK, lines "
					   "%u and %u, differ in it",
					   a, b));
	}
	for (; given < n; given++) {
		insert(w, from + 1, from, commands[given],
		       format_text(w->log->pool, "the dumps of lines %u and %u differ in it", a, b));
		w->out->items[w->out->n - 1].silent = true;
	}
}

/* Walks all dumps; what changed between two of them was done by somebody. */
static void take_dumps(struct work *w)
{
	struct dump state = dump_default();
	size_t last_dump = 0;
	bool any = false, settings = false;

	for (size_t i = 0; i < w->in->n; i++) {
		struct dump now = state;
		const char **commands = NULL;
		size_t n = 0, end = i;

		settings = apply_setting(w, i, &state) || settings;
		if (!dump_of(w, i, &now))
			continue;
		while (end + 1 < w->in->n && !w->in->items[i].command &&
		       row_number(item_text(&w->in->items[end + 1])) > row_number(item_text(&w->in->items[end])) &&
		       dump_of(w, end + 1, &now))
			end++;
		if (!any && !settings) {
			w->out->first = now;
			w->out->first_line = w->in->items[i].line;
		} else {
			commands = dump_commands(&state, &now, w->log->pool, NULL, &n);
			explain_change(w, commands, n, any ? last_dump : 0, i);
		}
		any = true;
		state = now;
		last_dump = end;
		i = end;
	}
}

/* --- answers without a name ------------------------------------------------------------------------------------ */

static size_t order_of(const char *name)
{
	size_t i = 0;

	while (i < ORDER_N && strcasecmp(order[i].name, name))
		i++;
	return i;
}

/* Where in the order the command of item i stands, ORDER_N when it is none of it. */
static size_t order_at(const struct work *w, size_t i)
{
	const struct implied *row;
	char name[NAME_SIZE];

	if (w->in->items[i].command)
		return command_name(w->in->items[i].command, name, sizeof(name)) ? order_of(name) : ORDER_N;
	row = implied_find(item_text(&w->in->items[i]));
	return row ? order_of(row->name) : ORDER_N;
}

static void take_bare(struct work *w, size_t i, size_t k)
{
	const struct item *it = &w->in->items[i];
	const struct log_command *c = log_find(w->log, order[k].name, it->line, NULL, NULL);

	insert(w, i, i, c ? c->text : order[k].bare,
	       c ? format_text(w->log->pool, "an OK at this place of the session; as in line %u", c->line)
		 : "an OK at this place of the session");
}

/* The n bare OKs from item i on stand between two steps of the order; before those that are known they end there. */
static void take_bare_run(struct work *w, size_t i, size_t n, size_t after, size_t before)
{
	size_t fit[ORDER_N], n_fit = 0, skip;

	for (size_t k = after == ORDER_N ? 0 : after + 1; k < (before == ORDER_N ? ORDER_N : before); k++) {
		bool closing = k > order_of("+CMQTTCONNECT");

		if (order[k].bare && (!closing || after >= order_of("+CMQTTDISC")) &&
		    (after != ORDER_N || before != ORDER_N))
			fit[n_fit++] = k;
	}
	skip = after == ORDER_N && n_fit > n ? n_fit - n : 0;
	for (; n; i++) {
		if (!is_free_final(w, i, "OK"))
			continue;
		if (skip < n_fit)
			take_bare(w, i, fit[skip++]);
		else
			give_up(w, w->in->items[i].line);
		n--;
	}
}

static void take_all_bare(struct work *w)
{
	size_t after = ORDER_N;

	for (size_t i = 0; i < w->in->n; i++) {
		size_t n = 0, k = i;

		for (; k < w->in->n && (order_at(w, k) == ORDER_N || !n); k++) {
			if (is_free_final(w, k, "OK"))
				n++;
			else if (!n)
				break;
		}
		if (n) {
			take_bare_run(w, i, n, after, k < w->in->n ? order_at(w, k) : ORDER_N);
			i = k - 1;
		} else if (order_at(w, i) != ORDER_N) {
			after = order_at(w, i);
		}
	}
}

/* What is left of a row that lost its beginning, behind rows that did not. */
static bool is_torn_row(const struct work *w, size_t i)
{
	const struct implied *row = i && w->claimed[i - 1] ? implied_find(item_text(&w->in->items[i - 1])) : NULL;

	return row && row->shape == IMPLIED_INFO;
}

static void give_up_rest(struct work *w)
{
	for (size_t i = 0; i < w->in->n; i++) {
		if (is_free(w, i) && !is_torn_row(w, i) && !rows_is_urc(item_text(&w->in->items[i])) &&
		    strcmp(item_text(&w->in->items[i]), "OK"))
			give_up(w, w->in->items[i].line);
	}
}

static int by_place(const struct implied_command *a, const struct implied_command *b)
{
	if (a->before != b->before)
		return a->before < b->before ? -1 : 1;
	return (int)b->silent - (int)a->silent;
}

/* Few and nearly in order: an insertion sort keeps equal ones as they are. */
static void sort(struct implied_list *l)
{
	for (size_t i = 1; i < l->n; i++) {
		struct implied_command c = l->items[i];
		size_t k = i;

		for (; k && by_place(&l->items[k - 1], &c) > 0; k--)
			l->items[k] = l->items[k - 1];
		l->items[k] = c;
	}
}

struct implied_list implied_commands(const struct log *l, const struct items *items)
{
	struct implied_list out = { .first = dump_default() };
	struct work w = { .log = l, .in = items, .out = &out, .claimed = pool_alloc(l->pool, items->n + 1) };

	take_all_named(&w);
	take_dumps(&w);
	take_all_bare(&w);
	give_up_rest(&w);
	sort(&out);
	return out;
}
