/* The cause chain of one result. Profile code adds the steps that name a quirk (profile_why). */
#include "base/why.h"

#include <stdarg.h>
#include <stdio.h>

void why_add(struct why *w, const char *rule, const char *fmt, ...)
{
	struct why_step *s;
	va_list ap;

	if (w->n == sizeof(w->step) / sizeof(w->step[0]))
		return;
	s = &w->step[w->n++];
	*s = (struct why_step){ 0 };
	snprintf(s->rule, sizeof(s->rule), "%s", rule);
	va_start(ap, fmt);
	vsnprintf(s->text, sizeof(s->text), fmt, ap);
	va_end(ap);
}

void why_reset(struct why *w)
{
	w->n = 0;
}
