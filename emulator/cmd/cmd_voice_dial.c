/* What ATD does with a number that ends in ';', with a place in the phone book, and with L. M3 2.2.2 to 2.2.5. */
#include "cmd/cmd_voice.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "cmd/cmd_charset.h"
#include "modem/phonebook.h"
#include "modem/sim.h"
#include "modem/ussd.h"

enum { CME_INDEX = 21, CME_NOT_FOUND = 22, CME_DIAL_LONG = 26, CME_DIAL_CHARS = 27, PLACE_MAX = 32767 };

/* --- the call ---------------------------------------------------------------------------------------------------- */

/* A byte has been typed before the OK. */
static enum at_status dial_aborted(struct at_channel *at, int tag)
{
	struct voice_call *c = voice_call(cmd_voice_of(at), tag - CMD_TAG_VOICE + 1);

	if (c) {
		c->abandoned = true;
		voice_hang_up(cmd_voice_of(at), c);
	}
	return at_result(at, AT_RESULT_NO_CARRIER, NULL);
}

static enum at_status no_network(struct at_channel *at)
{
	const struct profile *p = at_profile(at);
	struct why why = { 0 };

	profile_why(p, QUIRK_ID_voice_no_network, &why, "net", "not registered for calls (AT+CREG?)");
	trace_why(cmd_modem(at)->trace, "call", (int)VOICE_END_NO_SERVICE, voice_end_text(VOICE_END_NO_SERVICE), &why);
	switch (p->q.voice_no_network) {
	case QUIRK_voice_no_network_error:
		return AT_STATUS_ERROR;
	case QUIRK_voice_no_network_cme:
		return at_cme(at, CMD_CME_NO_NETWORK);
	case QUIRK_voice_no_network_no_carrier:
		break;
	}
	return at_result(at, AT_RESULT_NO_CARRIER, NULL);
}

/* A number that begins with * or # and ends with # is for the network itself (22.030 6.5.2) [guess: as by AT+CUSD]. */
static bool is_for_network(const char *number)
{
	size_t n = strlen(number);

	return n > 1 && strchr("*#", *number) && number[n - 1] == '#';
}

static enum at_status tell_network(struct at_channel *at, const char *number)
{
	int err = ussd_send(cmd_modem(at)->ussd, number);

	if (err == -EBUSY)
		return cmd_cme(at, CMD_CME_NOT_ALLOWED, "the network has not answered the last code yet (AT+CUSD=2)");
	return err ? no_network(at) : AT_STATUS_OK;
}

static enum at_status call(struct at_channel *at, const char *number, bool hides)
{
	enum sim_err err = sim_check(cmd_modem(at)->sim);
	int id;

	if (err && !pb_is_emergency(cmd_modem(at)->pb, number))
		return cmd_sim_error(at, err);
	if (is_for_network(number))
		return tell_network(at, number);
	id = voice_dial(cmd_voice_of(at), number, hides);
	if (id == -ENETDOWN)
		return no_network(at);
	if (id < 0)
		return cmd_cme(at, CMD_CME_NOT_ALLOWED, "another call is being set up, or two talk already (AT+CLCC)");
	return at_wait_abortable(at, CMD_TAG_VOICE + id - 1, dial_aborted);
}

/* --- numbers ----------------------------------------------------------------------------------------------------- */

/* The digits, without what people write between them and what 27.007 6.2 has ignored; false: too many. */
static bool take_digits(const char **s, char *number, size_t size)
{
	size_t n = 0;

	for (; **s && **s != ';' && !strchr("iIgG", **s); ++*s) {
		if (strchr(" -.(),!@TtPpWw", **s))
			continue;
		if (n + 1 == size)
			return false;
		number[n++] = (char)tolower((unsigned char)**s);
	}
	number[n] = '\0';
	return true;
}

/* I hides the own number, i shows it, G and g are for closed groups, which no network has here; then ';' or nothing. */
static bool take_modifiers(const char *s, bool *hides)
{
	for (; *s && *s != ';'; s++) {
		if (!strchr("iIgG", *s))
			return false;
		if (tolower((unsigned char)*s) == 'i')
			*hides = *s == 'I';
	}
	return !*s || !s[1];
}

static enum at_status dial_number(struct at_channel *at, const char *s)
{
	bool hides = cmd_voice_of(at)->boot.set.clir == VOICE_CLIR_HIDE;
	char number[PHONE_NUMBER_MAX + 2];
	const char *rest = s;

	if (!take_digits(&rest, number, sizeof(number)))
		return cmd_cme(at, CME_DIAL_LONG, "more than %d digits", PHONE_NUMBER_MAX);
	if (!phone_number_ok(number) || !take_modifiers(rest, &hides))
		return cmd_cme(at, CME_DIAL_CHARS, "\"%.60s\" is no number: digits, * # p w, + in front, I or i behind",
			       s);
	return call(at, number, hides);
}

/* --- the phone book ---------------------------------------------------------------------------------------------- */

static enum at_status dial_place(struct at_channel *at, enum book memory, const char *digits, size_t n)
{
	const struct pb *pb = cmd_modem(at)->pb;
	const struct pb_entry *entry;
	long long place;

	if (str_to_num(digits, n, 1, PLACE_MAX, &place) || place > pb_slots(pb, memory))
		return cmd_cme(at, CME_INDEX, "%s has places 1 to %d", book_words[memory], pb_slots(pb, memory));
	entry = pb_get(pb, memory, (int)place);
	if (!entry || !*entry->number)
		return cmd_cme(at, CME_NOT_FOUND, "%s has no number at place %lld", book_words[memory], place);
	return dial_number(at, entry->number);
}

static enum at_status dial_name(struct at_channel *at, const char *text, size_t n)
{
	const struct pb *pb = cmd_modem(at)->pb;
	const struct pb_entry *entry, *found = NULL;
	struct buf name;

	buf_init(&name, PB_NAME_BYTES);
	if (cmd_charset_take(at, text, n, PHONE_NAME_MAX, &name))
		buf_reset(&name);
	for (int i = pb_slots(pb, pb->boot.selected); name.len && i >= 1; i--) {
		entry = pb_get(pb, pb->boot.selected, i);
		if (entry && !strcmp(entry->name, buf_str(&name)))
			found = entry;
	}
	buf_free(&name);
	if (!found)
		return cmd_cme(at, CME_NOT_FOUND, "%s has nobody called %.*s (AT+CPBF)", book_words[pb->boot.selected],
			       (int)n, text);
	return dial_number(at, found->number);
}

static int memory_of(const char *s, size_t n)
{
	for (int i = 0; i < BOOKS; i++) {
		if (str_ieq(s, n, book_words[i]))
			return i;
	}
	return -1;
}

static bool all_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)s[i]))
			return false;
	}
	return n > 0;
}

/* "SM"3 and SM3 are a place, 3 one of the memory of AT+CPBS, "Anna" and Anna a name there. */
static enum at_status dial_book(struct at_channel *at, const char *s)
{
	size_t n = strcspn(s, ";"), word;
	enum at_status status = cmd_pb_check(at);

	if (status != AT_STATUS_OK)
		return status;
	if (*s == '"') {
		word = strcspn(s + 1, "\"");
		if (word + 2 < n && memory_of(s + 1, word) >= 0)
			return dial_place(at, (enum book)memory_of(s + 1, word), s + word + 2, n - word - 2);
		return dial_name(at, s + 1, word);
	}
	if (all_digits(s, n))
		return dial_place(at, cmd_modem(at)->pb->boot.selected, s, n);
	if (n > 2 && memory_of(s, 2) >= 0 && all_digits(s + 2, n - 2))
		return dial_place(at, (enum book)memory_of(s, 2), s + 2, n - 2);
	return dial_name(at, s, n);
}

static enum at_status dial_last(struct at_channel *at)
{
	const struct pb_entry *entry = pb_get(cmd_modem(at)->pb, BOOK_LD, 1);

	if (!at_profile(at)->q.voice_redial)
		return cmd_error(at, "this revision has no ATDL (voice_redial)");
	if (!entry)
		return cmd_cme(at, CME_NOT_FOUND, "nobody was called yet");
	return dial_number(at, entry->number);
}

static enum at_status no_voice(struct at_channel *at)
{
	struct why why = { 0 };

	profile_why(at_profile(at), QUIRK_ID_voice_calls, &why, "state", "this module has no voice");
	trace_why(cmd_modem(at)->trace, "dial", AT_RESULT_ERROR, "no call", &why);
	return AT_STATUS_ERROR;
}

enum at_status cmd_dial_voice(struct at_channel *at, const char *number)
{
	if (!at_profile(at)->q.voice_calls)
		return no_voice(at);
	if (*number == '>')
		return dial_book(at, number + 1);
	if (tolower((unsigned char)*number) == 'l')
		return dial_last(at);
	return dial_number(at, number);
}
