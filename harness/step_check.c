/* check: what no stream shows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/match.h"
#include "harness/step.h"

enum { EXIT_WITHIN_US = 10000000 };	/* exit waits so long for a client that still runs */

bool client_has_ended(void *ctx)
{
	return !rig_client_running(ctx);
}

static int check_exit(struct play *p, const struct check *c)
{
	uint64_t until = play_window(p, EXIT_WITHIN_US);
	enum rig_wait how = play_wait(p, until, client_has_ended, p->rig);
	int status;

	if (how == RIG_DONE)
		how = program_wait_closed(p);
	if (how != RIG_DONE)
		return play_fail_wait(p, how, &c->place, EXIT_WITHIN_US, "the client to exit");
	if (!rig_client_status(p->rig, &status))
		return play_fail(p, OUTCOME_ERROR, &c->place, "no client step has run");
	if (status != c->exit)
		return play_fail(p, OUTCOME_FAIL, &c->place, "the client's exit status is %d, wanted %ld", status, c->exit);
	return 0;
}

static int check_equal(struct play *p, const struct check *c)
{
	char *a = play_expand(p, c->equal[0], &c->place);
	char *b = a ? play_expand(p, c->equal[1], &c->place) : NULL;
	bool same = a && b && !strcmp(a, b);

	if (a && b && !same)
		play_fail(p, OUTCOME_FAIL, &c->place, "'%s' is not '%s'", a, b);
	free(a);
	free(b);
	return same ? 0 : -1;
}

/* The length of a stream when the step of that id began, 0 when it did not. */
static size_t mark_of(const struct play *p, const char *id, enum stream_id from)
{
	for (size_t i = p->n_marks; id && i > 0; i--) {
		const struct play_mark *m = &p->marks[i - 1];

		if (m->id && !strcmp(m->id, id))
			return m->len[from];
	}
	return 0;
}

static int check_received(struct play *p, const struct received *r)
{
	size_t n = stream_len(rig_stream(p->rig, r->from)) - mark_of(p, r->since, r->from);
	char max[32] = "more";

	if (n >= (size_t)r->min && (r->max < 0 || n <= (size_t)r->max))
		return 0;
	if (r->max >= 0)
		snprintf(max, sizeof(max), "%ld", r->max);
	return play_fail(p, OUTCOME_FAIL, &r->place, "%zu bytes came from %s, wanted %ld to %s", n, stream_name(r->from),
			 r->min, max);
}

int step_check(struct play *p, const struct step *s)
{
	const struct check *c = s->check;
	char took[32], limit[32];

	if (c->took_under_us && p->took_us >= c->took_under_us) {
		duration_text(p->took_us, took);
		duration_text(c->took_under_us, limit);
		return play_fail(p, OUTCOME_FAIL, &c->place, "the step before took %s, limit %s", took, limit);
	}
	if (c->has_exit && check_exit(p, c))
		return -1;
	if (c->received.place.line && check_received(p, &c->received))
		return -1;
	if (c->lines.place.line && check_lines(p, &c->lines))
		return -1;
	return c->equal[0] ? check_equal(p, c) : 0;
}
