/* On a loop of its own, since a hook is waited for wherever it is asked for, also inside a callback of another loop. */
#include "harness/board/hook.h"

#include <errno.h>
#include <string.h>

#include "clock/clock.h"
#include "harness/child.h"
#include "io/loop.h"

enum { OUTPUT_MAX_BYTES = 1 << 20, GRACE_US = 500000 };

struct hook {
	struct buf out;
	int status;
	bool ended, late;
};

static void on_output(const void *p, size_t n, void *ctx)
{
	buf_add(&((struct hook *)ctx)->out, p, n);
}

static void on_exited(int status, void *ctx)
{
	struct hook *h = ctx;

	h->status = status;
	h->ended = true;
}

static void on_late(void *ctx)
{
	((struct hook *)ctx)->late = true;
}

/* The last line that has something in it; *n gets its length. */
static const char *last_line(const struct buf *out, size_t *n)
{
	const char *text = buf_str(out);
	size_t end = out->len, start;

	while (end && strchr("\r\n \t", text[end - 1]))
		end--;
	for (start = end; start && text[start - 1] != '\n'; start--)
		;
	*n = end - start;
	return text + start;
}

static int judge(const struct hook *h, const char *command, uint64_t within_us, struct err *e)
{
	const char *said;
	size_t n;

	if (!h->ended)
		return err_set(e, -ETIMEDOUT, "'%.120s' did not end within %.1f s and was killed", command,
			       (double)within_us / 1e6);
	if (!h->status)
		return 0;
	said = last_line(&h->out, &n);
	return err_set(e, -EINVAL, "'%.120s': exit %d%s%.*s", command, h->status, n ? ": " : "",
		       (int)(n < 160 ? n : 160), said);
}

static int run(struct loop *loop, const char *command, uint64_t within_us, struct hook *h, struct err *e)
{
	char *const argv[] = { "sh", "-c", (char *)command, NULL };
	const struct child_hooks hooks = { on_output, on_exited, h };
	struct child *child = child_start(loop, argv, &hooks, e);
	struct timer limit;

	if (!child)
		return -ENOENT;
	timer_init(&limit, on_late, h);
	clock_arm(loop_clock(loop), &limit, within_us);
	while (!h->ended && !h->late)
		loop_once(loop);
	timer_cancel(&limit);
	child_free(child, GRACE_US);
	return judge(h, command, within_us, e);
}

int hook_run(const char *command, uint64_t within_us, struct buf *out, struct err *e)
{
	struct clock *clock = clock_new_monotonic(1);
	struct loop *loop = clock ? loop_new(clock) : NULL;
	struct hook h = { 0 };
	int err;

	buf_init(&h.out, OUTPUT_MAX_BYTES);
	err = loop ? run(loop, command, within_us, &h, e) : err_set(e, -ENOMEM, "out of memory");
	if (out && h.out.len)
		buf_add(out, h.out.data, h.out.len);
	buf_free(&h.out);
	loop_free(loop);
	if (clock)
		clock_free(clock);
	return err;
}

void hook_quote(struct buf *out, const char *text)
{
	buf_addc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_adds(out, "'\\'");
		buf_addc(out, *text);
	}
	buf_addc(out, '\'');
}
