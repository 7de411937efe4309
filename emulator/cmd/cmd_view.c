/*
 * AT&V: what a SIM7600EI printed (its public log), item by item in its order. What this modem has is shown as it stands;
 * the rest is what the log has. The items are made as one text and wrapped afterwards, as that module did.
 */
#include "cmd/cmd.h"

#include <string.h>

#include "base/buf.h"
#include "modem/gnss.h"
#include "modem/hw.h"
#include "modem/net.h"
#include "modem/pdp.h"
#include "modem/phonebook.h"
#include "modem/rtc.h"
#include "modem/sms.h"
#include "modem/socket.h"
#include "modem/ussd.h"
#include "modem/voice.h"

enum { VIEW_MAX_BYTES = 16 * 1024 };

static void add_line(struct at_channel *at, struct buf *out)
{
	static const uint8_t registers[] = { 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 30, 103, 104 };
	const struct at_settings *s = at_settings(at);

	buf_addf(out, "&C: %d; &D: %d; &E: %d; &F: 0; &S: %d; &W: 0; E: %d; L: %d; M: %d; Q: %d; V: %d; X: %d; Z: 0; ",
		 s->dcd, s->dtr, s->rate, s->dsr, s->echo, s->l, s->m, s->quiet, s->verbose, s->x);
	buf_addf(out, "\\Q: %d; \\S: %d; \\V: %d; O: 0; ", s->bsq, s->bss, s->v1);
	for (size_t i = 0; i < sizeof(registers); i++)
		buf_addf(out, "S%d: %d; ", registers[i], s->s[registers[i]]);
	buf_addf(out, "+FCLASS: 0; +ICF: %d,%d; +IFC: %d,%d; +IPR: %ld; +DR: 0; +DS: 0,0,2048,6; +CMEE: %d; +WS46: 25; ",
		 s->icf[0], s->icf[1], s->ifc[0], s->ifc[1], s->ipr, s->cmee);
	buf_addf(out, "+CFUN:; +IPREX: %ld; ", s->iprex);
}

static void add_contexts(const struct pdp *p, struct buf *out)
{
	static const char *const types[PDP_TYPES] = { "IP", "PPP", "IPV6", "IPV4V6" };

	buf_adds(out, "+CGDCONT: ");
	for (size_t i = 0; i < p->n; i++) {
		const struct pdp_context *c = &p->context[i];
		const char *none = c->type == PDP_TYPE_IP ? "0.0.0.0" : "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0";

		buf_addf(out, "%s(%d,\"%s\",\"%s\",\"%s\",%d,%d,%d,%d)", i ? "," : "", c->cid, types[c->type], c->apn,
			 *c->address ? c->address : none, c->option[0], c->option[1], c->option[2], c->option[3]);
	}
	buf_adds(out, "; +CGDSCONT: ; +CGTFT: ; +CGEQREQ: ; +CGEQMIN: ; +CGEQOS: ; +CGQREQ: ; +CGQMIN: ; ");
	buf_addf(out, "+CGEREP: %d,%d; +CGDATA: \"PPP\"; +CGCLASS: \"A\"; +CGPIAF: 0,0,0,0; ", p->boot.report[0],
		 p->boot.report[1]);
}

static const char *charset(const struct sms *s)
{
	static const char *const names[SMS_CHARSETS] = { "IRA", "GSM", "UCS2" };

	return names[s->boot.set.charset];
}

static void add_calls(const struct modem *m, struct buf *out)
{
	const int *report = m->net->boot.report;
	const struct voice_settings *v = &m->voice->boot.set;

	buf_adds(out, "+SSIMSTAT: 0; +CBST: 0,0,1; +CRLP: (61,61,48,6,0),(61,61,48,6,1),(240,240,52,6,2); ");
	buf_addf(out, "+CV120: 1,1,1,0,0,0; +CHSN: 0,0,0,0; +CSSN: %d,%d; +CREG: %d; +CGREG: %d; +CEREG: %d; ", v->notice_mo,
		 v->notice_mt, report[NET_CS], report[NET_PS], report[NET_EPS]);
	buf_addf(out, "+CSCS: \"%s\"; +CSTA: %d; +CR: 0; +CRC: %d; ", charset(m->sms), v->type, v->cring);
}

static void add_messages(const struct modem *m, struct buf *out)
{
	const struct sms_settings *set = &m->sms->boot.set;
	const struct sms_address *centre = &m->sms->nv.centre;

	buf_addf(out, "+CGSMS: %d; +CSMS: %d; +CMGF: %d; +CSAS: 0; +CRES: 0; +CSCA: \"", set->sends_by, set->service,
		 set->text_mode);
	sms_address_text(centre, out);
	if (*centre->text)
		buf_addf(out, "\",%d; ", centre->type);
	else
		buf_adds(out, "\",; ");
	buf_addf(out, "+CSMP: ,,%d,%d; +CSDH: %d; +CSCB: %d,\"%s\",\"%s\"; +ES: ,,; +ESA: 0,,,,0,0,255,; ", set->pid, set->dcs,
		 set->show_header, set->cb_mode, set->cb_ids, set->cb_codings);
}

static void add_hardware(struct at_channel *at, struct buf *out)
{
	const struct modem *m = cmd_modem(at);
	long on = hw_get(m->hw, HW_RING_ON), urc = hw_get(m->hw, HW_RING_URC_MS), sms = hw_get(m->hw, HW_RING_SMS_MS);

	buf_addf(out, "+CMOD: 0; +CEMODE: 1; +CVHU: %d; ; ; ; ; ; ; +CSCLK: %ld; +CCUART: 0; ",
		 !m->voice->boot.set.hook, hw_get(m->hw, HW_SLEEP));
	buf_addf(out, "+CFGRI: %ld,%ld,%ld; +CUARTSD: 500; +CURCD: 0; +CUARTLOG: 0; +CUARTRM: 0; +CFGRIDTM: %ld,%ld; ", on,
		 urc, sms, urc, sms);
	buf_addf(out, "+CATR: %d; +CNMP: %ld; +CNRP: 255; +CNAOP: 2; +CNSDP: 2; +CNSMOD: %d; +CNLSA: 0; +CEXTEPLMN: 1; ",
		 cmd_host(at)->catr, m->net->nv.mode, m->net->boot.mode_report);
	buf_addf(out, "+CSQFMT: 1; +AUTOCSQ: %d,%d; +CSQDELTA: %d; +CPSI: %d; +CMGSI: 2; +CMGRMI: 4,0; ",
		 m->net->boot.csq_auto, m->net->boot.csq_mode, m->net->boot.csq_delta, m->net->boot.info_period_s);
}

static void add_position(const struct gnss *g, struct buf *out)
{
	buf_addf(out, "+MONI: 0; +CRUPSI: 0; +CRUSET: 0; +CGPS: %d,1; +CGPSMSB: 1; +CGPSINFO: %ld; ", gnss_is_on(g),
		 g->report[GNSS_REPORT_GPS].period_s);
	buf_addf(out, "+CGPSINFOCFG: %ld,%lu,0; +CGPSHOR: 50; +CGPSPMD: 65407; +CGPSXD: 0; +CGNSSINFO: %ld; ",
		 g->report[GNSS_REPORT_NMEA].period_s, g->boot.mask, g->report[GNSS_REPORT_GNSS].period_s);
}

static void add_sockets(const struct modem *m, struct buf *out)
{
	const struct socket_settings *set = &m->socket->boot.set;
	const struct pdp_context *c = pdp_context(m->pdp, 1);
	const long *config = set->config;

	buf_addf(out, "+CSOCKAUTH: 1,%d,\"%s\"; +CGAUTH: 1,%d,\"%s\"; ; ", c ? c->auth_type : 0, c ? c->auth_first : "",
		 c ? c->auth_type : 0, c ? c->auth_first : "");
	buf_addf(out, "+CIPHEAD: %ld; +CIPSRIP: %ld; +CIPCCFG: %ld,%ld,%ld,%ld,%ld,%ld,%ld; +CIPENSRXGET: %ld; +CIPMODE: %ld; ",
		 set->head, set->show_remote, config[0], config[1], config[2], config[3], config[4], config[5], config[6],
		 set->manual, set->transparent);
}

static void add_active(const struct pdp *p, struct buf *out)
{
	buf_addf(out, "+CGATT: %d; +CGACT", p->boot.attached);
	for (size_t i = 0; i < p->n; i++)
		buf_addf(out, "%s(%d,%d)", i ? "," : "", p->context[i].cid, pdp_is_active(p, p->context[i].cid));
	buf_adds(out, "; ");
}

static void add_memories(const struct modem *m, struct buf *out)
{
	static const char *const names[] = { "SM", "ME", "SR", "MT" };
	const struct sms_settings *set = &m->sms->boot.set;
	const int *tell = set->indicate;

	buf_addf(out, "+CPBS: \"%s\"; +CPMS: \"%s\",\"%s\",\"%s\"; +CNMI: %d,%d,%d,%d,%d; ", book_words[m->pb->boot.selected], names[set->mem[0]],
		 names[set->mem[1]], names[set->mem[2]], tell[0], tell[1], tell[2], tell[3], tell[4]);
}

static void add_services(const struct modem *m, struct buf *out)
{
	const struct voice_settings *v = &m->voice->boot.set;

	/* the password fields of the log were eight bytes 0xFF each */
	buf_adds(out, "+CPIN: \xff\xff\xff\xff\xff\xff\xff\xff,\xff\xff\xff\xff\xff\xff\xff\xff; "
		      "+CMEC: 0,0,0,0; +CIND: 0,4,1,1,0,0,1,0; +CMER: 0,0,0,0,0; ");
	add_active(m->pdp, out);
	add_memories(m, out);
	buf_addf(out, "+CMMS: 0; +CCUG: 0,0,0; +COPS: %d,%d,\"\"; +CUSD: %d; +CAOC: 1; +CCWA: %d; ",
		 (int)m->net->boot.select, m->net->boot.format, m->ussd->boot.report, v->waiting);
	buf_addf(out, "+CPOL: 0,2,\"\",0,0,0,0; +CPLS: 0; +CTZR: %d; +CTZU: %d; ", m->rtc->boot.report, m->rtc->nv.update);
	buf_addf(out, "+CLIP: %d; +COLP: %d; +CDIP: 0; +CLIR: %d; ", v->clip, v->colp, v->clir);
	buf_adds(out, "+CSDF: 1; +CEN: 0; +CPSMS: 0,\"\",\"\",\"\",\"\"; "
		      "+CEDRXS: 0,1,\"\"; +CCARDMA: 0; +STK: 0; +CSALPHA: 0; +MORING: 0; +CWAKEUPSMSSWITCH: 0; "
		      "+CFILTERSMSSWITCH: 0; *CNTI: 0; ^DSCI: 0; ^MODE: 0");
}

/* How many bytes of text make a line of at most width, the separator's blank not counted; always whole items. */
static size_t line_length(const char *text, size_t width)
{
	size_t n = strlen(text), end = 0;

	if (!width || n <= width)
		return n;
	for (const char *p = strstr(text, "; "); p && (!end || (size_t)(p - text) < width); p = strstr(p + 1, "; "))
		end = (size_t)(p - text) + 1;
	return end ? end : n;
}

static void print_wrapped(struct at_channel *at, const char *text)
{
	size_t width = (size_t)at_profile(at)->q.view_width;

	while (*text) {
		size_t n = line_length(text, width);

		at_row(at, "%.*s", (int)n, text);
		text += n;
		text += *text == ' ';
	}
}

static enum at_status view_exec(struct at_channel *at, const struct at_val *val)
{
	const struct modem *m = cmd_modem(at);
	struct buf text;

	(void)val;
	buf_init(&text, VIEW_MAX_BYTES);
	add_line(at, &text);
	add_calls(m, &text);
	add_contexts(m->pdp, &text);
	add_messages(m, &text);
	add_hardware(at, &text);
	add_position(m->gnss, &text);
	add_sockets(m, &text);
	add_services(m, &text);
	print_wrapped(at, buf_str(&text));
	buf_free(&text);
	return AT_STATUS_OK;
}

static const struct at_arg view_args[] = { { "value", AT_ARG_INT, 0, 0, .optional = true } };

const struct at_cmd cmd_view[] = {
	{ "&V", AT_ARGS(view_args), .exec = view_exec, .source = "public log, LM#340" },
	{ 0 },
};
