/* A picture that is written in place: the version is odd meanwhile, and who has read another version reads again. */
#include "harness/glance.h"

#include <string.h>
#include <sys/mman.h>

#include "base/str.h"

enum { READS_MAX = 100, MINUTE_US = 60000000 };

struct glance *glance_new(size_t n)
{
	void *p =
		mmap(NULL, (n + 1) * sizeof(struct glance), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void glance_free(struct glance *l, size_t n)
{
	if (l)
		munmap(l, (n + 1) * sizeof(*l));
}

/* --- writing --------------------------------------------------------------------------------------------------- */

static void begin(struct glance *l)
{
	atomic_fetch_add_explicit(&l->version, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
}

static void end(struct glance *l)
{
	atomic_fetch_add_explicit(&l->version, 1, memory_order_release);
}

void glance_cell(struct glance *l, uint64_t now_us)
{
	if (!l)
		return;
	atomic_store_explicit(&l->version, 0, memory_order_relaxed); /* whatever a dead worker has left */
	begin(l);
	l->view.step[0] = '\0';
	l->view.step_us = now_us;
	l->view.n_lines = 0;
	end(l);
}

void glance_step(struct glance *l, const char *step, uint64_t now_us)
{
	if (!l)
		return;
	begin(l);
	str_copy(l->view.step, sizeof(l->view.step), step);
	l->view.step_us = now_us;
	end(l);
}

/* How what somebody said is shown; 0: it is not, since it never was on a wire. */
static char arrow_of(const char *from)
{
	static const struct {
		const char *from;
		char arrow;
	} arrows[] = { { "host", '>' }, { "modem", '<' }, { "log", '|' }, { "broker", '|' }, { "fault", '!' } };

	for (size_t i = 0; i < sizeof(arrows) / sizeof(arrows[0]); i++) {
		if (!strcmp(arrows[i].from, from))
			return arrows[i].arrow;
	}
	return 0;
}

/* The line that goes on, or a new one. */
static struct glance_line *line_for(struct glance_view *v, char arrow, uint64_t t_us)
{
	struct glance_line *last = v->n_lines ? &v->line[(v->n_lines - 1) % GLANCE_LINES] : NULL;

	if (last && last->arrow == arrow && !last->whole)
		return last;
	last = &v->line[v->n_lines++ % GLANCE_LINES];
	*last = (struct glance_line){ .t_us = t_us, .arrow = arrow };
	return last;
}

static void add_bytes(struct glance_line *l, const char *p, size_t n)
{
	size_t room = sizeof(l->data) - l->len, k = n < room ? n : room;

	memcpy(l->data + l->len, p, k);
	l->len = (unsigned char)(l->len + k);
	l->cut = l->cut || k < n;
}

/* A host ends its lines with a CR, everybody else with an LF. */
void glance_wire(struct glance *l, uint64_t t_us, const char *from, const void *data, size_t n)
{
	char arrow = arrow_of(from);
	const char *p = data;

	if (!l || !n || !arrow)
		return;
	begin(l);
	while (n > 0) {
		const char *stop = memchr(p, arrow == '>' ? '\r' : '\n', n);
		size_t k = stop ? (size_t)(stop + 1 - p) : n;
		struct glance_line *line = line_for(&l->view, arrow, t_us);

		add_bytes(line, p, k);
		line->whole = stop != NULL;
		p += k;
		n -= k;
	}
	end(l);
}

/* --- reading --------------------------------------------------------------------------------------------------- */

bool glance_read(struct glance *l, struct glance_view *out)
{
	for (int i = 0; l && i < READS_MAX; i++) {
		unsigned before = atomic_load_explicit(&l->version, memory_order_acquire);

		if (before & 1)
			continue;
		memcpy(out, &l->view, sizeof(*out));
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load_explicit(&l->version, memory_order_relaxed) == before)
			return true;
	}
	return false;
}

void glance_text(const struct glance_view *v, struct buf *out)
{
	for (size_t i = v->n_lines > GLANCE_LINES ? v->n_lines - GLANCE_LINES : 0; i < v->n_lines; i++) {
		const struct glance_line *l = &v->line[i % GLANCE_LINES];

		buf_addf(out, "  %8.1fs %c ", (double)l->t_us / 1e6, l->arrow);
		str_escape(out, l->data, l->len);
		buf_adds(out, l->cut ? " ...\n" : "\n");
	}
}

unsigned glance_minutes(const struct glance_view *v, uint64_t now_us)
{
	/* a worker that has just been given its first cell has not begun anything yet */
	return v->step_us && now_us > v->step_us ? (unsigned)((now_us - v->step_us) / MINUTE_US) : 0;
}
