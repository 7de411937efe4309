/* What leads to the results of AT+CLBS and AT+CNETSTART. */
#include "app/explain_family.h"

#include "modem/lbs.h"

static const struct explain_cause lbs_causes[] = {
	{ LBS_PARAMETER, "state", EXPLAIN_NO_QUIRK, NULL, "this is no type of question", "ask with 1, 2, 3, 4 or 9" },
	{ LBS_FAILED, "world", EXPLAIN_NO_QUIRK, NULL,
	  "the server does not know these cells: no world file says where the antenna is (gnss:), and none knows a street",
	  "gnss: {lat, lon} in a --world file, or gnss fix on the control socket; ask with 1 or 4" },
	{ LBS_BUSY, "state", EXPLAIN_NO_QUIRK, NULL, "another question is open", "wait for its +CLBS" },
	{ LBS_NO_NETWORK, "net", EXPLAIN_NO_QUIRK, NULL, "the bearer is gone", "wait for registration" },
	{ LBS_NET_CLOSED_ERR, "state", QUIRK_ID_clbs_needs_net, NULL, "the network of the location services is not open",
	  "AT+CNETSTART first" },
};

const struct explain_family explain_lbs = {
	.word = "clbs",
	.title = "CLBS result",
	.text = lbs_err_text,
	.cause = lbs_causes,
	.n = sizeof(lbs_causes) / sizeof(lbs_causes[0]),
};

static const struct explain_cause net_causes[] = {
	{ LBS_NET_OPEN_FAILED, "net", EXPLAIN_NO_QUIRK, NULL, "the modem is not registered for packet data", "wait for registration" },
	{ LBS_NET_NOT_OPEN, "state", EXPLAIN_NO_QUIRK, NULL, "AT+CNETSTOP without AT+CNETSTART", "nothing is to be closed" },
	{ LBS_NET_BUSY, "state", EXPLAIN_NO_QUIRK, NULL, "it is being opened or closed, or a question is open", "wait for the result" },
	{ LBS_NET_ALREADY_OPEN, "state", EXPLAIN_NO_QUIRK, NULL, "it is open", "go on with AT+CLBS" },
};

const struct explain_family explain_cnet = {
	.word = "cnet",
	.title = "CNETSTART result",
	.text = lbs_net_err_text,
	.cause = net_causes,
	.n = sizeof(net_causes) / sizeof(net_causes[0]),
};
