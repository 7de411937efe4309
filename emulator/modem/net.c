/*
 * The radio. One function, update(), says what the registration should be; everything that can change it (SIM,
 * functionality, coverage, the host) ends there. Searching takes time on one timer.
 */
#include "modem/net.h"

#include <stdlib.h>
#include <string.h>

#include "modem/pdp.h"
#include "modem/rtc.h"
#include "modem/sms.h"
#include "modem/sim.h"
#include "modem/store.h"
#include "modem/ussd.h"
#include "modem/voice.h"

enum { CSQ_PERIOD_US = 5000000, CSQ_UNKNOWN = 99, CSQ_DELTA = 5 };

void net_default_cell(struct net_cell *cell)
{
	*cell = (struct net_cell){
		.coverage = true,
		.stat = { NET_STAT_HOME, NET_STAT_HOME, NET_STAT_HOME },
		.act = NET_ACT_EUTRAN,
		.mcc = 1, .mnc = 1, .name = "Test PLMN 1-1", .short_name = "TEST",
		.lac = 0x00c3, .ci = 0x01a2d003, .csq = 25,
		.pci = 125, .band = 20, .earfcn = 6300, .bandwidth = 3,
		.rsrq = -100, .rsrp = -900, .rssi = -630, .snr = 14,
		.nitz = true,
	};
}

enum net_act net_act(const struct net *n)
{
	switch (n->nv.mode) {
	case 13:
		return NET_ACT_GSM;
	case 14:
		return NET_ACT_UTRAN;
	case 38:
		return NET_ACT_EUTRAN;
	default:
		return n->cell.act;
	}
}

/* The only way to change the registration: tells each domain that changed, in the order real modules do. */
static void set_stat(struct net *n, const enum net_stat stat[NET_DOMAINS])
{
	bool changed[NET_DOMAINS], any = false;

	for (int d = 0; d < NET_DOMAINS; d++) {
		changed[d] = n->boot.stat[d] != stat[d];
		any |= changed[d];
	}
	if (!any)
		return;
	memcpy(n->boot.stat, stat, sizeof(n->boot.stat));
	trace_text(n->modem->trace, TRACE_NOTE, "net: cs %d, ps %d, eps %d", (int)stat[NET_CS], (int)stat[NET_PS],
		   (int)stat[NET_EPS]);
	for (int d = 0; d < NET_DOMAINS; d++) {
		if (changed[d])
			modem_emit_code(n->modem, MODEM_EVENT_REGISTERED, d, (int)stat[d]);
	}
	if (n->boot.mode_report)
		modem_emit_code(n->modem, MODEM_EVENT_NET_MODE, 0, 0);
	if (!net_has_calls(n)) {
		ussd_network_lost(n->modem->ussd);
		voice_network_lost(n->modem->voice);
	}
	sms_look(n->modem->sms);
}

static void set_all(struct net *n, enum net_stat stat)
{
	const enum net_stat all[NET_DOMAINS] = { stat, stat, stat };

	set_stat(n, all);
}

static bool may_search(const struct net *n)
{
	return n->boot.fun == NET_FUN_FULL && n->boot.wanted && !sim_check(n->modem->sim);
}

/* A cell has its own technology and those below it; one asked for above it is not there. */
static bool can_be_found(const struct net *n)
{
	return n->cell.coverage && net_act(n) <= n->cell.act;
}

/* Not (or no longer) on a network. */
static void update(struct net *n)
{
	timer_cancel(&n->search);
	set_all(n, may_search(n) ? NET_STAT_SEARCHING : NET_STAT_IDLE);
	pdp_lost(n->modem->pdp);
}

static void search(struct net *n, uint64_t delay_us)
{
	update(n);
	if (may_search(n) && can_be_found(n))
		clock_arm(n->modem->clock, &n->search, delay_us);
}

static uint64_t search_us(const struct net *n)
{
	return (uint64_t)n->modem->profile->q.net_search_ms * 1000;
}

static void found(struct net *n, bool quiet)
{
	enum net_stat stat[NET_DOMAINS];

	memcpy(stat, n->cell.stat, sizeof(stat));
	/* +CEREG speaks of LTE alone. */
	if (net_act(n) != NET_ACT_EUTRAN)
		stat[NET_EPS] = NET_STAT_IDLE;
	if (quiet)
		memcpy(n->boot.stat, stat, sizeof(stat));
	else
		set_stat(n, stat);
	if (n->cell.nitz)
		rtc_network_time(n->modem->rtc);
	if (net_is_registered(n))
		pdp_attach(n->modem->pdp, quiet);
}

static void on_search(void *ctx)
{
	struct net *n = ctx;

	found(n, false);
}

static void on_csq(void *ctx)
{
	struct net *n = ctx;
	int now = net_csq(n), moved = abs(now - n->boot.csq_told);

	clock_arm(n->modem->clock, &n->csq, CSQ_PERIOD_US);
	if (n->boot.csq_mode == 1 && moved < n->boot.csq_delta)
		return;
	n->boot.csq_told = now;
	modem_emit_code(n->modem, MODEM_EVENT_NET_SIGNAL, 0, now);
}

static void on_info(void *ctx)
{
	struct net *n = ctx;

	clock_arm(n->modem->clock, &n->info, (uint64_t)n->boot.info_period_s * 1000000);
	modem_emit_code(n->modem, MODEM_EVENT_NET_INFO, 0, 0);
}

static void on_scan(void *ctx)
{
	struct net *n = ctx;

	modem_emit_code(n->modem, MODEM_EVENT_NET_SCANNED, 0, 0);
}

static void cancel(struct net *n)
{
	timer_cancel(&n->search);
	timer_cancel(&n->csq);
	timer_cancel(&n->info);
	timer_cancel(&n->scan);
}

struct net *net_new(struct modem *m)
{
	struct net *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->modem = m;
	timer_init(&n->search, on_search, n);
	timer_init(&n->csq, on_csq, n);
	timer_init(&n->info, on_info, n);
	timer_init(&n->scan, on_scan, n);
	net_default_cell(&n->cell);
	n->nv.mode = store_num(m->store, "net.mode", NET_AUTO_MODE);
	return n;
}

void net_reset(struct net *n)
{
	cancel(n);
	memset(&n->boot, 0, sizeof(n->boot));
	n->boot.csq_delta = CSQ_DELTA;
}

void net_free(struct net *n)
{
	if (!n)
		return;
	cancel(n);
	free(n);
}

void net_power_on(struct net *n, enum modem_boot boot)
{
	n->boot.fun = NET_FUN_FULL;
	n->boot.wanted = true;
	if (boot == MODEM_BOOT_WARM && may_search(n) && can_be_found(n))
		found(n, true);
}

void net_sim_ready(struct net *n, uint64_t delay_us)
{
	search(n, delay_us);
}

void net_sim_lost(struct net *n)
{
	update(n);
}

void net_detach(struct net *n)
{
	cancel(n);
	n->boot.wanted = false;
	memset(n->boot.stat, 0, sizeof(n->boot.stat));
	pdp_lost(n->modem->pdp);
}

void net_set_fun(struct net *n, enum net_fun fun)
{
	enum net_fun was = n->boot.fun;

	if (fun == was)
		return;
	n->boot.fun = fun;
	trace_text(n->modem->trace, TRACE_NOTE, "net: functionality %d -> %d", (int)was, (int)fun);
	if (fun == NET_FUN_MINIMUM)
		sim_power_off(n->modem->sim);
	else if (was == NET_FUN_MINIMUM)
		sim_power_on(n->modem->sim, MODEM_BOOT_COLD);
	search(n, search_us(n));
}

void net_deregister(struct net *n)
{
	n->boot.wanted = false;
	update(n);
}

void net_register(struct net *n)
{
	n->boot.wanted = true;
	if (!net_is_registered(n) && !timer_armed(&n->search))
		search(n, search_us(n));
}

void net_scan(struct net *n)
{
	clock_arm(n->modem->clock, &n->scan, (uint64_t)n->modem->profile->q.cops_scan_ms * 1000);
}

void net_scan_stop(struct net *n)
{
	timer_cancel(&n->scan);
}

void net_set_mode(struct net *n, long mode)
{
	enum net_act was = net_act(n);

	n->nv.mode = mode;
	store_set_num(n->modem->store, "net.mode", mode);
	if (net_act(n) != was)
		search(n, search_us(n));
}

void net_set_report(struct net *n, enum net_domain domain, int mode)
{
	n->boot.report[domain] = mode;
}

void net_set_select(struct net *n, enum net_select select, int format)
{
	if (format >= 0)
		n->boot.format = format;
	if (select != NET_SELECT_FORMAT)
		n->boot.select = select;
}

void net_set_mode_report(struct net *n, bool on)
{
	n->boot.mode_report = on;
}

void net_set_csq_report(struct net *n, int on, int mode)
{
	n->boot.csq_auto = on;
	n->boot.csq_mode = mode;
	n->boot.csq_told = net_csq(n);
	timer_cancel(&n->csq);
	if (on)
		clock_arm(n->modem->clock, &n->csq, CSQ_PERIOD_US);
}

void net_set_csq_delta(struct net *n, int delta)
{
	n->boot.csq_delta = delta;
}

void net_set_info_period(struct net *n, int seconds)
{
	n->boot.info_period_s = seconds;
	timer_cancel(&n->info);
	if (seconds)
		clock_arm(n->modem->clock, &n->info, (uint64_t)seconds * 1000000);
}

static bool on_network(enum net_stat stat)
{
	return stat == NET_STAT_HOME || stat == NET_STAT_ROAMING;
}

bool net_is_registered(const struct net *n)
{
	return on_network(n->boot.stat[NET_PS]) || on_network(n->boot.stat[NET_EPS]);
}

bool net_has_calls(const struct net *n)
{
	return on_network(n->boot.stat[NET_CS]);
}

int net_csq(const struct net *n)
{
	/* A network that refuses the SIM is still heard. */
	for (int d = 0; d < NET_DOMAINS; d++) {
		if (on_network(n->boot.stat[d]) || n->boot.stat[d] == NET_STAT_DENIED)
			return n->cell.csq;
	}
	return CSQ_UNKNOWN;
}

void net_drop(struct net *n)
{
	n->cell.coverage = false;
	update(n);
}

void net_up(struct net *n)
{
	if (n->cell.coverage)
		return;
	n->cell.coverage = true;
	search(n, search_us(n));
}

void net_set_cell(struct net *n, const struct net_cell *cell)
{
	bool was_on = net_is_registered(n);

	n->cell = *cell;
	if (was_on && can_be_found(n))
		found(n, false);
	else
		search(n, search_us(n));
}
