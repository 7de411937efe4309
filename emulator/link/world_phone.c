/* phones:, ussd: and phonebook: of a world file. Every wrong word has its place. */
#include "link/world_phone.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const book_words[] = { "SM", "DC", "FD", "LD", "MC", "ME", "RC", "EN", "ON", NULL };
_Static_assert(sizeof(book_words) / sizeof(book_words[0]) == BOOKS + 1, "a word for each memory");

static const char *const phone_keys[] = { "match", "result", "alert", "after", "talk", "notice", NULL };
static const char *const ussd_keys[] = { "code", "text", "result", "coding", "delay", "menu", NULL };
static const char *const book_keys[] = { "memory", "index", "number", "name", NULL };

static const char *const phone_results[] = { "answers",	   "busy",	 "no_answer", "rejected",
					     "unassigned", "congestion", "silent",    NULL };
_Static_assert(sizeof(phone_results) / sizeof(phone_results[0]) == PHONE_RESULTS + 1, "a word for each result");
/* <code1> of +CSSI (27.007 7.17) is where a word stands. */
static const char *const notices[] = { "none", "conditional_forward", "forwarded", "waiting", NULL };
static const char *const ussd_results[] = { "answers", "none", "ended", "unsupported", "timeout", NULL };
_Static_assert(sizeof(ussd_results) / sizeof(ussd_results[0]) == USSD_RESULTS + 1, "a word for each result");
static const char *const codings[] = { "gsm", "ucs2", NULL };

enum { ALERT_US = 1500000, MENU_DEPTH_MAX = 8, INDEX_MAX = 1000 };

/* When a network usually comes to each result [guess]. */
static const uint64_t after_us[PHONE_RESULTS] = {
	[PHONE_ANSWERS] = 5000000,  [PHONE_BUSY] = 3000000,	  [PHONE_NO_ANSWER] = 45000000,
	[PHONE_REJECTED] = 8000000, [PHONE_UNASSIGNED] = 2000000, [PHONE_CONGESTION] = 2000000,
};

static int no_memory(struct err *e)
{
	return err_set(e, -ENOMEM, "out of memory");
}

static int copy_text(char **to, const struct yml_node *n, size_t max, struct err *e)
{
	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	if (strlen(yml_str(n)) > max)
		return yml_error(n, e, "longer than %zu bytes", max);
	free(*to);
	*to = strdup(yml_str(n));
	return *to ? 0 : no_memory(e);
}

static int note_place(char **to, const struct yml_node *n, struct err *e)
{
	return asprintf(to, "%s:%u", yml_name(n), yml_line(n)) < 0 ? (*to = NULL, no_memory(e)) : 0;
}

/* Room for one more; *list may move. NULL when out of memory. */
static void *grow(void **list, size_t *n, size_t size)
{
	char *all = realloc(*list, (*n + 1) * size);

	if (!all)
		return NULL;
	*list = all;
	memset(all + *n * size, 0, size);
	return all + (*n)++ * size;
}

bool phone_number_ok(const char *number)
{
	size_t plus = *number == '+', n = strlen(number + plus);

	return n && n <= PHONE_NUMBER_MAX && strspn(number + plus, "0123456789*#pw") == n;
}

/* --- phones ------------------------------------------------------------------------------------------------------ */

const struct phone *phones_find(const struct phones *p, const char *number)
{
	for (size_t i = 0; i < p->n_phones; i++) {
		if (!fnmatch(p->phone[i].match, number, 0))
			return &p->phone[i];
	}
	return NULL;
}

static int read_phone_times(struct phone *p, const struct yml_node *map, struct err *e)
{
	const struct yml_node *alert = yml_get(map, "alert"), *after = yml_get(map, "after"),
			      *talk = yml_get(map, "talk");

	p->after_us = after_us[p->result];
	if (after && yml_duration_us(after, &p->after_us, e))
		return -EINVAL;
	p->alert_us = ALERT_US < p->after_us ? ALERT_US : p->after_us;
	if (alert && yml_duration_us(alert, &p->alert_us, e))
		return -EINVAL;
	if (talk && p->result != PHONE_ANSWERS)
		return yml_error(talk, e, "'talk' needs a phone that answers");
	if (p->result != PHONE_SILENT && p->alert_us > p->after_us)
		return yml_error(alert ? alert : after, e, "it rings (alert) after the call has its result (after)");
	return talk ? yml_duration_us(talk, &p->talk_us, e) : 0;
}

static int read_phone(struct phones *all, const struct yml_node *map, struct err *e)
{
	const struct yml_node *match = yml_get(map, "match"), *result = yml_get(map, "result"),
			      *notice = yml_get(map, "notice");
	struct phone *p;
	int word = 0;

	if (yml_check_keys(map, phone_keys, e))
		return -EINVAL;
	if (!match || !*yml_str(match))
		return yml_error(match ? match : map, e, "'match' is missing: a number, * and ? allowed");
	p = grow((void **)&all->phone, &all->n_phones, sizeof(*p));
	if (!p)
		return no_memory(e);
	if (copy_text(&p->match, match, PHONE_NUMBER_MAX, e) || note_place(&p->place, map, e))
		return -EINVAL;
	if (result && yml_word(result, phone_results, &word, e))
		return -EINVAL;
	p->result = (enum phone_result)word;
	if (notice && yml_word(notice, notices, &p->notice, e))
		return -EINVAL;
	return read_phone_times(p, map, e);
}

int phones_read(struct phones *p, const struct yml_node *list, struct err *e)
{
	int err = yml_want(list, YML_SEQ, e);

	for (size_t i = 0; !err && i < yml_size(list); i++)
		err = read_phone(p, yml_at(list, i), e);
	return err;
}

/* --- codes ------------------------------------------------------------------------------------------------------- */

const struct ussd_code *ussd_find(const struct ussd_code *code, size_t n, const char *said)
{
	for (size_t i = 0; i < n; i++) {
		if (!code[i].code || !strcmp(code[i].code, said))
			return &code[i];
	}
	return NULL;
}

static int read_codes(struct ussd_code **code, size_t *n, const struct yml_node *list, int depth, struct err *e);

static int read_ussd_result(struct ussd_code *c, const struct yml_node *map, struct err *e)
{
	const struct yml_node *result = yml_get(map, "result"), *text = yml_get(map, "text"),
			      *menu = yml_get(map, "menu");
	int word = 0;

	if (result && yml_word(result, ussd_results, &word, e))
		return -EINVAL;
	c->result = (enum ussd_result)word;
	if (c->result == USSD_ANSWERS && !text)
		return yml_error(map, e, "'text' is missing: what the network answers");
	if (menu && c->result != USSD_ANSWERS)
		return yml_error(menu, e, "'menu' needs a code that is answered");
	if (text && c->result != USSD_ANSWERS && c->result != USSD_ENDED)
		return yml_error(text, e, "'text' does not go with this result");
	return text ? copy_text(&c->text, text, PHONE_USSD_MAX, e) : 0;
}

static int read_code(struct ussd_code *c, const struct yml_node *map, int depth, struct err *e)
{
	const struct yml_node *code = yml_get(map, "code"), *delay = yml_get(map, "delay"),
			      *coding = yml_get(map, "coding"), *menu = yml_get(map, "menu");
	int word = 0;

	if (yml_check_keys(map, ussd_keys, e))
		return -EINVAL;
	if ((code && copy_text(&c->code, code, PHONE_USSD_MAX, e)) || note_place(&c->place, map, e))
		return -EINVAL;
	if (coding && yml_word(coding, codings, &word, e))
		return -EINVAL;
	c->ucs2 = word == 1;
	c->has_delay = delay != NULL;
	if ((delay && yml_duration_us(delay, &c->delay_us, e)) || read_ussd_result(c, map, e))
		return -EINVAL;
	return menu ? read_codes(&c->menu, &c->n_menu, menu, depth + 1, e) : 0;
}

static int read_codes(struct ussd_code **code, size_t *n, const struct yml_node *list, int depth, struct err *e)
{
	int err = yml_want(list, YML_SEQ, e);

	if (depth > MENU_DEPTH_MAX)
		return yml_error(list, e, "menus in menus: at most %d", MENU_DEPTH_MAX);
	for (size_t i = 0; !err && i < yml_size(list); i++) {
		struct ussd_code *c = grow((void **)code, n, sizeof(*c));

		err = c ? read_code(c, yml_at(list, i), depth, e) : no_memory(e);
	}
	return err;
}

int ussd_read(struct phones *p, const struct yml_node *list, struct err *e)
{
	return read_codes(&p->ussd, &p->n_ussd, list, 0, e);
}

/* --- phone book -------------------------------------------------------------------------------------------------- */

static int read_entry(struct phones *all, const struct yml_node *map, struct err *e)
{
	const struct yml_node *memory = yml_get(map, "memory"), *index = yml_get(map, "index"),
			      *number = yml_get(map, "number"), *name = yml_get(map, "name");
	struct book_entry *b;
	long long v = 0;
	int word = BOOK_SM;

	if (yml_check_keys(map, book_keys, e))
		return -EINVAL;
	if (!number || !phone_number_ok(yml_str(number)))
		return yml_error(number ? number : map, e,
				 "'number' must be 1 to %d digits, * and # allowed, + in front", PHONE_NUMBER_MAX);
	if ((memory && yml_word(memory, book_words, &word, e)) || (index && yml_num(index, 1, INDEX_MAX, &v, e)))
		return -EINVAL;
	b = grow((void **)&all->entry, &all->n_entries, sizeof(*b));
	if (!b)
		return no_memory(e);
	b->memory = (enum book)word;
	b->index = (int)v;
	if (copy_text(&b->number, number, PHONE_NUMBER_MAX + 1, e))
		return -EINVAL;
	return name ? copy_text(&b->name, name, PHONE_NAME_MAX, e) : 0;
}

int book_read(struct phones *p, const struct yml_node *list, struct err *e)
{
	int err = yml_want(list, YML_SEQ, e);

	for (size_t i = 0; !err && i < yml_size(list); i++)
		err = read_entry(p, yml_at(list, i), e);
	return err;
}

/* --- memory ------------------------------------------------------------------------------------------------------ */

static void codes_free(struct ussd_code *code, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		codes_free(code[i].menu, code[i].n_menu);
		free(code[i].code);
		free(code[i].text);
		free(code[i].place);
	}
	free(code);
}

void phones_free(struct phones *p)
{
	for (size_t i = 0; i < p->n_phones; i++) {
		free(p->phone[i].match);
		free(p->phone[i].place);
	}
	free(p->phone);
	codes_free(p->ussd, p->n_ussd);
	for (size_t i = 0; i < p->n_entries; i++) {
		free(p->entry[i].number);
		free(p->entry[i].name);
	}
	free(p->entry);
}
