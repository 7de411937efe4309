/* What the other end of a call does, by its row of a world file or by the control socket. */
#include "modem/voice.h"

#include <errno.h>
#include <string.h>

static const char tones[] = "0123456789*#ABCD";

static void on_talked(void *ctx)
{
	voice_end(ctx, VOICE_END_REMOTE);
}

int voice_remote_answers(struct voice_call *c)
{
	if (!(VOICE_OUTGOING & 1u << c->state))
		return -EINVAL;
	timer_cancel(&c->step);
	if (c->phone && c->phone->talk_us) {
		timer_init(&c->step, on_talked, c);
		clock_arm(c->voice->modem->clock, &c->step, c->phone->talk_us);
	}
	voice_set_state(c, VOICE_ACTIVE);
	return 0;
}

int voice_remote_hangs_up(struct voice_call *c)
{
	if (c->answered)
		voice_end(c, VOICE_END_REMOTE);
	else
		voice_end(c, c->incoming ? VOICE_END_MISSED : VOICE_END_REJECTED);
	return 0;
}

int voice_remote_busy(struct voice_call *c)
{
	if (!(VOICE_OUTGOING & 1u << c->state))
		return -EINVAL;
	voice_end(c, VOICE_END_BUSY);
	return 0;
}

int voice_remote_tones(struct voice_call *c, const char *digits)
{
	struct modem_event ev = { .type = MODEM_EVENT_CALL, .index = voice_id(c), .code = VOICE_NEWS_DTMF };

	if (c->state != VOICE_ACTIVE || !*digits || strspn(digits, tones) != strlen(digits))
		return -EINVAL;
	for (; *digits && c->used; digits++) {
		const char one[2] = { *digits, '\0' };

		ev.topic = one;
		ev.topic_len = 1;
		modem_emit(c->voice->modem, &ev);
	}
	return 0;
}

int voice_remote_holds(struct voice_call *c, bool on)
{
	struct modem_event ev = { .type = MODEM_EVENT_CALL, .index = voice_id(c), .code = VOICE_NEWS_HELD, .size = on };

	if (!c->answered)
		return -EINVAL;
	modem_emit(c->voice->modem, &ev);
	return 0;
}

int voice_tones(struct voice *v, const char *digits)
{
	struct voice_call *c = voice_find(v, 1 << VOICE_ACTIVE);

	if (!c)
		return -ENOENT;
	trace_text(v->modem->trace, TRACE_BROKER, "call %d dtmf %s", voice_id(c), digits);
	return 0;
}
