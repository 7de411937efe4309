/* A recording that was torn is read as far as it goes, and that is said. */
#include "harness/compare_side.h"

#include <errno.h>
#include <stdio.h>

int compare_side_open(struct compare_side *s, const char *path, const char *cell, struct err *e)
{
	struct recording *r = recording_read(path, cell, e);
	const char *profile = r ? recording_get(r, "profile") : NULL;

	s->conversation = NULL;
	if (!r)
		return e->code ? e->code : -EINVAL;
	if (recording_is_cut(r))
		fprintf(stderr, "%s: the last line is torn and was left out\n", path);
	snprintf(s->title, sizeof(s->title), "%s%s%s%s", path, profile ? " (" : "", profile ? profile : "",
		 profile ? ")" : "");
	s->conversation = conversation_new(r);
	recording_free(r);
	return s->conversation ? 0 : err_set(e, -ENOMEM, "out of memory");
}

void compare_side_close(struct compare_side *s)
{
	conversation_free(s->conversation);
	s->conversation = NULL;
}
