/* The telephone side of the world on the control socket: ussd. */
#include "app/control_words.h"

#include <errno.h>

#include "modem/ussd.h"

/* --- ussd -------------------------------------------------------------------------------------------------------- */

static int ussd_said(struct emu *m, const char *args, struct buf *reply, bool asks)
{
	struct buf text;
	int err = -EINVAL;

	buf_init(&text, PHONE_USSD_MAX);
	if (control_text(args, &text))
		err = ussd_from_network(m->modem->ussd, buf_str(&text), asks);
	buf_free(&text);
	if (err == -EBUSY)
		buf_addf(reply, "a session is under way (%s)\n", ussd_state_name(m->modem->ussd));
	else if (err == -ENETDOWN)
		control_refuse(reply, "the modem is not registered for calls");
	else if (err)
		control_refuse(reply, "ussd notify TEXT | request TEXT: text in UTF-8, with \\n \\xNN escapes");
	return err;
}

static int ussd_notify(struct emu *m, const char *args, struct buf *reply)
{
	return ussd_said(m, args, reply, false);
}

static int ussd_request(struct emu *m, const char *args, struct buf *reply)
{
	return ussd_said(m, args, reply, true);
}

int control_ussd(struct emu *m, const char *args, struct buf *reply)
{
	static const struct control_verb whats[] = {
		{ .name = "notify", .run = ussd_notify },
		{ .name = "request", .run = ussd_request },
	};

	return control_pick(m, whats, sizeof(whats) / sizeof(whats[0]), args, reply, "ussd notify TEXT | request TEXT");
}
