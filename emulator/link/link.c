/* The link of one modem: made, freed, its bearer, and the list of what is open on it. What a session does is elsewhere.
 */
#include <stdlib.h>

#include "link/names.h"
#include "link/real_libs.h"
#include "link/ftp_server.h"
#include "link/session.h"

struct link *link_new(const struct link_options *o)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->o = *o;
	TAILQ_INIT(&l->sessions);
	TAILQ_INIT(&l->conns);
	TAILQ_INIT(&l->brokers);
	TAILQ_INIT(&l->retained);
	TAILQ_INIT(&l->streams);
	TAILQ_INIT(&l->peers);
	TAILQ_INIT(&l->lingering);
	TAILQ_INIT(&l->names);
	l->utc_at_start = LINK_UTC_AT_START;
	TAILQ_INIT(&l->ftp_conns);
	TAILQ_INIT(&l->ftp_servers);
	TAILQ_INIT(&l->http_clients);
	return l;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	model_peers_forget(l);	/* some are clients of brokers */
	while (!TAILQ_EMPTY(&l->brokers)) {
		struct broker *b = TAILQ_FIRST(&l->brokers);

		TAILQ_REMOVE(&l->brokers, b, entry);
		broker_free(b);
	}
	while (!TAILQ_EMPTY(&l->ftp_servers)) {
		struct ftp_server *s = TAILQ_FIRST(&l->ftp_servers);

		TAILQ_REMOVE(&l->ftp_servers, s, entry);
		ftp_server_free(s);
	}
	queue_clear(&l->retained);
	real_libs_free(l->libs);
	real_lingering_forget(l);
	names_free(l);
	free(l);
}

struct position link_position(const struct link *l)
{
	return l->o.world->position;
}

const struct around *link_around(const struct link *l)
{
	return &l->o.world->around;
}

const struct phones *link_phones(const struct link *l)
{
	return &l->o.world->phones;
}

void link_set_time(struct link *l, time_t utc_at_start)
{
	l->utc_at_start = utc_at_start;
}

void link_session_open(struct link *l, struct link_session *s, void (*network_lost)(struct link_session *s))
{
	s->network_lost = network_lost;
	TAILQ_INSERT_TAIL(&l->sessions, s, entry);
}

void link_session_close(struct link *l, struct link_session *s)
{
	TAILQ_REMOVE(&l->sessions, s, entry);
}

void link_set_network(struct link *l, bool up)
{
	struct link_session *s;

	l->down = !up;
	if (up)
		return;
	TAILQ_FOREACH (s, &l->sessions, entry)
		s->network_lost(s);
	model_peers_forget(l);
	real_lingering_forget(l);
}

void link_set_stuck(struct link *l, bool stuck)
{
	l->stuck = stuck;
}

void link_hold(struct link *l, bool held)
{
	struct link_session *s;

	if (l->held == held)
		return;
	l->held = held;
	TAILQ_FOREACH(s, &l->sessions, entry) {
		if (s->hold)
			s->hold(s, held);
	}
}
