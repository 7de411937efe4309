/*
 * Runs inside mosquitto: knows users and forbidden topics, can end a connection where mosquitto itself would stay silent,
 * and says what its log does not. Each line it prints begins with "hil: ". A plugin of version 5, see mosquitto_broker.h;
 * no other file of the harness is in here.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

enum { LINE_MAX_BYTES = 70000, REFUSED = 5 };

/* One line of the rules file: "user NAME PASSWORD" (hex), "deny_publish FILTER", "deny_subscribe FILTER", "close". */
struct rule {
	struct rule *next;
	enum { RULE_USER, RULE_PUBLISH, RULE_SUBSCRIBE } kind;
	char *name, *password;
};

struct watch {
	struct rule *rules;
	bool has_users, close;
};

static char *unhex(const char *hex)
{
	size_t n = strlen(hex) / 2;
	char *text = calloc(n + 1, 1);

	for (size_t i = 0; text && i < n; i++) {
		char byte[3] = { hex[2 * i], hex[2 * i + 1] };

		text[i] = (char)strtoul(byte, NULL, 16);
	}
	return text;
}

static bool add_rule(struct watch *w, char *line)
{
	char *kind = strsep(&line, " "), *first = line;
	struct rule *r;

	if (!strcmp(kind, "close")) {
		w->close = true;
		return true;
	}
	r = first ? calloc(1, sizeof(*r)) : NULL;
	if (!r)
		return false;
	r->next = w->rules;
	w->rules = r;
	r->kind = !strcmp(kind, "user") ? RULE_USER : !strcmp(kind, "deny_publish") ? RULE_PUBLISH : RULE_SUBSCRIBE;
	if (r->kind != RULE_USER) {
		r->name = strdup(first);
		return r->name;
	}
	w->has_users = true;
	first = strsep(&line, " ");
	r->name = unhex(first);
	r->password = unhex(line ? line : "");
	return r->name && r->password;
}

static bool read_rules(struct watch *w, const char *path)
{
	char line[LINE_MAX_BYTES];
	FILE *in = fopen(path, "r");
	bool ok = in;

	while (ok && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		ok = add_rule(w, line);
	}
	if (in)
		fclose(in);
	return ok;
}

static bool may_enter(const struct watch *w, const char *user, const char *password)
{
	for (const struct rule *r = w->rules; r; r = r->next) {
		if (r->kind == RULE_USER && !strcmp(r->name, user ? user : "") && !strcmp(r->password, password ? password : ""))
			return true;
	}
	return !w->has_users;
}

static int on_auth(int event, void *data, void *ctx)
{
	const struct mosquitto_evt_basic_auth *ev = data;

	(void)event;
	if (may_enter(ctx, ev->username, ev->password))
		return MOSQ_ERR_SUCCESS;
	fprintf(stderr, "hil: refused %s %d\n", mosquitto_client_id(ev->client), REFUSED);
	return MOSQ_ERR_AUTH;
}

static bool is_denied(const struct watch *w, int kind, const char *topic)
{
	bool hit = false;

	for (const struct rule *r = w->rules; r && !hit; r = r->next) {
		if ((int)r->kind == kind)
			mosquitto_topic_matches_sub(r->name, topic, &hit);
	}
	return hit;
}

/* An error other than "denied" makes mosquitto end the connection, without an answer to what was asked. */
static int on_access(int event, void *data, void *ctx)
{
	const struct mosquitto_evt_acl_check *ev = data;
	const struct watch *w = ctx;
	bool subscribes = ev->access == MOSQ_ACL_SUBSCRIBE, denied;

	(void)event;
	if (!subscribes && ev->access != MOSQ_ACL_WRITE)
		return MOSQ_ERR_SUCCESS;
	denied = is_denied(w, subscribes ? RULE_SUBSCRIBE : RULE_PUBLISH, ev->topic);
	if (subscribes && !(denied && w->close))
		fprintf(stderr, "hil: subscribe %s %d\n", ev->topic, ev->qos);
	return !denied ? MOSQ_ERR_SUCCESS : w->close ? MOSQ_ERR_PROTOCOL : MOSQ_ERR_ACL_DENIED;
}

int mosquitto_plugin_version(int n, const int *versions)
{
	for (int i = 0; i < n; i++) {
		if (versions[i] == 5)
			return 5;
	}
	return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **data, struct mosquitto_opt *options, int n)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w || n != 1 || !read_rules(w, options[0].value))
		return MOSQ_ERR_INVAL;
	*data = w;
	mosquitto_callback_register(id, MOSQ_EVT_BASIC_AUTH, on_auth, NULL, w);
	return mosquitto_callback_register(id, MOSQ_EVT_ACL_CHECK, on_access, NULL, w);
}

int mosquitto_plugin_cleanup(void *data, struct mosquitto_opt *options, int n)
{
	struct watch *w = data;

	(void)options;
	(void)n;
	while (w && w->rules) {
		struct rule *r = w->rules;

		w->rules = r->next;
		free(r->name);
		free(r->password);
		free(r);
	}
	free(w);
	return MOSQ_ERR_SUCCESS;
}
