/* A file name and numbers, out of the text of a command. No state, no device. */
#include "cmd/cmd_path.h"

#include <string.h>

#include "base/str.h"
#include "cmd/cmd_cert.h"

/* The text up to a comma outside quotes. */
static size_t part_len(const char *s, size_t n)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < n && (quoted || s[i] != ','); i++)
		quoted ^= s[i] == '"';
	return i;
}

static bool take_number(const char *s, size_t n, struct cmd_number *number)
{
	s = str_trim(s, &n);
	if (!n)
		return !number->needed;
	number->given = true;
	return !str_to_num(s, n, number->min, number->max, &number->num);
}

bool cmd_path_args(const struct at_val *raw, char *path, struct cmd_number *number, size_t n)
{
	const char *s = raw->str, *end = s + raw->len;
	size_t len = part_len(s, raw->len), i;

	_Static_assert(CMD_PATH_SIZE == (int)CMD_CERT_NAME_SIZE, "one size for names");
	if (!cmd_cert_name(s, len, path))
		return false;
	for (i = 0; i < n && s + len < end; i++) {
		s += len + 1;
		len = part_len(s, (size_t)(end - s));
		if (!take_number(s, len, &number[i]))
			return false;
	}
	for (; i < n; i++) {
		if (number[i].needed)
			return false;
	}
	return s + len == end && strlen(path) <= CMD_PATH_MAX;
}
