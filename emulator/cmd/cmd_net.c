/* Signal, registration, operator, radio access technology. at-general 5. */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "modem/net.h"
#include "modem/store.h"

static struct net *net(const struct at_channel *at)
{
	return cmd_modem(at)->net;
}

/* --- signal ------------------------------------------------------------------------------------------------------ */

enum { BER_UNKNOWN = 99 };

/* The bit error rate exists on GSM alone. */
static int error_rate(const struct net *n)
{
	return net_act(n) == NET_ACT_GSM && net_csq(n) != BER_UNKNOWN ? 0 : BER_UNKNOWN;
}

static enum at_status csq_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CSQ: %d,%d", net_csq(net(at)), error_rate(net(at)));
	return AT_STATUS_OK;
}

static enum at_status csq_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CSQ: (0-31,99),(0-7,99)");
	return AT_STATUS_OK;
}

/* 27.007 8.69: what does not belong to the technology in use is 99 or 255. */
static enum at_status cesq_exec(struct at_channel *at, const struct at_val *val)
{
	const struct net *n = net(at);
	bool heard = net_csq(n) != BER_UNKNOWN;

	(void)val;
	if (!at_profile(at)->q.cesq)
		return AT_STATUS_ERROR;
	if (heard && net_act(n) == NET_ACT_GSM)
		at_info(at, "+CESQ: %d,0,255,255,255,255", n->cell.rssi / 10 + 111);
	else if (heard && net_act(n) == NET_ACT_EUTRAN)
		at_info(at, "+CESQ: 99,99,255,255,%d,%d", (n->cell.rsrq + 195) / 5 + 1, n->cell.rsrp / 10 + 141);
	else
		at_info(at, "+CESQ: 99,99,255,255,255,255");
	return AT_STATUS_OK;
}

static enum at_status cesq_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	if (!at_profile(at)->q.cesq)
		return AT_STATUS_ERROR;
	at_info(at, "+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)");
	return AT_STATUS_OK;
}

static const struct at_arg autocsq_args[] = {
	{ "auto", AT_ARG_INT, 0, 1 },
	{ "mode", AT_ARG_INT, 0, 1, .optional = true },
};

static enum at_status autocsq_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+AUTOCSQ: %d,%d", net(at)->boot.csq_auto, net(at)->boot.csq_mode);
	return AT_STATUS_OK;
}

static enum at_status autocsq_write(struct at_channel *at, const struct at_val *val)
{
	net_set_csq_report(net(at), (int)val[0].num, val[1].given ? (int)val[1].num : net(at)->boot.csq_mode);
	return AT_STATUS_OK;
}

static const struct at_arg csqdelta_args[] = { { "delta", AT_ARG_INT, 0, 5 } };

static enum at_status csqdelta_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CSQDELTA: %d", net(at)->boot.csq_delta);
	return AT_STATUS_OK;
}

static enum at_status csqdelta_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	net_set_csq_delta(net(at), 5);
	return AT_STATUS_OK;
}

static enum at_status csqdelta_write(struct at_channel *at, const struct at_val *val)
{
	net_set_csq_delta(net(at), (int)val[0].num);
	return AT_STATUS_OK;
}

/* --- registration ------------------------------------------------------------------------------------------------ */

static const char *const reg_names[NET_DOMAINS] = { [NET_CS] = "+CREG", [NET_PS] = "+CGREG", [NET_EPS] = "+CEREG" };

static bool has_location(const struct net *n, int domain)
{
	return n->boot.stat[domain] == NET_STAT_HOME || n->boot.stat[domain] == NET_STAT_ROAMING;
}

/* ,"00C3","01A2D003"[,7] : quoted or not is not established on the wire, so it is a quirk. */
static void location_text(const struct net *n, int domain, char *buf, size_t size)
{
	const char *q = n->modem->profile->q.creg_quoted ? "\"" : "";
	char act[8] = "";

	buf[0] = '\0';
	if (n->boot.report[domain] != 2 || !has_location(n, domain))
		return;
	/* Guess: the access technology is printed for EPS alone. */
	if (domain == NET_EPS)
		snprintf(act, sizeof(act), ",%d", (int)net_act(n));
	snprintf(buf, size, ",%s%04X%s,%s%08X%s%s", q, n->cell.lac, q, q, n->cell.ci, q, act);
}

/* OVMS PR#1385: on some builds the query with CEREG=1 says 4 although registered, CEREG=2 says 1. */
static int shown_stat(const struct net *n, int domain)
{
	if (domain == NET_EPS && n->boot.report[domain] == 1 && has_location(n, domain) &&
	    n->modem->profile->q.cereg_query_unknown)
		return NET_STAT_UNKNOWN;
	return (int)n->boot.stat[domain];
}

static enum at_status reg_read(struct at_channel *at, int domain)
{
	const struct net *n = net(at);
	char location[48];

	location_text(n, domain, location, sizeof(location));
	at_info(at, "%s: %d,%d%s", reg_names[domain], n->boot.report[domain], shown_stat(n, domain), location);
	return AT_STATUS_OK;
}

static enum at_status creg_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return reg_read(at, NET_CS);
}

static enum at_status cgreg_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return reg_read(at, NET_PS);
}

static enum at_status cereg_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return reg_read(at, NET_EPS);
}

static const struct at_arg reg_args[] = { { "n", AT_ARG_INT, 0, 2 } };

static enum at_status creg_write(struct at_channel *at, const struct at_val *val)
{
	net_set_report(net(at), NET_CS, val ? (int)val[0].num : 0);
	return AT_STATUS_OK;
}

static enum at_status cgreg_write(struct at_channel *at, const struct at_val *val)
{
	net_set_report(net(at), NET_PS, val ? (int)val[0].num : 0);
	return AT_STATUS_OK;
}

static enum at_status cereg_write(struct at_channel *at, const struct at_val *val)
{
	net_set_report(net(at), NET_EPS, val ? (int)val[0].num : 0);
	return AT_STATUS_OK;
}

/* --- operator ---------------------------------------------------------------------------------------------------- */

enum { FORMAT_LONG, FORMAT_SHORT, FORMAT_NUMERIC, LIST_MAX_BYTES = 4096 };

static void plmn_text(const struct net_cell *c, char *buf, size_t size)
{
	char plmn[8];

	cell_plmn_text(c->mcc, c->mnc, c->mnc_digits, plmn);
	str_copy(buf, size, plmn);
}

static const char *operator_text(const struct net_cell *c, int format, char *buf, size_t size)
{
	if (format == FORMAT_NUMERIC)
		plmn_text(c, buf, size);
	else
		str_copy(buf, size, format == FORMAT_SHORT ? c->short_name : c->name);
	return buf;
}

static enum at_status no_service(struct at_channel *at)
{
	const struct modem *m = cmd_modem(at);
	struct why why = { 0 };

	profile_why(m->profile, QUIRK_ID_cops_no_service_error, &why, "state", "no network is registered");
	trace_why(m->trace, "cme", CMD_CME_NO_NETWORK, at_cme_text(CMD_CME_NO_NETWORK), &why);
	return at_cme(at, CMD_CME_NO_NETWORK);
}

static enum at_status cops_read(struct at_channel *at, const struct at_val *val)
{
	const struct net *n = net(at);
	char name[32];

	(void)val;
	if (!net_is_registered(n) && at_profile(at)->q.cops_no_service_error)
		return no_service(at);
	if (!net_is_registered(n))
		at_info(at, "+COPS: %d", (int)n->boot.select);
	else
		at_info(at, "+COPS: %d,%d,\"%s\",%d", (int)n->boot.select, n->boot.format,
			operator_text(&n->cell, n->boot.format, name, sizeof(name)), (int)net_act(n));
	return AT_STATUS_OK;
}

static enum at_status cops_aborted(struct at_channel *at, int tag)
{
	(void)tag;
	net_scan_stop(net(at));
	return at_profile(at)->q.cops_abort == QUIRK_cops_abort_ok ? AT_STATUS_OK : AT_STATUS_ERROR;
}

/* The one command beside a voice call that the host may break off (M3 1.4.5, 4.2.2). */
static enum at_status cops_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	if (cmd_waiting(cmd_host(at), CMD_TAG_COPS))
		return cmd_cme(at, CMD_CME_NOT_ALLOWED, "another port is searching for networks");
	net_scan(net(at));
	return at_wait_abortable(at, CMD_TAG_COPS, cops_aborted);
}

/* <stat>: 1 available, 2 current, 3 forbidden */
static void add_network(struct buf *out, int stat, const char *name, const char *short_name, const char *plmn, int act)
{
	buf_addf(out, "%s(%d,\"%s\",\"%s\",\"%s\",%d)", out->len ? "," : "", stat, name, short_name, plmn, act);
}

/* The network that takes the SIM first; one that was joined is not listed twice. */
static void add_networks(const struct net *n, struct buf *out)
{
	const struct net_cell *c = &n->cell;
	bool denied = c->stat[NET_PS] == NET_STAT_DENIED;
	char plmn[8];

	cell_plmn_text(c->mcc, c->mnc, c->mnc_digits, plmn);
	if (c->coverage)
		add_network(out, net_is_registered(n) ? 2 : denied ? 3 : 1, c->name, c->short_name, plmn, (int)net_act(n));
	if (n->visiting) {
		cell_plmn_text(n->home.mcc, n->home.mnc, n->home.mnc_digits, plmn);
		add_network(out, 1, n->home.name, n->home.short_name, plmn, (int)n->home.act);
	}
	for (size_t i = 0; n->steps && i < n->steps->n_others; i++) {
		const struct cell_other *o = &n->steps->other[i];

		if (o->mcc == c->mcc && o->mnc == c->mnc)
			continue;
		cell_plmn_text(o->mcc, o->mnc, o->mnc_digits, plmn);
		add_network(out, o->forbidden ? 3 : 1, o->name, o->short_name, plmn, (int)o->act);
	}
}

static void cops_scanned(struct cmd_host *h)
{
	const struct net *n = h->modem->net;
	struct at_channel *at = cmd_waiting(h, CMD_TAG_COPS);
	struct buf list;

	if (!at)
		return;
	buf_init(&list, LIST_MAX_BYTES);
	if (n->boot.fun == NET_FUN_FULL)
		add_networks(n, &list);
	at_info(at, "+COPS: %s,,(0,1,2,3,4,5),(0,1,2)", buf_str(&list));
	buf_free(&list);
	at_finish(at, AT_STATUS_OK);
}

static const struct at_arg cops_args[] = {
	{ "mode", AT_ARG_INT, 0, 5 },
	{ "format", AT_ARG_INT, 0, 2, .optional = true },
	{ "oper", AT_ARG_STR, 1, 31, .optional = true },
	{ "act", AT_ARG_INT, 0, 8, .optional = true },
};

static bool names_our_operator(const struct net *n, const struct at_val *oper, int format)
{
	char name[32];

	return !strcmp(oper->str, operator_text(&n->cell, format, name, sizeof(name)));
}

/* One that is there and takes others only leaves the modem refused (stat 3). */
static enum at_status not_joined(struct at_channel *at, const char *name, int err)
{
	if (err == -EACCES)
		return cmd_cme(at, CMD_CME_NOT_ALLOWED_HERE, "operator %s does not take this SIM", name);
	net_deregister(net(at));
	return cmd_cme(at, CMD_CME_NO_NETWORK, "operator %s is not here", name);
}

static enum at_status select_manually(struct at_channel *at, enum net_select mode, const struct at_val *val)
{
	struct net *n = net(at);
	int format = val[1].given ? (int)val[1].num : n->boot.format;

	if (!val[2].given)
		return AT_STATUS_ERROR;
	net_set_select(n, mode, format);
	if (!names_our_operator(n, &val[2], format)) {
		int err = net_join(n, val[2].str, format);

		if (err && mode != NET_SELECT_MANUAL_AUTO)
			return not_joined(at, val[2].str, err);
	}
	net_register(n);
	return AT_STATUS_OK;
}

static enum at_status cops_write(struct at_channel *at, const struct at_val *val)
{
	enum net_select mode = (enum net_select)val[0].num;
	struct net *n = net(at);
	int format = val[1].given ? (int)val[1].num : -1;

	switch (mode) {
	case NET_SELECT_AUTO:
		net_set_select(n, mode, format);
		net_go_home(n);
		net_register(n);
		return AT_STATUS_OK;
	case NET_SELECT_DEREGISTERED:
		net_set_select(n, mode, format);
		net_deregister(n);
		return AT_STATUS_OK;
	case NET_SELECT_FORMAT:
		if (!val[1].given)
			return AT_STATUS_ERROR;
		net_set_select(n, mode, format);
		return AT_STATUS_OK;
	case NET_SELECT_MANUAL:
	case NET_SELECT_MANUAL_AUTO:
	case NET_SELECT_MANUAL_ONCE:
		break;
	}
	return select_manually(at, mode, val);
}

/* --- access technology ------------------------------------------------------------------------------------------- */

static const int modes[] = { 2, 9, 10, 13, 14, 19, 22, 38, 39, 48, 51, 54, 59, 60, 63, 67 };
#define MODES_TEXT "(2,9,10,13,14,19,22,38,39,48,51,54,59,60,63,67)"

static const struct at_arg cnmp_args[] = { { "mode", AT_ARG_INT, 2, 67, .range_text = MODES_TEXT } };

static enum at_status cnmp_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CNMP: %ld", net(at)->nv.mode);
	return AT_STATUS_OK;
}

static enum at_status cnmp_write(struct at_channel *at, const struct at_val *val)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (modes[i] == val[0].num) {
			net_set_mode(net(at), modes[i]);
			return AT_STATUS_OK;
		}
	}
	return AT_STATUS_ERROR;
}

/* 27.007 5.9 for the modes that name a technology; all others are "any". */
static int wireless_network(long mode)
{
	static const struct {
		int mode, ws46;
	} names[] = { { 13, 12 }, { 14, 22 }, { 38, 28 }, { 19, 29 }, { 51, 30 }, { 54, 31 } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].mode == mode)
			return names[i].ws46;
	}
	return 25;
}

static enum at_status ws46_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+WS46: %d", wireless_network(net(at)->nv.mode));
	return AT_STATUS_OK;
}

static enum at_status ws46_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+WS46: (12,22,25,28,29,30,31)");
	return AT_STATUS_OK;
}

static const struct at_arg cnbp_args[] = {
	{ "mode", AT_ARG_STR, 0, NET_BANDS_MAX, .optional = true },
	{ "lte_mode", AT_ARG_STR, 0, NET_BANDS_MAX, .optional = true },
	{ "tds_mode", AT_ARG_STR, 0, NET_BANDS_MAX, .optional = true },
};
/* The order is kept and shown: one cell is found whatever it says. */
static const struct at_arg cnaop_args[] = { { "order", AT_ARG_RAW, 1, 40 } };

static enum at_status keep_raw(struct at_channel *at, const char *key, const struct at_val *v, const char *alphabet)
{
	char text[96];

	if (v->len >= sizeof(text))
		return AT_STATUS_ERROR;
	memcpy(text, v->str, v->len);
	text[v->len] = '\0';
	if (!v->len || strspn(text, alphabet) != v->len)
		return AT_STATUS_ERROR;
	store_set_text(cmd_modem(at)->store, key, text);
	return AT_STATUS_OK;
}

static enum at_status cnbp_read(struct at_channel *at, const struct at_val *val)
{
	const struct net_nv *nv = &net(at)->nv;

	(void)val;
	at_info(at, "+CNBP: %s,%s,%s", nv->bands[0], nv->bands[1], nv->bands[2]);
	return AT_STATUS_OK;
}

/* What is left out stays; nothing is taken when one of them is wrong. */
static enum at_status cnbp_write(struct at_channel *at, const struct at_val *val)
{
	bool any = false;

	for (int i = 0; i < 3; i++) {
		any |= val[i].len > 0;
		if (val[i].len && !net_bands_ok(val[i].str))
			return AT_STATUS_ERROR;
	}
	for (int i = 0; i < 3; i++) {
		if (val[i].len)
			net_set_bands(net(at), i, val[i].str);
	}
	return any ? AT_STATUS_OK : AT_STATUS_ERROR;
}

static enum at_status cnaop_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CNAOP: %s", store_text(cmd_modem(at)->store, "net.order", "7,9,5,3,11,2,4"));
	return AT_STATUS_OK;
}

static enum at_status cnaop_write(struct at_channel *at, const struct at_val *val)
{
	return keep_raw(at, "net.order", &val[0], "0123456789,");
}

static const struct at_arg cnsmod_args[] = { { "n", AT_ARG_INT, 0, 1, .range_text = "(0,1)" } };

static enum at_status cnsmod_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CNSMOD: %d,%d", net(at)->boot.mode_report, net_system(net(at)));
	return AT_STATUS_OK;
}

static enum at_status cnsmod_write(struct at_channel *at, const struct at_val *val)
{
	net_set_mode_report(net(at), val[0].num != 0);
	return AT_STATUS_OK;
}

/* --- AT+CPSI ----------------------------------------------------------------------------------------------------- */

/* Levels as the numbers of 36.133: steps of 0.5 dB from -20, of 1 dBm from -140 and -110. */
static void lte_cell_by_index(const struct net_cell *c, char *buf, size_t size)
{
	snprintf(buf, size, "LTE,Online,%03d-%0*d,0x%X,%u,%d,EUTRAN-BAND%d,%d,%d,%d,%d,%d,%d,%d", c->mcc, c->mnc_digits, c->mnc,
		 c->lac, c->ci, c->pci, c->band, c->earfcn, c->bandwidth, c->bandwidth, (c->rsrq + 200) / 5,
		 c->rsrp / 10 + 140, c->rssi / 10 + 110, c->snr);
}

static void serving_cell(const struct net *n, char *buf, size_t size)
{
	const struct net_cell *c = &n->cell;

	switch (net_act(n)) {
	case NET_ACT_GSM:
		snprintf(buf, size, "GSM,Online,%03d-%0*d,0x%04x,%u,%d EGSM 900,%d,0,0-0", c->mcc, c->mnc_digits, c->mnc, c->lac,
			 c->ci & 0xffff, c->pci, c->rssi / 10);
		return;
	case NET_ACT_UTRAN:
		snprintf(buf, size, "WCDMA,Online,%03d-%0*d,0x%04X,%u,WCDMA IMT 2000,%d,%d,0,1.5,62,33,52,500", c->mcc,
			 c->mnc_digits, c->mnc, c->lac, c->ci, c->pci, 10663);
		return;
	case NET_ACT_EUTRAN:
		break;
	}
	if (n->modem->profile->q.cpsi_scale == QUIRK_cpsi_scale_index)
		lte_cell_by_index(c, buf, size);
	else
		snprintf(buf, size, "LTE,Online,%03d-%0*d,0x%04X,%u,%d,EUTRAN-BAND%d,%d,%d,%d,%d,%d,%d,%d", c->mcc, c->mnc_digits,
			 c->mnc, c->lac, c->ci, c->pci, c->band, c->earfcn, c->bandwidth, c->bandwidth, c->rsrq, c->rsrp,
			 c->rssi, c->snr);
}

static const char *info_text(const struct net *n, char *buf, size_t size)
{
	const char *space = n->modem->profile->q.cpsi_space ? " " : "";

	if (net_is_registered(n))
		serving_cell(n, buf, size);
	else
		snprintf(buf, size, "NO SERVICE,%s%s", space, n->boot.fun == NET_FUN_FULL ? "Online" : "Low Power Mode");
	return buf;
}

static const struct at_arg cpsi_args[] = { { "time", AT_ARG_INT, 0, 255 } };

static enum at_status cpsi_read(struct at_channel *at, const struct at_val *val)
{
	char text[160];

	(void)val;
	at_info(at, "+CPSI: %s", info_text(net(at), text, sizeof(text)));
	return AT_STATUS_OK;
}

static enum at_status cpsi_write(struct at_channel *at, const struct at_val *val)
{
	net_set_info_period(net(at), (int)val[0].num);
	return AT_STATUS_OK;
}

const struct at_cmd cmd_net[] = {
	{ "+CSQ", .exec = csq_exec, .test = csq_test, .source = "M3 3.2.2" },
	{ "+CESQ", .exec = cesq_exec, .test = cesq_test, .source = "27.007 8.69; ERROR unless quirk cesq: guess" },
	{ "+AUTOCSQ", AT_ARGS(autocsq_args), .read = autocsq_read, .write = autocsq_write, .source = "M3 3.2.3" },
	{ "+CSQDELTA", AT_ARGS(csqdelta_args), .exec = csqdelta_exec, .read = csqdelta_read, .write = csqdelta_write,
	  .source = "M3 3.2.4" },
	{ "+CREG", AT_ARGS(reg_args), .exec = creg_write, .read = creg_read, .write = creg_write, .source = "M3 4.2.1" },
	{ "+CGREG", AT_ARGS(reg_args), .exec = cgreg_write, .read = cgreg_read, .write = cgreg_write,
	  .source = "M3 8.2.1" },
	{ "+CEREG", AT_ARGS(reg_args), .exec = cereg_write, .read = cereg_read, .write = cereg_write,
	  .source = "M3 4.2" },
	{ "+COPS", AT_ARGS(cops_args), .read = cops_read, .test = cops_test, .write = cops_write,
	  .needs = CMD_NEEDS_SIM, .source = "M3 4.2.2" },
	{ "+CNMP", AT_ARGS(cnmp_args), .read = cnmp_read, .write = cnmp_write, .source = "M3 4.2.11" },
	{ "+WS46", .read = ws46_read, .test = ws46_test,
	  .source = "27.007 5.9, LilyGo-Modem-Series#340 (25); list guess" },
	{ "+CNBP", AT_ARGS(cnbp_args), .read = cnbp_read, .write = cnbp_write, .no_test = true,
	  .source = "M3 4.2.12, AT manual V1.12 5.12" },
	{ "+CNAOP", AT_ARGS(cnaop_args), .read = cnaop_read, .write = cnaop_write, .no_test = true,
	  .source = "M3 4.2.13" },
	{ "+CNSMOD", AT_ARGS(cnsmod_args), .read = cnsmod_read, .write = cnsmod_write, .source = "M3 4.2" },
	{ "+CPSI", AT_ARGS(cpsi_args), .read = cpsi_read, .write = cpsi_write, .source = "M3 4.2.14" },
	{ 0 },
};

static void told_registration(struct cmd_host *h, int domain)
{
	const struct net *n = h->modem->net;
	char location[48];

	if (!n->boot.report[domain])
		return;
	location_text(n, domain, location, sizeof(location));
	cmd_urc(h, "%s: %d%s", reg_names[domain], (int)n->boot.stat[domain], location);
}

void cmd_net_event(struct cmd_host *h, const struct modem_event *ev)
{
	const struct net *n = h->modem->net;
	char text[160];

	if (ev->type == MODEM_EVENT_REGISTERED)
		told_registration(h, ev->index);
	else if (ev->type == MODEM_EVENT_NET_MODE)
		cmd_urc(h, "+CNSMOD: %d", ev->code);
	else if (ev->type == MODEM_EVENT_NET_SIGNAL)
		cmd_urc(h, "+CSQ: %d,%d", ev->code, error_rate(n));
	else if (ev->type == MODEM_EVENT_NET_INFO)
		cmd_urc(h, "+CPSI: %s", info_text(n, text, sizeof(text)));
	else if (ev->type == MODEM_EVENT_NET_SCANNED)
		cops_scanned(h);
}
