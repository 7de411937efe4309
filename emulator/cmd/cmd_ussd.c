/* AT+CUSD and +CUSD: what the network says to codes. M3 5.2, 27.007 7.15; coding schemes of 23.038 5. */
#include "cmd/cmd.h"

#include <errno.h>
#include <string.h>

#include "cmd/cmd_charset.h"
#include "cmd/cmd_sms.h"
#include "modem/ussd.h"

enum { REPORT_OFF, REPORT_ON, CANCEL, DCS_DEFAULT = 15, TYPED_MAX = 559, TEXT_BYTES = 3 * 640 };

static const struct at_arg cusd_args[] = {
	{ "n", AT_ARG_INT, REPORT_OFF, CANCEL },
	{ "str", AT_ARG_STR, 0, TYPED_MAX, .optional = true },
	{ "dcs", AT_ARG_INT, 0, 255, .optional = true },
};

static struct ussd *ussd(const struct at_channel *at)
{
	return cmd_modem(at)->ussd;
}

/* Of a cell broadcast data coding scheme. */
static enum sms_alphabet alphabet(int dcs)
{
	static const enum sms_alphabet general[] = { SMS_ALPHABET_GSM, SMS_ALPHABET_OCTETS, SMS_ALPHABET_UCS2,
						     SMS_ALPHABET_GSM };

	if (dcs >> 4 >= 4 && dcs >> 4 <= 7)
		return general[dcs >> 2 & 3];
	if (dcs >> 4 == 15)
		return dcs & 4 ? SMS_ALPHABET_OCTETS : SMS_ALPHABET_GSM;
	return dcs == 0x11 ? SMS_ALPHABET_UCS2 : SMS_ALPHABET_GSM;
}

static enum at_status cusd_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CUSD: %d", ussd(at)->boot.report);
	return AT_STATUS_OK;
}

static enum at_status cusd_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CUSD: (0-2)");
	return AT_STATUS_OK;
}

static enum at_status cusd_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	ussd_set_report(ussd(at), false);
	return AT_STATUS_OK;
}

static enum at_status sent(struct at_channel *at, int err)
{
	if (err == -EBUSY)
		return cmd_cme(at, CMD_CME_NOT_ALLOWED, "the network has not answered the last one yet (AT+CUSD=2)");
	if (err)
		return cmd_cme(at, CMD_CME_NO_NETWORK, "not registered for calls (AT+CREG?)");
	return AT_STATUS_OK;
}

static enum at_status say(struct at_channel *at, const struct at_val *val)
{
	int dcs = val[2].given ? (int)val[2].num : DCS_DEFAULT, err;
	enum at_status status;
	struct buf text;

	if (alphabet(dcs) == SMS_ALPHABET_OCTETS)
		return cmd_error(at, "dcs %d is for octets, the network has codes in text alone", dcs);
	buf_init(&text, TEXT_BYTES);
	if (alphabet(dcs) == SMS_ALPHABET_UCS2)
		err = cmd_charset_take_hex(val[1].str, val[1].len, PHONE_USSD_MAX, &text);
	else
		err = cmd_charset_take(at, val[1].str, val[1].len, PHONE_USSD_MAX, &text);
	status = err ? cmd_error(at, "%.40s is no UCS-2 in hex, which AT+CSCS or dcs demands", val[1].str)
		     : sent(at, ussd_send(ussd(at), buf_str(&text)));
	buf_free(&text);
	return status;
}

static enum at_status cusd_write(struct at_channel *at, const struct at_val *val)
{
	if (val[0].num == CANCEL) {
		ussd_cancel(ussd(at));
		return AT_STATUS_OK;
	}
	ussd_set_report(ussd(at), val[0].num == REPORT_ON);
	return val[1].given ? say(at, val) : AT_STATUS_OK;
}

const struct at_cmd cmd_ussd[] = {
	{ "+CUSD", AT_ARGS(cusd_args), .exec = cusd_exec, .read = cusd_read, .test = cusd_test, .write = cusd_write,
	  .needs = CMD_NEEDS_SIM, .source = "M3 5.2" },
	{ 0 },
};

static void add_line(struct at_channel *at, const struct modem_event *ev, struct buf *line)
{
	buf_addf(line, "+CUSD: %d", ev->code);
	if (!ev->topic)
		return;
	buf_adds(line, ",\"");
	if (alphabet((int)ev->size) == SMS_ALPHABET_UCS2)
		cmd_charset_add_hex(ev->topic, line);
	else
		cmd_charset_add(at, ev->topic, line);
	buf_addf(line, "\",%zu", ev->size);
}

void cmd_ussd_event(struct cmd_host *h, const struct modem_event *ev)
{
	struct buf line, out;

	if (!h->modem->ussd->boot.report)
		return;
	buf_init(&line, 4096);
	buf_init(&out, 4096);
	for (size_t i = 0; i < h->n; i++) {
		if (!cmd_takes_urcs(h, i))
			continue;
		buf_reset(&line);
		buf_reset(&out);
		add_line(h->channel[i], ev, &line);
		cmd_sms_frame(h->channel[i], &out, &line);
		at_urc_raw(h->channel[i], out.data, out.len);
	}
	buf_free(&line);
	buf_free(&out);
}
