/* The location server and the way to it. Times are guesses. */
#include "modem/lbs.h"

#include <stdlib.h>
#include <string.h>

#include "modem/gnss.h"
#include "modem/net.h"
#include "modem/pdp.h"

enum { ANSWER_US = 1500000, CID = 1, CELL_SIZE = 1000 /* millionths of a degree */ };

static void on_net(void *ctx)
{
	struct lbs *l = ctx;

	if (l->boot.net == LBS_NET_CLOSING) {
		l->boot.net = LBS_NET_CLOSED;
		modem_emit_code(l->modem, MODEM_EVENT_LBS_NET_CLOSED, 0, LBS_NET_OK);
		return;
	}
	l->boot.net = net_is_registered(l->modem->net) && pdp_activate(l->modem->pdp, CID) ? LBS_NET_OPEN : LBS_NET_CLOSED;
	modem_emit_code(l->modem, MODEM_EVENT_LBS_NET_OPENED, 0,
			l->boot.net == LBS_NET_OPEN ? LBS_NET_OK : LBS_NET_OPEN_FAILED);
}

static enum lbs_err answer(struct lbs *l)
{
	long lat, lon;

	if (!net_is_registered(l->modem->net) || !pdp_is_active(l->modem->pdp, CID))
		return LBS_NO_NETWORK;
	l->boot.times++;
	switch (l->boot.asked) {
	case LBS_POSITION:
	case LBS_POSITION_TIME:
		return lbs_position(l, &lat, &lon) ? LBS_OK : LBS_FAILED;
	case LBS_TIMES:
		return LBS_OK;
	case LBS_COMPLAINT:
		return LBS_REPORTED;
	case LBS_ADDRESS:
		break;
	}
	return LBS_FAILED;
}

static void on_answer(void *ctx)
{
	struct lbs *l = ctx;
	enum lbs_err err = answer(l);

	modem_emit_code(l->modem, MODEM_EVENT_LBS_DONE, (int)l->boot.asked, (int)err);
}

struct lbs *lbs_new(struct modem *m)
{
	struct lbs *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->modem = m;
	timer_init(&l->net, on_net, l);
	timer_init(&l->answer, on_answer, l);
	return l;
}

void lbs_reset(struct lbs *l)
{
	timer_cancel(&l->net);
	timer_cancel(&l->answer);
	memset(&l->boot, 0, sizeof(l->boot));
}

void lbs_free(struct lbs *l)
{
	if (!l)
		return;
	timer_cancel(&l->net);
	timer_cancel(&l->answer);
	free(l);
}

enum lbs_net_err lbs_net_open(struct lbs *l)
{
	const struct quirks *q = &l->modem->profile->q;
	bool up = pdp_is_active(l->modem->pdp, CID);

	if (l->boot.net == LBS_NET_OPEN)
		return LBS_NET_ALREADY_OPEN;
	if (l->boot.net != LBS_NET_CLOSED)
		return LBS_NET_BUSY;
	l->boot.net = LBS_NET_OPENING;
	clock_arm(l->modem->clock, &l->net, (uint64_t)(up ? q->netopen_ms : q->netopen_cold_ms) * 1000);
	return LBS_NET_OK;
}

enum lbs_net_err lbs_net_close(struct lbs *l)
{
	if (l->boot.net == LBS_NET_CLOSED)
		return LBS_NET_NOT_OPEN;
	if (l->boot.net != LBS_NET_OPEN || timer_armed(&l->answer))
		return LBS_NET_BUSY;
	l->boot.net = LBS_NET_CLOSING;
	clock_arm(l->modem->clock, &l->net, (uint64_t)l->modem->profile->q.netclose_ms * 1000);
	return LBS_NET_OK;
}

enum lbs_err lbs_ask(struct lbs *l, enum lbs_type type)
{
	if (timer_armed(&l->answer))
		return LBS_BUSY;
	if (l->modem->profile->q.clbs_needs_net && l->boot.net != LBS_NET_OPEN)
		return LBS_NET_CLOSED_ERR;
	l->boot.asked = type;
	clock_arm(l->modem->clock, &l->answer, ANSWER_US);
	return LBS_OK;
}

/* The middle of the cell: half up, away from zero below it. */
static long coarse(long long tenth_millionths)
{
	long long cells = tenth_millionths / 10 / CELL_SIZE;

	return (long)(cells * CELL_SIZE + (tenth_millionths < 0 ? -CELL_SIZE / 2 : CELL_SIZE / 2));
}

bool lbs_position(const struct lbs *l, long *lat, long *lon)
{
	const struct position *p = &l->modem->gnss->position;

	*lat = coarse(p->value[POSITION_LAT]);
	*lon = coarse(p->value[POSITION_LON]);
	return p->seen;
}

const char *lbs_net_err_text(int code)
{
	static const char *const texts[] = {
		"operation succeeded", "unknown error",		"open network failed", "close network failed",	  "network not opened",
		"not supported",       "busy",			"network is opened",   "network is in use by others",
	};

	return code >= 0 && code < (int)(sizeof(texts) / sizeof(texts[0])) ? texts[code] : NULL;
}

const char *lbs_err_text(int code)
{
	static const struct {
		int code;
		const char *text;
	} texts[] = {
		{ 0, "success" },
		{ 1, "parameter error" },
		{ 2, "service out of time" },
		{ 3, "location failed" },
		{ 4, "query timeout" },
		{ 5, "certification failed" },
		{ 6, "server error, success" },
		{ 7, "server error, failed" },
		{ 8, "busy" },
		{ 9, "open network error" },
		{ 10, "close network error" },
		{ 11, "operation timeout" },
		{ 12, "DNS error" },
		{ 13, "create socket error" },
		{ 14, "connect socket error" },
		{ 15, "close socket error" },
		{ 16, "no cell info" },
		{ 17, "no IMEI" },
		{ 18, "send error" },
		{ 19, "receive error" },
		{ 20, "no network" },
		{ 21, "network not opened" },
		{ 80, "report taken" },
		{ 81, "report: parameter error" },
		{ 82, "report failed" },
		{ 110, "other error" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].code == code)
			return texts[i].text;
	}
	return NULL;
}
