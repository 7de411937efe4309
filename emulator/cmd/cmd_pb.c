/* AT+CPBS, +CPBR, +CPBF, +CPBW and +CNUM: the phone book. M3 chapter 7, 27.007 8.11 to 8.14. */
#include "cmd/cmd.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "cmd/cmd_charset.h"
#include "cmd/cmd_sms.h"
#include "modem/phonebook.h"

enum {
	CME_FULL = 20,
	CME_INDEX = 21,
	CME_NOT_FOUND = 22,
	CME_MEMORY = 23,
	CME_TEXT_LONG = 24,
	CME_TEXT_CHARS = 25,
	CME_DIAL_LONG = 26,
	CME_DIAL_CHARS = 27,
	CME_PIN2 = 17,
	INDEX_MAX = 32767,
	TYPED_MAX = 559, /* of a line */
	LIST_MAX_BYTES = 512 * 1024,
};

static struct pb *book(const struct at_channel *at)
{
	return cmd_modem(at)->pb;
}

static enum book selected(const struct at_channel *at)
{
	return book(at)->boot.selected;
}

static int name_max(const struct at_channel *at)
{
	return (int)at_profile(at)->q.pb_text_max;
}

static int number_max(const struct at_channel *at)
{
	return (int)at_profile(at)->q.pb_number_max;
}

/* --- memories ---------------------------------------------------------------------------------------------------- */

static const struct at_arg cpbs_args[] = { { "storage", AT_ARG_STR, 2, 2 } };

static enum at_status cpbs_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CPBS: \"%s\",%d,%d", book_words[selected(at)], pb_used(book(at), selected(at)),
		pb_slots(book(at), selected(at)));
	return AT_STATUS_OK;
}

static enum at_status cpbs_test(struct at_channel *at, const struct at_val *val)
{
	struct buf line;

	(void)val;
	buf_init(&line, 128);
	for (int i = 0; i < BOOKS; i++)
		buf_addf(&line, i ? ",\"%s\"" : "\"%s\"", book_words[i]);
	at_info(at, "+CPBS: (%s)", buf_str(&line));
	buf_free(&line);
	return AT_STATUS_OK;
}

static enum at_status cpbs_write(struct at_channel *at, const struct at_val *val)
{
	for (int i = 0; i < BOOKS; i++) {
		if (str_ieq(val[0].str, val[0].len, book_words[i])) {
			pb_select(book(at), (enum book)i);
			return AT_STATUS_OK;
		}
	}
	return cmd_error(at, "there is no phone book memory %s", val[0].str);
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

static const struct at_arg cpbr_args[] = {
	{ "index1", AT_ARG_INT, 0, INDEX_MAX },
	{ "index2", AT_ARG_INT, 0, INDEX_MAX, .optional = true },
};
static const struct at_arg cpbf_args[] = { { "findtext", AT_ARG_STR, 0, TYPED_MAX, .optional = true } };

static void add_entry(struct at_channel *at, struct buf *lines, int place, const struct pb_entry *entry)
{
	buf_addf(lines, "%s%s: %d,\"%s\",%d,\"", lines->len ? "\r\n" : "", at_command(at)->name, place, entry->number,
		 entry->type);
	cmd_charset_add(at, entry->name, lines);
	buf_addc(lines, '"');
}

static enum at_status no_such_place(struct at_channel *at, long long place)
{
	return cmd_cme(at, CME_INDEX, "%s has places 1 to %d, %lld is none of them", book_words[selected(at)],
		       pb_slots(book(at), selected(at)), place);
}

static enum at_status not_found(struct at_channel *at, enum quirk_id quirk, const char *text)
{
	const char *meaning = at_cme_text(CME_NOT_FOUND);
	struct why why = { 0 };

	profile_why(at_profile(at), quirk, &why, "state", "%s", text);
	trace_why(cmd_modem(at)->trace, "cme", CME_NOT_FOUND, meaning, &why);
	return at_cme(at, CME_NOT_FOUND);
}

static enum at_status write_lines(struct at_channel *at, struct buf *lines)
{
	if (lines->len)
		cmd_sms_write(at, lines);
	buf_free(lines);
	return AT_STATUS_OK;
}

static enum at_status cpbr_write(struct at_channel *at, const struct at_val *val)
{
	long long from = val[0].num, to = val[1].given ? val[1].num : from;
	const struct pb_entry *entry;
	struct buf lines;

	if (from < 1 || to < from || to > pb_slots(book(at), selected(at)))
		return no_such_place(at, from < 1 ? from : to);
	buf_init(&lines, LIST_MAX_BYTES);
	for (int i = (int)from; i <= (int)to; i++) {
		entry = pb_get(book(at), selected(at), i);
		if (entry)
			add_entry(at, &lines, i, entry);
	}
	if (!lines.len && at_profile(at)->q.pb_read_empty == QUIRK_pb_read_empty_not_found)
		return not_found(at, QUIRK_ID_pb_read_empty, "no entry in these places");
	return write_lines(at, &lines);
}

static enum at_status cpbr_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CPBR: (1-%d),%d,%d", pb_slots(book(at), selected(at)), number_max(at), name_max(at));
	return AT_STATUS_OK;
}

/* 27.007 8.13: entries whose name begins with the text; without one, all. */
static enum at_status find(struct at_channel *at, const char *text)
{
	const struct pb_entry *entry;
	struct buf lines;

	buf_init(&lines, LIST_MAX_BYTES);
	for (int i = 1; i <= pb_slots(book(at), selected(at)); i++) {
		entry = pb_get(book(at), selected(at), i);
		if (entry && !strncmp(entry->name, text, strlen(text)))
			add_entry(at, &lines, i, entry);
	}
	if (!lines.len && at_profile(at)->q.pb_find_none == QUIRK_pb_find_none_not_found)
		return not_found(at, QUIRK_ID_pb_find_none, "no name in this memory begins so");
	return write_lines(at, &lines);
}

static enum at_status name_error(struct at_channel *at, int err)
{
	if (err == -EINVAL)
		return cmd_cme(at, CME_TEXT_CHARS, "AT+CSCS=\"UCS2\" wants hex, four digits a character");
	return cmd_cme(at, CME_TEXT_LONG, "a name has at most %d characters (AT+CPBR=?)", name_max(at));
}

static enum at_status cpbf_write(struct at_channel *at, const struct at_val *val)
{
	enum at_status status;
	struct buf text;
	int err;

	buf_init(&text, PB_NAME_BYTES);
	err = val ? cmd_charset_take(at, val[0].str, val[0].len, (size_t)name_max(at), &text) : 0;
	status = err ? name_error(at, err) : find(at, buf_str(&text));
	buf_free(&text);
	return status;
}

static enum at_status cpbf_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CPBF: %d,%d", number_max(at), name_max(at));
	return AT_STATUS_OK;
}

/* --- writing ----------------------------------------------------------------------------------------------------- */

static const struct at_arg cpbw_args[] = {
	{ "index", AT_ARG_INT, 0, INDEX_MAX, .optional = true },
	{ "number", AT_ARG_STR, 0, TYPED_MAX, .optional = true },
	{ "type", AT_ARG_INT, 128, 255, .optional = true },
	{ "text", AT_ARG_STR, 0, TYPED_MAX, .optional = true },
};

static enum at_status cpbw_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CPBW: (1-%d),%d,(129,145,161,177),%d", pb_slots(book(at), selected(at)), number_max(at),
		name_max(at));
	return AT_STATUS_OK;
}

/* The lists of calls and of emergency numbers are the modem's own; FD wants a PIN2, which the modelled card has not. */
static enum at_status check_writable(struct at_channel *at)
{
	static const bool writable[BOOKS] = { [BOOK_SM] = true, [BOOK_ME] = true, [BOOK_ON] = true };

	if (selected(at) == BOOK_FD)
		return cmd_cme(at, CME_PIN2, "FD can be written with PIN2 only");
	if (!writable[selected(at)])
		return cmd_cme(at, CMD_CME_NOT_ALLOWED, "%s is filled by the modem alone", book_words[selected(at)]);
	return AT_STATUS_OK;
}

/* false: a number longer than the revision takes, or none; *status says which. */
static bool take_number(struct at_channel *at, const struct at_val *val, struct pb_entry *entry, enum at_status *status)
{
	const char *number = val[1].str;

	if (strlen(number) > (size_t)number_max(at) + (*number == '+')) {
		*status = cmd_cme(at, CME_DIAL_LONG, "a number has at most %d digits (AT+CPBR=?)", number_max(at));
		return false;
	}
	if (!phone_number_ok(number)) {
		*status = cmd_cme(at, CME_DIAL_CHARS, "\"%.40s\" is no number: digits, * # p w, + in front", number);
		return false;
	}
	str_copy(entry->number, sizeof(entry->number), number);
	entry->type = val[2].given ? (uint8_t)val[2].num : pb_type(number);
	return true;
}

static bool take_entry(struct at_channel *at, const struct at_val *val, struct pb_entry *entry, enum at_status *status)
{
	struct buf name;
	int err;

	*entry = (struct pb_entry){ .used = true };
	if (!take_number(at, val, entry, status))
		return false;
	buf_init(&name, sizeof(entry->name) - 1);
	err = cmd_charset_take(at, val[3].str, val[3].len, (size_t)name_max(at), &name);
	if (!err)
		str_copy(entry->name, sizeof(entry->name), buf_str(&name));
	buf_free(&name);
	if (err)
		*status = name_error(at, err);
	return !err;
}

static enum at_status cpbw_write(struct at_channel *at, const struct at_val *val)
{
	struct pb_entry entry = { .used = false };
	enum at_status status = check_writable(at);
	int place;

	if (status != AT_STATUS_OK)
		return status;
	if (val[0].given && (val[0].num < 1 || val[0].num > pb_slots(book(at), selected(at))))
		return no_such_place(at, val[0].num);
	if (!val[0].given && !val[1].given)
		return cmd_error(at, "neither a place nor a number");
	if (val[1].given && !take_entry(at, val, &entry, &status))
		return status;
	place = val[0].given ? (int)val[0].num : pb_free_place(book(at), selected(at));
	if (!place)
		return cmd_cme(at, CME_FULL, "%s has %d places, all of them taken", book_words[selected(at)],
			       pb_slots(book(at), selected(at)));
	if (pb_put(book(at), selected(at), place, &entry))
		return cmd_cme(at, CME_MEMORY, "the directory of --state does not take it");
	return AT_STATUS_OK;
}

/* --- own numbers ------------------------------------------------------------------------------------------------- */

static enum at_status cnum_exec(struct at_channel *at, const struct at_val *val)
{
	const struct pb_entry *entry;
	struct buf lines;

	(void)val;
	buf_init(&lines, LIST_MAX_BYTES);
	for (int i = 1; i <= pb_slots(book(at), BOOK_ON); i++) {
		entry = pb_get(book(at), BOOK_ON, i);
		if (!entry)
			continue;
		buf_addf(&lines, "%s+CNUM: \"", lines.len ? "\r\n" : "");
		cmd_charset_add(at, entry->name, &lines);
		buf_addf(&lines, "\",\"%s\",%d", entry->number, entry->type);
	}
	return write_lines(at, &lines);
}

enum at_status cmd_pb_check(struct at_channel *at)
{
	if (cmd_modem(at)->sim->boot.pb_done)
		return AT_STATUS_OK;
	return cmd_cme(at, CMD_CME_SIM_BUSY, "the phone book is still being read (before PB DONE)");
}

enum { NEEDS = CMD_NEEDS_SIM | CMD_NEEDS_PHONEBOOK };

const struct at_cmd cmd_pb[] = {
	{ "+CPBS", AT_ARGS(cpbs_args), .read = cpbs_read, .test = cpbs_test, .write = cpbs_write, .needs = NEEDS,
	  .source = "M3 7; order of the list guess" },
	{ "+CPBR", AT_ARGS(cpbr_args), .test = cpbr_test, .write = cpbr_write, .needs = NEEDS, .source = "M3 7" },
	{ "+CPBF", AT_ARGS(cpbf_args), .exec = cpbf_write, .test = cpbf_test, .write = cpbf_write, .needs = NEEDS,
	  .source = "M3 7" },
	{ "+CPBW", AT_ARGS(cpbw_args), .test = cpbw_test, .write = cpbw_write, .needs = NEEDS, .source = "M3 7" },
	{ "+CNUM", .exec = cnum_exec, .needs = CMD_NEEDS_SIM, .source = "M3 8" },
	{ 0 },
};
