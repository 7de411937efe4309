/*
 * Flattens a conversation. Some things a pasted log does that a recording does not: a list of commands stands where the
 * answers to others follow; the answer to an earlier command comes under a later one; data is longer than it was
 * declared.
 */
#include "harness/reproduce/items.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "harness/reproduce/implied.h"
#include "harness/reproduce/outcome.h"

enum { LIST_MIN = 2, NAME_SIZE = 32 }; /* commands in a row without an answer that make a list */

const char *item_text(const struct item *it)
{
	return it->command ? "" : it->lines[0].text;
}

static const struct exchange_line *last_of(const struct item *it, enum line_role role)
{
	for (size_t i = it->command ? it->n_lines : 0; i-- > 0;) {
		if (it->lines[i].role == role)
			return &it->lines[i];
	}
	return NULL;
}

bool item_prompts(const struct item *it)
{
	return last_of(it, LINE_PROMPT) != NULL;
}

const struct exchange_line *item_final(const struct item *it)
{
	return last_of(it, LINE_FINAL);
}

const struct exchange_line *item_result(const struct item *it)
{
	const struct exchange_line *late = last_of(it, LINE_RESULT);

	for (size_t i = it->command && !late ? it->n_lines : 0; i-- > 0;) {
		if (it->lines[i].role == LINE_INFO && outcome_belongs(it->command, it->lines[i].text))
			return &it->lines[i];
	}
	return late;
}

/* --- from exchanges to items ----------------------------------------------------------------------------------- */

static struct item *add(struct items *out, struct pool *pool, const struct item *it)
{
	out->items = pool_grow(pool, out->items, out->n, sizeof(*out->items));
	out->items[out->n] = *it;
	return &out->items[out->n++];
}

static void add_line(struct item *it, struct pool *pool, const struct exchange_line *l)
{
	struct exchange_line *lines = pool_grow(pool, (void *)it->lines, it->n_lines, sizeof(*lines));

	lines[it->n_lines++] = *l;
	it->lines = lines;
}

static void add_answer(struct items *out, struct pool *pool, const struct exchange_line *l)
{
	const struct item it = { .line = l->line, .t_us = l->t_us };

	add_line(add(out, pool, &it), pool, l);
}

/* Whether a line of x begins what another command gives: it was never answered itself. */
static bool is_foreign(const struct exchange *x, size_t i)
{
	const struct implied *row = implied_find(x->lines[i].text);
	char name[NAME_SIZE] = "";

	command_name(x->command, name, sizeof(name));
	return x->lines[i].role == LINE_INFO && row && strcasecmp(row->name, name);
}

/* A result belongs to a command only where something of its answer stands before it. */
static bool is_stray_result(const struct item *it, const struct exchange_line *l)
{
	return l->role == LINE_RESULT && !it->n_lines;
}

/* What the host typed beyond the declared length became the beginning of the next command: it is data. */
static const char *cut_leftover(struct items *out, struct pool *pool, const char *command)
{
	const char *at = strcasestr(command, "AT+");
	struct item *last = out->n ? &out->items[out->n - 1] : NULL;
	char *data;

	if (!strncasecmp(command, "AT", 2) || !at || !last || !last->data)
		return command;
	data = pool_alloc(pool, last->data_len + (size_t)(at - command) + 1);
	memcpy(data, last->data, last->data_len);
	memcpy(data + last->data_len, command, (size_t)(at - command));
	last->data = data;
	last->data_len += (size_t)(at - command);
	return at;
}

/* A command prompts once; a prompt whose command is not known asks for what nobody can tell. */
static bool is_stray_prompt(const struct item *own, const struct exchange_line *l)
{
	return l->text[0] == '>' && (!own || l->role != LINE_PROMPT || item_prompts(own));
}

/* From the first line that is not the command's on, all stand alone. */
static void take(struct items *out, struct pool *pool, const struct exchange *x)
{
	const struct item it = { .command = x->command ? cut_leftover(out, pool, x->command) : NULL,
				 .data = x->data,
				 .data_len = x->data_len,
				 .line = x->line,
				 .t_us = x->t_us };
	struct item *own = x->command ? add(out, pool, &it) : NULL;

	for (size_t i = 0; i < x->n_lines; i++) {
		const struct exchange_line *l = &x->lines[i];

		if (l->role == LINE_ECHO || is_stray_prompt(own, l))
			continue;
		if (own && (is_foreign(x, i) || is_stray_result(own, l)))
			own = NULL;
		if (own)
			add_line(own, pool, l);
		else
			add_answer(out, pool, l);
	}
}

/* A late result stands with its command, whose place is the command's; all else goes by the log's lines. */
static void sort(struct items *all)
{
	for (size_t i = 1; i < all->n; i++) {
		struct item it = all->items[i];
		size_t k = i;

		for (; k && it.line && all->items[k - 1].line > it.line; k--)
			all->items[k] = all->items[k - 1];
		all->items[k] = it;
	}
}

/* --- the answer to an earlier query ---------------------------------------------------------------------------- */

/* "+CGREG: 0,1" answers AT+CGREG?; unasked it has one number (27.007 10.1.20). */
static bool is_read_form(const char *line)
{
	const char *colon = strchr(line, ':');

	return !strncmp(line, "+C", 2) && colon && colon[1] == ' ' && isdigit((unsigned char)colon[2]) &&
	       colon[3] == ',';
}

static size_t find_answer(const struct items *all, size_t from, unsigned first, unsigned last,
			  bool (*is)(const char *line))
{
	for (size_t i = from; i < all->n && all->items[i].line < last; i++) {
		if (!all->items[i].command && all->items[i].line > first && is(item_text(&all->items[i])))
			return i;
	}
	return all->n;
}

static bool is_ok(const char *line)
{
	return !strcmp(line, "OK");
}

static struct item take_out(struct items *all, size_t i)
{
	struct item it = all->items[i];

	memmove(&all->items[i], &all->items[i + 1], (all->n - i - 1) * sizeof(*all->items));
	all->n--;
	return it;
}

static void put_in(struct items *all, size_t i, const struct item *it)
{
	memmove(&all->items[i + 1], &all->items[i], (all->n - i) * sizeof(*all->items));
	all->items[i] = *it;
	all->n++;
}

/* The command with its first OK replaced by another line. */
static struct item with_final(const struct item *it, struct pool *pool, const struct exchange_line *instead)
{
	struct item copy = *it;

	copy.lines = NULL;
	copy.n_lines = 0;
	for (size_t i = 0; i < it->n_lines; i++) {
		struct exchange_line l = &it->lines[i] == item_final(it) ? *instead : it->lines[i];

		l.role = it->lines[i].role;
		add_line(&copy, pool, &l);
	}
	return copy;
}

/*
 * A command with two OKs before its result, and a line of a query in front of the first: the query was asked before.
 * Its line and OK go before the command, the other OK becomes the command's own.
 */
static bool part_query(struct items *all, size_t i, struct pool *pool)
{
	const struct exchange_line *final = item_final(&all->items[i]), *result = item_result(&all->items[i]);
	size_t query, ok;
	struct item first, second, own;

	if (!final || !result || result < final)
		return false;
	query = find_answer(all, i + 1, all->items[i].line, final->line, is_read_form);
	ok = find_answer(all, i + 1, final->line, result->line, is_ok);
	if (query == all->n || ok == all->n)
		return false;
	own = take_out(all, ok);
	first = take_out(all, query);
	second = (struct item){ .lines = final, .n_lines = 1, .line = final->line, .t_us = final->t_us };
	all->items[i] = with_final(&all->items[i], pool, own.lines);
	put_in(all, i, &second);
	put_in(all, i, &first);
	return true;
}

static void part_queries(struct items *all, struct pool *pool)
{
	for (size_t i = 0; i < all->n; i++) {
		if (all->items[i].command && part_query(all, i, pool))
			i += 2;
	}
}

/* --- lists of commands ----------------------------------------------------------------------------------------- */

static bool is_answered(const struct item *it)
{
	for (size_t i = 0; i < it->n_lines; i++) {
		if (it->lines[i].role != LINE_URC)
			return true;
	}
	return false;
}

static size_t run_of_unanswered(const struct items *all, size_t at)
{
	size_t n = 0;

	while (at + n < all->n && all->items[at + n].command && !is_answered(&all->items[at + n]))
		n++;
	return n;
}

static bool has_answers(const struct items *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct item *it = &all->items[i];

		if (it->command ? is_answered(it) : implied_find(item_text(it)) != NULL)
			return true;
	}
	return false;
}

static struct items without_lists(const struct items *all, struct pool *pool)
{
	struct items out = { 0 };

	for (size_t i = 0; i < all->n;) {
		size_t n = run_of_unanswered(all, i);

		if (n >= LIST_MIN) {
			out.listed += (unsigned)n;
			i += n;
		} else {
			add(&out, pool, &all->items[i++]);
		}
	}
	return out;
}

struct items items_of(const struct conversation *c, struct pool *pool)
{
	struct items all = { 0 };

	for (size_t i = 0; i < conversation_size(c); i++)
		take(&all, pool, conversation_at(c, i));
	sort(&all);
	part_queries(&all, pool);
	if (has_answers(&all))
		return without_lists(&all, pool);
	all.only_commands = all.n > 0;
	return all;
}
