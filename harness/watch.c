/* Everything here goes by real time: what takes long on the virtual clock takes none of anybody's. */
#include "harness/watch.h"

#include <stdio.h>

static void say(struct report_set *reports, const struct buf *text)
{
	report_set_pause(reports);
	fputs(buf_str(text), stderr);
}

/* "connect for 61.2s", "" when nothing is known of its step. */
static void add_step(struct buf *out, const struct glance_view *v, uint64_t now_us)
{
	if (*v->step)
		buf_addf(out, ", %s for %.1fs", v->step, (double)(now_us - v->step_us) / 1e6);
}

static void look_for_slow(struct report_set *reports, const struct watched *w, uint64_t now_us)
{
	struct glance_view v;
	unsigned minutes;
	struct buf text;

	if (!glance_read(w->glance, &v))
		return;
	minutes = glance_minutes(&v, now_us);
	if (minutes <= *w->minutes) {
		*w->minutes = minutes; /* another step has begun */
		return;
	}
	*w->minutes = minutes;
	buf_init(&text, 64 * 1024);
	buf_addf(&text, "slow: %s: step %s goes on for %u min\n", w->cell, *v.step ? v.step : "(before the first)",
		 minutes);
	say(reports, &text);
	buf_free(&text);
}

static const struct watched *longest(const struct watched *w, size_t n)
{
	const struct watched *found = &w[0];

	for (size_t i = 1; i < n; i++)
		found = w[i].since_us < found->since_us ? &w[i] : found;
	return found;
}

void watch_tick(struct report_set *reports, const struct watched *w, size_t n, uint64_t now_us)
{
	struct report_progress p = { .running = n };
	struct glance_view v = { .step_us = 0 };

	for (size_t i = 0; i < n; i++)
		look_for_slow(reports, &w[i], now_us);
	if (n) {
		const struct watched *one = longest(w, n);

		p.cell = one->cell;
		p.step = glance_read(one->glance, &v) ? v.step : "";
		p.seconds = (double)(now_us - one->since_us) / 1e6;
	}
	report_set_tick(reports, &p);
}

void watch_show(struct report_set *reports, const struct watched *w, size_t n, uint64_t now_us)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	if (!n)
		buf_adds(&text, "nothing is running\n");
	for (size_t i = 0; i < n; i++) {
		struct glance_view v;
		bool known = glance_read(w[i].glance, &v);

		buf_addf(&text, "running %s for %.1fs", w[i].cell, (double)(now_us - w[i].since_us) / 1e6);
		if (known)
			add_step(&text, &v, now_us);
		buf_addc(&text, '\n');
		if (known)
			glance_text(&v, &text);
	}
	say(reports, &text);
	buf_free(&text);
}
