/* Names, and the emulator's answer. */
#include "harness/lines.h"

#include <string.h>

#include "base/str.h"

const char *const serial_line_names[] = { "dtr", "rts", "pwrkey", "reset", "cts", "dsr", "dcd", "ri", NULL };

/* The number of the line that s begins with, SERIAL_LINE_COUNT when it is none; *rest is behind its name. */
static int line_of(const char *s, const char **rest)
{
	int i = 0;
	size_t n = 0;

	for (; i < SERIAL_LINE_COUNT; i++) {
		n = strlen(serial_line_names[i]);
		if (!strncmp(s, serial_line_names[i], n) && strchr(".=", s[n]))
			break;
	}
	*rest = s + n;
	return i;
}

static void read_one(struct serial_lines *out, const char *s, size_t n)
{
	const char *rest;
	int which = line_of(s, &rest);
	long long times;

	if (which == SERIAL_LINE_COUNT)
		return;
	if (*rest == '=')
		out->on[which] = !strncmp(rest, "=on", 3);
	else if (!strncmp(rest, ".times=", 7) &&
		 !str_to_num(rest + 7, (size_t)(s + n - rest - 7), 0, 1LL << 40, &times))
		out->times[which] = (unsigned long)times;
}

void serial_lines_read(struct serial_lines *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		read_one(out, text, n);
		text += n + (text[n] == '\n');
	}
}
