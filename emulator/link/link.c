/* The link of one modem: made, freed, its bearer, and the list of what is open on it. What a session does is elsewhere.
 */
#include <stdlib.h>

#include "link/real_libs.h"
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
	return l;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	while (!TAILQ_EMPTY(&l->brokers)) {
		struct broker *b = TAILQ_FIRST(&l->brokers);

		TAILQ_REMOVE(&l->brokers, b, entry);
		broker_free(b);
	}
	queue_clear(&l->retained);
	real_libs_free(l->libs);
	free(l);
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
