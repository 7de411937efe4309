/* The SIM. Counters are the card's own, so they are written through to the store at once. */
#include "modem/sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "link/world_around.h"
#include "modem/net.h"
#include "modem/sms.h"
#include "modem/store.h"

static const char *const state_names[] = {
	[SIM_OFF] = "off",   [SIM_ABSENT] = "absent", [SIM_BUSY] = "busy",	 [SIM_PIN] = "pin",
	[SIM_PUK] = "puk",   [SIM_READY] = "ready",   [SIM_FAILURE] = "failure",
};

/* The only way to change the state. */
static void set_state(struct sim *s, enum sim_state next)
{
	if (s->boot.state == next)
		return;
	trace_text(s->modem->trace, TRACE_NOTE, "sim: %s -> %s", state_names[s->boot.state], state_names[next]);
	s->boot.state = next;
}

static void save(struct sim *s)
{
	struct store *store = s->modem->store;

	store_set_text(store, "sim.pin", s->nv.pin);
	store_set_num(store, "sim.locked", s->nv.locked);
	store_set_num(store, "sim.pin_left", s->nv.pin_left);
	store_set_num(store, "sim.puk_left", s->nv.puk_left);
}

static void load(struct sim *s)
{
	const struct store *store = s->modem->store;

	const struct around *around = link_around(s->modem->link);

	/* what the card has been told since counts more than what the world gave it */
	str_copy(s->nv.pin, sizeof(s->nv.pin), store_text(store, "sim.pin", *around->pin ? around->pin : SIM_DEFAULT_PIN));
	str_copy(s->puk, sizeof(s->puk), *around->puk ? around->puk : SIM_DEFAULT_PUK);
	s->nv.locked = store_num(store, "sim.locked", 0) != 0;
	s->nv.pin_left = (int)store_num(store, "sim.pin_left", SIM_PIN_TRIES);
	s->nv.puk_left = (int)store_num(store, "sim.puk_left", SIM_PUK_TRIES);
}

static uint64_t after_ready_us(const struct sim *s, long ms)
{
	long cpin = s->modem->profile->q.boot_cpin_ms;

	return ms > cpin ? (uint64_t)(ms - cpin) * 1000 : 0;
}

/* The card can be used: messages and phone book are read, and the radio may register. */
static void become_ready(struct sim *s)
{
	const struct quirks *q = &s->modem->profile->q;

	set_state(s, SIM_READY);
	modem_emit_code(s->modem, MODEM_EVENT_SIM_READY, 0, 0);
	clock_arm(s->modem->clock, &s->sms, after_ready_us(s, q->boot_sms_done_ms));
	if (q->boot_pb_done_ms)
		clock_arm(s->modem->clock, &s->pb, after_ready_us(s, q->boot_pb_done_ms));
	net_sim_ready(s->modem->net, after_ready_us(s, q->boot_register_ms));
}

/* The card has answered: does it want a PIN? */
static void on_ready(void *ctx)
{
	struct sim *s = ctx;

	if (s->boot.state == SIM_PIN || s->boot.state == SIM_PUK || (s->nv.pin_left && !s->nv.locked)) {
		become_ready(s);
		return;
	}
	if (!s->nv.puk_left) {
		set_state(s, SIM_FAILURE);
		return;
	}
	set_state(s, s->nv.pin_left ? SIM_PIN : SIM_PUK);
	modem_emit_code(s->modem, MODEM_EVENT_SIM_PIN, 0, s->nv.pin_left ? 0 : 1);
}

static void on_sms(void *ctx)
{
	struct sim *s = ctx;

	s->boot.sms_done = true;
	modem_emit_code(s->modem, MODEM_EVENT_SMS_DONE, 0, 0);
	sms_look(s->modem->sms);
}

static void on_pb(void *ctx)
{
	struct sim *s = ctx;

	s->boot.pb_done = true;
	modem_emit_code(s->modem, MODEM_EVENT_PB_DONE, 0, 0);
}

static void cancel(struct sim *s)
{
	timer_cancel(&s->ready);
	timer_cancel(&s->sms);
	timer_cancel(&s->pb);
}

struct card_word {
	const char *name;
	enum sim_card card;
	bool locked, blocked;
};

static const struct card_word card_words[] = {
	{ "ready", SIM_CARD_OK, false, false },	  { "pin", SIM_CARD_OK, true, false },
	{ "puk", SIM_CARD_OK, true, true },	  { "absent", SIM_CARD_ABSENT, false, false },
	{ "busy", SIM_CARD_BUSY, false, false },  { "failure", SIM_CARD_BROKEN, false, false },
};

/* The card of that word is in the slot; NULL: there is no such word. What the modem sees of it comes later. */
static const struct card_word *insert(struct sim *s, const char *name)
{
	const struct card_word *w = NULL;

	for (size_t i = 0; i < sizeof(card_words) / sizeof(card_words[0]); i++) {
		if (!strcmp(card_words[i].name, name))
			w = &card_words[i];
	}
	if (!w)
		return NULL;
	s->card = w->card;
	if (w->card == SIM_CARD_OK) {
		s->nv.locked = w->locked;
		s->nv.pin_left = w->blocked ? 0 : SIM_PIN_TRIES;
		s->nv.puk_left = SIM_PUK_TRIES;
		save(s);
	}
	return w;
}

/* The network at the beginning, when it takes the card for one of its own; otherwise that of a world that says nothing. */
static void name_provider(struct sim *s)
{
	const struct cell_plan *cells = link_around(s->modem->link)->cells;
	struct net_cell first;

	cell_default(&first);
	if (cells && cells->n && cells->step[0].cell.stat[NET_PS] == NET_STAT_HOME)
		first = cells->step[0].cell;
	str_copy(s->provider, sizeof(s->provider), first.short_name);
}

struct sim *sim_new(struct modem *m)
{
	struct sim *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->modem = m;
	timer_init(&s->ready, on_ready, s);
	timer_init(&s->sms, on_sms, s);
	timer_init(&s->pb, on_pb, s);
	load(s);
	name_provider(s);
	insert(s, link_around(m->link)->sim_state);
	return s;
}

void sim_reset(struct sim *s)
{
	cancel(s);
	memset(&s->boot, 0, sizeof(s->boot));
}

void sim_free(struct sim *s)
{
	if (!s)
		return;
	cancel(s);
	free(s);
}

/* As if everything had been told long ago. */
static void be_warm(struct sim *s)
{
	if (s->nv.locked || !s->nv.pin_left) {
		set_state(s, s->nv.pin_left ? SIM_PIN : SIM_PUK);
		return;
	}
	set_state(s, SIM_READY);
	s->boot.sms_done = true;
	s->boot.pb_done = s->modem->profile->q.boot_pb_done_ms != 0;
}

void sim_power_on(struct sim *s, enum modem_boot boot)
{
	switch (s->card) {
	case SIM_CARD_ABSENT:
		set_state(s, SIM_ABSENT);
		return;
	case SIM_CARD_BROKEN:
		set_state(s, SIM_FAILURE);
		return;
	case SIM_CARD_BUSY:
		set_state(s, SIM_BUSY);
		return;
	case SIM_CARD_OK:
		break;
	}
	if (boot == MODEM_BOOT_WARM) {
		be_warm(s);
		return;
	}
	set_state(s, SIM_BUSY);
	clock_arm(s->modem->clock, &s->ready, (uint64_t)s->modem->profile->q.boot_cpin_ms * 1000);
}

static void lose(struct sim *s, enum sim_state next)
{
	bool was_there = s->boot.state != SIM_ABSENT && s->boot.state != SIM_OFF;

	cancel(s);
	s->boot = (struct sim_boot){ .state = s->boot.state };
	set_state(s, next);
	net_sim_lost(s->modem->net);
	if (was_there && (next == SIM_ABSENT || next == SIM_OFF))
		modem_emit_code(s->modem, MODEM_EVENT_SIM_REMOVED, 0, 0);
}

void sim_power_off(struct sim *s)
{
	lose(s, SIM_OFF);
}

enum sim_err sim_check(const struct sim *s)
{
	switch (s->boot.state) {
	case SIM_OFF:
		return SIM_ERR_OFF;
	case SIM_ABSENT:
		return SIM_ERR_ABSENT;
	case SIM_BUSY:
		return SIM_ERR_BUSY;
	case SIM_PIN:
		return SIM_ERR_PIN;
	case SIM_PUK:
		return SIM_ERR_PUK;
	case SIM_FAILURE:
		return SIM_ERR_FAILURE;
	case SIM_READY:
		break;
	}
	return SIM_ERR_NONE;
}

bool sim_refuse_early(struct sim *s)
{
	bool first = !s->boot.refused_early;

	s->boot.refused_early = true;
	return first;
}

/* Holds pin against the card's; a wrong one costs a try, the last one the PIN. */
static enum sim_err try_pin(struct sim *s, const char *pin)
{
	if (!s->nv.pin_left)
		return SIM_ERR_PUK;
	if (strcmp(pin, s->nv.pin)) {
		s->nv.pin_left--;
		save(s);
		if (!s->nv.pin_left)
			set_state(s, SIM_PUK);
		return SIM_ERR_PASSWORD;
	}
	s->nv.pin_left = SIM_PIN_TRIES;
	save(s);
	return SIM_ERR_NONE;
}

enum sim_err sim_verify(struct sim *s, const char *pin)
{
	enum sim_err err = try_pin(s, pin);

	if (!err && s->boot.state == SIM_PIN)
		clock_arm(s->modem->clock, &s->ready, 0);
	return err;
}

enum sim_err sim_enter_pin(struct sim *s, const char *pin)
{
	enum sim_err err;

	if (s->boot.state == SIM_READY)
		return SIM_ERR_NOT_ALLOWED;
	if (s->boot.state != SIM_PIN)
		return sim_check(s);
	err = try_pin(s, pin);
	if (!err)
		clock_arm(s->modem->clock, &s->ready, 0);
	return err;
}

static bool pin_ok(const char *pin)
{
	size_t n = strlen(pin);

	return n >= 4 && n <= SIM_PIN_MAX && strspn(pin, "0123456789") == n;
}

enum sim_err sim_enter_puk(struct sim *s, const char *puk, const char *new_pin)
{
	if (s->boot.state == SIM_READY || s->boot.state == SIM_PIN)
		return SIM_ERR_NOT_ALLOWED;
	if (s->boot.state != SIM_PUK)
		return sim_check(s);
	if (strcmp(puk, s->puk) || !pin_ok(new_pin)) {
		s->nv.puk_left--;
		save(s);
		if (!s->nv.puk_left)
			set_state(s, SIM_FAILURE);
		return SIM_ERR_PASSWORD;
	}
	str_copy(s->nv.pin, sizeof(s->nv.pin), new_pin);
	s->nv.pin_left = SIM_PIN_TRIES;
	s->nv.puk_left = SIM_PUK_TRIES;
	save(s);
	clock_arm(s->modem->clock, &s->ready, 0);
	return SIM_ERR_NONE;
}

enum sim_err sim_set_lock(struct sim *s, bool locked, const char *pin)
{
	enum sim_err err = sim_check(s);

	if (!err)
		err = try_pin(s, pin);
	if (err)
		return err;
	s->nv.locked = locked;
	save(s);
	return SIM_ERR_NONE;
}

enum sim_err sim_change_pin(struct sim *s, const char *old_pin, const char *new_pin)
{
	enum sim_err err = sim_check(s);

	/* 51.011: a PIN can be changed only while it is asked for at all. */
	if (!err && (!s->nv.locked || !pin_ok(new_pin)))
		err = SIM_ERR_NOT_ALLOWED;
	if (!err)
		err = try_pin(s, old_pin);
	if (err)
		return err;
	str_copy(s->nv.pin, sizeof(s->nv.pin), new_pin);
	save(s);
	return SIM_ERR_NONE;
}

int sim_set_state(struct sim *s, const char *name)
{
	const struct card_word *w = insert(s, name);

	if (!w)
		return -EINVAL;
	if (!modem_is_on(s->modem) || s->boot.state == SIM_OFF)
		return 0;
	lose(s, w->card == SIM_CARD_ABSENT ? SIM_ABSENT : SIM_OFF);
	if (w->card != SIM_CARD_ABSENT)
		sim_power_on(s, MODEM_BOOT_COLD);
	return 0;
}

const char *sim_state_name(const struct sim *s)
{
	return state_names[s->boot.state];
}
