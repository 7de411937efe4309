/*
 * Messages from the network: where each goes (AT+CNMI, and the class it has), whom it is told, and the acknowledgement
 * that the host owes in service 1 (27.005 3.4.1, 3.4.4).
 */
#include "modem/sms.h"

#include <errno.h>

/* As long as the network waits for an answer [guess]. */
enum { ACK_MS = 15000 };

enum { CLASS_SIM = 2, CLASS_HOST = 3 };
enum { MT_NONE, MT_STORED, MT_ROUTED, MT_ROUTED_CLASS_3 };
enum { DS_NONE, DS_ROUTED, DS_STORED };

static void emit_stored(struct sms *s, enum sms_mem mem, int index)
{
	modem_emit_code(s->modem, MODEM_EVENT_SMS_STORED, index, (int)mem);
}

static struct sms_message *stored(struct sms *s, enum sms_mem mem, int index)
{
	if (mem == SMS_MEM_MT) {
		mem = index < s->memory[SMS_MEM_SM].slots ? SMS_MEM_SM : SMS_MEM_ME;
		index -= mem == SMS_MEM_ME ? s->memory[SMS_MEM_SM].slots : 0;
	}
	return &s->memory[mem].message[index];
}

/* A modem with memories that it does not find: the host hears of a message that is nowhere (T-SIM7600X#63). */
static int keep_nowhere(struct sms *s, enum sms_mem mem, bool tell)
{
	struct why why = { 0 };

	profile_why(s->modem->profile, QUIRK_ID_sms_store, &why, "sms", "a message is told and stored nowhere; the network keeps it");
	trace_why(s->modem->trace, "sms", -1, "not stored", &why);
	if (tell && s->boot.set.indicate[SMS_TELL_MODE])
		emit_stored(s, mem, -1);
	return -ENOSPC;
}

/* Keeps it, and tells the host if it wants to know. */
static int keep(struct sms *s, enum sms_mem mem, const uint8_t *pdu, size_t len, bool tell)
{
	int index;

	if (s->modem->profile->q.sms_store == QUIRK_sms_store_nowhere)
		return keep_nowhere(s, mem, tell);
	index = sms_put(s, mem, SMS_UNREAD, pdu, len);
	if (index < 0) {
		trace_text(s->modem->trace, TRACE_NOTE, "sms: no room for a message, the network keeps it");
		return -ENOSPC;
	}
	if (!tell)
		return 0;
	if (s->boot.set.indicate[SMS_TELL_MODE])
		emit_stored(s, mem, index);
	else
		stored(s, mem, index)->untold = true;
	return 0;
}

static int route(struct sms *s, const uint8_t *pdu, size_t len, bool report)
{
	struct modem_event ev = { .type = MODEM_EVENT_SMS_ROUTED, .code = report, .payload = pdu, .payload_len = len };

	if (s->boot.ack_wanted)
		return -EBUSY;
	if (s->boot.set.service) {
		s->boot.ack_wanted = true;
		clock_arm(s->modem->clock, &s->ack, ACK_MS * 1000ull);
	}
	modem_emit(s->modem, &ev);
	return 0;
}

/* Class 2 belongs on the SIM whatever the host wants; class 3 to the host when it asks for that alone. */
static bool is_routed(const struct sms *s, int class)
{
	int mt = s->boot.set.indicate[SMS_TELL_MT];

	if (class == CLASS_SIM)
		return false;
	return mt == MT_ROUTED || (mt == MT_ROUTED_CLASS_3 && class == CLASS_HOST);
}

static int receive_message(struct sms *s, const struct sms_tpdu *t, const uint8_t *pdu, size_t len)
{
	int class = sms_dcs_class(t->dcs);

	if (is_routed(s, class))
		return route(s, pdu, len, false);
	return keep(s, class == CLASS_SIM ? SMS_MEM_SM : s->boot.set.mem[2], pdu, len,
		    s->boot.set.indicate[SMS_TELL_MT] != MT_NONE);
}

static int receive_report(struct sms *s, const uint8_t *pdu, size_t len)
{
	switch (s->boot.set.indicate[SMS_TELL_DS]) {
	case DS_ROUTED:
		return route(s, pdu, len, true);
	case DS_STORED:
		return keep(s, SMS_MEM_SR, pdu, len, true);
	default:
		trace_text(s->modem->trace, TRACE_NOTE, "sms: a status report is dropped (AT+CNMI ds is 0)");
		return 0;
	}
}

int sms_receive(struct sms *s, const uint8_t *pdu, size_t len)
{
	struct sms_address centre;
	struct sms_tpdu t;
	size_t n = sms_sca_parse(pdu, len, &centre);

	if (!n || sms_tpdu_parse(pdu + n, len - n, false, &t))
		return -EINVAL;
	return t.type == SMS_TYPE_REPORT ? receive_report(s, pdu, len) : receive_message(s, &t, pdu, len);
}

bool sms_acknowledge(struct sms *s, bool refused)
{
	if (!s->boot.ack_wanted)
		return false;
	s->boot.ack_wanted = false;
	timer_cancel(&s->ack);
	if (refused)
		trace_text(s->modem->trace, TRACE_NOTE, "sms: the host refused a message; the network gives it up");
	sms_look(s);
	return true;
}

/* 27.005 3.4.4: nothing is routed any more. What the host has seen counts as delivered [guess]. */
void sms_ack_missing(void *ctx)
{
	struct sms *s = ctx;

	trace_text(s->modem->trace, TRACE_NOTE, "sms: no AT+CNMA in time; AT+CNMI mt and ds are 0 now");
	s->boot.ack_wanted = false;
	s->boot.set.indicate[SMS_TELL_MT] = MT_NONE;
	s->boot.set.indicate[SMS_TELL_DS] = DS_NONE;
	sms_look(s);
}

/* bfr 1 forgets what was held back, 0 tells it. */
void sms_tell_untold(struct sms *s)
{
	for (int mem = 0; mem < SMS_MEMS; mem++) {
		for (int i = 0; i < s->memory[mem].slots; i++) {
			struct sms_message *msg = &s->memory[mem].message[i];

			if (!msg->used || !msg->untold)
				continue;
			msg->untold = false;
			if (!s->boot.set.indicate[SMS_TELL_BFR])
				emit_stored(s, (enum sms_mem)mem, i);
		}
	}
}
