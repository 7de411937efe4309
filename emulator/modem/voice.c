/* Life of a call: dialled or ringing, answered, over. Several at once are voice_hold.c, the other ends voice_world.c.
 */
#include "modem/voice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/net.h"
#include "modem/phonebook.h"
#include "modem/pins.h"
#include "modem/store.h"

enum { LEVEL_DEFAULT = 2, TONE_DEFAULT = 1, FORWARD_AFTER_S = 20 };

static const char *const state_names[VOICE_STATES] = {
	[VOICE_ACTIVE] = "active",     [VOICE_HELD] = "held",	      [VOICE_DIALING] = "dialing",
	[VOICE_ALERTING] = "alerting", [VOICE_INCOMING] = "incoming", [VOICE_WAITING] = "waiting",
	[VOICE_ENDED] = "ended",
};

/* Bit n: state n may follow. */
static const unsigned allowed[VOICE_STATES] = {
	[VOICE_ACTIVE] = 1 << VOICE_HELD | 1 << VOICE_ENDED,
	[VOICE_HELD] = 1 << VOICE_ACTIVE | 1 << VOICE_ENDED,
	[VOICE_DIALING] = 1 << VOICE_ALERTING | 1 << VOICE_ACTIVE | 1 << VOICE_ENDED,
	[VOICE_ALERTING] = 1 << VOICE_ACTIVE | 1 << VOICE_ENDED,
	[VOICE_INCOMING] = 1 << VOICE_ACTIVE | 1 << VOICE_ENDED,
	[VOICE_WAITING] = 1 << VOICE_ACTIVE | 1 << VOICE_INCOMING | 1 << VOICE_ENDED,
	[VOICE_ENDED] = 0,
};

const char *voice_state_name(enum voice_state state)
{
	return state_names[state];
}

/* M1 17.2 */
const char *voice_end_text(enum voice_end end)
{
	static const char *const texts[VOICE_ENDS] = {
		[VOICE_END_NONE] = "No cause information available",
		[VOICE_END_LOCAL] = "Client ended call",
		[VOICE_END_REMOTE] = "Normal call clearing",
		[VOICE_END_BUSY] = "User busy",
		[VOICE_END_NO_ANSWER] = "Alerting, no answer",
		[VOICE_END_REJECTED] = "Call rejected",
		[VOICE_END_UNASSIGNED] = "Unassigned/unallocated number",
		[VOICE_END_CONGESTION] = "No circuit or channel available",
		[VOICE_END_MISSED] = "Normal call clearing",
		[VOICE_END_NETWORK] = "Network release, no reason given",
		[VOICE_END_NO_SERVICE] = "No service available",
	};

	return texts[end];
}

struct voice_call *voice_call(struct voice *v, int id)
{
	return id >= 1 && id <= VOICE_CALLS && v->call[id - 1].used ? &v->call[id - 1] : NULL;
}

int voice_id(const struct voice_call *c)
{
	return (int)(c - c->voice->call) + 1;
}

struct voice_call *voice_find(struct voice *v, unsigned states)
{
	for (int i = 0; i < VOICE_CALLS; i++) {
		if (v->call[i].used && states & 1u << v->call[i].state)
			return &v->call[i];
	}
	return NULL;
}

static void tell(struct voice_call *c, enum voice_news news)
{
	modem_emit_code(c->voice->modem, MODEM_EVENT_CALL, voice_id(c), (int)news);
}

/* RI, whoever it is that rings. */
static void follow_ring(struct voice *v)
{
	pins_call(v->modem->pins, voice_find(v, 1 << VOICE_INCOMING) != NULL);
}

/* The only way to change a state. Returns whether it has been answered with that. */
static bool enter(struct voice_call *c, enum voice_state next)
{
	bool first = next == VOICE_ACTIVE && !c->answered;

	if (!(allowed[c->state] & 1u << next))
		abort();
	trace_text(c->voice->modem->trace, TRACE_NOTE, "call %d: %s -> %s", voice_id(c), state_names[c->state],
		   state_names[next]);
	c->state = next;
	follow_ring(c->voice);
	if (first) {
		c->answered = true;
		c->began_us = clock_now_us(c->voice->modem->clock);
		tell(c, VOICE_NEWS_ANSWERED);
	}
	return first;
}

void voice_set_state(struct voice_call *c, enum voice_state next)
{
	bool first = enter(c, next);

	tell(c, VOICE_NEWS_STATE);
	if (first && c->used)
		tell(c, VOICE_NEWS_CONNECTED);
}

/* --- the end ----------------------------------------------------------------------------------------------------- */

static void explain(struct voice_call *c)
{
	const char *place = c->phone ? c->phone->place : NULL;
	struct why why = { 0 };

	if (c->end == VOICE_END_LOCAL || c->end == VOICE_END_REMOTE || c->end == VOICE_END_MISSED)
		return;
	if (c->end == VOICE_END_NETWORK)
		why_add(&why, "net", "the network was lost while call %d was %s", voice_id(c), state_names[c->state]);
	else
		why_add(&why, "world", "%s: %s", c->number, place ? place : "said on the control socket");
	trace_why(c->voice->modem->trace, "call", (int)c->end, voice_end_text(c->end), &why);
}

static void note_incoming(struct voice_call *c)
{
	bool taken = c->answered || c->end == VOICE_END_LOCAL;

	pb_note_call(c->voice->modem->pb, taken ? BOOK_RC : BOOK_MC, c->number);
}

void voice_end(struct voice_call *c, enum voice_end end)
{
	struct voice *v = c->voice;
	uint64_t us = clock_now_us(v->modem->clock) - c->began_us;
	struct modem_event over = { .type = MODEM_EVENT_CALL, .index = voice_id(c), .code = VOICE_NEWS_OVER };

	timer_cancel(&c->step);
	timer_cancel(&c->tick);
	c->end = v->boot.last_end = end;
	explain(c);
	if (c->incoming)
		note_incoming(c);
	voice_set_state(c, VOICE_ENDED);
	/* in whole seconds, to the nearest [guess]: timers of a real clock are a little late or early */
	over.length = c->answered ? (long long)((us + 500000) / 1000000) : -1;
	modem_emit(v->modem, &over);
	c->used = false;
	follow_ring(v);
	if (!voice_find(v, VOICE_ANY))
		v->boot.set.mute = false;
}

void voice_hang_up(struct voice *v, struct voice_call *c)
{
	(void)v;
	trace_text(c->voice->modem->trace, TRACE_BROKER, "call %d hangup", voice_id(c));
	voice_end(c, VOICE_END_LOCAL);
}

void voice_hang_up_all(struct voice *v, unsigned states)
{
	for (int i = 0; i < VOICE_CALLS; i++) {
		struct voice_call *c = &v->call[i];

		if (c->used && states & 1u << c->state)
			voice_hang_up(v, c);
	}
}

void voice_network_lost(struct voice *v)
{
	for (int i = 0; i < VOICE_CALLS; i++) {
		struct voice_call *c = &v->call[i];

		if (c->used)
			voice_end(c, c->incoming && !c->answered ? VOICE_END_MISSED : VOICE_END_NETWORK);
	}
}

/* --- out --------------------------------------------------------------------------------------------------------- */

/* What the other end comes to, in its time. */
static void on_result(void *ctx)
{
	static const enum voice_end ends[PHONE_RESULTS] = {
		[PHONE_BUSY] = VOICE_END_BUSY,
		[PHONE_NO_ANSWER] = VOICE_END_NO_ANSWER,
		[PHONE_REJECTED] = VOICE_END_REJECTED,
		[PHONE_UNASSIGNED] = VOICE_END_UNASSIGNED,
		[PHONE_CONGESTION] = VOICE_END_CONGESTION,
	};
	struct voice_call *c = ctx;
	enum phone_result result = c->phone ? c->phone->result : PHONE_UNASSIGNED;

	if (result == PHONE_ANSWERS)
		voice_remote_answers(c);
	else
		voice_end(c, ends[result]);
}

static bool rings_there(const struct phone *phone)
{
	return phone &&
	       (phone->result == PHONE_ANSWERS || phone->result == PHONE_NO_ANSWER || phone->result == PHONE_REJECTED);
}

static void arm_result(struct voice_call *c, uint64_t since_us)
{
	uint64_t after = c->phone ? c->phone->after_us : 0;

	if (c->phone && c->phone->result == PHONE_SILENT)
		return;
	timer_cancel(&c->step);
	timer_init(&c->step, on_result, c);
	clock_arm(c->voice->modem->clock, &c->step, after > since_us ? after - since_us : 0);
}

static void on_alerting(void *ctx)
{
	struct voice_call *c = ctx;

	voice_set_state(c, VOICE_ALERTING);
	arm_result(c, c->phone->alert_us);
}

static void on_accepted(void *ctx)
{
	struct voice_call *c = ctx;
	struct modem_event ev = { .type = MODEM_EVENT_CALL, .index = voice_id(c), .code = VOICE_NEWS_NOTICE };

	tell(c, VOICE_NEWS_ACCEPTED);
	if (!c->used || !c->phone || !c->phone->notice)
		return;
	ev.size = (size_t)c->phone->notice;
	modem_emit(c->voice->modem, &ev);
}

/* The network has the number; what it does with it is the world's. */
static void start(struct voice_call *c)
{
	struct clock *clock = c->voice->modem->clock;

	timer_init(&c->tick, on_accepted, c);
	clock_arm(clock, &c->tick, (uint64_t)c->voice->modem->profile->q.voice_dial_ms * 1000);
	if (!rings_there(c->phone)) {
		arm_result(c, 0);
		return;
	}
	timer_init(&c->step, on_alerting, c);
	clock_arm(clock, &c->step, c->phone->alert_us);
}

static struct voice_call *new_call(struct voice *v, const char *number)
{
	for (int i = 0; i < VOICE_CALLS; i++) {
		struct voice_call *c = &v->call[i];

		if (c->used)
			continue;
		*c = (struct voice_call){ .used = true, .voice = v };
		str_copy(c->number, sizeof(c->number), number);
		c->began_us = clock_now_us(v->modem->clock);
		return c;
	}
	return NULL;
}

/* Emergency calls go over any network, without a SIM too. */
static bool can_call(const struct voice *v, const char *number)
{
	const struct net *n = v->modem->net;

	if (net_has_calls(n))
		return true;
	return pb_is_emergency(v->modem->pb, number) && n->cell.coverage && n->boot.fun == NET_FUN_FULL;
}

int voice_dial(struct voice *v, const char *number, bool hides)
{
	struct voice_call *c;

	if (!can_call(v, number)) {
		v->boot.last_end = VOICE_END_NO_SERVICE;
		return -ENETDOWN;
	}
	if (voice_find(v, VOICE_OUTGOING | VOICE_RINGING))
		return -EBUSY;
	if (voice_find(v, 1 << VOICE_ACTIVE) && voice_find(v, 1 << VOICE_HELD))
		return -EBUSY;
	c = new_call(v, number);
	if (!c)
		return -EBUSY;
	c->state = VOICE_DIALING;
	c->hides = hides;
	c->phone = phones_find(link_phones(v->modem->link), number);
	pb_note_call(v->modem->pb, BOOK_DC, number);
	pb_note_call(v->modem->pb, BOOK_LD, number);
	trace_text(v->modem->trace, TRACE_BROKER, "call %d to %s%s", voice_id(c), number, hides ? " hidden" : "");
	voice_hold_all(v, NULL);
	tell(c, VOICE_NEWS_STATE);
	start(c);
	return voice_id(c);
}

/* --- in ---------------------------------------------------------------------------------------------------------- */

static void ring(void *ctx)
{
	struct voice_call *c = ctx;
	struct modem_event ev = { .type = MODEM_EVENT_CALL, .index = voice_id(c), .code = VOICE_NEWS_RING };

	ev.size = ++c->rings;
	clock_arm(c->voice->modem->clock, &c->tick, (uint64_t)c->voice->modem->profile->q.voice_ring_ms * 1000);
	modem_emit(c->voice->modem, &ev);
}

/* Where a call goes that does not get through for this reason; NULL when it does not. */
static const char *diverted(const struct voice *v, enum voice_forward why)
{
	const struct voice_divert *d = &v->network.divert[why];

	return d->active ? d->number : NULL;
}

static int not_through(struct voice *v, const char *number, enum voice_forward why, int err, const char **to)
{
	*to = diverted(v, why);
	if (*to)
		trace_text(v->modem->trace, TRACE_BROKER, "call from %s forwarded to %s", number, *to);
	return err;
}

static void on_gives_up(void *ctx)
{
	struct voice_call *c = ctx;
	const char *to;

	not_through(c->voice, c->number, VOICE_FORWARD_NO_REPLY, 0, &to);
	voice_end(c, VOICE_END_MISSED);
}

/* It rings until somebody gives up: the caller, or the network, which knows another number. */
static void arm_incoming(struct voice_call *c, uint64_t gives_up_us)
{
	const struct voice_divert *d = &c->voice->network.divert[VOICE_FORWARD_NO_REPLY];
	uint64_t forward_us = (uint64_t)d->after_s * 1000000;

	timer_init(&c->step, on_gives_up, c);
	timer_init(&c->tick, ring, c);
	if (d->active && forward_us < gives_up_us)
		gives_up_us = forward_us;
	clock_arm(c->voice->modem->clock, &c->step, gives_up_us);
}

int voice_incoming(struct voice *v, const char *number, uint64_t gives_up_us, const char **to)
{
	struct voice_call *c, *other = voice_find(v, VOICE_ANY);

	if (!v->modem->profile->q.voice_calls)
		return not_through(v, number, VOICE_FORWARD_UNREACHABLE, -ENETDOWN, to);
	if (diverted(v, VOICE_FORWARD_ALL))
		return not_through(v, number, VOICE_FORWARD_ALL, -EBUSY, to);
	if (!net_has_calls(v->modem->net))
		return not_through(v, number, VOICE_FORWARD_UNREACHABLE, -ENETDOWN, to);
	if (other && (!v->network.waiting || voice_find(v, VOICE_RINGING)))
		return not_through(v, number, VOICE_FORWARD_BUSY, -EBUSY, to);
	c = new_call(v, number);
	if (!c)
		return not_through(v, number, VOICE_FORWARD_BUSY, -EBUSY, to);
	c->incoming = true;
	c->withheld = !*number;
	c->state = other ? VOICE_WAITING : VOICE_INCOMING;
	trace_text(v->modem->trace, TRACE_BROKER, "call %d from %s", voice_id(c), *number ? number : "withheld");
	arm_incoming(c, gives_up_us);
	follow_ring(v);
	*to = NULL;
	if (other)
		tell(c, VOICE_NEWS_WAITS);
	else
		ring(c);
	/* Unless it was answered already (ATS0=1). */
	if (c->used && !c->answered)
		tell(c, VOICE_NEWS_STATE);
	return 0;
}

/* What is told of the state follows the OK of ATA, VOICE CALL: BEGIN does not (log of a SIM7600 telephone). */
static void on_taken(void *ctx)
{
	struct voice_call *c = ctx;

	tell(c, VOICE_NEWS_STATE);
	tell(c, VOICE_NEWS_CONNECTED);
}

void voice_take(struct voice_call *c)
{
	timer_cancel(&c->step);
	timer_cancel(&c->tick);
	trace_text(c->voice->modem->trace, TRACE_BROKER, "call %d answered", voice_id(c));
	enter(c, VOICE_ACTIVE);
	timer_init(&c->tick, on_taken, c);
	clock_arm(c->voice->modem->clock, &c->tick, 0);
}

int voice_answer(struct voice *v)
{
	struct voice_call *c = voice_find(v, VOICE_RINGING);

	if (!c)
		return -ENOENT;
	voice_hold_all(v, NULL);
	voice_take(c);
	return 0;
}

/* --- settings and life ------------------------------------------------------------------------------------------- */

void voice_configure(struct voice *v, const struct voice_settings *next)
{
	v->boot.set = *next;
}

void voice_set_level(struct voice *v, int level)
{
	v->nv.level = level;
	store_set_num(v->modem->store, "voice.level", level);
}

struct voice *voice_new(struct modem *m)
{
	struct voice *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->modem = m;
	v->nv.level = (int)store_num(m->store, "voice.level", LEVEL_DEFAULT);
	v->network.waiting = true;
	v->network.divert[VOICE_FORWARD_NO_REPLY].after_s = FORWARD_AFTER_S;
	return v;
}

static void cancel(struct voice *v)
{
	for (int i = 0; i < VOICE_CALLS; i++) {
		timer_cancel(&v->call[i].step);
		timer_cancel(&v->call[i].tick);
	}
}

void voice_reset(struct voice *v)
{
	const struct quirks *q = &v->modem->profile->q;

	cancel(v);
	memset(v->call, 0, sizeof(v->call));
	memset(&v->boot, 0, sizeof(v->boot));
	v->boot.set = (struct voice_settings){
		.hook = q->voice_cvhu_default == 0,
		.colp = q->voice_colp_default,
		.list = q->voice_list_default,
		.tone = TONE_DEFAULT,
		.type = PB_TYPE_NATIONAL,
	};
}

void voice_free(struct voice *v)
{
	if (!v)
		return;
	cancel(v);
	free(v);
}
