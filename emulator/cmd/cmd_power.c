/*
 * Functionality, reset, power-off, supply; and what boot and death mean for the channels. at-general 3 and 15a.
 */
#include "cmd/cmd.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "modem/net.h"
#include "modem/power.h"
#include "modem/voice.h"

static const struct at_arg cfun_args[] = {
	{ "fun", AT_ARG_INT, 0, 7, .range_text = "(0,1,4-7)" },
	{ "rst", AT_ARG_INT, 0, 1, .optional = true },
};

static enum at_status cfun_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CFUN: %d", (int)cmd_modem(at)->net->boot.fun);
	return AT_STATUS_OK;
}

static enum at_status cfun_write(struct at_channel *at, const struct at_val *val)
{
	struct modem *m = cmd_modem(at);
	long fun = (long)val[0].num;

	if (fun == 2 || fun == 3 || (val[1].num && fun != NET_FUN_FULL))
		return AT_STATUS_ERROR;
	/* "must execute AT+CFUN=6 or restart" (AT manual V1.12 4.1) */
	if (m->net->boot.fun == NET_FUN_OFFLINE && fun != NET_FUN_OFFLINE && fun != NET_FUN_RESET && !val[1].num)
		return cmd_cme(at, CMD_CME_NOT_ALLOWED, "offline mode ends with a reset");
	if (fun == NET_FUN_RESET || val[1].num)
		power_down(m->power, true);
	else
		net_set_fun(m->net, (enum net_fun)fun);
	return AT_STATUS_OK;
}

static enum at_status creset_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	power_down(cmd_modem(at)->power, true);
	return AT_STATUS_OK;
}

static enum at_status cpof_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	power_down(cmd_modem(at)->power, false);
	return AT_STATUS_OK;
}

static enum at_status cbc_exec(struct at_channel *at, const struct at_val *val)
{
	long mv = cmd_modem(at)->power->battery_mv;

	(void)val;
	at_info(at, "+CBC: %ld.%03ldV", mv / 1000, mv % 1000);
	return AT_STATUS_OK;
}

static enum at_status cpmutemp_exec(struct at_channel *at, const struct at_val *val)
{
	struct why why = { 0 };

	(void)val;
	if (at_profile(at)->q.cpmutemp_error) {
		profile_why(at_profile(at), QUIRK_ID_cpmutemp_error, &why, "hw", "this build does not tell its temperature");
		trace_why(cmd_modem(at)->trace, "hw", -1, "ERROR without a code", &why);
		return AT_STATUS_ERROR;
	}
	at_info(at, "+CPMUTEMP: %d", cmd_modem(at)->power->temperature_c);
	return AT_STATUS_OK;
}

/* Phone activity: ready, ringing, in a call. */
static enum at_status cpas_exec(struct at_channel *at, const struct at_val *val)
{
	struct voice *v = cmd_modem(at)->voice;

	(void)val;
	at_info(at, "+CPAS: %d", voice_find(v, VOICE_RINGING) ? 3 : voice_find(v, VOICE_ANY) ? 4 : 0);
	return AT_STATUS_OK;
}

static enum at_status cpas_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CPAS: (0,3,4)");
	return AT_STATUS_OK;
}

const struct at_cmd cmd_power[] = {
	{ "+CFUN", AT_ARGS(cfun_args), .read = cfun_read, .write = cfun_write, .source = "M3 3.2.1" },
	{ "+CRESET", .exec = creset_exec, .source = "M3 3.2.13" },
	{ "+CPOF", .exec = cpof_exec, .source = "M3 3.2.12" },
	{ "+CBC", .exec = cbc_exec, .source = "M3 19.2.11" },
	{ "+CPMUTEMP", .exec = cpmutemp_exec, .source = "M3 19.2" },
	{ "+CPAS", .exec = cpas_exec, .test = cpas_test, .source = "M3 3.2" },
	{ 0 },
};

/* --- boot and death ---------------------------------------------------------------------------------------------- */

static void enable(struct cmd_host *h, bool on)
{
	for (size_t i = 0; i < h->n; i++) {
		at_enable(h->channel[i], on);
		if (on)
			at_reset(h->channel[i]);
	}
	h->catr = 0;
	h->cmux = (struct cmd_cmux){ 0 };
}

/* A UART that has just got its supply spits before it speaks (OVMS cold boot, at-general 20.10). */
static void send_noise(const struct cmd_host *h, struct at_channel *at)
{
	const struct word_list *noise = &h->modem->profile->q.boot_noise;
	long long byte;
	struct buf b;

	buf_init(&b, 256);
	for (size_t i = 0; i < noise->n; i++) {
		if (!str_to_num_any(noise->word[i], strlen(noise->word[i]), 0, 255, &byte))
			buf_addc(&b, (char)byte);
	}
	if (b.len)
		at_urc_raw(at, b.data, b.len);
	buf_free(&b);
}

/* Not while the host's speed is looked for (M3 1.4). Both are the UART's: a USB port that can be opened belongs to a modem that has started (at-general 3, TS#90). */
static void say_ready(struct cmd_host *h)
{
	const char *text = h->modem->profile->q.boot_ready;

	for (size_t i = 0; i < h->n; i++) {
		if (h->port[i] != CMD_PORT_UART)
			continue;
		send_noise(h, h->channel[i]);
		if (*text && at_settings(h->channel[i])->ipr)
			at_urc(h->channel[i], "%s", text);
	}
}

void cmd_power_event(struct cmd_host *h, const struct modem_event *ev)
{
	if (ev->type == MODEM_EVENT_POWERED_OFF || ev->type == MODEM_EVENT_REBOOT) {
		enable(h, false);
	} else if (ev->type == MODEM_EVENT_BOOT_LINE) {
		cmd_urc(h, "%s", strchr(h->modem->profile->q.boot_lines.word[ev->index], ':') + 1);
	} else if (ev->type == MODEM_EVENT_WARM) {
		enable(h, true);
	} else if (ev->type == MODEM_EVENT_READY) {
		enable(h, true);
		say_ready(h);
	}
}
