/*
 * Command line of mqtt-node. Everything that could break an AT line or pass
 * a limit of the modem is refused here, so that the core need not check.
 */
#include "port/host/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parse {
	struct node_options *o;
	char *err;
	size_t err_size;
};

static int bad(struct parse *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int bad(struct parse *p, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(p->err, p->err_size, format, ap);
	va_end(ap);
	return OPTIONS_BAD;
}

static const char help_text[] =
	"usage: mqtt-node --port PATH --broker HOST:PORT [option]...\n"
	"\n"
	"MQTT(S) client for SIM7600-family modems on a serial port.\n"
	"\n"
	"connection\n"
	"  --port PATH            serial device or PTY of the modem\n"
	"  --baud N               115200\n"
	"  --broker HOST:PORT     default port 1883, 8883 with --tls\n"
	"  --tls                  MQTT over TLS\n"
	"  --sni auto|on|off      server name indication (auto)\n"
	"  --ca FILE              CA certificate, stored in the modem\n"
	"  --ca-name NAME         its name there, *.pem or *.der (the file's own)\n"
	"  --cert FILE --key FILE client certificate and key\n"
	"  --authmode 0..3        none, server, both, client (by the files)\n"
	"  --ciphers MASK         0x002F or 0xFFFF (left alone)\n"
	"  --user U --pass P      credentials\n"
	"  --client-id ID         mqtt-node\n"
	"  --keepalive S          60\n"
	"  --clean 0|1            1\n"
	"  --will TOPIC=TEXT      last will\n"
	"  --apn APN              as the modem has it\n"
	"messages\n"
	"  --subscribe TOPIC[,QOS]    repeatable; QoS default --qos\n"
	"  --publish TOPIC=TEXT   repeatable; {n} in TEXT is its number\n"
	"  --qos 0|1|2            0\n"
	"  --retain\n"
	"  --count N              rounds over the --publish list (1)\n"
	"  --interval DURATION    between rounds: 500ms, 10s, 2m, 1h (0)\n"
	"running\n"
	"  --exit-when connected|published|received=N|never\n"
	"                         published if there is a --publish, else never\n"
	"  --max-time DURATION    end anyway: exit 1, or 0 with never\n"
	"  --give-up              exit 1 instead of retrying for ever\n"
	"  --seed N               of the jitter between attempts (1)\n"
	"  -v, --verbose          debug lines too\n"
	"  --help, --version\n"
	"\n"
	"exit status: 0 done, 1 failed, 2 usage, 3 port trouble\n";

const char *node_options_help(void)
{
	return help_text;
}

enum option_id {
	OPT_PORT = 256,
	OPT_BAUD,
	OPT_BROKER,
	OPT_TLS,
	OPT_SNI,
	OPT_CA,
	OPT_CA_NAME,
	OPT_CERT,
	OPT_KEY,
	OPT_AUTHMODE,
	OPT_CIPHERS,
	OPT_USER,
	OPT_PASS,
	OPT_CLIENT_ID,
	OPT_KEEPALIVE,
	OPT_CLEAN,
	OPT_WILL,
	OPT_APN,
	OPT_SUBSCRIBE,
	OPT_PUBLISH,
	OPT_QOS,
	OPT_RETAIN,
	OPT_COUNT,
	OPT_INTERVAL,
	OPT_EXIT_WHEN,
	OPT_MAX_TIME,
	OPT_GIVE_UP,
	OPT_SEED,
	OPT_VERBOSE,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option long_options[] = {
	{"port", required_argument, NULL, OPT_PORT},
	{"baud", required_argument, NULL, OPT_BAUD},
	{"broker", required_argument, NULL, OPT_BROKER},
	{"tls", no_argument, NULL, OPT_TLS},
	{"sni", required_argument, NULL, OPT_SNI},
	{"ca", required_argument, NULL, OPT_CA},
	{"ca-name", required_argument, NULL, OPT_CA_NAME},
	{"cert", required_argument, NULL, OPT_CERT},
	{"key", required_argument, NULL, OPT_KEY},
	{"authmode", required_argument, NULL, OPT_AUTHMODE},
	{"ciphers", required_argument, NULL, OPT_CIPHERS},
	{"user", required_argument, NULL, OPT_USER},
	{"pass", required_argument, NULL, OPT_PASS},
	{"client-id", required_argument, NULL, OPT_CLIENT_ID},
	{"keepalive", required_argument, NULL, OPT_KEEPALIVE},
	{"clean", required_argument, NULL, OPT_CLEAN},
	{"will", required_argument, NULL, OPT_WILL},
	{"apn", required_argument, NULL, OPT_APN},
	{"subscribe", required_argument, NULL, OPT_SUBSCRIBE},
	{"publish", required_argument, NULL, OPT_PUBLISH},
	{"qos", required_argument, NULL, OPT_QOS},
	{"retain", no_argument, NULL, OPT_RETAIN},
	{"count", required_argument, NULL, OPT_COUNT},
	{"interval", required_argument, NULL, OPT_INTERVAL},
	{"exit-when", required_argument, NULL, OPT_EXIT_WHEN},
	{"max-time", required_argument, NULL, OPT_MAX_TIME},
	{"give-up", no_argument, NULL, OPT_GIVE_UP},
	{"seed", required_argument, NULL, OPT_SEED},
	{"verbose", no_argument, NULL, OPT_VERBOSE},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

/* ---- values ---- */

static int read_number(struct parse *p, const char *what, const char *text,
		       unsigned long min, unsigned long max,
		       unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end || errno || *value < min ||
	    *value > max)
		return bad(p, "%s: '%s' is not a number from %lu to %lu", what,
			   text, min, max);
	return 0;
}

static int read_duration(struct parse *p, const char *what, const char *text,
			 uint32_t *ms)
{
	static const struct {
		const char *unit;
		unsigned long ms;
	} units[] = {{"ms", 1}, {"", 1000}, {"s", 1000},
		     {"m", 60000}, {"h", 3600000}};
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || errno)
		return bad(p, "%s: '%s' is not a duration such as 500ms or 10s",
			   what, text);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		if (value > 0x7fffffff / units[i].ms)
			return bad(p, "%s: '%s' is too long (24 days at most)",
				   what, text);
		*ms = (uint32_t)(value * units[i].ms);
		return 0;
	}
	return bad(p, "%s: '%s' has no unit out of ms, s, m, h", what, text);
}

/* Text that goes between quotes on an AT line. */
static int check_quotable(struct parse *p, const char *what, const char *text,
			  size_t min, size_t max)
{
	size_t len = strlen(text);

	if (len < min || len > max)
		return bad(p, "%s: must have %zu to %zu characters, has %zu",
			   what, min, max, len);
	for (size_t i = 0; i < len; i++) {
		if (text[i] < 0x20 || text[i] > 0x7e || text[i] == '"')
			return bad(p, "%s: only printable ASCII without \" "
				   "can go on an AT line", what);
	}
	return 0;
}

static char *copy_part(struct node_options *o, const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		abort();
	memcpy(copy, text, len);
	copy[len] = '\0';
	o->copies[o->copy_count++] = copy;
	return copy;
}

static int check_topic(struct parse *p, const char *what, const char *topic)
{
	size_t len = strlen(topic);

	if (!len || len > MODEM_TOPIC_MAX)
		return bad(p, "%s: a topic has 1 to %d bytes", what,
			   MODEM_TOPIC_MAX);
	return 0;
}

/* ---- options with more to them ---- */

static int set_broker(struct parse *p, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	struct node_config *c = &p->o->config;
	unsigned long port;

	if (strstr(text, "://"))
		return bad(p, "--broker: give HOST:PORT, not a URL");
	if (c->host)
		return bad(p, "--broker: given twice");
	c->host = copy_part(p->o, text, len);
	if (check_quotable(p, "--broker", c->host, 1, MODEM_HOST_MAX))
		return OPTIONS_BAD;
	if (!colon)
		return 0;
	if (read_number(p, "--broker", colon + 1, 1, 65535, &port))
		return OPTIONS_BAD;
	c->port = (uint16_t)port;
	return 0;
}

static int set_sni(struct parse *p, const char *text)
{
	static const char *const names[] = {"auto", "on", "off"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(text, names[i]) == 0) {
			p->o->config.sni = (enum sni_mode)i;
			return 0;
		}
	}
	return bad(p, "--sni: '%s' is none of auto, on, off", text);
}

static int split_message(struct parse *p, const char *what, const char *text,
			 struct node_message *m)
{
	const char *equals = strchr(text, '=');
	size_t size;

	if (!equals)
		return bad(p, "%s: '%s' is not TOPIC=TEXT", what, text);
	m->topic = copy_part(p->o, text, (size_t)(equals - text));
	m->text = equals + 1;
	if (check_topic(p, what, m->topic))
		return OPTIONS_BAD;
	size = strlen(m->topic) + strlen(m->text);
	if (size > NODE_OUTBOX_BYTES - 32)
		return bad(p, "%s: %zu bytes do not fit the queue of %d", what,
			   size, NODE_OUTBOX_BYTES);
	if (strstr(m->text, "{n}") && strlen(m->text) > 200)
		return bad(p, "%s: a text with {n} has at most 200 bytes",
			   what);
	return 0;
}

static int set_will(struct parse *p, const char *text)
{
	struct node_message *will = &p->o->config.will;

	if (will->topic)
		return bad(p, "--will: given twice");
	if (split_message(p, "--will", text, will))
		return OPTIONS_BAD;
	if (!will->text[0] || strlen(will->text) > 1024)
		return bad(p, "--will: the text has 1 to 1024 bytes");
	return 0;
}

static int add_message(struct parse *p, const char *text)
{
	struct node_options *o = p->o;

	if (o->message_count == OPTIONS_MESSAGES_MAX)
		return bad(p, "--publish: at most %d", OPTIONS_MESSAGES_MAX);
	return split_message(p, "--publish", text,
			     &o->messages[o->message_count++]);
}

#define QOS_DEFAULT 255 /* filled in when --qos is known */

static int add_topic(struct parse *p, const char *text)
{
	const char *comma = strrchr(text, ',');
	struct node_options *o = p->o;
	struct node_topic *t = &o->topics[o->topic_count];
	unsigned long qos = QOS_DEFAULT;

	if (o->topic_count == OPTIONS_TOPICS_MAX)
		return bad(p, "--subscribe: at most %d", OPTIONS_TOPICS_MAX);
	o->topic_count++;
	if (comma && read_number(p, "--subscribe", comma + 1, 0, 2, &qos))
		return OPTIONS_BAD;
	t->qos = (uint8_t)qos;
	t->topic = copy_part(o, text, comma ? (size_t)(comma - text) :
					      strlen(text));
	return check_topic(p, "--subscribe", t->topic);
}

static int set_exit_when(struct parse *p, const char *text)
{
	struct node_config *c = &p->o->config;
	unsigned long n;

	p->o->goal_given = true;
	if (strcmp(text, "connected") == 0) {
		c->goal = NODE_GOAL_CONNECTED;
	} else if (strcmp(text, "published") == 0) {
		c->goal = NODE_GOAL_PUBLISHED;
	} else if (strcmp(text, "never") == 0) {
		c->goal = NODE_GOAL_NEVER;
	} else if (strncmp(text, "received=", 9) == 0) {
		if (read_number(p, "--exit-when received", text + 9, 1,
				1000000000, &n))
			return OPTIONS_BAD;
		c->goal = NODE_GOAL_RECEIVED;
		c->goal_count = (uint32_t)n;
	} else {
		return bad(p, "--exit-when: '%s' is none of connected, "
			   "published, received=N, never", text);
	}
	return 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int set_file(const char *path, struct node_file *f)
{
	f->data = (const uint8_t *)path; /* the path until load_file() */
	if (!f->name)
		f->name = base_name(path);
	return 0;
}

/* ---- one option ---- */

struct number_option {
	enum option_id id;
	const char *name;
	unsigned long min;
	unsigned long max;
};

static const struct number_option number_options[] = {
	{OPT_BAUD, "--baud", 300, 4000000},
	{OPT_AUTHMODE, "--authmode", 0, 3},
	{OPT_CIPHERS, "--ciphers", 1, 0xffff},
	{OPT_KEEPALIVE, "--keepalive", 1, 64800},
	{OPT_CLEAN, "--clean", 0, 1},
	{OPT_QOS, "--qos", 0, 2},
	{OPT_COUNT, "--count", 1, 1000000000},
	{OPT_SEED, "--seed", 0, 0xffffffff},
};

static void store_number(struct node_options *o, int id, unsigned long v)
{
	struct node_config *c = &o->config;

	if (id == OPT_BAUD)
		o->baud = (unsigned)v;
	else if (id == OPT_AUTHMODE)
		c->authmode = (uint8_t)v;
	else if (id == OPT_CIPHERS)
		c->ciphers = (uint32_t)v;
	else if (id == OPT_KEEPALIVE)
		c->keepalive_s = (uint16_t)v;
	else if (id == OPT_CLEAN)
		c->clean = v != 0;
	else if (id == OPT_QOS)
		c->qos = (uint8_t)v;
	else if (id == OPT_COUNT)
		c->count = (uint32_t)v;
	else
		c->seed = (uint32_t)v;
}

static int take_number(struct parse *p, int id, const char *text)
{
	size_t n = sizeof(number_options) / sizeof(number_options[0]);
	unsigned long v;

	for (size_t i = 0; i < n; i++) {
		const struct number_option *row = &number_options[i];

		if ((int)row->id != id)
			continue;
		if (read_number(p, row->name, text, row->min, row->max, &v))
			return OPTIONS_BAD;
		store_number(p->o, id, v);
		return 0;
	}
	return bad(p, "option without a handler");
}

static int take_flag(struct parse *p, int id)
{
	struct node_options *o = p->o;

	if (id == OPT_TLS)
		o->config.tls = true;
	else if (id == OPT_RETAIN)
		o->config.retain = true;
	else if (id == OPT_GIVE_UP)
		o->config.give_up = true;
	else if (id == OPT_VERBOSE || id == 'v')
		o->verbose = true;
	else if (id == OPT_HELP || id == 'h')
		return OPTIONS_HELP;
	else if (id == OPT_VERSION)
		return OPTIONS_VERSION;
	return 0;
}

static int take_credential(struct parse *p, int id, const char *text)
{
	struct node_config *c = &p->o->config;

	if (id == OPT_USER)
		c->user = text;
	else
		c->pass = text;
	return check_quotable(p, id == OPT_USER ? "--user" : "--pass", text, 1,
			      MODEM_CREDENTIAL_MAX);
}

static int take_option(struct parse *p, int id, char *text)
{
	struct node_options *o = p->o;
	struct node_config *c = &o->config;

	switch (id) {
	case OPT_PORT:
		o->port = text;
		return 0;
	case OPT_BROKER:
		return set_broker(p, text);
	case OPT_SNI:
		return set_sni(p, text);
	case OPT_CA:
		return set_file(text, &c->ca);
	case OPT_CA_NAME:
		c->ca.name = text;
		return 0;
	case OPT_CERT:
		return set_file(text, &c->cert);
	case OPT_KEY:
		return set_file(text, &c->key);
	case OPT_USER:
	case OPT_PASS:
		return take_credential(p, id, text);
	case OPT_CLIENT_ID:
		c->client_id = text;
		return check_quotable(p, "--client-id", text, 1, 128);
	case OPT_WILL:
		return set_will(p, text);
	case OPT_APN:
		c->apn = text;
		return check_quotable(p, "--apn", text, 1, 100);
	case OPT_SUBSCRIBE:
		return add_topic(p, text);
	case OPT_PUBLISH:
		return add_message(p, text);
	case OPT_INTERVAL:
		return read_duration(p, "--interval", text, &c->interval_ms);
	case OPT_MAX_TIME:
		return read_duration(p, "--max-time", text, &c->max_time_ms);
	case OPT_EXIT_WHEN:
		return set_exit_when(p, text);
	default:
		return text ? take_number(p, id, text) : take_flag(p, id);
	}
}

/* ---- the whole ---- */

static int load_file(struct parse *p, size_t index, struct node_file *f)
{
	const char *path = (const char *)f->data;
	uint8_t *data;
	size_t n;
	FILE *file;

	if (!path)
		return 0;
	f->data = NULL;
	file = fopen(path, "rb");
	if (!file)
		return bad(p, "%s: %s", path, strerror(errno));
	data = malloc(MODEM_CERT_MAX + 1);
	if (!data)
		abort();
	p->o->files[index] = data;
	n = fread(data, 1, MODEM_CERT_MAX + 1, file);
	if (ferror(file)) {
		fclose(file);
		return bad(p, "%s: cannot be read", path);
	}
	fclose(file);
	if (!n || n > MODEM_CERT_MAX)
		return bad(p, "%s: has %s, the modem takes 1 to %d bytes", path,
			   n ? "too much" : "nothing", MODEM_CERT_MAX);
	f->data = data;
	f->size = n;
	return 0;
}

/* The longest AT line is CMQTTCONNECT: 559 characters behind "AT". */
static int check_line(struct parse *p)
{
	const struct node_config *c = &p->o->config;
	size_t len = strlen("+CMQTTCONNECT=0,\"tcp://:65535\",64800,1") +
		     strlen(c->host);

	if (c->user)
		len += strlen(c->user) + 3;
	if (c->pass)
		len += strlen(c->pass) + 3;
	if (len > 559)
		return bad(p, "--broker, --user and --pass together are too "
			   "long for one AT line");
	return 0;
}

/* CCERTDOWN takes no other endings (manual V3.00, 17.2.3). */
static int check_name(struct parse *p, const char *what,
		      const struct node_file *f)
{
	size_t len = f->name ? strlen(f->name) : 0;

	if (!f->name)
		return 0;
	if (check_quotable(p, what, f->name, MODEM_CERT_NAME_MIN,
			   MODEM_CERT_NAME_MAX))
		return OPTIONS_BAD;
	if (!f->data || strcmp(f->name + len - 4, ".pem") == 0 ||
	    strcmp(f->name + len - 4, ".der") == 0)
		return 0;
	return bad(p, "%s: the modem stores names ending in .pem or .der only, "
		   "not '%s'", what, f->name);
}

static int check_together(struct parse *p)
{
	const struct node_config *c = &p->o->config;

	if (!c->host)
		return bad(p, "--broker is missing");
	if (c->pass && !c->user)
		return bad(p, "--pass needs --user");
	if (!c->cert.name != !c->key.name)
		return bad(p, "--cert and --key go together");
	if (!c->tls && (c->ca.name || c->cert.name || c->ciphers ||
			c->authmode != NODE_AUTHMODE_AUTO ||
			c->sni != SNI_AUTO))
		return bad(p, "certificates, --authmode, --ciphers and --sni "
			   "need --tls");
	if ((c->authmode == 1 || c->authmode == 2) && !c->ca.name)
		return bad(p, "--authmode %u needs --ca or --ca-name",
			   c->authmode);
	if ((c->authmode == 2 || c->authmode == 3) && !c->cert.name)
		return bad(p, "--authmode %u needs --cert and --key",
			   c->authmode);
	if (c->goal == NODE_GOAL_PUBLISHED && !c->publish_count)
		return bad(p, "--exit-when published needs --publish");
	if (c->goal == NODE_GOAL_RECEIVED && !c->subscribe_count)
		return bad(p, "--exit-when received needs --subscribe");
	if (check_name(p, "--ca-name", &c->ca) ||
	    check_name(p, "--cert", &c->cert) ||
	    check_name(p, "--key", &c->key))
		return OPTIONS_BAD;
	return check_line(p);
}

static int finish(struct parse *p)
{
	struct node_options *o = p->o;
	struct node_config *c = &o->config;

	c->subscribe = o->topics;
	c->subscribe_count = o->topic_count;
	c->publish = o->messages;
	c->publish_count = o->message_count;
	for (size_t i = 0; i < o->topic_count; i++) {
		if (o->topics[i].qos == QOS_DEFAULT)
			o->topics[i].qos = c->qos;
	}
	if (!c->port)
		c->port = c->tls ? 8883 : 1883;
	if (!o->goal_given && c->publish_count)
		c->goal = NODE_GOAL_PUBLISHED;
	if (check_together(p) || load_file(p, 0, &c->ca) ||
	    load_file(p, 1, &c->cert) || load_file(p, 2, &c->key))
		return OPTIONS_BAD;
	return 0;
}

static void set_defaults(struct node_options *o)
{
	memset(o, 0, sizeof(*o));
	o->baud = 115200;
	o->config.authmode = NODE_AUTHMODE_AUTO;
	o->config.client_id = "mqtt-node";
	o->config.keepalive_s = 60;
	o->config.clean = true;
	o->config.count = 1;
	o->config.seed = 1;
}

/* getopt_long has said nothing: opterr is 0 and the list begins with ':'. */
static int unknown(struct parse *p, int kind, const char *word)
{
	if (kind == ':')
		return bad(p, "%s needs a value", word);
	return bad(p, "unknown or ambiguous option %s, or a value where none "
		   "belongs (see --help)", word);
}

int node_options_parse(int argc, char **argv, struct node_options *o, char *err,
		  size_t err_size)
{
	struct parse p = {o, err, err_size};

	set_defaults(o);
	if (err_size)
		err[0] = '\0';
	optind = 0; /* getopt starts over: the harness parses many lines */
	opterr = 0;
	for (;;) {
		int id = getopt_long(argc, argv, ":hv", long_options, NULL);
		int result;

		if (id == -1)
			break;
		if (id == '?' || id == ':')
			return unknown(&p, id, argv[optind - 1]);
		result = take_option(&p, id, optarg);
		if (result)
			return result;
	}
	if (optind < argc)
		return bad(&p, "'%s' belongs to no option", argv[optind]);
	return finish(&p);
}

void node_options_free(struct node_options *o)
{
	for (size_t i = 0; i < o->copy_count; i++)
		free(o->copies[i]);
	for (size_t i = 0; i < 3; i++)
		free(o->files[i]);
	o->copy_count = 0;
	memset(o->files, 0, sizeof(o->files));
}
