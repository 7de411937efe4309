/* One USSD session and its timer. Text stays UTF-8; cmd/ knows the host's alphabet. */
#include "modem/ussd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "modem/net.h"
#include "modem/sms_text.h"

/* <dcs>: the GSM alphabet without a language, UCS-2 (23.038 5). */
enum { DCS_GSM = 15, DCS_UCS2 = 72 };

static const char *const state_names[] = { [USSD_IDLE] = "idle", [USSD_ASKED] = "asked", [USSD_OPEN] = "open" };

static void set_state(struct ussd *u, enum ussd_state next)
{
	if (u->boot.state == next)
		return;
	trace_text(u->modem->trace, TRACE_NOTE, "ussd: %s -> %s", state_names[u->boot.state], state_names[next]);
	u->boot.state = next;
}

const char *ussd_state_name(const struct ussd *u)
{
	return state_names[u->boot.state];
}

static bool in_gsm_alphabet(const char *text)
{
	uint16_t c[PHONE_USSD_MAX];
	uint8_t septet[2];
	long n = sms_utf8_decode(text, strlen(text), c, PHONE_USSD_MAX);

	for (long i = 0; i < n; i++) {
		if (!sms_gsm_encode(c[i], septet))
			return false;
	}
	return n >= 0;
}

static void tell(struct ussd *u, enum ussd_m m, const char *text, bool ucs2)
{
	struct modem_event ev = { .type = MODEM_EVENT_USSD, .code = (int)m, .topic = text };

	if (text) {
		ev.topic_len = strlen(text);
		ev.size = ucs2 || !in_gsm_alphabet(text) ? DCS_UCS2 : DCS_GSM;
	}
	modem_emit(u->modem, &ev);
}

static void explain(struct ussd *u, enum ussd_m m, const char *meaning, const char *rule, const char *text)
{
	struct why why = { 0 };

	why_add(&why, rule, "%s", text);
	trace_why(u->modem->trace, "ussd", (int)m, meaning, &why);
}

static void end(struct ussd *u)
{
	timer_cancel(&u->timer);
	u->boot.said = NULL;
	u->boot.menu = NULL;
	u->boot.n_menu = 0;
	set_state(u, USSD_IDLE);
}

static void answer(struct ussd *u, const struct ussd_code *c)
{
	end(u);
	if (c->n_menu) {
		u->boot.menu = c->menu;
		u->boot.n_menu = c->n_menu;
		set_state(u, USSD_OPEN);
	}
	tell(u, c->n_menu ? USSD_M_MORE : USSD_M_DONE, c->text, c->ucs2);
}

/* A failing result ends the session; text is what the network may say with it. */
static void fail(struct ussd *u, enum ussd_m m, const char *meaning, const char *place, const char *text)
{
	end(u);
	explain(u, m, meaning, "world", place);
	tell(u, m, text, false);
}

static void on_answer(void *ctx)
{
	struct ussd *u = ctx;
	const struct ussd_code *c = u->boot.said;

	if (!c) {
		fail(u, USSD_M_UNSUPPORTED, "operation not supported", "no world file knows this code (ussd:)", NULL);
		return;
	}
	switch (c->result) {
	case USSD_ANSWERS:
		answer(u, c);
		break;
	case USSD_ENDED:
		fail(u, USSD_M_ENDED, "terminated by the network", c->place, c->text);
		break;
	case USSD_UNSUPPORTED:
		fail(u, USSD_M_UNSUPPORTED, "operation not supported", c->place, NULL);
		break;
	case USSD_TIMES_OUT:
		fail(u, USSD_M_TIMEOUT, "network time out", c->place, NULL);
		break;
	case USSD_NONE:
	case USSD_RESULTS:
		break;
	}
}

struct ussd *ussd_new(struct modem *m)
{
	struct ussd *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->modem = m;
	timer_init(&u->timer, on_answer, u);
	return u;
}

void ussd_reset(struct ussd *u)
{
	timer_cancel(&u->timer);
	memset(&u->boot, 0, sizeof(u->boot));
}

void ussd_free(struct ussd *u)
{
	if (!u)
		return;
	timer_cancel(&u->timer);
	free(u);
}

void ussd_set_report(struct ussd *u, bool on)
{
	u->boot.report = on;
}

static bool silent(const struct ussd_code *c)
{
	return c && c->result == USSD_NONE;
}

int ussd_send(struct ussd *u, const char *text)
{
	const struct phones *world = link_phones(u->modem->link);
	const struct ussd_code *c;
	bool first = u->boot.state == USSD_IDLE;

	if (u->boot.state == USSD_ASKED)
		return -EBUSY;
	if (!net_has_calls(u->modem->net))
		return -ENETDOWN;
	c = first ? ussd_find(world->ussd, world->n_ussd, text) : ussd_find(u->boot.menu, u->boot.n_menu, text);
	trace_text(u->modem->trace, TRACE_BROKER, "ussd %s", text);
	u->boot.said = c;
	set_state(u, USSD_ASKED);
	if (!silent(c))
		clock_arm(u->modem->clock, &u->timer,
			  c && c->has_delay ? c->delay_us : (uint64_t)u->modem->profile->q.ussd_ms * 1000);
	return 0;
}

void ussd_cancel(struct ussd *u)
{
	end(u);
}

int ussd_from_network(struct ussd *u, const char *text, bool asks)
{
	/* What is answered to a question of the control socket ends the session without another word. */
	static const struct ussd_code thanks = { .result = USSD_ANSWERS, .text = (char *)"" };

	if (u->boot.state != USSD_IDLE)
		return -EBUSY;
	if (!net_has_calls(u->modem->net))
		return -ENETDOWN;
	if (asks) {
		u->boot.menu = &thanks;
		u->boot.n_menu = 1;
		set_state(u, USSD_OPEN);
	}
	tell(u, asks ? USSD_M_MORE : USSD_M_DONE, text, false);
	return 0;
}

void ussd_network_lost(struct ussd *u)
{
	if (u->boot.state == USSD_IDLE)
		return;
	end(u);
	explain(u, USSD_M_TIMEOUT, "network time out", "net", "the network was lost in the middle of the session");
	tell(u, USSD_M_TIMEOUT, NULL, false);
}
