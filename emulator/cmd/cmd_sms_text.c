/* Messages between octets and lines: character sets, numbers, bodies, and the fields in front of them. 27.005 3.1. */
#include "cmd/cmd_sms.h"

#include <string.h>

#include "base/str.h"
#include "modem/sms_text.h"

/* --- character sets ---------------------------------------------------------------------------------------------- */

void cmd_sms_add_hex(struct buf *out, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%02X", p[i]);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

long cmd_sms_unhex(const char *text, size_t n, uint8_t *out, size_t max)
{
	size_t digits = 0;

	for (size_t i = 0; i < n; i++) {
		int d = hex_digit(text[i]);

		if (text[i] == ' ' || text[i] == '\r' || text[i] == '\n')
			continue;
		if (d < 0 || digits == max * 2)
			return -1;
		out[digits / 2] = (uint8_t)(digits % 2 ? out[digits / 2] | d : d << 4);
		digits++;
	}
	return digits % 2 ? -1 : (long)(digits / 2);
}

static void add_unit(struct buf *out, enum sms_charset charset, uint16_t c)
{
	uint8_t septet[2];
	size_t n;

	switch (charset) {
	case SMS_CHARSET_IRA:
		buf_addc(out, c < 0x80 ? (char)c : '?');
		break;
	case SMS_CHARSET_GSM:
		n = sms_gsm_encode(c, septet);
		buf_add(out, n ? (const char *)septet : "?", n ? n : 1);
		break;
	case SMS_CHARSET_UCS2:
	case SMS_CHARSETS:
		buf_addf(out, "%04X", c);
		break;
	}
}

void cmd_sms_add_units(struct buf *out, enum sms_charset charset, const uint16_t *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_unit(out, charset, c[i]);
}

long cmd_sms_units(enum sms_charset charset, const char *text, size_t n, uint16_t *out, size_t max)
{
	uint8_t octets[2 * 2 * SMS_SEPTETS_MAX];
	long len;

	if (charset == SMS_CHARSET_UCS2) {
		len = cmd_sms_unhex(text, n, octets, sizeof(octets) < max * 2 ? sizeof(octets) : max * 2);
		for (long i = 0; i < len / 2; i++)
			out[i] = (uint16_t)(octets[i * 2] << 8 | octets[i * 2 + 1]);
		return len < 0 || len % 2 ? -1 : len / 2;
	}
	if (n > max)
		return -1;
	if (charset == SMS_CHARSET_GSM)
		return (long)sms_gsm_decode((const uint8_t *)text, n, out);
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)text[i] < 0x80 ? (unsigned char)text[i] : '?';
	return (long)n;
}

/* --- numbers ----------------------------------------------------------------------------------------------------- */

bool cmd_sms_address(const struct sms_settings *set, const struct at_val *v, const struct at_val *type,
		     struct sms_address *a)
{
	uint16_t c[SMS_DIGITS_MAX + 1];
	char text[SMS_DIGITS_MAX + 1];
	long n = cmd_sms_units(set->charset, v->str, v->len, c, sizeof(c) / sizeof(c[0]));

	if (n < 0)
		return false;
	for (long i = 0; i < n; i++) {
		if (c[i] >= 0x80)
			return false;
		text[i] = (char)c[i];
	}
	if (!sms_address_set(a, text, (size_t)n))
		return false;
	if (type && type->given)
		a->type = (uint8_t)type->num;
	return true;
}

void cmd_sms_add_address(struct buf *out, const struct sms_settings *set, const struct sms_address *a)
{
	uint16_t c[SMS_ADDRESS_TEXT];
	struct buf text;
	long n;

	buf_init(&text, SMS_ADDRESS_TEXT + 1);
	sms_address_text(a, &text);
	n = sms_utf8_decode(buf_str(&text), text.len, c, SMS_ADDRESS_TEXT);
	buf_addc(out, '"');
	cmd_sms_add_units(out, set->charset, c, n < 0 ? 0 : (size_t)n);
	buf_addc(out, '"');
	buf_free(&text);
}

/* --- bodies ------------------------------------------------------------------------------------------------------ */

/* Entered as hex: octets of another alphabet, or user data that brings its own header. */
static int octets_body(struct sms_tpdu *t, const uint8_t *header, size_t header_len, const char *text, size_t n,
		       const char **why)
{
	uint8_t octets[SMS_UD_MAX];
	long len = cmd_sms_unhex(text, n, octets, sizeof(octets));

	*why = "not hex of at most 140 octets, which its coding scheme demands";
	if (len < 0)
		return CMD_CMS_TEXT;
	*why = "longer than a message takes";
	if (!sms_ud_set_octets(t, header, header_len, octets, (size_t)len))
		return CMD_CMS_TEXT;
	if (sms_dcs_alphabet(t->dcs) == SMS_ALPHABET_GSM)
		t->udl = (uint8_t)(len * 8 / 7);
	return 0;
}

static size_t septets_of(const uint16_t *c, size_t n, uint8_t *septet)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = sms_gsm_encode(c[i], septet + len);

		if (!k)
			septet[len] = '?', k = 1;
		len += k;
	}
	return len;
}

int cmd_sms_body(struct at_channel *at, struct sms_tpdu *t, const uint8_t *header, size_t header_len, const char *text,
		 size_t n, const char **why)
{
	const struct sms_settings *set = cmd_sms_set_of(at);
	uint8_t septet[2 * SMS_SEPTETS_MAX + 2];
	uint16_t c[SMS_SEPTETS_MAX];
	long units;

	if (sms_dcs_alphabet(t->dcs) != SMS_ALPHABET_GSM || (t->fo & SMS_FO_HEADER && !header_len))
		return octets_body(t, header, header_len, text, n, why);
	units = cmd_sms_units(set->charset, text, n, c, SMS_SEPTETS_MAX);
	*why = "not UCS-2 in hex";
	if (units < 0 && set->charset == SMS_CHARSET_UCS2 && n <= 4 * SMS_SEPTETS_MAX)
		return CMD_CMS_TEXT;
	*why = "longer than a message takes";
	if (units < 0 || !sms_ud_set_septets(t, header, header_len, septet, septets_of(c, (size_t)units, septet)))
		return (int)at_profile(at)->q.sms_too_long_code;
	return 0;
}

static void add_septets(struct buf *out, const struct sms_settings *set, const struct sms_tpdu *t)
{
	uint8_t septet[SMS_SEPTETS_MAX];
	uint16_t c[SMS_SEPTETS_MAX];
	size_t n = sms_ud_septets(t, septet);

	if (set->charset == SMS_CHARSET_GSM)
		buf_add(out, septet, n);
	else
		cmd_sms_add_units(out, set->charset, c, sms_gsm_decode(septet, n, c));
}

static void add_body(struct buf *out, const struct at_channel *at, const struct sms_tpdu *t)
{
	bool as_text = at_profile(at)->q.sms_header_text == QUIRK_sms_header_text_text;
	size_t skip = as_text ? sms_ud_header(t) : 0;

	if (sms_dcs_alphabet(t->dcs) == SMS_ALPHABET_GSM && (as_text || !sms_ud_header(t)))
		add_septets(out, cmd_sms_set_of(at), t);
	else
		cmd_sms_add_hex(out, t->ud + skip, sms_ud_octets(t) - skip);
}

/* --- fields ------------------------------------------------------------------------------------------------------ */

static void add_time(struct buf *out, const uint8_t *time)
{
	buf_addc(out, '"');
	sms_time_text(time, out);
	buf_addc(out, '"');
}

/* <tooa>,<fo>,<pid>,<dcs>,[<vp>,]<sca>,<tosca>,<length> */
static void add_details(struct buf *out, const struct sms_settings *set, const struct sms_tpdu *t,
			const struct sms_address *centre)
{
	buf_addf(out, ",%u,%u,%u,%u,", t->address.type, t->fo, t->pid, t->dcs);
	if (t->type == SMS_TYPE_SUBMIT) {
		if ((t->fo & SMS_FO_VPF) == 0x10)
			buf_addf(out, "%u", t->vp[0]);
		else if ((t->fo & SMS_FO_VPF) == SMS_FO_VPF)
			add_time(out, t->vp);
		buf_addc(out, ',');
	}
	cmd_sms_add_address(out, set, centre);
	buf_addf(out, ",%u,%u", *centre->text ? centre->type : SMS_TYPE_UNKNOWN, t->udl);
}

/* <fo>,<mr>,<ra>,<tora>,<scts>,<dt>,<st> */
static void add_report(struct buf *out, const struct sms_settings *set, const struct sms_tpdu *t)
{
	buf_addf(out, "%u,%u,", t->fo, t->mr);
	cmd_sms_add_address(out, set, &t->address);
	buf_addf(out, ",%u,", t->address.type);
	add_time(out, t->time);
	buf_addc(out, ',');
	add_time(out, t->discharge);
	buf_addf(out, ",%u", t->status);
}

/* The octets in two lines: what stands before the length, the length, the whole in hex. */
static void add_pdu(struct buf *out, const char *before, const uint8_t *pdu, size_t len)
{
	struct sms_address centre;

	buf_addf(out, "%s%zu\r\n", before, len - sms_sca_parse(pdu, len, &centre));
	cmd_sms_add_hex(out, pdu, len);
}

static const char *const stat_words[] = { "REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL" };

void cmd_sms_add_read(struct buf *out, const struct at_channel *at, const struct sms_message *msg)
{
	const struct sms_settings *set = cmd_sms_set_of(at);
	struct sms_address centre;
	struct sms_tpdu t;

	sms_parse(msg, &centre, &t);
	if (!set->text_mode) {
		buf_addf(out, "%s: %d,,", at_command(at)->name, (int)msg->stat);
		add_pdu(out, "", msg->pdu, msg->len);
		return;
	}
	buf_addf(out, "%s: \"%s\",", at_command(at)->name, stat_words[msg->stat]);
	if (t.type == SMS_TYPE_REPORT) {
		add_report(out, set, &t);
		return;
	}
	cmd_sms_add_address(out, set, &t.address);
	buf_adds(out, ",\"\"");
	if (t.type == SMS_TYPE_DELIVER) {
		buf_addc(out, ',');
		add_time(out, t.time);
	}
	if (set->show_header)
		add_details(out, set, &t, &centre);
	buf_adds(out, "\r\n");
	add_body(out, at, &t);
}

void cmd_sms_add_list(struct buf *out, const struct at_channel *at, int index, const struct sms_message *msg)
{
	const struct sms_settings *set = cmd_sms_set_of(at);
	struct sms_address centre;
	struct sms_tpdu t;

	sms_parse(msg, &centre, &t);
	if (!set->text_mode) {
		buf_addf(out, "+CMGL: %d,%d,,", index, (int)msg->stat);
		add_pdu(out, "", msg->pdu, msg->len);
		return;
	}
	buf_addf(out, "+CMGL: %d,\"%s\",", index, stat_words[msg->stat]);
	if (t.type == SMS_TYPE_REPORT) {
		add_report(out, set, &t);
		return;
	}
	cmd_sms_add_address(out, set, &t.address);
	buf_adds(out, ",\"\",");
	if (t.type == SMS_TYPE_DELIVER)
		add_time(out, t.time);
	if (set->show_header)
		buf_addf(out, ",%u,%u", t.address.type, t.udl);
	buf_adds(out, "\r\n");
	add_body(out, at, &t);
}

void cmd_sms_frame(struct at_channel *at, struct buf *out, const struct buf *lines)
{
	if (at_settings(at)->verbose)
		buf_adds(out, "\r\n");
	buf_add(out, lines->data, lines->len);
	buf_adds(out, "\r\n");
}

void cmd_sms_write(struct at_channel *at, const struct buf *lines)
{
	struct buf out;

	buf_init(&out, lines->len + 4);
	cmd_sms_frame(at, &out, lines);
	at_raw(at, out.data, out.len);
	buf_free(&out);
}

int cmd_sms_stat(const struct sms_settings *set, const struct at_val *v)
{
	long long number;

	for (int i = 0; set->text_mode && i <= SMS_STATS; i++) {
		if (str_ieq(v->str, v->len, stat_words[i]))
			return i;
	}
	if (!set->text_mode && !str_to_num(v->str, v->len, 0, SMS_STATS, &number))
		return (int)number;
	return -1;
}

/* --- messages and reports for the host --------------------------------------------------------------------------- */

static void add_routed(struct buf *out, const struct at_channel *at, const uint8_t *pdu, size_t len, bool report)
{
	const struct sms_settings *set = cmd_sms_set_of(at);
	struct sms_address centre;
	struct sms_tpdu t;
	size_t n = sms_sca_parse(pdu, len, &centre);

	sms_tpdu_parse(pdu + n, len - n, false, &t);
	buf_adds(out, report ? "+CDS: " : "+CMT: ");
	if (!set->text_mode) {
		add_pdu(out, report ? "" : ",", pdu, len);
		return;
	}
	if (report) {
		add_report(out, set, &t);
		return;
	}
	cmd_sms_add_address(out, set, &t.address);
	buf_adds(out, ",,");
	add_time(out, t.time);
	if (set->show_header)
		add_details(out, set, &t, &centre);
	buf_adds(out, "\r\n");
	add_body(out, at, &t);
}

static void routed(struct cmd_host *h, const struct modem_event *ev)
{
	struct buf lines, out;

	buf_init(&lines, 2048);
	buf_init(&out, 2048);
	for (size_t i = 0; i < h->n; i++) {
		if (!cmd_takes_urcs(h, i))
			continue;
		buf_reset(&lines);
		buf_reset(&out);
		add_routed(&lines, h->channel[i], ev->payload, ev->payload_len, ev->code != 0);
		cmd_sms_frame(h->channel[i], &out, &lines);
		at_urc_raw(h->channel[i], out.data, out.len);
	}
	buf_free(&lines);
	buf_free(&out);
}

/* What a command waits for: the reference under its own name, or what the network had against it. */
static void sent(struct cmd_host *h, const struct modem_event *ev)
{
	struct at_channel *at = cmd_waiting(h, CMD_TAG_SMS + ev->index);

	if (!at)
		return;
	if (!ev->code)
		at_info(at, "%s: %zu", at_command(at)->name, ev->size);
	at_finish(at, ev->code ? at_cms(at, ev->code) : AT_STATUS_OK);
}

/* Slot -1: a message that is in no memory, as the SIM7000G tells it. */
static void told(struct cmd_host *h, const char *name, enum sms_mem mem, int index)
{
	if (index < 0)
		cmd_urc(h, "%s: ,%d", name, index);
	else
		cmd_urc(h, "%s: \"%s\",%d", name, cmd_sms_mem_name(mem), index);
}

void cmd_sms_event(struct cmd_host *h, const struct modem_event *ev)
{
	if (ev->type == MODEM_EVENT_SMS_SENT)
		sent(h, ev);
	else if (ev->type == MODEM_EVENT_SMS_ROUTED)
		routed(h, ev);
	else if (ev->type == MODEM_EVENT_SMS_STORED)
		told(h, ev->code == SMS_MEM_SR ? "+CDSI" : "+CMTI", (enum sms_mem)ev->code, ev->index);
}
