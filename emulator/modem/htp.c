/*
 * A run over the servers: a HEAD request to each, until one answers with a date that can be read (RFC 9110, 5.6.7 and
 * 6.6.1). What becomes of all of them is told by the last that failed.
 */
#include "modem/htp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "modem/pdp.h"
#include "modem/rtc.h"

enum { FAIL_US = 20000, CONNECT_US = 30000000, RESPONSE_US = 30000000 };

const char *htp_err_text(int code)
{
	static const char *const text[] = {
		[HTP_ERR_NONE] = "operation succeeded",	 [HTP_ERR_UNKNOWN] = "unknown error",
		[HTP_ERR_PARAMETER] = "wrong parameter", [HTP_ERR_DATE] = "wrong date and time calculated",
		[HTP_ERR_NETWORK] = "network error",
	};

	return code >= 0 && (size_t)code < sizeof(text) / sizeof(text[0]) ? text[code] : NULL;
}

static void explain(struct htp *h, enum htp_err code, const struct why *why)
{
	trace_why(h->modem->trace, "htp", (int)code, htp_err_text((int)code), why);
}

static bool refuse(struct htp *h, const char *text)
{
	struct why why = { 0 };

	why_add(&why, "state", "%s", text);
	explain(h, HTP_ERR_PARAMETER, &why);
	return false;
}

/* --- the list ---------------------------------------------------------------------------------------------------- */

bool htp_add(struct htp *h, const struct htp_server *s)
{
	if (h->boot.n == HTP_SERVERS)
		return refuse(h, "the list has 16 servers already");
	h->boot.server[h->boot.n++] = *s;
	return true;
}

bool htp_remove(struct htp *h, size_t index)
{
	struct htp_server *at = &h->boot.server[index];

	if (index >= h->boot.n)
		return refuse(h, "there is no server of that number");
	memmove(at, at + 1, (h->boot.n - index - 1) * sizeof(*at));
	h->boot.n--;
	return true;
}

/* --- a run ------------------------------------------------------------------------------------------------------- */

static void hang_up(struct htp *h)
{
	timer_cancel(&h->timer);
	link_http_close(h->client);
	h->client = NULL;
}

static void finish(struct htp *h)
{
	enum htp_err code = h->boot.result;

	hang_up(h);
	h->boot.updating = false;
	if (code)
		explain(h, code, &h->why);
	modem_emit_code(h->modem, MODEM_EVENT_HTP_DONE, 0, (int)code);
}

/* The value of the Date header as seconds since 1970. */
static bool find_date(const char *head, size_t len, time_t *out)
{
	static const char name[] = "\nDate:";
	char text[64];
	struct tm tm = { 0 };
	const char *end;
	size_t n;

	for (size_t i = 0; i + sizeof(name) - 1 < len; i++) {
		if (strncasecmp(head + i, name, sizeof(name) - 1))
			continue;
		head += i + sizeof(name) - 1;
		n = len - i - (sizeof(name) - 1);
		snprintf(text, sizeof(text), "%.*s", (int)(n < sizeof(text) ? n : sizeof(text) - 1), head);
		end = strptime(text, " %a, %d %b %Y %H:%M:%S GMT", &tm);
		*out = timegm(&tm);
		return end && (*end == '\r' || *end == '\n');
	}
	return false;
}

static void on_head(struct htp *h, const struct link_http_event *ev)
{
	uint64_t now = clock_now_us(h->modem->clock), age_us = (now - h->boot.sent_us) / 2;
	time_t utc;

	why_reset(&h->why);
	if (!find_date(ev->data, ev->len, &utc)) {
		h->boot.result = HTP_ERR_DATE;
		why_add(&h->why, "htp", "%.80s answers %d without a date", h->boot.server[h->boot.at].host, ev->code);
		return;
	}
	h->boot.result = HTP_ERR_NONE;
	rtc_set(h->modem->rtc, utc + (time_t)(age_us / 1000000), rtc_zone(h->modem->rtc));
}

/* The next server is asked from the clock: this one's client may not be freed within its own event. */
static void on_http(const struct link_http_event *ev, void *ctx)
{
	struct htp *h = ctx;

	if (ev->type == LINK_HTTP_HEAD)
		on_head(h, ev);
	if (ev->type != LINK_HTTP_DONE)
		return;
	if (ev->status && h->boot.result) {
		h->boot.result = HTP_ERR_NETWORK;
		h->why = *ev->why;
	}
	h->boot.at++;
	clock_arm(h->modem->clock, &h->timer, 0);
}

static void ask(struct htp *h, const struct htp_server *s)
{
	char path[HTP_HOST_MAX + 32] = "/";
	struct link_http_setup setup = {
		.method = "HEAD",
		.host = s->host,
		.port = s->port,
		.path = path,
		.connect_us = CONNECT_US,
		.response_us = RESPONSE_US,
		.receive_us = RESPONSE_US,
	};

	if (*s->proxy) {
		snprintf(path, sizeof(path), "http://%s:%u/", s->host, s->port);
		setup.host = s->proxy;
		setup.port = s->proxy_port;
	}
	h->boot.sent_us = clock_now_us(h->modem->clock);
	h->client = link_http_new(h->modem->link, on_http, h);
	if (h->client && !link_http_request(h->client, &setup))
		return;
	h->boot.result = HTP_ERR_UNKNOWN;
	why_reset(&h->why);
	why_add(&h->why, "memory", "out of memory");
	finish(h);
}

/* boot.result is HTP_ERR_PARAMETER while nobody has been asked. */
static void on_timer(void *ctx)
{
	struct htp *h = ctx;

	hang_up(h);
	if (!h->boot.result || h->boot.at >= h->boot.n)
		finish(h);
	else
		ask(h, &h->boot.server[h->boot.at]);
}

bool htp_start(struct htp *h)
{
	bool carries = pdp_can_carry(h->modem->pdp);

	if (h->boot.updating)
		return refuse(h, "the servers are being asked already");
	h->boot.updating = true;
	h->boot.at = carries ? 0 : h->boot.n;
	h->boot.result = carries ? HTP_ERR_PARAMETER : HTP_ERR_NETWORK;
	why_reset(&h->why);
	why_add(&h->why, "state", carries ? "no server is set" : "the module is not registered");
	clock_arm(h->modem->clock, &h->timer, h->boot.at < h->boot.n ? 0 : FAIL_US);
	return true;
}

/* --- life -------------------------------------------------------------------------------------------------------- */

struct htp *htp_new(struct modem *m)
{
	struct htp *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->modem = m;
	timer_init(&h->timer, on_timer, h);
	return h;
}

void htp_reset(struct htp *h)
{
	hang_up(h);
	memset(&h->boot, 0, sizeof(h->boot));
}

void htp_free(struct htp *h)
{
	if (!h)
		return;
	hang_up(h);
	free(h);
}
