/* Steps that set others to work: the client under test, and faults. */
#include "harness/step.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

int step_client(struct play *p, const struct step *s)
{
	char **args = calloc(s->n_args + 1, sizeof(*args));
	struct err e = { 0 };
	size_t n = 0;
	int err = -1;

	while (args && n < s->n_args && (args[n] = play_expand(p, s->args[n], &s->place)) != NULL)
		n++;
	if (args && n == s->n_args) {
		err = rig_client_start(p->rig, (const char *const *)args, n, &e);
		if (err)
			play_fail(p, OUTCOME_ERROR, &s->place, "%s", e.msg);
	}
	for (size_t i = 0; i < n; i++)
		free(args[i]);
	free(args);
	return err ? -1 : 0;
}

/* The fault with its texts expanded; lives as long as the play, as fault_line_arm() wants it. */
static struct fault *keep_fault(struct play *p, const struct fault *f)
{
	char **more = reallocarray(p->kept, p->n_kept + 1, sizeof(*more));
	struct fault *copy = more ? malloc(sizeof(*copy)) : NULL;

	if (more)
		p->kept = more;
	if (!copy)
		return NULL;
	p->kept[p->n_kept++] = (char *)copy;
	*copy = *f;
	if (f->text)
		copy->text = play_keep(p, f->text, &f->place);
	if (f->trigger.match)
		copy->trigger.match = play_keep(p, f->trigger.match, &f->trigger.place);
	return (f->text && !copy->text) || (f->trigger.match && !copy->trigger.match) ? NULL : copy;
}

int step_arm(struct play *p, const struct fault *f)
{
	const struct fault *copy = keep_fault(p, f);
	struct err e = { 0 };
	int err;

	if (!copy)
		return -1;
	err = fault_line_arm(rig_line(p->rig), copy, &e);
	if (err == -ENOTSUP)
		str_copy(p->skip, sizeof(p->skip), e.msg);
	return err ? play_fail(p, OUTCOME_ERROR, &f->place, "%s", e.msg) : 0;
}

int step_inject(struct play *p, const struct step *s)
{
	return step_arm(p, s->fault);
}
