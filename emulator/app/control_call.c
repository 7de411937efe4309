/* The telephone side of the world on the control socket: call and ussd. */
#include "app/control_words.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "modem/ussd.h"
#include "modem/voice.h"

static const char usage[] =
	"call from NUMBER|withheld [for TIME] | answer | busy | hangup | dtmf KEYS | hold | resume [N]"
	" | list";

enum { GIVES_UP_US = 45000000 };

/* --- call: somebody rings ---------------------------------------------------------------------------------------- */

/* What came of it. */
static int ring_result(struct buf *reply, int err, const char *to)
{
	if (!err)
		return 0;
	if (to)
		return buf_addf(reply, "forwarded to %s\n", to);
	buf_addf(reply, err == -ENETDOWN ? "not to be reached: the modem is not registered for calls\n"
					 : "busy: AT+CLCC shows with whom, AT+CCWA=1,1 lets a second one wait\n");
	return err;
}

/* NUMBER|withheld [for TIME]; false: something else. */
static bool take_caller(const char *args, struct buf *number, uint64_t *gives_up_us)
{
	const char *rest = control_word(args, number);
	struct buf word;
	bool good;

	buf_init(&word, 32);
	good = rest && (!strcmp(buf_str(number), "withheld") || phone_number_ok(buf_str(number)));
	rest = good ? control_word(rest, &word) : NULL;
	if (rest)
		good = !strcmp(buf_str(&word), "for") && control_word(rest, &word) &&
		       !str_to_duration_us(buf_str(&word), gives_up_us);
	buf_free(&word);
	return good;
}

static int call_from(struct emu *m, const char *args, struct buf *reply)
{
	uint64_t gives_up_us = GIVES_UP_US;
	const char *to = NULL, *caller;
	struct buf number;
	int err;

	buf_init(&number, PHONE_NUMBER_MAX + 1);
	if (take_caller(args, &number, &gives_up_us)) {
		caller = strcmp(buf_str(&number), "withheld") ? buf_str(&number) : "";
		err = ring_result(reply, voice_incoming(m->modem->voice, caller, gives_up_us, &to), to);
	} else {
		err = control_refuse(reply,
				     "call from NUMBER|withheld [for TIME]: digits, + in front; 45s unless told");
	}
	buf_free(&number);
	return err;
}

/* --- call: the other end ----------------------------------------------------------------------------------------- */

/* The call a word names, or the first one; NULL with a reply. */
static struct voice_call *named(struct emu *m, const char *args, struct buf *reply)
{
	struct voice_call *c = voice_find(m->modem->voice, VOICE_ANY);
	long long id;

	if (*args && !str_to_num(args, strlen(args), 1, VOICE_CALLS, &id))
		c = voice_call(m->modem->voice, (int)id);
	else if (*args)
		c = NULL;
	if (!c)
		buf_addf(reply, "there is no such call (call list)\n");
	return c;
}

static int remote(struct emu *m, const char *args, struct buf *reply, int (*act)(struct voice_call *c))
{
	struct voice_call *c = named(m, args, reply);
	enum voice_state state;

	if (!c)
		return -EINVAL;
	state = c->state;
	if (!act(c))
		return 0;
	buf_addf(reply, "call %d is %s\n", voice_id(c), voice_state_name(state));
	return -EINVAL;
}

static int call_answer(struct emu *m, const char *args, struct buf *reply)
{
	return remote(m, args, reply, voice_remote_answers);
}

static int call_busy(struct emu *m, const char *args, struct buf *reply)
{
	return remote(m, args, reply, voice_remote_busy);
}

static int call_hangup(struct emu *m, const char *args, struct buf *reply)
{
	return remote(m, args, reply, voice_remote_hangs_up);
}

static int holds(struct voice_call *c)
{
	return voice_remote_holds(c, true);
}

static int resumes(struct voice_call *c)
{
	return voice_remote_holds(c, false);
}

static int call_hold(struct emu *m, const char *args, struct buf *reply)
{
	return remote(m, args, reply, holds);
}

static int call_resume(struct emu *m, const char *args, struct buf *reply)
{
	return remote(m, args, reply, resumes);
}

static int call_dtmf(struct emu *m, const char *args, struct buf *reply)
{
	struct voice_call *c = voice_find(m->modem->voice, 1 << VOICE_ACTIVE);

	if (!c)
		return control_refuse(reply, "nobody talks (call list)");
	if (voice_remote_tones(c, args))
		return control_refuse(reply, "call dtmf KEYS: 0-9 * # A-D");
	return 0;
}

void control_call_status(struct emu *m, struct buf *reply)
{
	for (int i = 1; i <= VOICE_CALLS; i++) {
		const struct voice_call *c = voice_call(m->modem->voice, i);

		if (c)
			buf_addf(reply, "call.%d=%s %s %s\n", i, voice_state_name(c->state),
				 c->incoming ? "from" : "to", *c->number ? c->number : "withheld");
	}
}

static int call_list(struct emu *m, const char *args, struct buf *reply)
{
	(void)args;
	control_call_status(m, reply);
	return 0;
}

int control_call(struct emu *m, const char *args, struct buf *reply)
{
	static const struct control_verb whats[] = {
		{ .name = "from", .run = call_from }, { .name = "answer", .run = call_answer },
		{ .name = "busy", .run = call_busy }, { .name = "hangup", .run = call_hangup },
		{ .name = "hold", .run = call_hold }, { .name = "resume", .run = call_resume },
		{ .name = "dtmf", .run = call_dtmf }, { .name = "list", .run = call_list },
	};

	return control_pick(m, whats, sizeof(whats) / sizeof(whats[0]), args, reply, usage);
}

/* --- ussd -------------------------------------------------------------------------------------------------------- */

static int ussd_said(struct emu *m, const char *args, struct buf *reply, bool asks)
{
	struct buf text;
	int err = -EINVAL;

	buf_init(&text, PHONE_USSD_MAX);
	if (control_text(args, &text))
		err = ussd_from_network(m->modem->ussd, buf_str(&text), asks);
	buf_free(&text);
	if (err == -EBUSY)
		buf_addf(reply, "a session is under way (%s)\n", ussd_state_name(m->modem->ussd));
	else if (err == -ENETDOWN)
		control_refuse(reply, "the modem is not registered for calls");
	else if (err)
		control_refuse(reply, "ussd notify TEXT | request TEXT: text in UTF-8, with \\n \\xNN escapes");
	return err;
}

static int ussd_notify(struct emu *m, const char *args, struct buf *reply)
{
	return ussd_said(m, args, reply, false);
}

static int ussd_request(struct emu *m, const char *args, struct buf *reply)
{
	return ussd_said(m, args, reply, true);
}

int control_ussd(struct emu *m, const char *args, struct buf *reply)
{
	static const struct control_verb whats[] = {
		{ .name = "notify", .run = ussd_notify },
		{ .name = "request", .run = ussd_request },
	};

	return control_pick(m, whats, sizeof(whats) / sizeof(whats[0]), args, reply, "ussd notify TEXT | request TEXT");
}
