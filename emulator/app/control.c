/*
 * The control language, one row a verb. It carries what a PTY cannot (power, network, unsolicited lines, faults) and
 * what a person or a scenario wants to know (status, profile, explain). `watch` belongs to the socket, not here.
 */
#include "app/control.h"
#include "app/control_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/explain.h"
#include "app/line.h"
#include "app/signals.h"
#include "at/at_fault.h"
#include "base/str.h"
#include "modem/dialup.h"
#include "modem/ftps.h"
#include "modem/gnss.h"
#include "modem/http.h"
#include "modem/mqtt.h"
#include "modem/net.h"
#include "modem/pdp.h"
#include "modem/sim.h"
#include "modem/sms_centre.h"
#include "modem/ussd.h"

int control_refuse(struct buf *reply, const char *what)
{
	buf_addf(reply, "%s\n", what);
	return -EINVAL;
}

const char *control_word(const char *s, struct buf *word)
{
	const char *end;
	char *raw;
	size_t bad;

	buf_reset(word);
	while (isspace((unsigned char)*s))
		s++;
	if (!*s)
		return NULL;
	if (*s != '"') {
		for (end = s; *end && !isspace((unsigned char)*end); end++)
			;
		buf_add(word, s, (size_t)(end - s));
		return end;
	}
	for (end = ++s; *end && *end != '"'; end++) {
		if (*end == '\\' && end[1])
			end++;
	}
	raw = strndup(s, (size_t)(end - s));
	bad = raw ? str_unescape(word, raw) : 1;
	free(raw);
	return *end == '"' && !bad ? end + 1 : NULL;
}

bool control_text(const char *s, struct buf *text)
{
	while (isspace((unsigned char)*s))
		s++;
	if (*s == '"')
		return control_word(s, text) != NULL;
	return *s && !str_unescape(text, s);
}

int control_pick(struct emu *m, const struct control_verb *verbs, size_t n, const char *args, struct buf *reply,
		 const char *usage)
{
	size_t len = strcspn(args, " \t");

	for (size_t i = 0; i < n; i++) {
		if (strlen(verbs[i].name) == len && !memcmp(verbs[i].name, args, len))
			return verbs[i].run(m, args + len + strspn(args + len, " \t"), reply);
	}
	return control_refuse(reply, usage);
}

static int run_status(struct emu *m, const char *args, struct buf *reply)
{
	(void)args;
	buf_addf(reply, "profile=%s\npower=%s\n", m->setup->profile->name, modem_is_on(m->modem) ? "on" : "off");
	buf_addf(reply, "sim=%s\n", sim_state_name(m->modem->sim));
	buf_addf(reply, "registered=%s\nnetopen=%s\n", net_is_registered(m->modem->net) ? "yes" : "no",
		 pdp_net_is_open(m->modem->pdp) ? "yes" : "no");
	buf_addf(reply, "mqtt=%s\n", mqtt_is_started(m->modem->mqtt) ? "started" : "stopped");
	for (int i = 0; i < MQTT_CLIENTS; i++)
		buf_addf(reply, "mqtt.%d=%s\n", i, mqtt_state_name(m->modem->mqtt, i));
	buf_addf(reply, "http=%s\n", http_state_name(m->modem->http));
	buf_addf(reply, "ftps=%s\n", ftps_state_name(m->modem->ftps));
	buf_addf(reply, "gnss=%s\nussd=%s\n", gnss_state_name(m->modem->gnss), ussd_state_name(m->modem->ussd));
	control_call_status(m, reply);
	dialup_status(m->modem->dialup, reply);
	line_status(m, reply);
	return 0;
}

/* Of `port NAME ...`, otherwise the UART's. */
static struct at_channel *addressed(const struct emu *m)
{
	return m->addressed ? m->addressed : m->host.channel[0];
}

static int run_urc(struct emu *m, const char *args, struct buf *reply)
{
	struct buf text;

	buf_init(&text, 4096);
	if (!*args || str_unescape(&text, args)) {
		buf_free(&text);
		return control_refuse(reply, "urc TEXT: text with \\r \\n \\xNN escapes");
	}
	trace_text(m->trace, TRACE_FAULT, "urc %s", args);
	if (m->addressed)
		at_urc(m->addressed, "%s", buf_str(&text));
	else
		cmd_urc(&m->host, "%s", buf_str(&text));
	buf_free(&text);
	return 0;
}

static int run_power(struct emu *m, const char *args, struct buf *reply)
{
	bool cycle = !strcmp(args, "cycle");

	if (!cycle && strcmp(args, "off") && strcmp(args, "on"))
		return control_refuse(reply, "power on|off|cycle");
	trace_text(m->trace, TRACE_FAULT, "power %s", args);
	if (cycle || !strcmp(args, "off"))
		modem_power_off(m->modem);
	if (cycle || !strcmp(args, "on"))
		modem_power_on(m->modem, MODEM_BOOT_COLD);
	return 0;
}

static int run_profile(struct emu *m, const char *args, struct buf *reply)
{
	const struct profile *p = m->setup->profile;
	char value[256];

	(void)args;
	buf_addf(reply, "name=%s\nrevision=%s\n", p->name, p->id.revision);
	for (int id = 0; id < QUIRK_COUNT; id++) {
		const struct quirk_source *src = &p->source[id];

		if (!*src->profile)
			continue;
		buf_addf(reply, "%s=%s\t%s\t%s\t%s\n", quirk_info((enum quirk_id)id)->name,
			 profile_value(p, (enum quirk_id)id, value, sizeof(value)), src->confidence, src->profile,
			 src->evidence);
	}
	return 0;
}

static int run_broker(struct emu *m, const char *args, struct buf *reply)
{
	return link_control(m->modem->link, args, reply);
}

static int run_reply(struct emu *m, const char *args, struct buf *reply)
{
	struct buf match, text, word;
	long long times = 1;
	const char *rest;
	int err = -EINVAL;

	buf_init(&match, 600);
	buf_init(&text, 4096);
	buf_init(&word, 64);
	rest = control_word(args, &match);
	rest = rest ? control_word(rest, &text) : NULL;
	if (rest) {
		rest = control_word(rest, &word);
		if (!rest || !str_to_num(buf_str(&word), word.len, 1, 1000000, &times))
			err = at_fault_reply(addressed(m), buf_str(&match), buf_str(&text), (unsigned)times);
	}
	if (err)
		control_refuse(reply, "reply MATCH TEXT [TIMES]: words with blanks or escapes in double quotes");
	buf_free(&match);
	buf_free(&text);
	buf_free(&word);
	return err;
}

static int run_mute(struct emu *m, const char *args, struct buf *reply)
{
	uint64_t us;

	if (str_to_duration_us(args, &us))
		return control_refuse(reply, "mute DURATION: 500ms, 30s");
	at_fault_mute(addressed(m), us);
	return 0;
}

static int run_faults(struct emu *m, const char *args, struct buf *reply)
{
	unsigned unfired = 0;

	(void)args;
	for (size_t i = 0; i < m->host.n; i++)
		unfired += at_faults_unfired(m->host.channel[i]);
	return buf_addf(reply, "unfired=%u\n", unfired);
}

static int run_sim(struct emu *m, const char *args, struct buf *reply)
{
	if (sim_set_state(m->modem->sim, args))
		return control_refuse(reply, "sim ready|pin|puk|absent|busy|failure");
	trace_text(m->trace, TRACE_FAULT, "sim %s", args);
	return 0;
}

static int sms_from(struct emu *m, const char *args, struct buf *reply)
{
	struct buf from, text;
	const char *rest;
	int err = -EINVAL;

	buf_init(&from, 64);
	buf_init(&text, 4096);
	rest = control_word(args, &from);
	if (rest && control_text(rest, &text))
		err = sms_centre_write(m->modem->sms->world, buf_str(&from), buf_str(&text));
	if (err == -ENOSPC)
		control_refuse(reply, "too many messages wait for the modem");
	else if (err == -ENOMEM)
		control_refuse(reply, "out of memory");
	else if (err)
		control_refuse(reply, "sms receive FROM TEXT: a number or a name of up to 11 characters, and text in UTF-8");
	buf_free(&from);
	buf_free(&text);
	return err;
}

static int sms_unit(struct emu *m, const char *args, struct buf *reply)
{
	const char *why = "it is not hex of at most 164 octets";
	struct buf tpdu;
	int err;

	buf_init(&tpdu, SMS_TPDU_MAX);
	err = str_unhex(&tpdu, args) ? -EINVAL : 0;
	if (!err)
		err = sms_centre_deliver(m->modem->sms->world, (const uint8_t *)buf_str(&tpdu), tpdu.len, &why);
	if (err == -ENOSPC)
		why = "too many messages wait for the modem";
	else if (err == -ENOMEM)
		why = "out of memory";
	if (err)
		buf_addf(reply, "sms pdu HEX: %s\n", why);
	buf_free(&tpdu);
	return err;
}

static int sms_refuse(struct emu *m, const char *args, struct buf *reply)
{
	long long code = 0, times = -1;
	struct buf word;
	const char *rest;
	bool good;

	buf_init(&word, 32);
	rest = control_word(args, &word);
	good = rest && (!strcmp(buf_str(&word), "off") || !str_to_num(buf_str(&word), word.len, 1, 512, &code));
	if (good && control_word(rest, &word))
		good = code && !str_to_num(buf_str(&word), word.len, 1, 1000000, &times);
	buf_free(&word);
	if (!good)
		return control_refuse(reply, "sms refuse CODE [TIMES] | sms refuse off: a cause of the network, 1 to 512");
	trace_text(m->trace, TRACE_FAULT, "sms refuse %s", args);
	sms_centre_refuse(m->modem->sms->world, (int)code, (long)times);
	return 0;
}

static int sms_list(struct emu *m, const char *args, struct buf *reply)
{
	(void)args;
	buf_addf(reply, "waiting=%zu\n", sms_centre_waiting(m->modem->sms->world));
	sms_centre_list(m->modem->sms->world, reply);
	return 0;
}

static int run_sms(struct emu *m, const char *args, struct buf *reply)
{
	static const struct control_verb whats[] = {
		{ "receive", sms_from, NULL },
		{ "pdu", sms_unit, NULL },
		{ "refuse", sms_refuse, NULL },
		{ "list", sms_list, NULL },
	};

	return control_pick(m, whats, sizeof(whats) / sizeof(whats[0]), args, reply,
			    "sms receive FROM TEXT | pdu HEX | list | refuse CODE [TIMES]|off");
}

/* LAT LON [ALT [SPEED [COURSE]]]; *want becomes what is wrong with them. */
static int take_position(const char *rest, struct position *p, const char **want)
{
	struct buf word;
	bool good = true;
	int n = 0;

	buf_init(&word, 64);
	while (good && (rest = control_word(rest, &word)) != NULL) {
		good = n < POSITION_MEMBERS && !position_set(p, n, buf_str(&word), want);
		n++;
	}
	buf_free(&word);
	if (good && n <= POSITION_LON)
		*want = "at least LAT and LON";
	return good && n > POSITION_LON ? 0 : -EINVAL;
}

static int run_gnss(struct emu *m, const char *args, struct buf *reply)
{
	static const char usage[] = "gnss fix LAT LON [ALT [SPEED [COURSE]]] | gnss lost";
	struct position p = { .seen = !strncmp(args, "fix ", 4) };
	const char *want = usage;

	if (!p.seen && strcmp(args, "lost"))
		return control_refuse(reply, usage);
	if (p.seen && take_position(args + 4, &p, &want))
		return control_refuse(reply, want);
	trace_text(m->trace, TRACE_FAULT, "gnss %s", args);
	gnss_set_position(m->modem->gnss, &p);
	return 0;
}

static int run_dialup(struct emu *m, const char *args, struct buf *reply)
{
	if (strcmp(args, "terminate"))
		return control_refuse(reply, "dialup terminate");
	if (!dialup_terminate(m->modem->dialup))
		return control_refuse(reply, "there is no data call");
	trace_text(m->trace, TRACE_FAULT, "dialup %s", args);
	return 0;
}

static int run_explain(struct emu *m, const char *args, struct buf *reply)
{
	if (!*args)
		return buf_adds(reply, m->last_why.len ? buf_str(&m->last_why) : "nothing has failed yet\n");
	if (explain_text(m->setup->profile, args, reply))
		return control_refuse(reply, "explain [CODE]: 32, cme 14, or a pasted result line");
	return 0;
}

/* NAME and a line about that port's commands and lines. */
static int run_port(struct emu *m, const char *args, struct buf *reply)
{
	size_t n = strcspn(args, " \t");
	const char *line = args + n + strspn(args + n, " \t");
	int err;

	m->addressed = line_channel(m, args, n);
	if (!m->addressed)
		return control_refuse(reply, "port NAME: uart, at or modem when there is one, mux1 to mux4 after AT+CMUX");
	err = control_run(m, line, reply);
	m->addressed = NULL;
	return err;
}

static int run_help(struct emu *m, const char *args, struct buf *reply);

static const struct control_verb verbs[] = {
	{ "status", run_status, "power, SIM, registration, services, one key=value a line" },
	{ "explain", run_explain, "[CODE] why the last non-zero result came, or what a code means here" },
	{ "profile", run_profile, "the revision and each quirk it sets, with confidence, origin and evidence" },
	{ "urc", run_urc, "TEXT an unsolicited line now", .of_port = true },
	{ "power", run_power, "on|off|cycle the supply" },
	{ "line", signals_control, "NAME on|off [DURATION] dtr, rts, pwrkey or reset is held so | alone: all lines, those of the modem too" },
	{ "net", control_net, "drop|up|stuck (nothing new is reached) | deactivate CID | NAME VALUE ... [over TIME]: rat, registration, csq, operator ...; alone: what there is" },
	{ "supply", control_supply, "MILLIVOLTS of the supply | dip: too short to say anything" },
	{ "temperature", control_temperature, "CELSIUS of the module" },
	{ "adc", control_adc, "MILLIVOLTS at the converter" },
	{ "gpio", control_gpio, "NUMBER [0|1] a pin, and what drives it from outside" },
	{ "sim", run_sim, "ready|pin|puk|absent|busy|failure" },
	{ "sms", run_sms, "receive FROM TEXT somebody writes | pdu HEX the same octet by octet | list what the modem sent"
	  " | refuse CODE [TIMES]|off" },
	{ "call", control_call, "from NUMBER|withheld [for TIME] somebody calls | answer | busy | hangup | dtmf KEYS | hold | resume [N] the other"
	  " end of call N does | list" },
	{ "ussd", control_ussd, "notify TEXT | request TEXT: the network has something to say by itself" },
	{ "gnss", run_gnss, "fix LAT LON [ALT [SPEED [COURSE]]] (degrees, m, knots, degrees) | lost: the sky over the antenna" },
	{ "dialup", run_dialup, "terminate: the modem ends its data calls (PPP) by itself" },
	{ "broker", run_broker, "publish TOPIC TEXT [qos N] [retain] | drop [close|reset] | refuse on|off | mute on|off | connect PORT [FROM]"
	  " | peers | peer N send TEXT|close|reset" },
	{ "reply", run_reply, "MATCH TEXT [TIMES] answer the next command lines that start with MATCH with TEXT", .of_port = true },
	{ "mute", run_mute, "DURATION no output for so long", .of_port = true },
	{ "port", run_port, "NAME urc|reply|mute ... the same on one port: uart, at, modem, mux1 to mux4" },
	{ "faults", run_faults, "how many armed faults have not fired" },
	{ "help", run_help, "this list" },
};

static int run_help(struct emu *m, const char *args, struct buf *reply)
{
	(void)m;
	(void)args;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		buf_addf(reply, "%-8s %s\n", verbs[i].name, verbs[i].help);
	return buf_adds(reply, "watch    (socket only) events as JSON lines from now on\n");
}

int control_run(struct emu *m, const char *line, struct buf *reply)
{
	size_t n = strcspn(line, " \t");
	const char *args = line + n;
	const char *names[sizeof(verbs) / sizeof(verbs[0]) + 1] = { 0 };
	const char *near;
	char word[32];

	while (*args == ' ' || *args == '\t')
		args++;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		names[i] = verbs[i].name;
		if (strlen(verbs[i].name) != n || memcmp(verbs[i].name, line, n))
			continue;
		if (m->addressed && !verbs[i].of_port)
			return control_refuse(reply, "port NAME urc|reply|mute ...");
		return verbs[i].run(m, args, reply);
	}
	str_copy(word, sizeof(word), line);
	word[n < sizeof(word) ? n : sizeof(word) - 1] = '\0';
	near = str_nearest(word, names);
	buf_addf(reply, near ? "unknown '%s' (did you mean '%s'?)\n" : "unknown '%s' (see help)\n", word, near);
	return -EINVAL;
}
