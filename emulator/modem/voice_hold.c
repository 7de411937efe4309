/* Several calls at once: on hold, taken back, joined, connected with each other. 27.007 7.13, 22.030 6.5.5. */
#include "modem/voice.h"

#include <errno.h>

void voice_hold_all(struct voice *v, const struct voice_call *except)
{
	for (int i = 0; i < VOICE_CALLS; i++) {
		struct voice_call *c = &v->call[i];

		if (c->used && c->state == VOICE_ACTIVE && c != except)
			voice_set_state(c, VOICE_HELD);
	}
}

/* A conference of one is none. */
static void count_parties(struct voice *v, enum voice_state state)
{
	struct voice_call *last = NULL;
	int n = 0;

	for (int i = 0; i < VOICE_CALLS; i++) {
		if (v->call[i].used && v->call[i].state == state && v->call[i].party)
			last = &v->call[i], n++;
	}
	if (n == 1)
		last->party = false;
}

/* All calls that are held now, not those that a swap has just put there: taken before it. */
static unsigned held_now(const struct voice *v)
{
	unsigned bits = 0;

	for (int i = 0; i < VOICE_CALLS; i++) {
		if (v->call[i].used && v->call[i].state == VOICE_HELD)
			bits |= 1u << i;
	}
	return bits;
}

static void retrieve(struct voice *v, unsigned bits)
{
	for (int i = 0; i < VOICE_CALLS; i++) {
		if (bits & 1u << i && v->call[i].used && v->call[i].state == VOICE_HELD)
			voice_set_state(&v->call[i], VOICE_ACTIVE);
	}
}

/* A call that waits comes before those on hold. */
int voice_release_held(struct voice *v)
{
	struct voice_call *waiting = voice_find(v, VOICE_RINGING);

	if (waiting) {
		voice_hang_up(v, waiting);
		return 0;
	}
	if (!voice_find(v, 1 << VOICE_HELD))
		return -ENOENT;
	voice_hang_up_all(v, 1 << VOICE_HELD);
	return 0;
}

/* The call that waits, else those on hold. */
static void accept_other(struct voice *v, unsigned held)
{
	struct voice_call *waiting = voice_find(v, VOICE_RINGING);

	if (waiting)
		voice_take(waiting);
	else
		retrieve(v, held);
}

int voice_release_active(struct voice *v)
{
	unsigned held = held_now(v);

	if (!voice_find(v, VOICE_ANY))
		return -ENOENT;
	voice_hang_up_all(v, 1 << VOICE_ACTIVE | VOICE_OUTGOING);
	accept_other(v, held);
	return 0;
}

int voice_swap(struct voice *v)
{
	unsigned held = held_now(v);

	if (!voice_find(v, VOICE_TALKING | VOICE_RINGING))
		return -ENOENT;
	voice_hold_all(v, NULL);
	accept_other(v, held);
	return 0;
}

int voice_hold_except(struct voice *v, struct voice_call *c)
{
	if (!c || c->state != VOICE_ACTIVE)
		return -ENOENT;
	voice_hold_all(v, c);
	c->party = false;
	count_parties(v, VOICE_HELD);
	return 0;
}

int voice_join(struct voice *v)
{
	unsigned held = held_now(v);

	if (!held || !voice_find(v, 1 << VOICE_ACTIVE))
		return -ENOENT;
	for (int i = 0; i < VOICE_CALLS; i++) {
		if (v->call[i].used && VOICE_TALKING & 1u << v->call[i].state)
			v->call[i].party = true;
	}
	retrieve(v, held);
	return 0;
}

int voice_transfer(struct voice *v)
{
	if (!voice_find(v, 1 << VOICE_HELD) || !voice_find(v, 1 << VOICE_ACTIVE | 1 << VOICE_ALERTING))
		return -ENOENT;
	trace_text(v->modem->trace, TRACE_BROKER, "call transferred");
	voice_hang_up_all(v, VOICE_TALKING | 1 << VOICE_ALERTING);
	return 0;
}
