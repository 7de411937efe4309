/* Life and settings of messages, and the way out to the network. The memories are sms_memory.c, the way in
 * sms_receive.c. */
#include "modem/sms.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/net.h"
#include "modem/sim.h"
#include "modem/sms_centre.h"
#include "modem/store.h"

const char *sms_cause_text(int code)
{
	static const struct {
		int code;
		const char *text;
	} causes[] = {
		{ 1, "unassigned number" },
		{ 8, "operator determined barring" },
		{ 10, "call barred" },
		{ 21, "short message transfer rejected" },
		{ 27, "destination out of service" },
		{ 28, "unidentified subscriber" },
		{ 29, "facility rejected" },
		{ 30, "unknown subscriber" },
		{ 38, "network out of order" },
		{ 41, "temporary failure" },
		{ 42, "congestion" },
		{ 47, "resources unavailable" },
		{ 50, "requested facility not subscribed" },
		{ 69, "requested facility not implemented" },
		{ 81, "invalid short message transfer reference value" },
		{ 95, "invalid message" },
		{ 96, "invalid mandatory information" },
		{ 97, "message type non-existent" },
		{ 98, "message not compatible with the protocol state" },
		{ 99, "information element non-existent" },
		{ 111, "protocol error" },
		{ 127, "interworking" },
		{ 192, "the centre is busy" },
		{ 193, "no subscription with the centre" },
		{ 194, "the centre has failed" },
		{ 195, "invalid address of the centre" },
		{ 196, "invalid destination" },
		{ 197, "the subscriber is barred" },
		{ SMS_ERR_NO_NETWORK, "No network service" },
		{ SMS_ERR_TIMEOUT, "Network timeout" },
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (causes[i].code == code)
			return causes[i].text;
	}
	return NULL;
}

/* --- out --------------------------------------------------------------------------------------------------------- */

static void explain(struct sms *s, int code, const char *rule, const char *text)
{
	const char *meaning = sms_cause_text(code);
	struct why why = { 0 };

	why_add(&why, rule, "%s", text);
	trace_why(s->modem->trace, "sms", code, meaning ? meaning : "", &why);
}

/* Messages go over either domain. */
static bool reachable(const struct sms *s)
{
	const enum net_stat *stat = s->modem->net->boot.stat;

	for (int d = 0; d < NET_DOMAINS; d++) {
		if (stat[d] == NET_STAT_HOME || stat[d] == NET_STAT_ROAMING)
			return true;
	}
	return false;
}

static int give_to_network(struct sms *s, const struct sms_sending *out, struct sms_tpdu *t)
{
	struct sms_address centre;
	size_t n = sms_sca_parse(out->pdu, out->len, &centre);
	int code;

	sms_tpdu_parse(out->pdu + n, out->len - n, true, t);
	if (!reachable(s)) {
		explain(s, SMS_ERR_TIMEOUT, "net", "the network was lost while the message went out");
		return SMS_ERR_TIMEOUT;
	}
	code = sms_centre_submit(s->world, t);
	if (code)
		explain(s, code, "world", "the network refused the message (sms refuse on the control socket)");
	return code;
}

static void on_sent(void *ctx)
{
	struct sms_sending *out = ctx;
	struct sms *s = out->sms;
	struct modem_event ev = { .type = MODEM_EVENT_SMS_SENT, .index = (int)(out - s->sending) };
	struct sms_tpdu t;

	ev.code = give_to_network(s, out, &t);
	ev.size = t.mr;
	if (!ev.code && out->index >= 0)
		sms_set_stat(s, out->mem, out->index, SMS_SENT);
	modem_emit(s->modem, &ev);
}

/* Nobody to send to: at once, yet not before the command has returned. */
static void on_no_network(void *ctx)
{
	struct sms_sending *out = ctx;

	explain(out->sms, SMS_ERR_NO_NETWORK, "net", "not registered with any network");
	modem_emit_code(out->sms->modem, MODEM_EVENT_SMS_SENT, (int)(out - out->sms->sending), SMS_ERR_NO_NETWORK);
}

uint8_t sms_next_mr(struct sms *s)
{
	return (uint8_t)(s->nv.mr + 1);
}

void sms_send_stored(struct sms *s, unsigned owner, const struct sms_address *centre, const struct sms_tpdu *t,
		     enum sms_mem mem, int index)
{
	struct sms_sending *out = &s->sending[owner];
	size_t n = sms_sca_build(*centre->text ? centre : &s->nv.centre, out->pdu);
	bool there = reachable(s);

	out->len = n + sms_tpdu_build(t, out->pdu + n);
	out->mem = mem;
	out->index = index;
	s->nv.mr = t->mr;
	store_set_num(s->modem->store, "sms.mr", t->mr);
	timer_cancel(&out->timer);
	timer_init(&out->timer, there ? on_sent : on_no_network, out);
	clock_arm(s->modem->clock, &out->timer, there ? (uint64_t)s->modem->profile->q.sms_send_ms * 1000 : 0);
}

void sms_send(struct sms *s, unsigned owner, const struct sms_address *centre, const struct sms_tpdu *t)
{
	sms_send_stored(s, owner, centre, t, SMS_MEM_SM, -1);
}

bool sms_can_receive(const struct sms *s)
{
	return modem_is_on(s->modem) && s->modem->sim->boot.sms_done && reachable(s);
}

void sms_look(struct sms *s)
{
	sms_centre_look(s->world);
}

/* --- settings ---------------------------------------------------------------------------------------------------- */

void sms_configure(struct sms *s, const struct sms_settings *next)
{
	bool told = s->boot.set.indicate[SMS_TELL_MODE] != 0;

	s->boot.set = *next;
	if (!told && next->indicate[SMS_TELL_MODE])
		sms_tell_untold(s);
	sms_look(s);
}

void sms_set_centre(struct sms *s, const struct sms_address *a)
{
	struct buf text;

	s->nv.centre = *a;
	buf_init(&text, SMS_ADDRESS_TEXT);
	sms_address_text(a, &text);
	store_set_text(s->modem->store, "sms.centre", buf_str(&text));
	buf_free(&text);
}

static void load(struct sms *s)
{
	const char *centre = store_text(s->modem->store, "sms.centre", SMS_CENTRE_NUMBER);

	if (!sms_address_set(&s->nv.centre, centre, strlen(centre)))
		s->nv.centre = (struct sms_address){ 0 };
	s->nv.mr = (uint8_t)store_num(s->modem->store, "sms.mr", 0);
	sms_memory_load(s);
}

/* --- life -------------------------------------------------------------------------------------------------------- */

static bool make_memories(struct sms *s)
{
	const struct quirks *q = &s->modem->profile->q;
	const long slots[SMS_MEMS] = { q->sms_sm_slots, q->sms_me_slots, q->sms_sr_slots };

	for (int i = 0; i < SMS_MEMS; i++) {
		s->memory[i].slots = (int)slots[i];
		s->memory[i].message = calloc((size_t)slots[i] + 1, sizeof(struct sms_message));
		if (!s->memory[i].message)
			return false;
	}
	return true;
}

struct sms *sms_new(struct modem *m)
{
	struct sms *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->modem = m;
	s->world = sms_centre_new(s);
	if (!s->world || !make_memories(s)) {
		sms_free(s);
		return NULL;
	}
	for (int i = 0; i < SMS_OWNERS; i++)
		s->sending[i].sms = s;
	timer_init(&s->ack, sms_ack_missing, s);
	load(s);
	return s;
}

/* Told or not, what lies in a memory is found there after a boot. */
void sms_reset(struct sms *s)
{
	timer_cancel(&s->ack);
	for (int i = 0; i < SMS_OWNERS; i++)
		timer_cancel(&s->sending[i].timer);
	memset(&s->boot, 0, sizeof(s->boot));
	s->boot.set = (struct sms_settings){
		.sends_by = 1,
		.indicate = { [SMS_TELL_MODE] = 2, [SMS_TELL_MT] = 1 },
		.fo = 17,
		.vp = { 167 },
	};
}

void sms_free(struct sms *s)
{
	if (!s)
		return;
	timer_cancel(&s->ack);
	for (int i = 0; i < SMS_OWNERS; i++)
		timer_cancel(&s->sending[i].timer);
	sms_centre_free(s->world);
	for (int i = 0; i < SMS_MEMS; i++)
		free(s->memory[i].message);
	free(s);
}
