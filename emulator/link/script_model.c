/*
 * A modelled host that follows a script of its world file: it waits for the text of a step anywhere in what has come since
 * the step before, waits its time, sends, and perhaps closes. After the last step it reads and says nothing.
 */
#include <string.h>

#include "link/model_stream.h"

static const struct stream_step *current(const struct model_peer *p)
{
	const struct stream_model *m = &p->host->model.stream;

	return p->step < m->n_steps ? &m->step[p->step] : NULL;
}

static void act(struct model_peer *p, const struct stream_step *s)
{
	p->matched = false;
	p->step++;
	model_peer_send(p, s->send.data, s->send.len);
	if (s->end)
		model_peer_end(p, s->end, "its script does, at step %zu", p->step);
}

/* As far as nothing has to come first. */
void model_script_run(struct model_peer *p)
{
	const struct stream_step *s;
	uint64_t now = clock_now_us(p->link->o.clock);

	while (!p->ended && (s = current(p)) != NULL) {
		if (!p->matched && s->expect.len)
			return;
		if (!p->matched)
			p->due_us = now + s->after_us;
		p->matched = true;
		if (now < p->due_us) {
			model_peer_wake(p, p->due_us - now);
			return;
		}
		act(p, s);
	}
}

static void match(struct model_peer *p, const struct stream_step *s)
{
	p->matched = true;
	p->due_us = clock_now_us(p->link->o.clock) + s->after_us;
	model_script_run(p);
}

void model_script_open(struct model_peer *p)
{
	const struct stream_model *m = &p->host->model.stream;

	model_peer_send(p, m->greeting.data, m->greeting.len);
	model_script_run(p);
}

/* What cannot be the beginning of the text is read and forgotten. */
size_t model_script_read(struct model_peer *p, const void *data, size_t len)
{
	const struct stream_step *s = current(p);
	const char *at;

	if (!s)
		return len;
	if (p->matched)
		return 0;
	at = memmem(data, len, s->expect.data, s->expect.len);
	if (at) {
		match(p, s);
		return (size_t)(at - (const char *)data) + s->expect.len;
	}
	return len >= s->expect.len ? len - s->expect.len + 1 : 0;
}

/* A datagram is a text of its own; one that comes while a step waits for its time is lost. */
void model_script_datagram(struct model_peer *p, const void *data, size_t len)
{
	const struct stream_step *s = current(p);

	if (s && !p->matched && (!s->expect.len || memmem(data, len, s->expect.data, s->expect.len)))
		match(p, s);
}
