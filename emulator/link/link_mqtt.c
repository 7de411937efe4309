/* MQTT sessions: which back end plays the broker is decided here, once, when the session starts. */
#include "link/session.h"

struct link_mqtt *link_mqtt_connect(struct link *l, const struct link_mqtt_setup *setup, link_mqtt_func_t func,
				    void *ctx)
{
	struct route r;

	route_find(l, setup->host, setup->port, &r);
	return (r.real ? real_mqtt_connect : model_mqtt_connect)(l, &r, setup, func, ctx);
}

int link_mqtt_publish(struct link_mqtt *m, const char *topic, size_t topic_len, const void *payload, size_t len,
		      int qos, bool retain, bool dup)
{
	return m->ops->publish(m, topic, topic_len, payload, len, qos, retain, dup);
}

int link_mqtt_subscribe(struct link_mqtt *m, const struct link_mqtt_topic *topics, size_t n)
{
	return m->ops->subscribe(m, topics, n);
}

int link_mqtt_unsubscribe(struct link_mqtt *m, const struct link_mqtt_topic *topics, size_t n)
{
	return m->ops->unsubscribe(m, topics, n);
}

int link_mqtt_disconnect(struct link_mqtt *m)
{
	return m->ops->disconnect(m);
}

void link_mqtt_close(struct link_mqtt *m)
{
	if (m)
		m->ops->close(m);
}
