/*
 * Owns the features of one device and says in which order they are made, reset and freed. Behaviour lives in the
 * features; this file only knows their names.
 */
#include "modem/modem.h"

#include <errno.h>
#include <stdlib.h>

#include "modem/cch.h"
#include "modem/cert.h"
#include "modem/dialup.h"
#include "modem/dns.h"
#include "modem/fs.h"
#include "modem/gnss.h"
#include "modem/guard.h"
#include "modem/htp.h"
#include "modem/http.h"
#include "modem/ftps.h"
#include "modem/hw.h"
#include "modem/lbs.h"
#include "modem/mqtt.h"
#include "modem/net.h"
#include "modem/ntp.h"
#include "modem/pdp.h"
#include "modem/phonebook.h"
#include "modem/ping.h"
#include "modem/pins.h"
#include "modem/power.h"
#include "modem/rtc.h"
#include "modem/sim.h"
#include "modem/sms.h"
#include "modem/socket.h"
#include "modem/ssl.h"
#include "modem/store.h"
#include "modem/ussd.h"
#include "modem/voice.h"

/* Features in an order in which each finds what it needs to read at birth (store, quirks) present. */
static bool make_features(struct modem *m)
{
	m->rtc = rtc_new(m);
	m->sim = sim_new(m);
	m->net = net_new(m);
	m->pdp = pdp_new(m);
	m->cert = cert_new(m);
	m->ssl = ssl_new(m);
	m->mqtt = mqtt_new(m);
	m->http = http_new(m);
	m->cch = cch_new(m);
	m->ping = ping_new(m);
	m->ntp = ntp_new(m);
	m->htp = htp_new(m);
	m->fs = fs_new(m);
	m->ftps = ftps_new(m);
	m->hw = hw_new(m);
	m->pins = pins_new(m);
	m->guard = guard_new(m);
	m->lbs = lbs_new(m);
	m->socket = socket_new(m);
	m->dns = dns_new(m);
	m->sms = sms_new(m);
	m->gnss = gnss_new(m);
	m->pb = pb_new(m);
	m->ussd = ussd_new(m);
	m->voice = voice_new(m);
	m->dialup = dialup_new(m);
	m->power = power_new(m);
	return m->rtc && m->sim && m->net && m->pdp && m->cert && m->ssl && m->mqtt &&
	       m->http &&
	       m->cch && m->ping && m->ntp && m->htp &&
	       m->pb && m->ussd && m->voice &&
	       m->fs && m->ftps && m->hw && m->pins && m->guard && m->lbs && m->socket && m->dns && m->sms && m->gnss &&
	       m->dialup &&
	       m->power;
}

struct modem *modem_new(const struct modem_options *o, modem_event_func_t event, void *ctx, struct err *e)
{
	struct modem *m = calloc(1, sizeof(*m));

	if (!m) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	m->profile = o->profile;
	m->clock = o->clock;
	m->trace = o->trace;
	m->event = event;
	m->event_ctx = ctx;
	prng_seed(&m->prng, o->seed);
	m->store = store_new(o->state_dir, e);
	m->link = o->link;
	if (!m->store || !make_features(m)) {
		if (m->store)
			err_set(e, -ENOMEM, "out of memory");
		modem_free(m);
		return NULL;
	}
	modem_reset(m);
	return m;
}

void modem_free(struct modem *m)
{
	if (!m)
		return;
	power_free(m->power);
	voice_free(m->voice);
	ussd_free(m->ussd);
	pb_free(m->pb);
	dialup_free(m->dialup);
	sms_free(m->sms);
	gnss_free(m->gnss);
	dns_free(m->dns);
	socket_free(m->socket);
	pins_free(m->pins);
	lbs_free(m->lbs);
	guard_free(m->guard);
	hw_free(m->hw);
	ftps_free(m->ftps);
	fs_free(m->fs);
	http_free(m->http);
	htp_free(m->htp);
	ntp_free(m->ntp);
	ping_free(m->ping);
	cch_free(m->cch);
	mqtt_free(m->mqtt);
	ssl_free(m->ssl);
	cert_free(m->cert);
	pdp_free(m->pdp);
	net_free(m->net);
	sim_free(m->sim);
	rtc_free(m->rtc);
	store_free(m->store);
	free(m);
}

void modem_emit(struct modem *m, const struct modem_event *ev)
{
	if (m->event)
		m->event(ev, m->event_ctx);
}

void modem_emit_code(struct modem *m, enum modem_event_type type, int index, int code)
{
	struct modem_event ev = { .type = type, .index = index, .code = code };

	modem_emit(m, &ev);
}

void modem_power_on(struct modem *m, enum modem_boot boot)
{
	power_on(m->power, boot);
}

void modem_power_off(struct modem *m)
{
	power_cut(m->power);
}

/* Sessions first: they must not see a bearer or a context that is half gone. */
void modem_reset(struct modem *m)
{
	dialup_reset(m->dialup);
	mqtt_reset(m->mqtt);
	http_reset(m->http);
	cch_reset(m->cch);
	ftps_reset(m->ftps);
	ping_reset(m->ping);
	ntp_reset(m->ntp);
	htp_reset(m->htp);
	socket_reset(m->socket);
	dns_reset(m->dns);
	sms_reset(m->sms);
	voice_reset(m->voice);
	ussd_reset(m->ussd);
	pb_reset(m->pb);
	cert_reset(m->cert);
	link_set_network(m->link, false);
	ssl_reset(m->ssl);
	fs_reset(m->fs);
	gnss_reset(m->gnss);
	lbs_reset(m->lbs);
	guard_reset(m->guard);
	hw_reset(m->hw);
	pins_reset(m->pins);
	pdp_reset(m->pdp);
	net_reset(m->net);
	sim_reset(m->sim);
	rtc_reset(m->rtc);
	power_reset(m->power);
}

bool modem_is_on(const struct modem *m)
{
	return power_is_on(m->power);
}
