/* The usual rules (no-color.org, CMake's order of the two variables), in one place for all verbs. */
#include "harness/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"

bool terminal_color(enum hil_color asked)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM"), *force = getenv("CLICOLOR_FORCE");

	if (asked != HIL_COLOR_AUTO)
		return asked == HIL_COLOR_ALWAYS;
	if (no && *no)
		return false;
	if (force && *force && strcmp(force, "0"))
		return true;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb");
}

unsigned terminal_width(unsigned otherwise)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	long long n;

	if (columns && !str_to_num(columns, strlen(columns), 20, 1000, &n))
		return (unsigned)n;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col >= 20)
		return size.ws_col;
	return otherwise;
}
