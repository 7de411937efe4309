/* Which commands count is a table; the conversation fold finds their results. */
#include "harness/codes.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "harness/wire/exchange.h"

enum { CODES_MAX = 6, CODE_TEXT_MAX = 64 };

/* Manual V3.00: 16.2.9, 19.2.5, 11.2.3, 15.2.4, 20.2.3. */
static const struct {
	const char *command, *name;
	int number;			/* which number of the result line, from 0, is the code */
} rows[] = {
	{ "+CMQTTCONNECT", "mqtt", 1 }, { "+CCHOPEN", "cch", 1 },    { "+CIPOPEN", "tcp", 1 },
	{ "+HTTPACTION", "http", 1 },   { "+CFTPSLOGIN", "ftp", 0 },
};

static int row_of(const char *command)
{
	size_t n = command ? strlen(command) : 0;
	char name[32];

	if (!n || command[n - 1] == '?' || !command_name(command, name, sizeof(name)))
		return -1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!strcasecmp(rows[i].command, name))
			return (int)i;
	}
	return -1;
}

/* "+CMQTTCONNECT: 0,32" and 1 give "32". */
static void number_text(const char *line, int number, char *out, size_t size)
{
	const char *s = strchr(line, ':');
	size_t n;

	for (s = s ? s + 1 : ""; number && *s; s++)
		number -= *s == ',';
	n = strcspn(s, ",");
	s = str_trim(s, &n);
	if (n >= size)
		n = size - 1;
	memcpy(out, s, n);
	out[n] = '\0';
}

/* The code, or the final result that stands in its place; false while neither came. */
static bool code_text(const struct exchange *x, int row, char *out, size_t size)
{
	const struct exchange_line *result = exchange_result(x), *final = exchange_final(x);

	if (result)
		number_text(result->text, rows[row].number, out, size);
	else if (final && !strncmp(final->text, "CONNECT", 7) && strcmp(final->text, "CONNECT FAIL"))
		str_copy(out, size, "0");
	else if (final && strcmp(final->text, "OK"))
		str_copy(out, size, final->text);
	else
		return false;
	return *out;
}

void codes_of(const struct recording *r, struct buf *out)
{
	struct conversation *c = conversation_new(r);
	char last[CODE_TEXT_MAX] = "", text[CODE_TEXT_MAX], code[32];
	size_t n = 0;

	for (size_t i = 0; c && i < conversation_size(c); i++) {
		const struct exchange *x = conversation_at(c, i);
		int row = row_of(x->command);

		if (row < 0 || !code_text(x, row, code, sizeof(code)))
			continue;
		snprintf(text, sizeof(text), "%s %s", rows[row].name, code);
		if (!strcmp(text, last))
			continue;
		str_copy(last, sizeof(last), text);
		if (n++ < CODES_MAX)
			buf_addf(out, "%s%s", n > 1 ? ", " : "", text);
	}
	if (n > CODES_MAX)
		buf_addf(out, ", %s%s", n > CODES_MAX + 1 ? "..., " : "", last);
	conversation_free(c);
}

const char *codes_last(const char *codes)
{
	const char *blank = strrchr(codes, ' ');

	return blank ? blank + 1 : codes;
}
