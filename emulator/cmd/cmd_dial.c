/* ATD: tells data calls from voice calls. M3 2.2.2 and 8.2.9, at-general 12 and 13. */
#include "cmd/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "modem/net.h"

/* The tone and pulse modifiers, which mean nothing on a radio, and what people type between digits. */
static const char *skip_modifiers(const char *s)
{
	return s + strspn(s, " TtPp-");
}

/* ATD<number>;, ATDL and ATD><memory><n> are calls to people whatever follows. */
static bool is_voice(const char *number)
{
	return strchr(number, ';') || strchr(">Ll", *number);
}

/* The final result of a call that is not made, with the reason. */
static enum at_status __attribute__((format(printf, 3, 4)))
refuse(struct at_channel *at, enum at_result result, const char *fmt, ...)
{
	struct why why = { 0 };
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_add(&why, "state", "%s", text);
	trace_why(cmd_modem(at)->trace, "dial", (int)result, "no call", &why);
	return result == AT_RESULT_ERROR ? AT_STATUS_ERROR : at_result(at, result, NULL);
}

/* A module of another make was seen to answer *99# without a network with ERROR at once (esp-protocols#637). */
static enum at_status dial_data(struct at_channel *at, const char *number)
{
	if (!net_is_registered(cmd_modem(at)->net))
		return refuse(at, AT_RESULT_ERROR, "not registered for packet data, %s", number);
	return refuse(at, AT_RESULT_NO_CARRIER, "no data behind %s", number);
}

static enum at_status dial_exec(struct at_channel *at, const struct at_val *val)
{
	const char *number = skip_modifiers(val[0].str);

	if (!*number)
		return refuse(at, AT_RESULT_ERROR, "no number");
	return is_voice(number) ? cmd_dial_voice(at, number) : dial_data(at, number);
}

static const struct at_arg dial_args[] = { { "number", AT_ARG_RAW, 0, 0, .optional = true } };

const struct at_cmd cmd_dial[] = {
	{ "D", AT_ARGS(dial_args), .exec = dial_exec, .source = "M3 2.2.2" },
	{ 0 },
};
