/* The SIM: PIN, locks, numbers on the card. at-general 4 and 5. */
#include "cmd/cmd.h"

#include <string.h>

#include "base/str.h"
#include "modem/net.h"
#include "modem/sim.h"

static struct sim *sim(const struct at_channel *at)
{
	return cmd_modem(at)->sim;
}

/* The CME code is the profile's while the card is being read: builds differ (14, on the A7670 13 then 14). */
static enum at_status busy(struct at_channel *at, enum quirk_id quirk, long code, const char *text)
{
	struct modem *m = cmd_modem(at);
	const char *meaning = at_cme_text((int)code);
	struct why why = { 0 };

	profile_why(m->profile, quirk, &why, "state", "%s", text);
	trace_why(m->trace, "cme", (int)code, meaning ? meaning : "", &why);
	return at_cme(at, (int)code);
}

static enum at_status being_read(struct at_channel *at)
{
	const struct quirks *q = &at_profile(at)->q;

	if (sim_refuse_early(sim(at)))
		return busy(at, QUIRK_ID_cpin_early, q->cpin_early, "the SIM is still being read");
	return busy(at, QUIRK_ID_cpin_early_again, q->cpin_early_again, "the SIM is still being read");
}

enum at_status cmd_sim_error(struct at_channel *at, enum sim_err err)
{
	const struct quirks *q = &at_profile(at)->q;

	switch (err) {
	case SIM_ERR_ABSENT:
		return cmd_cme(at, CMD_CME_NO_SIM, "no SIM in the slot");
	case SIM_ERR_BUSY:
		return being_read(at);
	case SIM_ERR_OFF:
		return busy(at, QUIRK_ID_sim_off_code, q->sim_off_code, "the SIM is switched off by AT+CFUN=0");
	case SIM_ERR_PIN:
		return cmd_cme(at, CMD_CME_SIM_PIN, "the SIM waits for its PIN");
	case SIM_ERR_PUK:
		return cmd_cme(at, CMD_CME_SIM_PUK, "the PIN is blocked, the SIM waits for its PUK");
	case SIM_ERR_FAILURE:
		return cmd_cme(at, CMD_CME_SIM_FAILURE, "the SIM does not work");
	case SIM_ERR_PASSWORD:
		return cmd_cme(at, CMD_CME_PASSWORD, "wrong code; left: PIN %d, PUK %d", sim(at)->nv.pin_left,
			       sim(at)->nv.puk_left);
	case SIM_ERR_NOT_ALLOWED:
	case SIM_ERR_NONE:
		break;
	}
	return cmd_cme(at, CMD_CME_NOT_ALLOWED, "the SIM is %s", sim_state_name(sim(at)));
}

/* OK, or what the SIM says. */
static enum at_status done(struct at_channel *at, enum sim_err err)
{
	return err ? cmd_sim_error(at, err) : AT_STATUS_OK;
}

static const struct at_arg cpin_args[] = {
	{ "pin", AT_ARG_STR, 4, SIM_PIN_MAX },
	{ "newpin", AT_ARG_STR, 4, SIM_PIN_MAX, .optional = true },
};

static enum at_status cpin_read(struct at_channel *at, const struct at_val *val)
{
	enum sim_err err = sim_check(sim(at));

	(void)val;
	if (err && err != SIM_ERR_PIN && err != SIM_ERR_PUK)
		return cmd_sim_error(at, err);
	at_info(at, "+CPIN: %s", err == SIM_ERR_PIN ? "SIM PIN" : err == SIM_ERR_PUK ? "SIM PUK" : "READY");
	return AT_STATUS_OK;
}

static enum at_status cpin_write(struct at_channel *at, const struct at_val *val)
{
	if (val[1].given)
		return done(at, sim_enter_puk(sim(at), val[0].str, val[1].str));
	return done(at, sim_enter_pin(sim(at), val[0].str));
}

static enum at_status ok_test(struct at_channel *at, const struct at_val *val)
{
	(void)at;
	(void)val;
	return AT_STATUS_OK;
}

/* --- locks ------------------------------------------------------------------------------------------------------- */

#define FACILITIES                                                                                                    \
	"\"SC\",\"AO\",\"OI\",\"OX\",\"AI\",\"IR\",\"AB\",\"AG\",\"AC\",\"FD\",\"PN\",\"PU\",\"PP\",\"PC\",\"PF\""

static const char *const facilities[] = { "SC", "AO", "OI", "OX", "AI", "IR", "AB", "AG", "AC", "FD", "PN",
					  "PU", "PP", "PC", "PF" };

enum { FACILITY_SC, FACILITIES_N = sizeof(facilities) / sizeof(facilities[0]) };

static const struct at_arg clck_args[] = {
	{ "fac", AT_ARG_STR, 2, 2 },
	{ "mode", AT_ARG_INT, 0, 2 },
	{ "passwd", AT_ARG_STR, 4, SIM_PIN_MAX, .optional = true },
	{ "class", AT_ARG_INT, 1, 255, .optional = true },
};

static int facility(const struct at_val *v)
{
	int i;

	for (i = 0; i < FACILITIES_N && !str_ieq(v->str, v->len, facilities[i]); i++)
		;
	return i;
}

static enum at_status clck_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CLCK: (" FACILITIES ")");
	return AT_STATUS_OK;
}

/* Only the SIM's own lock can be set; the others are never locked here. */
static enum at_status clck_write(struct at_channel *at, const struct at_val *val)
{
	int fac = facility(&val[0]);

	if (fac == FACILITIES_N)
		return AT_STATUS_ERROR;
	if (val[1].num == 2) {
		at_info(at, "+CLCK: %d", fac == FACILITY_SC && sim(at)->nv.locked);
		return AT_STATUS_OK;
	}
	if (fac != FACILITY_SC)
		return cmd_cme(at, CMD_CME_NOT_ALLOWED, "facility %s cannot be locked on this SIM", facilities[fac]);
	if (!val[2].given)
		return AT_STATUS_ERROR;
	return done(at, sim_set_lock(sim(at), val[1].num != 0, val[2].str));
}

static const struct at_arg cpwd_args[] = {
	{ "fac", AT_ARG_STR, 2, 2 },
	{ "oldpwd", AT_ARG_STR, 4, SIM_PIN_MAX },
	{ "newpwd", AT_ARG_STR, 4, SIM_PIN_MAX },
};

static enum at_status cpwd_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CPWD: (\"AB\",4),(\"AC\",4),(\"AG\",4),(\"AI\",4),(\"AO\",4),(\"IR\",4),(\"OI\",4),(\"OX\",4),"
		    "(\"SC\",8),(\"P2\",8)");
	return AT_STATUS_OK;
}

static enum at_status cpwd_write(struct at_channel *at, const struct at_val *val)
{
	if (facility(&val[0]) != FACILITY_SC)
		return AT_STATUS_ERROR;
	return done(at, sim_change_pin(sim(at), val[1].str, val[2].str));
}

static enum at_status spic_exec(struct at_channel *at, const struct at_val *val)
{
	const struct sim *s = sim(at);

	(void)val;
	if (s->boot.state == SIM_ABSENT || s->boot.state == SIM_OFF)
		return cmd_sim_error(at, sim_check(s));
	/* No PIN2 on the modelled card: the manual's example shows 0 tries for it. */
	at_info(at, "+SPIC: %d,%d,0,10", s->nv.pin_left, s->nv.puk_left);
	return AT_STATUS_OK;
}

/* --- what is on the card ------------------------------------------------------------------------------------------ */

/* Can be read without the PIN, not without the card (V1.01, column "SIM PIN"). */
static enum at_status iccid_exec(struct at_channel *at, const struct at_val *val)
{
	enum sim_err err = sim_check(sim(at));

	(void)val;
	if (err && err != SIM_ERR_PIN && err != SIM_ERR_PUK)
		return cmd_sim_error(at, err);
	at_info(at, "+ICCID: %s", at_profile(at)->id.iccid);
	return AT_STATUS_OK;
}

static enum at_status imsi_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "%s", at_profile(at)->id.imsi);
	return AT_STATUS_OK;
}

static enum at_status cspn_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CSPN: \"%s\",0", sim(at)->provider);
	return AT_STATUS_OK;
}

const struct at_cmd cmd_sim[] = {
	{ "+CPIN", AT_ARGS(cpin_args), .read = cpin_read, .test = ok_test, .write = cpin_write, .source = "M3 6.2.2" },
	{ "+CLCK", AT_ARGS(clck_args), .test = clck_test, .write = clck_write, .needs = CMD_NEEDS_SIM,
	  .source = "M3 6.2.3; list of facilities guess" },
	{ "+CPWD", AT_ARGS(cpwd_args), .test = cpwd_test, .write = cpwd_write, .needs = CMD_NEEDS_SIM,
	  .source = "M3 6.2.4, AT manual V1.12 5.4" },
	{ "+SPIC", .exec = spic_exec, .source = "M3 6.2" },
	{ "+CICCID", .exec = iccid_exec, .source = "M3 6.2.1" },
	{ "+ICCID", .exec = iccid_exec, .source = "OV#720" },
	{ "+CIMI", .exec = imsi_exec, .needs = CMD_NEEDS_SIM, .source = "M3 2.2.33" },
	{ "+CIMIM", .exec = imsi_exec, .needs = CMD_NEEDS_SIM,
	  .source = "M3 2.2.34; that both numbers of a card with one are the same: guess" },
	{ "+CSPN", .read = cspn_read, .needs = CMD_NEEDS_SIM, .source = "M3 6.2" },
	{ 0 },
};

void cmd_sim_event(struct cmd_host *h, const struct modem_event *ev)
{
	if (ev->type == MODEM_EVENT_SIM_READY)
		cmd_urc(h, "+CPIN: READY");
	else if (ev->type == MODEM_EVENT_SIM_PIN)
		cmd_urc(h, "+CPIN: %s", ev->code ? "SIM PUK" : "SIM PIN");
	else if (ev->type == MODEM_EVENT_SIM_REMOVED)
		cmd_urc(h, "+SIMCARD: NOT AVAILABLE");
	else if (ev->type == MODEM_EVENT_SMS_DONE)
		cmd_urc(h, "SMS DONE");
	else if (ev->type == MODEM_EVENT_PB_DONE)
		cmd_urc(h, "PB DONE");
}
