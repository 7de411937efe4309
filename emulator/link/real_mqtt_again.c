/*
 * "Not authorized" from a broker that was told no server name: a stranger, or a tenant it could not find (rule R4)? Only a
 * second CONNECT with a name can tell; it has an id of its own and no will, so that it leaves no trace at the broker.
 */
#include <stdlib.h>
#include <string.h>

#include "link/real_mqtt.h"
#include "link/tls_policy.h"

static const uint64_t PATIENCE_US = 3000000;

struct real_mqtt_again {
	struct link_mqtt *second;
	char *user, *password;
	int version;
};

void real_mqtt_again_free(struct real_mqtt_again *a)
{
	if (!a)
		return;
	link_mqtt_close(a->second);
	free(a->user);
	free(a->password);
	free(a);
}

static bool copy(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return !from || *to;
}

void real_mqtt_again_prepare(struct real_mqtt *m, const struct link_mqtt_setup *setup)
{
	struct real_mqtt_again *a;

	if (!m->tls || real_tls_info(m->tls)->sni || route_is_address(setup->host))
		return;
	a = calloc(1, sizeof(*a));
	if (a && copy(&a->user, setup->user) && copy(&a->password, setup->password)) {
		a->version = setup->version;
		m->again = a;
	} else {
		real_mqtt_again_free(a);
	}
}

static void on_second(const struct link_mqtt_event *ev, void *ctx)
{
	struct real_mqtt *m = ctx;

	if (ev->type != LINK_MQTT_CONNECTED)
		return;
	if (!ev->status)
		tls_explain_no_tenant(&m->why, m->host, m->row ? m->row->match : m->address);
	real_mqtt_open_refused(m);
}

bool real_mqtt_again(struct real_mqtt *m)
{
	struct real_mqtt_again *a = m->again;
	struct link_tls tls;
	struct link_mqtt_setup setup = { .host = m->host, .port = m->port, .tls = &tls, .clean = true };
	struct route r = { .host = m->row, .real = true, .port = m->real_port };

	if (!a)
		return false;
	tls = *real_tls_wish(m->tls);
	tls.send_sni = true;
	setup.version = a->version;
	setup.user = a->user;
	setup.password = a->password;
	memcpy(r.address, m->address, sizeof(r.address));
	trace_text(m->link->o.trace, TRACE_MODEL, "%s:%u is asked again, with a server name", m->host, m->port);
	m->state = RM_JUDGING;
	a->second = real_mqtt_connect(m->link, &r, &setup, on_second, m);
	clock_arm(m->link->o.clock, &m->timer, PATIENCE_US);
	return a->second;
}
