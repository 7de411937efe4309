/*
 * The search. A change is a row of a table, or made from the shipped revisions and the known brokers; it is tried by
 * playing the session again, up to the failing command, with the change made right before it.
 */
#include "harness/reproduce/change.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "harness/reproduce/cause.h"
#include "harness/reproduce/dump.h"
#include "harness/reproduce/format.h"
#include "harness/reproduce/outcome.h"
#include "harness/wire/exchange_rows.h"

enum { TEXT_MAX_BYTES = 4096, PAIRS_MAX = 400, PAIRS_KEPT = 4, PAIRS_MORE = 100, HOST_SIZE = 256, NAME_SIZE = 32 };

/* Firmware with a setting or a certificate is less than another broker; that with a setting is less than another
 * module. */
static const unsigned class_cost[CHANGE_CLASSES] = { 100, 200, 300, 600, 900 };

static const char *const class_names[CHANGE_CLASSES] = { "setting", "certificate", "firmware", "broker", "module" };

/* One AT command; %u is the SSL context, or the client where client says so. */
static const struct setting {
	const char *field, *value;
	unsigned extra;
	const char *note;
} settings[] = {
	{ "enableSNI", "0", 0, "" },
	{ "enableSNI", "1", 0, "" },
	{ "sslversion", "4", 0, "" },
	{ "sslversion", "3", 1, "" },
	{ "ciphersuites", "0xFFFF", 0, "" },
	{ "ignorelocaltime", "1", 2, "dates are not checked then" },
	{ "authmode", "0", 5, "the broker is not verified then" },
};

/* What to say before a command whose result complains of the order; the first of equal ones that works is the smallest.
 */
static const struct repair {
	const char *name;
	int code;
	const char *commands[3];
} repairs[] = {
	{ "+CMQTTSTART", 23, { "AT+CMQTTSTOP" } },
	{ "+CMQTTSTART", 23, { "AT+CMQTTREL=0", "AT+CMQTTSTOP" } },
	{ "+CMQTTSTART", 23, { "AT+CMQTTDISC=0,120", "AT+CMQTTREL=0", "AT+CMQTTSTOP" } },
	{ "+CMQTTSTOP", 21, { "AT+CMQTTREL=0" } },
	{ "+CMQTTSTOP", 21, { "AT+CMQTTDISC=0,120", "AT+CMQTTREL=0" } },
	{ "+CMQTTACCQ", 19, { "AT+CMQTTREL=0" } },
	{ "+CMQTTACCQ", 19, { "AT+CMQTTDISC=0,120", "AT+CMQTTREL=0" } },
	{ "+CMQTTACCQ", 9, { "AT+CMQTTSTART" } },
	{ "+CMQTTCONNECT", 13, { "AT+CMQTTDISC=0,120" } },
	{ "+CMQTTCONNECT", 20, { "AT+CMQTTACCQ=0,\"client1\",0" } },
	{ "+CMQTTCONNECT", 20, { "AT+CMQTTACCQ=0,\"client1\",1", "AT+CMQTTSSLCFG=0,0" } },
	{ "+CMQTTCONNECT", 9, { "AT+CMQTTSTART", "AT+CMQTTACCQ=0,\"client1\",0" } },
	{ "+CMQTTCONNECT", 9, { "AT+CMQTTSTART", "AT+CMQTTACCQ=0,\"client1\",1", "AT+CMQTTSSLCFG=0,0" } },
	{ "+CIPOPEN", 2, { "AT+NETOPEN" } },
	{ "+HTTPACTION", -1, { "AT+HTTPINIT" } },
	{ "+CCHOPEN", -1, { "AT+CCHSTART" } },
	{ "+CFTPSLOGIN", -1, { "AT+CFTPSSTART" } },
};

/* Any day at which the certificates of the known brokers hold. */
#define SET_CLOCK "AT+CCLK=\"25/01/01,00:00:00+00\""

static const char ca_name[] = "right-ca.pem", cert_name[] = "client-cert.pem", key_name[] = "client-key.pem";

const char *change_class_name(enum change_class class)
{
	return class_names[class];
}

/* --- the list of changes --------------------------------------------------------------------------------------- */

struct work {
	const struct change_case *c;
	struct pool *pool;
	struct search *out;
	struct change *changes;
	size_t n;
	unsigned ctx, client;
	struct dump ssl; /* right before the failing command */
	bool bound, tls;
	const struct broker *broker; /* of the failing command; NULL: not known */
	char host[HOST_SIZE];
	size_t host_at, host_len; /* inside the failing command; 0: it names none */
	struct err *e;
};

static struct change *add(struct work *w, enum change_class class, unsigned extra, const char *what, const char *note)
{
	struct change *c;

	w->changes = pool_grow(w->pool, w->changes, w->n, sizeof(*w->changes));
	c = &w->changes[w->n++];
	*c = (struct change){ .class = class, .cost = class_cost[class] + extra, .what = what, .note = note };
	return c;
}

static const char *field_now(const struct work *w, const char *tag)
{
	for (size_t i = 0; i < DUMP_FIELDS; i++) {
		if (!strcmp(dump_tag(i), tag))
			return w->ssl.context[w->ctx].field[i];
	}
	return "";
}

static const struct act *failing(const struct work *w)
{
	return &w->c->script->acts[w->c->act];
}

/* A prompt that never got all it waits for. */
static void add_whole_data(struct work *w)
{
	long want = rows_data_length(failing(w)->command);
	struct change *c;

	if (want <= 0 || (size_t)want == failing(w)->data_len)
		return;
	c = add(w, CHANGE_SETTING, 0, format_text(w->pool, "all %ld bytes after the prompt", want), "");
	c->whole_data = true;
}

static const char *joined(struct work *w, const char *const commands[3])
{
	return format_text(w->pool, "%s%s%s%s%s", commands[0], commands[1] ? ", " : "", commands[1] ? commands[1] : "",
			   commands[1] && commands[2] ? ", " : "", commands[1] && commands[2] ? commands[2] : "");
}

static void add_repairs(struct work *w)
{
	const int code = outcome_of(w->c->result).code;
	char name[NAME_SIZE] = "";

	command_name(failing(w)->command, name, sizeof(name));
	for (size_t i = 0; i < sizeof(repairs) / sizeof(repairs[0]); i++) {
		const struct repair *r = &repairs[i];
		struct change *c;

		if (strcmp(r->name, name) || r->code != code)
			continue;
		c = add(w, CHANGE_SETTING, (unsigned)i, joined(w, r->commands), "");
		memcpy(c->commands, r->commands, sizeof(c->commands));
	}
}

static void add_settings(struct work *w)
{
	for (size_t i = 0; w->tls && i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct setting *s = &settings[i];
		struct change *c;

		if (!strcasecmp(field_now(w, s->field), s->value))
			continue;
		c = add(w, CHANGE_SETTING, s->extra,
			format_text(w->pool, "AT+CSSLCFG=\"%s\",%u,%s", s->field, w->ctx, s->value), s->note);
		c->command = c->what;
		c->field = s->field;
	}
	if (w->tls && !strcmp(field_now(w, "ignorelocaltime"), "0"))
		add(w, CHANGE_SETTING, 1, SET_CLOCK, "")->command = SET_CLOCK;
	if (w->tls && !w->bound && !strncasecmp(failing(w)->command, "AT+CMQTT", 8)) {
		struct change *c =
			add(w, CHANGE_SETTING, 0, format_text(w->pool, "AT+CMQTTSSLCFG=%u,%u", w->client, w->ctx), "");

		c->command = c->what;
	}
}

static void add_files(struct work *w)
{
	const char *authmode = field_now(w, "authmode");
	struct change *c;

	if (!w->tls)
		return;
	if (w->broker && !w->c->ca_known_good) {
		c = add(w, CHANGE_FILE, 0,
			format_text(w->pool, "%s, the CA that ends the broker's chain, as \"cacert\"", w->broker->ca),
			"");
		c->file = w->broker->ca;
		c->file_name = ca_name;
		c->field = "cacert";
		c->commands[0] = format_text(w->pool, "AT+CSSLCFG=\"cacert\",%u,\"%s\"", w->ctx, ca_name);
	}
	if (!strcmp(authmode, "2") || !strcmp(authmode, "3"))
		return;
	c = add(w, CHANGE_FILE, 10, "a client certificate with its key, and authmode 2", "");
	c->file = cert_name;
	c->file_name = cert_name;
	c->file2 = key_name;
	c->file2_name = key_name;
	c->field = "authmode";
	c->commands[0] = format_text(w->pool, "AT+CSSLCFG=\"clientcert\",%u,\"%s\"", w->ctx, cert_name);
	c->commands[1] = format_text(w->pool, "AT+CSSLCFG=\"clientkey\",%u,\"%s\"", w->ctx, key_name);
	c->commands[2] =
		format_text(w->pool, "AT+CSSLCFG=\"authmode\",%u,%s", w->ctx, *field_now(w, "cacert") ? "2" : "3");
}

static void add_revisions(struct work *w)
{
	const char *family = revision_family(w->c->revision, w->pool);
	unsigned order[2] = { 0 };

	for (size_t i = 0; i < w->c->revisions->n; i++) {
		const struct revision *r = &w->c->revisions->items[i];
		bool same = !strcmp(revision_family(r, w->pool), family);
		bool older = same && strcmp(r->revision, w->c->revision->revision) < 0;

		/* What a few reports tell of makes no remedy, but for a revision that is known no better. */
		if (r == w->c->revision || (r->field && !(same && w->c->revision->field)))
			continue;
		add(w, same ? CHANGE_FIRMWARE : CHANGE_MODULE, (older ? 50 : 0) + order[same]++,
		    format_text(w->pool, "%s %s", same ? "firmware" : "a module with", r->name), older ? "older" : "")
			->revision = r;
	}
}

static void add_brokers(struct work *w)
{
	unsigned order = 0;

	for (const struct broker *b = brokers; w->host_len && b->match; b++) {
		if (b != w->broker)
			add(w, CHANGE_BROKER, order++, format_text(w->pool, "broker %s", b->match), "")->broker = b;
	}
}

static int by_cost(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return x->cost != y->cost ? (x->cost > y->cost) - (x->cost < y->cost) : strcmp(x->what, y->what);
}

/* --- the state at the failing command -------------------------------------------------------------------------- */

static const char *const bindings[] = { "AT+CMQTTSSLCFG=", "AT+CCHSSLCFG=", NULL };

/* What stands behind the = of a command that binds a client to an SSL context; NULL: it is none. */
static const char *after_binding(const char *command)
{
	for (const char *const *b = bindings; *b; b++) {
		if (!strncasecmp(command, *b, strlen(*b)))
			return command + strlen(*b);
	}
	return NULL;
}

static void follow(struct work *w, const char *command)
{
	long long client, ctx;
	const char *value, *args, *comma;
	unsigned c;
	size_t field;

	if (dump_setting(command, w->pool, &field, &c, &value))
		w->ssl.context[c].field[field] = value;
	args = after_binding(command);
	comma = args ? strchr(args, ',') : NULL;
	if (!comma || str_to_num(args, (size_t)(comma - args), 0, 1, &client) ||
	    str_to_num(comma + 1, strlen(comma + 1), 0, DUMP_CONTEXTS - 1, &ctx) || client != w->client)
		return;
	w->ctx = (unsigned)ctx;
	w->bound = true;
}

/* Commands whose first argument is a client; it uses the SSL context of its number until it is bound (manual 16.2.6).
 */
static void find_client(struct work *w, const char *command)
{
	const char *s = strchr(command, '=');
	bool has = !strncasecmp(command, "AT+CMQTT", 8) || !strncasecmp(command, "AT+CCH", 6);

	if (has && s && (s[1] == '0' || s[1] == '1'))
		w->client = (unsigned)(s[1] - '0');
	w->ctx = w->client;
}

/* Whether anything up to the failing command speaks TLS. */
static bool speaks_tls(const struct script *s, size_t act)
{
	static const char *const words[] = { ":8883", "https://", "+CMQTTSSLCFG=", "+CCHSSLCFG=", "+CCHOPEN=", NULL };

	for (size_t i = 0; i <= act; i++) {
		for (const char *const *word = words; s->acts[i].command && *word; word++) {
			if (strstr(s->acts[i].command, *word))
				return true;
		}
	}
	return false;
}

static void find_state(struct work *w)
{
	const struct script *s = w->c->script;
	const char *command = s->acts[w->c->act].command;

	w->ssl = dump_default();
	find_client(w, command);
	for (size_t i = 0; i < w->c->act; i++) {
		if (s->acts[i].command)
			follow(w, s->acts[i].command);
	}
	w->tls = speaks_tls(s, w->c->act);
	if (!broker_host_in(command, &w->host_at, &w->host_len) || w->host_len >= sizeof(w->host)) {
		w->host_len = 0;
		return;
	}
	memcpy(w->host, command + w->host_at, w->host_len);
	w->broker = broker_of_host(w->host);
}

/* --- one try --------------------------------------------------------------------------------------------------- */

static struct act *add_act(struct script *s, struct pool *pool, const char *command)
{
	s->acts = pool_grow(pool, s->acts, s->n, sizeof(*s->acts));
	s->acts[s->n] = (struct act){ .kind = ACT_SILENT, .command = command };
	return &s->acts[s->n++];
}

static void add_store(struct script *s, struct pool *pool, const char *file, const char *name)
{
	size_t n;
	const char *data = file ? broker_file(file, &n) : NULL;

	if (data)
		tale_store(s, pool, name, data, n);
}

static const char *with_host(const struct work *w, const char *command, const struct broker *b)
{
	return format_text(w->pool, "%.*s%s%s", (int)w->host_at, command, b->host, command + w->host_at + w->host_len);
}

static void apply(const struct work *w, const struct change *c, struct script *s, struct play_setup *setup,
		  struct act *last)
{
	const char *how;

	add_store(s, w->pool, c->file, c->file_name);
	add_store(s, w->pool, c->file2, c->file2_name);
	if (c->command)
		add_act(s, w->pool, c->command);
	for (size_t i = 0; i < sizeof(c->commands) / sizeof(c->commands[0]) && c->commands[i]; i++)
		add_act(s, w->pool, c->commands[i]);
	if (c->revision)
		setup->profile = c->revision->name;
	if (c->broker)
		last->command = with_host(w, last->command, c->broker);
	if (c->whole_data) {
		size_t n = (size_t)rows_data_length(last->command);

		last->data = play_fit_data(w->pool, last->data ? last->data : "", last->data_len, n, &how);
		last->data_len = n;
	}
}

/* A CA that is stored for a broker must fit the broker that is gone to. */
static void fit_ca(const struct work *w, struct script *s, const struct broker *b)
{
	for (size_t i = 0; b && w->broker && i < s->n; i++) {
		size_t n, own_n;
		const char *own = broker_file(w->broker->ca, &own_n), *data = broker_file(b->ca, &n);

		if (!own || !data || s->acts[i].data_len != own_n || memcmp(s->acts[i].data, own, own_n))
			continue;
		s->acts[i].command =
			format_text(w->pool, "%.*s,%zu", (int)(strrchr(s->acts[i].command, ',') - s->acts[i].command),
				    s->acts[i].command, n);
		s->acts[i].data = data;
		s->acts[i].data_len = n;
	}
}

static int try_out(struct work *w, const struct change *a, const struct change *b, struct tried *t)
{
	struct play_setup setup = *w->c->setup;
	struct script s = { 0 };
	struct play play;
	size_t first = w->c->act;
	struct act last = *failing(w);
	int err;

	for (size_t i = 0; i < first; i++)
		*add_act(&s, w->pool, NULL) = w->c->script->acts[i];
	apply(w, a, &s, &setup, &last);
	if (b)
		apply(w, b, &s, &setup, &last);
	fit_ca(w, &s, a->broker ? a->broker : b ? b->broker : NULL);
	*add_act(&s, w->pool, NULL) = last;
	err = play_run(&setup, &s, w->pool, &play, w->e);
	w->out->runs++;
	*t = (struct tried){ .a = a, .b = b };
	if (!err) {
		t->result = play.results[s.n - 1];
		t->ok = outcome_of(t->result).ok;
		t->cause = t->ok ? NULL : cause_of_act(&play, s.n - 1);
		for (size_t i = first; i + 1 < s.n; i++)
			t->refused = t->refused || !outcome_of(play.results[i]).ok;
	}
	play_free(&play);
	return err;
}

static int try_and_keep(struct work *w, const struct change *a, const struct change *b, bool keep_failures, bool *ok)
{
	struct tried t, *list;
	int err = try_out(w, a, b, &t);

	*ok = !err && t.ok && !t.refused;
	if (err || (!*ok && !keep_failures))
		return err;
	list = pool_grow(w->pool, (void *)w->out->tried, w->out->n, sizeof(*list));
	list[w->out->n++] = t;
	w->out->tried = list;
	return 0;
}

/* --- the search ------------------------------------------------------------------------------------------------ */

struct pair {
	const struct change *a, *b;
};

static int pair_by_cost(const void *x, const void *y)
{
	const struct pair *p = x, *q = y;
	unsigned a = p->a->cost + p->b->cost, b = q->a->cost + q->b->cost;

	if (a != b)
		return a > b ? 1 : -1;
	return p->a != q->a ? (p->a > q->a) - (p->a < q->a) : (p->b > q->b) - (p->b < q->b);
}

static bool can_join(const struct change *a, const struct change *b)
{
	if ((a->revision && b->revision) || (a->broker && b->broker))
		return false;
	return !a->field || !b->field || strcmp(a->field, b->field);
}

/* Pairs that cost less than the limit, from the smallest on: the first that works, and those that are hardly more. */
static int search_pairs(struct work *w, unsigned limit)
{
	struct pair *pairs = pool_alloc(w->pool, (w->n * w->n + 1) * sizeof(*pairs));
	size_t n = 0;
	unsigned kept = 0;
	bool ok;
	int err = 0;

	for (size_t i = 0; i < w->n; i++) {
		for (size_t k = i + 1; k < w->n; k++) {
			if (can_join(&w->changes[i], &w->changes[k]) && w->changes[i].cost + w->changes[k].cost < limit)
				pairs[n++] = (struct pair){ &w->changes[i], &w->changes[k] };
		}
	}
	qsort(pairs, n, sizeof(*pairs), pair_by_cost);
	for (size_t i = 0; !err && i < n && i < PAIRS_MAX && kept < PAIRS_KEPT; i++) {
		unsigned cost = pairs[i].a->cost + pairs[i].b->cost;

		if (cost > limit)
			break;
		err = try_and_keep(w, pairs[i].a, pairs[i].b, false, &ok);
		if (ok && !kept++)
			limit = cost + PAIRS_MORE < limit ? cost + PAIRS_MORE : limit;
	}
	return err;
}

static unsigned cost_of(const struct tried *t)
{
	return t->a->cost + (t->b ? t->b->cost : 0);
}

/* Another code, or the same for another reason. */
static bool is_other(const struct change_case *c, const struct tried *t)
{
	return strcmp(t->result, c->result ? c->result : "") || (t->cause && strcmp(t->cause->rule, c->rule));
}

static void find_best(struct work *w)
{
	struct search *out = w->out;

	out->best = out->next = NULL;
	for (size_t i = 0; i < out->n; i++) {
		const struct tried *t = &out->tried[i];
		bool moved = !t->refused && t->result && is_other(w->c, t);

		if (t->ok && !t->refused && (!out->best || cost_of(t) < cost_of(out->best)))
			out->best = t;
		if (!t->ok && moved && !out->next)
			out->next = t;
	}
}

int change_search(const struct change_case *c, struct pool *pool, struct search *out, struct err *e)
{
	struct work w = { .c = c, .pool = pool, .out = out, .e = e };
	bool ok;
	int err = 0;

	*out = (struct search){ 0 };
	find_state(&w);
	add_whole_data(&w);
	add_repairs(&w);
	add_settings(&w);
	add_files(&w);
	add_revisions(&w);
	add_brokers(&w);
	qsort(w.changes, w.n, sizeof(*w.changes), by_cost);
	for (size_t i = 0; !err && i < w.n; i++)
		err = try_and_keep(&w, &w.changes[i], NULL, true, &ok);
	find_best(&w);
	if (!err && (!out->best || out->best->a->class >= CHANGE_BROKER))
		err = search_pairs(&w, out->best ? cost_of(out->best) : UINT_MAX);
	find_best(&w);
	return err;
}
