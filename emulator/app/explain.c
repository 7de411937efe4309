/*
 * Causes as rows: code, the rule that gives it, the quirk behind it, what holds then, and the way out. The running
 * modem adds the one cause that applied (trace_why); this table lists all that can.
 */
#include "app/explain.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "at/at.h"
#include "base/str.h"
#include "modem/mqtt.h"

#define NO_QUIRK QUIRK_COUNT

struct cause {
	int code;
	const char *rule;
	enum quirk_id quirk;		/* NO_QUIRK: holds on every revision */
	const char *value;		/* the quirk's value for which the row holds; NULL: any */
	const char *when;
	const char *way_out;
};

/* Rules R1 to R12: facts on the field thread; codes: manual V3.00, 16.3.1. */
static const struct cause causes[] = {
	{ 32, "R2", QUIRK_ID_tls_sni, "broken",
	  "enableSNI is 1 in the bound SSL context and this revision never completes a handshake then, whatever the "
	  "broker, CA, authmode or ciphers",
	  "AT+CSSLCFG=\"enableSNI\",<ctx>,0 where the broker does without; else update the modem firmware" },
	{ 32, "R3", NO_QUIRK, NULL,
	  "no server name was sent (enableSNI 0, or the revision has no SNI) and the server refuses such clients with a "
	  "TLS alert",
	  "AT+CSSLCFG=\"enableSNI\",<ctx>,1 on a revision whose SNI works" },
	{ 32, "tls", QUIRK_ID_tls_ciphers, NULL, "modem and server share no cipher suite or no protocol version",
	  "allow TLS 1.2 with an ECDHE-RSA AES suite on the server; ciphersuites 0xFFFF on the modem" },
	{ 32, "tls", QUIRK_ID_tls_ecdsa, "false", "the server has an ECDSA certificate only",
	  "give the server an RSA certificate" },
	{ 32, "tls", QUIRK_ID_tls_max_chain_bytes, NULL, "the server's chain is longer than the modem takes",
	  "serve a shorter chain" },
	{ 32, "x509", QUIRK_ID_tls_untrusted_code_mqtt, NULL,
	  "authmode verifies, and the CA does not sign the server's chain or a date is wrong (ignorelocaltime 0)",
	  "store the CA that signs the broker's chain; set the clock or ignorelocaltime 1" },
	{ 31, "R4", NO_QUIRK, NULL,
	  "TLS is up, but no server name was sent, so a broker that finds its tenant by SNI answers CONNACK 5 (not "
	  "authorized)",
	  "AT+CSSLCFG=\"enableSNI\",<ctx>,1 on a revision whose SNI works" },
	{ 31, "connack", NO_QUIRK, NULL, "the broker answers CONNACK 5: this client may not connect",
	  "check credentials and permissions on the broker" },
	{ 30, "connack", NO_QUIRK, NULL, "the broker answers CONNACK 4: bad user name or password", "check both" },
	{ 34, "R1", QUIRK_ID_tls_open_fail_code_mqtt, NULL,
	  "authmode verifies and the CA file is there but cannot be used (does not parse, damaged upload)",
	  "upload again with LF line ends and the exact byte count; compare with AT+CCERTLIST" },
	{ 33, "R1", QUIRK_ID_tls_missing_file_code_mqtt, NULL, "authmode needs a file that was never configured",
	  "set cacert (1, 2) and clientcert, clientkey (2, 3) with AT+CSSLCFG" },
	{ 26, "tls", NO_QUIRK, NULL, "the server closed the connection before its CONNACK",
	  "give the client certificate it asks for (authmode 2); check that the port speaks MQTT" },
	{ 25, "dns", NO_QUIRK, NULL, "the host name is unknown to the world",
	  "check the name; add the host to a --world file" },
	{ 23, "state", QUIRK_ID_mqtt_start_twice_code, NULL, "the service runs already (often after an MCU-only reset)",
	  "go on, or AT+CMQTTDISC, AT+CMQTTREL, AT+CMQTTSTOP first" },
	{ 22, "state", NO_QUIRK, NULL, "a length is outside the documented range", "see the test form" },
	{ 21, "state", QUIRK_ID_mqtt_stop_unreleased_code, NULL, "AT+CMQTTSTOP while a client is acquired",
	  "AT+CMQTTDISC and AT+CMQTTREL first" },
	{ 20, "state", NO_QUIRK, NULL, "the client was not acquired", "AT+CMQTTACCQ first" },
	{ 19, "state", NO_QUIRK, NULL, "the client is acquired already", "go on, or AT+CMQTTREL first" },
	{ 18, "state", NO_QUIRK, NULL, "no topic was entered (a publish wipes it, whatever its result)",
	  "AT+CMQTTTOPIC before each AT+CMQTTPUB" },
	{ 17, "state", NO_QUIRK, NULL, "the broker did not answer in time", "check the network, raise the timeout" },
	{ 14, "state", NO_QUIRK, NULL, "an operation of this client is under way", "wait for its result line" },
	{ 13, "state", NO_QUIRK, NULL, "the client is connected already", "AT+CMQTTDISC first" },
	{ 12, "state", NO_QUIRK, NULL, "an argument does not fit", "compare with the test form" },
	{ 11, "state", NO_QUIRK, NULL, "the client is not connected", "AT+CMQTTCONNECT first" },
	{ 9, "state", QUIRK_ID_mqtt_not_started_code, NULL, "the service is not started", "AT+CMQTTSTART first" },
	{ 6, "broker", NO_QUIRK, NULL, "the broker closed the connection because of what was sent (policy)",
	  "check the broker's topic permissions" },
	{ 3, "tcp", NO_QUIRK, NULL, "TCP connect was refused or the host is unreachable", "check host and port" },
};

/* The number a pasted line or argument ends with; "+CMQTTCONNECT: 0,32" -> 32. */
static int trailing_number(const char *text, long long *code)
{
	size_t end = strlen(text), begin;

	while (end && isspace((unsigned char)text[end - 1]))
		end--;
	for (begin = end; begin && isdigit((unsigned char)text[begin - 1]); begin--)
		;
	return str_to_num(text + begin, end - begin, 0, 9999, code);
}

static bool row_holds(const struct profile *p, const struct cause *c)
{
	char value[128];

	return c->quirk == NO_QUIRK || !c->value ||
	       !strcmp(profile_value(p, c->quirk, value, sizeof(value)), c->value);
}

static void add_quirk(const struct profile *p, enum quirk_id id, struct buf *out)
{
	const struct quirk_source *src = &p->source[id];
	char value[256];

	buf_addf(out, "      quirk %s=%s", quirk_info(id)->name, profile_value(p, id, value, sizeof(value)));
	buf_addf(out, "   evidence %s (%s)\n", src->evidence && *src->evidence ? src->evidence : "none, default",
		 src->confidence);
}

static void explain_mqtt(const struct profile *p, int code, struct buf *out)
{
	buf_addf(out, "CMQTT result %d: %s\non %s it comes from:\n", code, mqtt_err_text(code), p->name);
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		const struct cause *c = &causes[i];

		if (c->code != code || !row_holds(p, c))
			continue;
		buf_addf(out, "  %-7s %s\n", c->rule, c->when);
		if (c->quirk != NO_QUIRK)
			add_quirk(p, c->quirk, out);
		buf_addf(out, "      way out: %s\n", c->way_out);
	}
}

int explain_text(const struct profile *p, const char *text, struct buf *out)
{
	bool cme = strcasestr(text, "cme") != NULL, cms = strcasestr(text, "cms") != NULL;
	const char *meaning;
	long long code;

	if (trailing_number(text, &code))
		return -EINVAL;
	if (cme || cms) {
		meaning = cme ? at_cme_text((int)code) : at_cms_text((int)code);
		if (!meaning)
			return -EINVAL;
		return buf_addf(out, "+%s ERROR %lld: %s\n", cme ? "CME" : "CMS", code, meaning);
	}
	if (!mqtt_err_text((int)code))
		return -EINVAL;
	explain_mqtt(p, (int)code, out);
	return 0;
}

void explain_event(const struct trace_event *ev, struct buf *out)
{
	buf_addf(out, "why %s %d", ev->family, ev->code);
	if (ev->meaning)
		buf_addf(out, " (%s)", ev->meaning);
	buf_adds(out, ":\n");
	for (size_t i = 0; ev->why && i < ev->why->n; i++) {
		const struct why_step *s = &ev->why->step[i];

		buf_addf(out, "  %-7s %s\n", s->rule, s->text);
		if (s->quirk)
			buf_addf(out, "          quirk %s=%s   evidence %s (%s)\n", s->quirk, s->value,
				 s->evidence && *s->evidence ? s->evidence : "none", s->confidence);
	}
}
