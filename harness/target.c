/* What every modem can do in the same way: its lines beside the data by the emulator's control line. */
#include "harness/target.h"

#include <stdio.h>

#include "harness/lines.h"

enum { REPLY_MAX_BYTES = 1 << 16 };

/* A control line about lines; its answer is reply's. */
static int ask(struct target *t, const char *line, struct buf *reply, struct err *e)
{
	int err = target_control(t, line, reply);

	if (err == -ENOTSUP)
		return err_set(e, err, "a modem with lines beside the data");
	return err ? err_set(e, err, "%s: %.200s", line, buf_str(reply)) : 0;
}

int target_set_line(struct target *t, enum serial_line which, bool on, struct err *e)
{
	struct buf reply;
	char line[32];
	int err;

	if (t->ops->set_line)
		return t->ops->set_line(t, which, on, e);
	buf_init(&reply, REPLY_MAX_BYTES);
	snprintf(line, sizeof(line), "line %s %s", serial_line_names[which], on ? "on" : "off");
	err = ask(t, line, &reply, e);
	buf_free(&reply);
	return err;
}

int target_get_lines(struct target *t, struct serial_lines *out, struct err *e)
{
	struct buf reply;
	int err;

	if (t->ops->get_lines)
		return t->ops->get_lines(t, out, e);
	buf_init(&reply, REPLY_MAX_BYTES);
	err = ask(t, "line", &reply, e);
	if (!err)
		serial_lines_read(out, buf_str(&reply));
	buf_free(&reply);
	return err;
}

int target_set_baud(struct target *t, long baud, struct err *e)
{
	if (!t->ops->set_baud)
		return err_set(e, -ENOTSUP, "a line whose speed can be set");
	return t->ops->set_baud(t, baud, e);
}
