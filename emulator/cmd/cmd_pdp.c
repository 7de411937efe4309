/* PDP contexts and attach. at-general 6. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "modem/net.h"
#include "modem/pdp.h"

#define CIDS_TEXT "(1-24,100-179)"

static struct pdp *pdp(const struct at_channel *at)
{
	return cmd_modem(at)->pdp;
}

static const char *const type_names[PDP_TYPES] = {
	[PDP_TYPE_IP] = "IP", [PDP_TYPE_PPP] = "PPP", [PDP_TYPE_IPV6] = "IPV6", [PDP_TYPE_IPV4V6] = "IPV4V6",
};

/* What a printable argument may hold; the rest would not survive being stored. */
static bool printable(const struct at_val *v)
{
	for (size_t i = 0; i < v->len; i++) {
		if ((unsigned char)v->str[i] < 0x20 || v->str[i] == 0x7f)
			return false;
	}
	return true;
}

/* --- AT+CGDCONT -------------------------------------------------------------------------------------------------- */

static const struct at_arg cgdcont_args[] = {
	{ "cid", AT_ARG_INT, 1, PDP_CID_MAX },
	{ "type", AT_ARG_QSTR, 2, 6, .optional = true },
	{ "apn", AT_ARG_STR, 0, PDP_APN_MAX, .optional = true },
	{ "addr", AT_ARG_STR, 0, PDP_ADDRESS_MAX, .optional = true },
	{ "d_comp", AT_ARG_INT, 0, 2, .optional = true },
	{ "h_comp", AT_ARG_INT, 0, 4, .optional = true },
	{ "ipv4_ctrl", AT_ARG_INT, 0, 1, .optional = true },
	{ "emergency", AT_ARG_INT, 0, 1, .optional = true },
};

static const char *shown_address(const struct pdp_context *c)
{
	if (*c->address)
		return c->address;
	return c->type == PDP_TYPE_IP || c->type == PDP_TYPE_PPP ? "0.0.0.0" : "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0";
}

static enum at_status cgdcont_read(struct at_channel *at, const struct at_val *val)
{
	const struct pdp *p = pdp(at);

	(void)val;
	for (size_t i = 0; i < p->n; i++) {
		const struct pdp_context *c = &p->context[i];

		at_row(at, "+CGDCONT: %d,\"%s\",\"%s\",\"%s\",%d,%d,%d,%d", c->cid, type_names[c->type], c->apn,
		       shown_address(c), c->option[0], c->option[1], c->option[2], c->option[3]);
	}
	return AT_STATUS_OK;
}

static enum at_status cgdcont_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	for (int t = 0; t < PDP_TYPES; t++)
		at_row(at, "+CGDCONT: " CIDS_TEXT ",\"%s\",,,(0-2),(0-4),(0-1),(0-1)", type_names[t]);
	return AT_STATUS_OK;
}

static bool find_type(const struct at_val *v, enum pdp_type *type)
{
	for (int t = 0; t < PDP_TYPES; t++) {
		if (str_ieq(v->str, v->len, type_names[t])) {
			*type = (enum pdp_type)t;
			return true;
		}
	}
	return false;
}

/*
 * AT+CGDCONT=1 alone deletes; AT+CGAUTH of the context stays when it is defined anew. Options that the command cannot
 * name stay too.
 */
static enum at_status define(struct at_channel *at, const struct at_val *val, int options)
{
	int cid = (int)val[0].num;
	const struct pdp_context *old = pdp_context(pdp(at), cid);
	struct pdp_context c = { .cid = cid };

	if (!pdp_cid_ok(cid))
		return AT_STATUS_ERROR;
	if (!val[1].given) {
		pdp_undefine(pdp(at), cid);
		return AT_STATUS_OK;
	}
	if (!find_type(&val[1], &c.type) || !printable(&val[2]) || !printable(&val[3]))
		return AT_STATUS_ERROR;
	if (old) {
		c = *old;
		find_type(&val[1], &c.type);
	}
	str_copy(c.apn, sizeof(c.apn), val[2].str);
	str_copy(c.address, sizeof(c.address), val[3].str);
	for (int i = 0; i < options; i++)
		c.option[i] = (int)val[4 + i].num;
	return pdp_define(pdp(at), &c) ? AT_STATUS_ERROR : AT_STATUS_OK;
}

static enum at_status cgdcont_write(struct at_channel *at, const struct at_val *val)
{
	return define(at, val, 4);
}

/* --- AT+CGSOCKCONT: V1.01's own name for the contexts of sockets; guess: they are the same contexts --------------- */

static const struct at_arg cgsockcont_args[] = {
	{ "cid", AT_ARG_INT, 1, 24 },
	{ "type", AT_ARG_QSTR, 2, 6, .optional = true },
	{ "apn", AT_ARG_STR, 0, PDP_APN_MAX, .optional = true },
	{ "addr", AT_ARG_STR, 0, PDP_ADDRESS_MAX, .optional = true },
	{ "d_comp", AT_ARG_INT, 0, 2, .optional = true },
	{ "h_comp", AT_ARG_INT, 0, 4, .optional = true },
};

static enum at_status cgsockcont_read(struct at_channel *at, const struct at_val *val)
{
	const struct pdp *p = pdp(at);

	(void)val;
	for (size_t i = 0; i < p->n && p->context[i].cid <= 24; i++) {
		const struct pdp_context *c = &p->context[i];

		at_row(at, "+CGSOCKCONT: %d,\"%s\",\"%s\",\"%s\",%d,%d", c->cid, type_names[c->type], c->apn,
		       shown_address(c), c->option[0], c->option[1]);
	}
	return AT_STATUS_OK;
}

static enum at_status cgsockcont_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	for (int t = 0; t < PDP_TYPES; t++)
		at_row(at, "+CGSOCKCONT: (1-24),\"%s\",,,(0-2),(0-4)", type_names[t]);
	return AT_STATUS_OK;
}

static enum at_status cgsockcont_write(struct at_channel *at, const struct at_val *val)
{
	return define(at, val, 2);
}

/* --- attach and activation --------------------------------------------------------------------------------------- */

static const struct at_arg cgatt_args[] = { { "state", AT_ARG_INT, 0, 1, .range_text = "(0,1)" } };

static enum at_status cgatt_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CGATT: %d", pdp(at)->boot.attached);
	return AT_STATUS_OK;
}

static enum at_status cgatt_write(struct at_channel *at, const struct at_val *val)
{
	struct net *n = cmd_modem(at)->net;

	if (!val[0].num) {
		net_deregister(n);
		return AT_STATUS_OK;
	}
	if (!n->cell.coverage || n->boot.fun != NET_FUN_FULL)
		return cmd_cme(at, CMD_CME_NO_NETWORK, "there is no network to attach to");
	net_register(n);
	return AT_STATUS_OK;
}

static const struct at_arg cgact_args[] = {
	{ "state", AT_ARG_INT, 0, 1, .range_text = "(0,1)" },
	{ "cid", AT_ARG_INT, 1, PDP_CID_MAX, .optional = true },
};

static enum at_status cgact_read(struct at_channel *at, const struct at_val *val)
{
	const struct pdp *p = pdp(at);

	(void)val;
	for (size_t i = 0; i < p->n; i++)
		at_row(at, "+CGACT: %d,%d", p->context[i].cid, pdp_is_active(p, p->context[i].cid));
	return AT_STATUS_OK;
}

static enum at_status cgact_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CGACT: (0,1)");
	return AT_STATUS_OK;
}

static bool set_active(struct pdp *p, int cid, bool on)
{
	if (on)
		return pdp_activate(p, cid);
	pdp_deactivate(p, cid, true);
	return true;
}

/* Without a context: all of them. */
static enum at_status cgact_write(struct at_channel *at, const struct at_val *val)
{
	struct pdp *p = pdp(at);
	bool on = val[0].num != 0;

	if (val[1].given && (!pdp_cid_ok((long)val[1].num) || !pdp_context(p, (int)val[1].num)))
		return AT_STATUS_ERROR;
	if (on && !p->boot.attached)
		return cmd_cme(at, CMD_CME_NO_NETWORK, "not attached");
	if (val[1].given)
		return set_active(p, (int)val[1].num, on) ? AT_STATUS_OK : AT_STATUS_ERROR;
	for (size_t i = 0; i < p->n; i++)
		set_active(p, p->context[i].cid, on);
	return AT_STATUS_OK;
}

static void address_row(struct at_channel *at, const struct pdp_context *c)
{
	const char *q = at_profile(at)->q.cgpaddr_quoted ? "\"" : "";
	char address[PDP_ADDRESS_MAX + 1];

	pdp_address(pdp(at), c->cid, address, sizeof(address));
	at_row(at, "+CGPADDR: %d,%s%s%s%s", c->cid, q, address, q,
	       c->type == PDP_TYPE_IPV4V6 ? ",0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0" : "");
}

static const struct at_arg cgpaddr_args[] = { { "cid", AT_ARG_INT, 1, PDP_CID_MAX } };

static enum at_status cgpaddr_exec(struct at_channel *at, const struct at_val *val)
{
	const struct pdp *p = pdp(at);

	(void)val;
	for (size_t i = 0; i < p->n; i++)
		address_row(at, &p->context[i]);
	return AT_STATUS_OK;
}

static enum at_status cgpaddr_write(struct at_channel *at, const struct at_val *val)
{
	const struct pdp_context *c = pdp_context(pdp(at), (int)val[0].num);

	if (!pdp_cid_ok((long)val[0].num))
		return AT_STATUS_ERROR;
	if (c)
		address_row(at, c);
	return AT_STATUS_OK;
}

/* The defined contexts: "(1,2,3)". */
static enum at_status cgpaddr_test(struct at_channel *at, const struct at_val *val)
{
	const struct pdp *p = pdp(at);
	struct buf list;

	(void)val;
	buf_init(&list, 1024);
	for (size_t i = 0; i < p->n; i++)
		buf_addf(&list, i ? ",%d" : "%d", p->context[i].cid);
	at_info(at, "+CGPADDR: (%s)", buf_str(&list));
	buf_free(&list);
	return AT_STATUS_OK;
}

/* --- AT+CGAUTH, AT+CSOCKAUTH, AT+CGEREP, AT+CSOCKSETPN, AT+NETACT ------------------------------------------------------------------------- */

static const struct at_arg cgauth_args[] = {
	{ "cid", AT_ARG_INT, 1, PDP_CID_MAX, .range_text = CIDS_TEXT },
	{ "type", AT_ARG_INT, 0, 3, .optional = true },
	/* M3 8.2.15 has the password first, the A76xx the user: both are kept as they came. */
	{ "passwd", AT_ARG_STR, 0, PDP_SECRET_MAX, .optional = true, .range_text = "127" },
	{ "user", AT_ARG_STR, 0, PDP_SECRET_MAX, .optional = true, .range_text = "127" },
};

/* V1.01's name, of the same credentials. */
static const struct at_arg csockauth_args[] = {
	{ "cid", AT_ARG_INT, 1, 24 },
	{ "type", AT_ARG_INT, 0, 3, .optional = true },
	{ "passwd", AT_ARG_STR, 0, PDP_SECRET_MAX, .optional = true, .range_text = "127" },
	{ "user", AT_ARG_STR, 0, PDP_SECRET_MAX, .optional = true, .range_text = "127" },
};

static enum at_status cgauth_read(struct at_channel *at, const struct at_val *val)
{
	const struct at_cmd *cmd = at_command(at);
	const struct pdp *p = pdp(at);

	(void)val;
	for (size_t i = 0; i < p->n && p->context[i].cid <= cmd->arg[0].max; i++) {
		const struct pdp_context *c = &p->context[i];

		if (c->auth_type)
			at_row(at, "%s: %d,%d,\"%s\",\"%s\"", cmd->name, c->cid, c->auth_type, c->auth_first,
			       c->auth_second);
		else
			at_row(at, "%s: %d,0", cmd->name, c->cid);
	}
	return AT_STATUS_OK;
}

static enum at_status cgauth_write(struct at_channel *at, const struct at_val *val)
{
	int cid = (int)val[0].num;
	const struct pdp_context *old = pdp_context(pdp(at), cid);
	struct pdp_context c = { .cid = cid, .type = PDP_TYPE_IP };

	if (!pdp_cid_ok(cid) || !printable(&val[2]) || !printable(&val[3]))
		return AT_STATUS_ERROR;
	if (old)
		c = *old;
	/* Type 0, or the context alone, takes the credentials back. */
	c.auth_type = (int)val[1].num;
	str_copy(c.auth_first, sizeof(c.auth_first), c.auth_type ? val[2].str : "");
	str_copy(c.auth_second, sizeof(c.auth_second), c.auth_type ? val[3].str : "");
	return pdp_define(pdp(at), &c) ? AT_STATUS_ERROR : AT_STATUS_OK;
}

static const struct at_arg cgerep_args[] = {
	{ "mode", AT_ARG_INT, 0, 2 },
	{ "bfr", AT_ARG_INT, 0, 1, .optional = true },
};

static enum at_status cgerep_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CGEREP: %d,%d", pdp(at)->boot.report[0], pdp(at)->boot.report[1]);
	return AT_STATUS_OK;
}

static enum at_status cgerep_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	pdp_set_report(pdp(at), 0, 0);
	return AT_STATUS_OK;
}

static enum at_status cgerep_write(struct at_channel *at, const struct at_val *val)
{
	pdp_set_report(pdp(at), (int)val[0].num, (int)val[1].num);
	return AT_STATUS_OK;
}

static const struct at_arg csocksetpn_args[] = { { "profile", AT_ARG_INT, 1, 24 } };

static enum at_status csocksetpn_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CSOCKSETPN: %ld", pdp(at)->boot.set.cid);
	return AT_STATUS_OK;
}

/* The context of an open network cannot change under it. */
static enum at_status csocksetpn_write(struct at_channel *at, const struct at_val *val)
{
	struct pdp_settings set = pdp(at)->boot.set;

	if (pdp(at)->boot.net != PDP_NET_CLOSED && val[0].num != set.cid)
		return AT_STATUS_ERROR;
	set.cid = (long)val[0].num;
	pdp_set_settings(pdp(at), &set);
	return AT_STATUS_OK;
}

static const struct at_arg netact_args[] = { { "state", AT_ARG_INT, 0, 1 } };

static enum at_status netact_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+NETACT: %d", pdp(at)->boot.service);
	return AT_STATUS_OK;
}

/* Data for updates over the air, apart from AT+NETOPEN. Guess: refused without a network, and done at once. */
static enum at_status netact_write(struct at_channel *at, const struct at_val *val)
{
	return pdp_set_service(pdp(at), val[0].num != 0) ? AT_STATUS_OK : AT_STATUS_ERROR;
}

const struct at_cmd cmd_pdp[] = {
	{ "+CGDCONT", AT_ARGS(cgdcont_args), .read = cgdcont_read, .test = cgdcont_test, .write = cgdcont_write,
	  .needs = CMD_NEEDS_SIM, .source = "M3 8.2.3" },
	{ "+CGATT", AT_ARGS(cgatt_args), .read = cgatt_read, .write = cgatt_write, .needs = CMD_NEEDS_SIM,
	  .source = "M3 8.2.2" },
	{ "+CGACT", AT_ARGS(cgact_args), .read = cgact_read, .test = cgact_test, .write = cgact_write,
	  .needs = CMD_NEEDS_SIM, .source = "M3 8.2.10" },
	{ "+CGPADDR", AT_ARGS(cgpaddr_args), .exec = cgpaddr_exec, .test = cgpaddr_test, .write = cgpaddr_write,
	  .needs = CMD_NEEDS_SIM, .source = "M3 8.2.12, TinyGSM#831" },
	{ "+CGAUTH", AT_ARGS(cgauth_args), .read = cgauth_read, .write = cgauth_write, .needs = CMD_NEEDS_SIM,
	  .source = "M3 8.2.15; read form guess" },
	{ "+CGEREP", AT_ARGS(cgerep_args), .exec = cgerep_exec, .read = cgerep_read, .write = cgerep_write,
	  .source = "M3 8.2.14" },
	{ "+CSOCKSETPN", AT_ARGS(csocksetpn_args), .read = csocksetpn_read, .write = csocksetpn_write,
	  .source = "M1 15.1.1, botletics/SIM7000-LTE-Shield#68" },
	{ "+CGSOCKCONT", AT_ARGS(cgsockcont_args), .read = cgsockcont_read, .test = cgsockcont_test,
	  .write = cgsockcont_write, .needs = CMD_NEEDS_SIM,
	  .source = "M1 15.1, botletics/SIM7000-LTE-Shield#68; read and test forms guess" },
	{ "+CSOCKAUTH", AT_ARGS(csockauth_args), .read = cgauth_read, .write = cgauth_write, .needs = CMD_NEEDS_SIM,
	  .source = "M1 15.1, botletics/SIM7000-LTE-Shield#68; read and test forms guess" },
	{ "+NETACT", AT_ARGS(netact_args), .read = netact_read, .write = netact_write, .needs = CMD_NEEDS_SIM,
	  .source = "FOTA application note 3.1; ranges guess" },
	{ 0 },
};

/* A context, with the address it had, or all of them: a detach. */
static void told_lost(struct cmd_host *h, const struct modem_event *ev, bool eps)
{
	const struct pdp_context *c = pdp_context(h->modem->pdp, ev->index);
	const char *who = ev->code ? "ME" : "NW";

	if (eps)
		cmd_urc(h, "+CGEV: %s PDN DEACT %d", ev->address ? who : "NW", ev->index);
	else if (ev->address)
		cmd_urc(h, "+CGEV: %s DEACT \"%s\",\"%s\",%d", who, c ? type_names[c->type] : "IP", ev->address, ev->index);
	else
		cmd_urc(h, "+CGEV: %s DETACH", who);
}

/* +CGEV: the A76xx speaks of EPS, the SIM7600 of GPRS (M3 8.2.14). */
void cmd_pdp_event(struct cmd_host *h, const struct modem_event *ev)
{
	const struct pdp *p = h->modem->pdp;
	bool eps = h->modem->profile->q.boot_cgev;

	if (!p->boot.report[0])
		return;
	if (ev->type == MODEM_EVENT_PDN_ACTIVATED && eps && ev->code)
		cmd_urc(h, "+CGEV: ME PDN ACT %d,1", ev->index);
	else if (ev->type == MODEM_EVENT_PDN_ACTIVATED && eps)
		cmd_urc(h, "+CGEV: EPS PDN ACT %d", ev->index);
	else if (ev->type == MODEM_EVENT_PDN_LOST)
		told_lost(h, ev, eps);
}
