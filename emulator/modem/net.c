/*
 * The radio. One function, update(), says what the registration should be; everything that can change it (SIM,
 * functionality, coverage, the host) ends there. Searching takes time on one timer.
 */
#include "modem/net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/pdp.h"
#include "modem/rtc.h"
#include "modem/sms.h"
#include "modem/sim.h"
#include "modem/store.h"
#include "modem/ussd.h"
#include "modem/voice.h"

enum { CSQ_PERIOD_US = 5000000, CSQ_UNKNOWN = 99, CSQ_DELTA = 5 };

/* Bit band - 1 of the mask for LTE. */
static bool band_allowed(const struct net *n)
{
	const char *mask = n->nv.bands[1];
	size_t len = strlen(mask), digit = (size_t)(n->cell.band - 1) / 4;
	long long v = 0;

	if (len < 3 || digit >= len - 2)
		return len < 3;
	str_to_num_any((const char[]){ '0', 'x', mask[len - 1 - digit], '\0' }, 3, 0, 15, &v);
	return v >> (n->cell.band - 1) % 4 & 1;
}

/* The best that the cell has and the modem may use, when it may use any. */
static enum net_act best_act(const struct net *n)
{
	if (n->boot.held_down)
		return NET_ACT_GSM;
	if (n->cell.act == NET_ACT_EUTRAN && !band_allowed(n))
		return NET_ACT_UTRAN;
	return n->cell.act;
}

static bool on_network(enum net_stat stat)
{
	return stat == NET_STAT_HOME || stat == NET_STAT_ROAMING;
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
	case 19:
	case 48:
		return best_act(n) == NET_ACT_EUTRAN ? NET_ACT_UTRAN : best_act(n);
	default:
		return best_act(n);
	}
}

int net_system(const struct net *n)
{
	/* <stat> of a technology alone, and of the most that it may have: GPRS, EDGE; HSDPA, HSUPA, HSPA */
	static const struct {
		enum net_act act;
		int plain, most;
	} systems[] = { { NET_ACT_GSM, 1, 3 }, { NET_ACT_UTRAN, 4, 7 }, { NET_ACT_EUTRAN, 8, 8 } };
	enum net_act act = net_act(n);
	size_t i = 0;

	if (!net_is_registered(n))
		return 0;
	while (systems[i].act != act)
		i++;
	if (n->cell.system >= systems[i].plain && n->cell.system <= systems[i].most)
		return n->cell.system;
	return systems[i].plain;
}

/* +CNSMOD when it has changed, and somebody wants to know. */
static void tell_system(struct net *n)
{
	int system = net_system(n);

	if (system == n->boot.system_told)
		return;
	n->boot.system_told = system;
	if (n->boot.mode_report)
		modem_emit_code(n->modem, MODEM_EVENT_NET_MODE, 0, system);
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
	tell_system(n);
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
	enum net_act act = net_act(n);

	return n->cell.coverage && act <= n->cell.act && (act != NET_ACT_EUTRAN || band_allowed(n));
}

/* Not (or no longer) on a network. */
static void update(struct net *n)
{
	timer_cancel(&n->search);
	set_all(n, may_search(n) ? NET_STAT_SEARCHING : NET_STAT_IDLE);
	pdp_lost(n->modem->pdp, n->by_host);
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

static void tell_time(struct net *n)
{
	if (!n->cell.nitz)
		return;
	if (n->cell.has_zone)
		n->modem->rtc->world_zone = n->cell.zone;
	rtc_network_time(n->modem->rtc);
}

/* The network's answer to the SIM becomes the state of the domains. */
static void take_stat(struct net *n, bool quiet)
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
	if (quiet)
		n->boot.system_told = net_system(n);
	if (net_is_registered(n))
		pdp_attach(n->modem->pdp, quiet);
	else
		pdp_lost(n->modem->pdp, n->by_host);
}

static void found(struct net *n, bool quiet)
{
	take_stat(n, quiet);
	if (net_is_registered(n))
		tell_time(n);
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

/* --- the air changes ----------------------------------------------------------------------------------------------- */

/* Same network, other cell or technology: what is reported with its place is told again. */
static void moved(struct net *n, const struct net_cell *old)
{
	enum net_stat before[NET_DOMAINS];
	bool other_place = old->lac != n->cell.lac || old->ci != n->cell.ci;

	memcpy(before, n->boot.stat, sizeof(before));
	take_stat(n, false);
	for (int d = 0; other_place && d < NET_DOMAINS; d++) {
		if (n->boot.report[d] == 2 && on_network(n->boot.stat[d]) && before[d] == n->boot.stat[d])
			modem_emit_code(n->modem, MODEM_EVENT_REGISTERED, d, (int)n->boot.stat[d]);
	}
	tell_system(n);
}

static void on_climb(void *ctx)
{
	struct net *n = ctx;
	bool was_on = net_is_registered(n);

	n->boot.held_down = false;
	if (was_on && can_be_found(n))
		moved(n, &n->cell);
}

static void on_ramp(void *ctx)
{
	enum { SECOND_US = 1000000 };
	struct net *n = ctx;
	const struct net_ramp *r = &n->ramping;
	uint64_t now = clock_now_us(n->modem->clock), passed = now - r->start_us;

	if (passed >= r->us) {
		cell_set_csq(&n->cell, r->to);
		return;
	}
	cell_set_csq(&n->cell, r->from + (int)((r->to - r->from) * (long long)passed / (long long)r->us));
	clock_arm(n->modem->clock, &n->ramp, r->us - passed < SECOND_US ? r->us - passed : SECOND_US);
}

void net_ramp_csq(struct net *n, int csq, uint64_t us)
{
	timer_cancel(&n->ramp);
	n->ramping = (struct net_ramp){ n->cell.csq, csq, clock_now_us(n->modem->clock), us };
	on_ramp(n);
}

static void take_step(struct net *n, const struct cell_step *step)
{
	struct net_cell cell = step->cell;

	if (step->over_us) {
		cell.csq = n->cell.csq;
		cell.rssi = n->cell.rssi;
		cell.rsrp = n->cell.rsrp;
	}
	net_set_cell(n, &cell);
	if (step->over_us)
		net_ramp_csq(n, step->cell.csq, step->over_us);
}

static void arm_step(struct net *n, uint64_t since_us)
{
	if (n->steps && n->next_step < n->steps->n)
		clock_arm(n->modem->clock, &n->plan, n->steps->step[n->next_step].after_us - since_us);
}

static void on_plan(void *ctx)
{
	struct net *n = ctx;
	const struct cell_step *step = &n->steps->step[n->next_step++];

	trace_text(n->modem->trace, TRACE_MODEL, "network: step %zu of the world", n->next_step);
	take_step(n, step);
	arm_step(n, step->after_us);
}

/* A world with a course begins it again with each start; without one the cell stays as it was left. */
static void begin_plan(struct net *n)
{
	n->next_step = 0;
	if (!n->steps || !n->steps->n)
		return;
	if (!n->steps->step[0].after_us) {
		n->next_step = 1;
		if (n->steps->n > 1)
			n->cell = n->steps->step[0].cell;
	}
	arm_step(n, 0);
}

static void cancel(struct net *n)
{
	timer_cancel(&n->plan);
	timer_cancel(&n->ramp);
	timer_cancel(&n->climb);
	timer_cancel(&n->search);
	timer_cancel(&n->csq);
	timer_cancel(&n->info);
	timer_cancel(&n->scan);
}

static const char *const band_keys[3] = { "net.bands", "net.bands.lte", "net.bands.tds" };
static const char *const band_defaults[3] = { "0x0002000004E80380", "0x000007FF3FDF3FFF", "0x000000000000003F" };

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
	timer_init(&n->plan, on_plan, n);
	timer_init(&n->ramp, on_ramp, n);
	timer_init(&n->climb, on_climb, n);
	cell_default(&n->cell);
	n->steps = link_around(m->link)->cells;
	if (n->steps && n->steps->n && !n->steps->step[0].after_us)
		n->cell = n->steps->step[0].cell;
	n->nv.mode = store_num(m->store, "net.mode", NET_AUTO_MODE);
	for (int i = 0; i < 3; i++)
		str_copy(n->nv.bands[i], sizeof(n->nv.bands[i]), store_text(m->store, band_keys[i], band_defaults[i]));
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
	long held_ms = n->modem->profile->q.net_gsm_first_ms;

	n->boot.fun = NET_FUN_FULL;
	n->boot.wanted = true;
	begin_plan(n);
	n->boot.held_down = boot == MODEM_BOOT_COLD && held_ms && n->cell.act > NET_ACT_GSM;
	if (n->boot.held_down)
		clock_arm(n->modem->clock, &n->climb, (uint64_t)held_ms * 1000);
	if (boot == MODEM_BOOT_WARM && may_search(n) && can_be_found(n))
		found(n, true);
}

void net_sim_ready(struct net *n, uint64_t delay_us)
{
	search(n, delay_us);
}

void net_sim_lost(struct net *n)
{
	n->by_host = true;
	update(n);
	n->by_host = false;
}

void net_detach(struct net *n)
{
	cancel(n);
	n->boot.wanted = false;
	memset(n->boot.stat, 0, sizeof(n->boot.stat));
	pdp_lost(n->modem->pdp, true);
}

void net_set_fun(struct net *n, enum net_fun fun)
{
	enum net_fun was = n->boot.fun;

	if (fun == was)
		return;
	n->boot.fun = fun;
	trace_text(n->modem->trace, TRACE_NOTE, "net: functionality %d -> %d", (int)was, (int)fun);
	n->by_host = true;
	if (fun == NET_FUN_MINIMUM)
		sim_power_off(n->modem->sim);
	else if (was == NET_FUN_MINIMUM)
		sim_power_on(n->modem->sim, MODEM_BOOT_COLD);
	search(n, search_us(n));
	n->by_host = false;
}

void net_deregister(struct net *n)
{
	n->boot.wanted = false;
	n->by_host = true;
	update(n);
	n->by_host = false;
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

bool net_bands_ok(const char *mask)
{
	size_t len = strlen(mask);

	return len >= 3 && len <= NET_BANDS_MAX && mask[0] == '0' && (mask[1] | 0x20) == 'x' &&
	       strspn(mask + 2, "0123456789abcdefABCDEF") == len - 2;
}

void net_set_bands(struct net *n, int which, const char *mask)
{
	enum net_act was = net_act(n);
	bool could = can_be_found(n);

	str_copy(n->nv.bands[which], sizeof(n->nv.bands[which]), mask);
	store_set_text(n->modem->store, band_keys[which], mask);
	if (net_act(n) != was || can_be_found(n) != could)
		search(n, search_us(n));
}

static const char *name_of(const struct cell_other *o, int format, char plmn[8])
{
	cell_plmn_text(o->mcc, o->mnc, o->mnc_digits, plmn);
	return format == 2 ? plmn : format == 1 ? o->short_name : o->name;
}

/* As a guest there, until AT+COPS=0 or AT+COPS=1 lead home, or the world changes. */
static void visit(struct net *n, const struct cell_other *o)
{
	struct net_cell cell = n->cell, home = n->visiting ? n->home : n->cell;

	cell.mcc = o->mcc;
	cell.mnc = o->mnc;
	cell.mnc_digits = o->mnc_digits;
	cell.act = o->act;
	str_copy(cell.name, sizeof(cell.name), o->name);
	str_copy(cell.short_name, sizeof(cell.short_name), o->short_name);
	for (int d = 0; d < NET_DOMAINS; d++)
		cell.stat[d] = NET_STAT_ROAMING;
	net_set_cell(n, &cell);
	n->home = home;
	n->visiting = true;
}

void net_go_home(struct net *n)
{
	struct net_cell home = n->home;

	if (n->visiting)
		net_set_cell(n, &home);
}

static bool is_home(const struct net *n, const char *name, int format)
{
	struct cell_other home = { .mcc = n->home.mcc, .mnc = n->home.mnc, .mnc_digits = n->home.mnc_digits };
	char plmn[8];

	str_copy(home.name, sizeof(home.name), n->home.name);
	str_copy(home.short_name, sizeof(home.short_name), n->home.short_name);
	return n->visiting && !strcmp(name, name_of(&home, format, plmn));
}

int net_join(struct net *n, const char *name, int format)
{
	char plmn[8];

	if (is_home(n, name, format)) {
		net_go_home(n);
		return 0;
	}

	for (size_t i = 0; n->steps && i < n->steps->n_others; i++) {
		const struct cell_other *o = &n->steps->other[i];

		if (strcmp(name, name_of(o, format, plmn)) != 0)
			continue;
		if (!o->forbidden) {
			visit(n, o);
			return 0;
		}
		update(n);
		set_all(n, NET_STAT_DENIED);
		return -EACCES;
	}
	return -ENOENT;
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

static bool same_network(const struct net_cell *a, const struct net_cell *b)
{
	return a->mcc == b->mcc && a->mnc == b->mnc && !memcmp(a->stat, b->stat, sizeof(a->stat));
}

void net_set_cell(struct net *n, const struct net_cell *cell)
{
	bool was_on = net_is_registered(n), refused = n->boot.stat[NET_PS] == NET_STAT_DENIED;
	struct net_cell old = n->cell;

	n->cell = *cell;
	n->visiting = false;
	if (refused && cell->coverage && same_network(&old, cell))
		return;
	if (was_on && can_be_found(n) && same_network(&old, cell))
		moved(n, &old);
	else if (was_on && can_be_found(n))
		found(n, false);
	else
		search(n, search_us(n));
}
