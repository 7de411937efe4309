/* What is said about calls unasked: RING and its companions, VOICE CALL, the results of calls. at-general 12 and 17. */
#include "cmd/cmd_voice.h"

#include <string.h>
#include <time.h>

#include "cmd/cmd_sms.h"
#include "modem/rtc.h"

enum { QUARTER_S = 15 * 60 };

/* A result code that comes unasked; Q and V of each port count. */
static void say_result(struct cmd_host *h, enum at_result result, const char *words)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct at_settings *set = at_settings(h->channel[i]);

		if (!cmd_takes_urcs(h, i) || set->quiet)
			continue;
		if (set->verbose)
			at_urc(h->channel[i], "%s", words);
		else
			at_urc_raw(h->channel[i], (const char[]){ (char)('0' + (int)result), (char)set->s[3] }, 2);
	}
}

/* A line that each port gets in its own character set. */
static void say(struct cmd_host *h, const struct voice_call *c,
		void (*add)(const struct at_channel *at, const struct voice_call *c, struct buf *out))
{
	struct buf line, out;

	buf_init(&line, 1024);
	buf_init(&out, 1024);
	for (size_t i = 0; i < h->n; i++) {
		if (!cmd_takes_urcs(h, i))
			continue;
		buf_reset(&line);
		buf_reset(&out);
		add(h->channel[i], c, &line);
		cmd_sms_frame(h->channel[i], &out, &line);
		at_urc_raw(h->channel[i], out.data, out.len);
	}
	buf_free(&line);
	buf_free(&out);
}

/* --- in ---------------------------------------------------------------------------------------------------------- */

static void add_clip(const struct at_channel *at, const struct voice_call *c, struct buf *out)
{
	buf_adds(out, "+CLIP: ");
	cmd_voice_add_number(at, c, out);
	buf_adds(out, ",,");
	if (!cmd_voice_add_name(at, c, out))
		buf_addc(out, ',');
	buf_addf(out, ",%d", c->withheld);
}

static void add_ccwa(const struct at_channel *at, const struct voice_call *c, struct buf *out)
{
	buf_adds(out, "+CCWA: ");
	cmd_voice_add_number(at, c, out);
	buf_adds(out, ",1");
	cmd_voice_add_name(at, c, out);
}

/* ATS0: the call is taken with that ring, whichever port asks for it. */
static bool answers_itself(const struct cmd_host *h, size_t rings)
{
	for (size_t i = 0; i < h->n; i++) {
		unsigned after = at_settings(h->channel[i])->s[0];

		if (after && rings >= after)
			return true;
	}
	return false;
}

static void rings(struct cmd_host *h, const struct voice_call *c, const struct modem_event *ev)
{
	const struct voice_settings *set = &h->modem->voice->boot.set;

	if (set->cring)
		cmd_urc(h, "+CRING: VOICE");
	else
		say_result(h, AT_RESULT_RING, "RING");
	if (set->clip)
		say(h, c, add_clip);
	if (answers_itself(h, ev->size))
		voice_answer(h->modem->voice);
}

static void missed(struct cmd_host *h, const struct voice_call *c)
{
	time_t now = rtc_time(h->modem->rtc) + rtc_zone(h->modem->rtc) * QUARTER_S;
	char text[16];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%I:%M%p", &tm);
	cmd_urc(h, *c->number ? "MISSED_CALL: %s %s" : "MISSED_CALL: %s", text, c->number);
}

/* --- out --------------------------------------------------------------------------------------------------------- */

static struct at_channel *dialler(const struct cmd_host *h, const struct voice_call *c)
{
	return c->abandoned ? NULL : cmd_waiting(h, CMD_TAG_VOICE + voice_id(c) - 1);
}

static bool waits_for_answer(const struct cmd_host *h)
{
	return h->modem->voice->boot.set.colp && h->modem->profile->q.voice_colp_waits;
}

static void accepted(struct cmd_host *h, const struct voice_call *c)
{
	struct at_channel *at = dialler(h, c);

	if (at && !waits_for_answer(h))
		at_finish(at, AT_STATUS_OK);
}

static void add_colp(const struct at_channel *at, const struct voice_call *c, struct buf *out)
{
	buf_adds(out, "+COLP: ");
	cmd_voice_add_number(at, c, out);
	if (at_profile(at)->q.voice_colp_waits)
		buf_adds(out, ",,,");
}

static void connected(struct cmd_host *h, const struct voice_call *c)
{
	struct at_channel *at = dialler(h, c);

	if (c->incoming)
		return;
	if (h->modem->voice->boot.set.colp)
		say(h, c, add_colp);
	if (at)
		at_finish(at, AT_STATUS_OK);
}

/* --- the end ----------------------------------------------------------------------------------------------------- */

static const struct end_word {
	enum at_result result;
	const char *words;
} end_words[VOICE_ENDS] = {
	[VOICE_END_NONE] = { AT_RESULT_NO_CARRIER, "NO CARRIER" },
	[VOICE_END_LOCAL] = { AT_RESULT_NO_CARRIER, "NO CARRIER" },
	[VOICE_END_REMOTE] = { AT_RESULT_NO_CARRIER, "NO CARRIER" },
	[VOICE_END_BUSY] = { AT_RESULT_BUSY, "BUSY" },
	[VOICE_END_NO_ANSWER] = { AT_RESULT_NO_ANSWER, "NO ANSWER" },
	[VOICE_END_REJECTED] = { AT_RESULT_NO_CARRIER, "NO CARRIER" },
	[VOICE_END_UNASSIGNED] = { AT_RESULT_NO_CARRIER, "NO CARRIER" },
	[VOICE_END_CONGESTION] = { AT_RESULT_NO_CARRIER, "NO CARRIER" },
	[VOICE_END_MISSED] = { AT_RESULT_NO_CARRIER, "NO CARRIER" },
	[VOICE_END_NETWORK] = { AT_RESULT_NO_CARRIER, "NO CARRIER" },
	[VOICE_END_NO_SERVICE] = { AT_RESULT_NO_CARRIER, "NO CARRIER" },
};

/* The result goes to the ATD that still waits for it, otherwise to everybody. */
static void say_end(struct cmd_host *h, const struct voice_call *c)
{
	const struct end_word *word = &end_words[c->end];
	struct at_channel *at = dialler(h, c);

	if (!at) {
		say_result(h, word->result, word->words);
		return;
	}
	at_result(at, word->result, NULL);
	at_finish(at, AT_STATUS_SILENT);
}

static void answered_is_over(struct cmd_host *h, const struct voice_call *c, long long s)
{
	int order = (int)h->modem->profile->q.voice_end_result;
	bool by_host = c->end == VOICE_END_LOCAL;

	if (!by_host && order == QUIRK_voice_end_result_before)
		say_end(h, c);
	cmd_urc(h, "VOICE CALL: END: %02lld%02lld%02lld", s / 3600 % 100, s / 60 % 60, s % 60);
	if (!by_host && order == QUIRK_voice_end_result_after)
		say_end(h, c);
}

static void failed(struct cmd_host *h, const struct voice_call *c)
{
	int order = (int)h->modem->profile->q.voice_fail_end;

	if (order == QUIRK_voice_fail_end_before)
		cmd_urc(h, "VOICE CALL: END");
	say_end(h, c);
	if (order == QUIRK_voice_fail_end_after)
		cmd_urc(h, "VOICE CALL: END");
}

static void given_up(struct cmd_host *h, const struct voice_call *c)
{
	if (h->modem->profile->q.voice_end_unanswered)
		cmd_urc(h, "VOICE CALL: END");
	if (dialler(h, c))
		say_end(h, c);
}

static void over(struct cmd_host *h, const struct voice_call *c, const struct modem_event *ev)
{
	if (ev->length >= 0)
		answered_is_over(h, c, ev->length);
	else if (c->end == VOICE_END_LOCAL)
		given_up(h, c);
	else if (c->incoming && h->modem->profile->q.voice_missed)
		missed(h, c);
	else
		failed(h, c);
}

void cmd_voice_event(struct cmd_host *h, const struct modem_event *ev)
{
	const struct voice_call *c = voice_call(h->modem->voice, ev->index);
	const struct voice_settings *set = &h->modem->voice->boot.set;

	switch ((enum voice_news)ev->code) {
	case VOICE_NEWS_STATE:
		if (set->list)
			say(h, c, cmd_voice_add_call);
		break;
	case VOICE_NEWS_ACCEPTED:
		accepted(h, c);
		break;
	case VOICE_NEWS_ANSWERED:
		cmd_urc(h, "VOICE CALL: BEGIN");
		break;
	case VOICE_NEWS_CONNECTED:
		connected(h, c);
		break;
	case VOICE_NEWS_RING:
		rings(h, c, ev);
		break;
	case VOICE_NEWS_WAITS:
		if (set->waiting)
			say(h, c, add_ccwa);
		break;
	case VOICE_NEWS_OVER:
		over(h, c, ev);
		break;
	case VOICE_NEWS_DTMF:
		if (h->modem->profile->q.voice_rxdtmf)
			cmd_urc(h, "+RXDTMF: %s", ev->topic);
		break;
	case VOICE_NEWS_NOTICE:
		if (set->notice_mo)
			cmd_urc(h, "+CSSI: %zu", ev->size);
		break;
	case VOICE_NEWS_HELD:
		if (set->notice_mt)
			cmd_urc(h, "+CSSU: %d", ev->size ? 2 : 3);
		break;
	}
}
