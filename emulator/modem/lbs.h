/*
 * Where the modem is, by the cells around it: the network of the location services (AT+CNETSTART) and their one server.
 * What the server knows is where the world has put the antenna, as coarse as cells are. at-general 6, 15a; AT manual
 * V1.12 chapters 16 and 17.24.
 */
#ifndef MODEM_LBS_H
#define MODEM_LBS_H

#include <stdbool.h>

#include "modem/modem.h"

enum lbs_net { LBS_NET_CLOSED, LBS_NET_OPENING, LBS_NET_OPEN, LBS_NET_CLOSING };

/* <err> of AT+CNETSTART and AT+CNETSTOP */
enum lbs_net_err {
	LBS_NET_OK = 0,
	LBS_NET_OPEN_FAILED = 2,
	LBS_NET_NOT_OPEN = 4,
	LBS_NET_BUSY = 6,
	LBS_NET_ALREADY_OPEN = 7,
};

/* <ret_code> of AT+CLBS */
enum lbs_err {
	LBS_OK = 0,
	LBS_PARAMETER = 1,
	LBS_FAILED = 3,
	LBS_BUSY = 8,
	LBS_NO_NETWORK = 20,
	LBS_NET_CLOSED_ERR = 21,
	LBS_REPORTED = 80,
};

/* <type> of AT+CLBS */
enum lbs_type { LBS_POSITION = 1, LBS_ADDRESS = 2, LBS_TIMES = 3, LBS_POSITION_TIME = 4, LBS_COMPLAINT = 9 };

enum { LBS_ACCURACY_M = 550 };	/* what most answers of the server have */

struct lbs_boot {
	enum lbs_net net;
	enum lbs_type asked;
	long times;		/* answers so far */
};

struct lbs {
	struct modem *modem;
	struct timer net, answer;
	struct lbs_boot boot;
};

struct lbs *lbs_new(struct modem *m);
void lbs_reset(struct lbs *l);
void lbs_free(struct lbs *l);

/* LBS_NET_OPENED and LBS_NET_CLOSED follow what was accepted. */
enum lbs_net_err lbs_net_open(struct lbs *l);
enum lbs_net_err lbs_net_close(struct lbs *l);
/* LBS_DONE follows what was accepted. */
enum lbs_err lbs_ask(struct lbs *l, enum lbs_type type);

/* The manual's words (V1.12 16.4 and 17.24), NULL when there is no such code. */
const char *lbs_net_err_text(int code);
const char *lbs_err_text(int code);

/* What the server would say: millionths of a degree. false: it does not know these cells. */
bool lbs_position(const struct lbs *l, long *lat, long *lon);

#endif
