/*
 * The rows of what is not compared. They look at the escaped view of one line, in this order, each at what the ones
 * before it left. Times are no part of a line; whoever compares has them beside it.
 */
#include "harness/wire/normalise.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { VIEW_MAX_BYTES = 64 * 1024, STEPS_MAX = 200000 };

struct row {
	const char *name;
	unsigned of; /* enum normalise_of, or-ed */
	const char *regex, *stand_in;
};

#define C NORMALISE_COMMAND
#define A NORMALISE_ANSWER
#define D NORMALISE_DATA

static const struct row rows[] = {
	{ "client id", C, "^(AT\\+CMQTTACCQ=\\d+),(?:\"[^\"]*\"|[^,\"]*)", "$1,\"CLIENT\"" },
	{ "credentials", C, "^(AT\\+CMQTTCONNECT=\\d+,\"[^\"]*\",\\d+,\\d+),.*", "$1,\"USER\",\"PASSWORD\"" },
	{ "credentials", C, "^(AT\\+CFTPSLOGIN=\"[^\"]*\",\\d+),\"[^\"]*\",\"[^\"]*\"", "$1,\"USER\",\"PASSWORD\"" },
	{ "credentials", C, "^(AT\\+CGAUTH=\\d+,\\d+),.*", "$1,\"USER\",\"PASSWORD\"" },
	{ "address", C | A, "\\b\\d{1,3}(?:\\.\\d{1,3}){3}\\b(?::\\d{1,5}\\b|(\"),\\d{1,5}\\b)?", "ADDRESS$1" },
	{ "IMEI", A, "^((?:IMEI|MEID|IMEISV|\\+SIMEI): ?)\\w+", "$1IMEI" },
	{ "IMEI or IMSI", A, "^(?:\\d{15}|[xX*]{15})$", "NUMBER15" },
	{ "ICCID", A, "^(\\+C?ICCID: ?|)\"?(?:89\\d{16,18}[fF]?|[xX*]{18,20})\"?$", "$1ICCID" },
	{ "phone number", A, "^(\\+CNUM: ).*", "$1NUMBER" },
	{ "phone number", A, "^(\\+CSCA: )\"[^\"]*\"", "$1\"NUMBER\"" },
	{ "phone number", C, "^(AT\\+CMGS=)\"[^\"]*\"", "$1\"NUMBER\"" },
	{ "message reference", A, "^(\\+CM(?:GS|SS): )\\d+", "$1N" },
	{ "signal quality", A, "^(\\+CSQ: )\\d+,\\d+", "$1RSSI,BER" },
	{ "cell", A, "^(\\+C[GE]?REG: [0-9](?:,[0-9])?),\"?[0-9A-Fa-f]+\"?,\"?[0-9A-Fa-f]+\"?", "$1,AREA,CELL" },
	{ "cell", A, "^(\\+CPSI: (?!NO SERVICE)[^,]*,[^,]*),.*", "$1,CELL" },
	{ "operator", A, "^(\\+COPS: \\d,\\d),\"[^\"]*\"", "$1,\"OPERATOR\"" },
	{ "operator", A, "^(\\+CSPN: )\"[^\"]*\"", "$1\"OPERATOR\"" },
	{ "clock", C | A, "\"\\d{2}(?:\\d{2})?/\\d{2}/\\d{2},\\d{2}:\\d{2}:\\d{2}(?:[+-]\\d{2})?\"", "\"CLOCK\"" },
	{ "clock", A, "^(\\+CTZ[VE]: ).*", "$1CLOCK" },
	{ "position", A, "^(\\+CGPSINFO: ?|\\+CGNSSINFO: ?)(?=[^,]*\\d).*", "$1POSITION" },
	{ "position", A, "^(\\$G[A-Z]{4},)(?=.*\\d).*", "$1POSITION" },
	{ "voltage", A, "^(\\+CBC: )\\d+(?:\\.\\d+)?V", "$1V" },
	{ "temperature", A, "^(\\+CPMUTEMP: )-?\\d+", "$1T" },
	{ "round trip", A, "^(\\+CPING: 1,[^,]*,\\d+),\\d+,\\d+", "$1,MS,TTL" },
	{ "round trip", A, "^(\\+CPING: 3,\\d+,\\d+,\\d+),\\d+,\\d+,\\d+", "$1,MS,MS,MS" },
	{ "run id", C | A | D, "\\bhil-[0-9a-f]{8}\\b", "hil-RUN" },
};

#undef C
#undef A
#undef D

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

struct normaliser {
	pcre2_code *codes[ROWS];
	pcre2_match_data *data;
	pcre2_match_context *limits;
	struct buf view;
	PCRE2_UCHAR out[2 * VIEW_MAX_BYTES];
};

_Static_assert(ROWS <= 32, "a set of rows is 32 bits");

struct normaliser *normaliser_new(void)
{
	struct normaliser *n = calloc(1, sizeof(*n));
	PCRE2_SIZE at;
	int code;
	bool failed;

	if (!n)
		return NULL;
	buf_init(&n->view, SIZE_MAX);
	n->limits = pcre2_match_context_create(NULL);
	n->data = pcre2_match_data_create(8, NULL);
	failed = !n->limits || !n->data;
	for (size_t i = 0; i < ROWS && !failed; i++) {
		n->codes[i] = pcre2_compile((PCRE2_SPTR)rows[i].regex, PCRE2_ZERO_TERMINATED, PCRE2_DOLLAR_ENDONLY,
					    &code, &at, NULL);
		failed = !n->codes[i];
	}
	if (!failed) {
		pcre2_set_match_limit(n->limits, STEPS_MAX);
		return n;
	}
	normaliser_free(n);
	return NULL;
}

void normaliser_free(struct normaliser *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < ROWS; i++)
		pcre2_code_free(n->codes[i]);
	pcre2_match_data_free(n->data);
	pcre2_match_context_free(n->limits);
	buf_free(&n->view);
	free(n);
}

/* Replaces row's parts in n->view. True when there were any and the text changed. */
static bool replace(struct normaliser *n, size_t row)
{
	PCRE2_SIZE size = sizeof(n->out);
	int hits = pcre2_substitute(n->codes[row], (PCRE2_SPTR)buf_str(&n->view), n->view.len, 0,
				    PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_UNSET_EMPTY, n->data, n->limits,
				    (PCRE2_SPTR)rows[row].stand_in, PCRE2_ZERO_TERMINATED, n->out, &size);

	if (hits <= 0)
		return false;
	buf_reset(&n->view);
	buf_add(&n->view, n->out, size);
	return true;
}

uint32_t normalise(struct normaliser *n, enum normalise_of of, const void *p, size_t len, struct buf *out)
{
	uint32_t set = 0;

	buf_reset(&n->view);
	str_escape(&n->view, p, len);
	for (size_t i = 0; i < ROWS && n->view.len <= VIEW_MAX_BYTES; i++) {
		if (rows[i].of & (unsigned)of && replace(n, i))
			set |= UINT32_C(1) << i;
	}
	buf_add(out, buf_str(&n->view), n->view.len);
	return set;
}

/* Several rows have one name. */
static bool is_named(uint32_t set, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (set & UINT32_C(1) << k && !strcmp(rows[k].name, rows[i].name))
			return true;
	}
	return false;
}

void normalise_names(uint32_t set, struct buf *out)
{
	bool first = true;

	for (size_t i = 0; i < ROWS; i++) {
		if (!(set & UINT32_C(1) << i) || is_named(set, i))
			continue;
		buf_addf(out, "%s%s", first ? "" : ", ", rows[i].name);
		first = false;
	}
}
