/* Rows: manual V3.00 10.3 (CCH), 11.6 (TCP), 12.3 (FTPS), 13.3 (HTTP), 16.3 (MQTT). */
#include "harness/reproduce/outcome.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "harness/wire/exchange.h"

enum { NAME_SIZE = 32, RANK_FINAL = 9 };

static const struct row {
	const char *name;
	int rank;
	int field; /* of the code, from 0 */
	int ok_min, ok_max;
} rows[] = {
	{ "+CMQTTCONNECT", 1, 1, 0, 0 }, { "+CCHOPEN", 1, 1, 0, 0 },	  { "+HTTPACTION", 1, 1, 200, 299 },
	{ "+CFTPSLOGIN", 1, 0, 0, 0 },	 { "+CIPOPEN", 2, 1, 0, 0 },	  { "+CMQTTSUB", 3, 1, 0, 0 },
	{ "+CMQTTPUB", 3, 1, 0, 0 },	 { "+CFTPSGETFILE", 3, 0, 0, 0 }, { "+CMQTTSTART", 4, 0, 0, 0 },
	{ "+CMQTTACCQ", 4, 1, 0, 0 },	 { "+CCHSTART", 4, 0, 0, 0 },	  { "+NETOPEN", 4, 0, 0, 0 },
	{ "+CFTPSSTART", 4, 0, 0, 0 },	 { "+CDNSGIP", 4, 0, 1, 1 },	  { "+CMQTTDISC", 5, 1, 0, 0 },
	{ "+CMQTTREL", 5, 1, 0, 0 },	 { "+CMQTTSTOP", 5, 0, 0, 0 },
};

static const struct row *row_of(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strlen(rows[i].name) == n && !strncasecmp(rows[i].name, name, n))
			return &rows[i];
	}
	return NULL;
}

/* Field number index of a list, without blanks around it. */
static const char *field_at(const char *s, int index, size_t *n)
{
	for (; index && *s; s++)
		index -= *s == ',';
	*n = index ? 0 : strcspn(s, ",");
	return str_trim(s, n);
}

static bool field_of(const char *s, int index, int *code)
{
	long long value;
	size_t n;

	s = field_at(s, index, &n);
	if (str_to_num(s, n, 0, 99999, &value))
		return false;
	*code = (int)value;
	return true;
}

static struct outcome final_of(const char *line)
{
	struct outcome o = { .rank = RANK_FINAL, .code = -1, .ok = !strcmp(line, "OK") };

	if (!strncmp(line, "+CM", 3) && strstr(line, " ERROR:"))
		field_of(strchr(line, ':') + 1, 0, &o.code);
	return o;
}

struct outcome outcome_of(const char *line)
{
	struct outcome o = { .code = -1 };
	const char *colon = line ? strchr(line, ':') : NULL;
	const struct row *row = colon ? row_of(line, (size_t)(colon - line)) : NULL;

	if (!line)
		return o;
	if (!row)
		return final_of(line);
	if (!field_of(colon + 1, row->field, &o.code) && !field_of(colon + 1, 0, &o.code))
		return final_of(line);
	o.rank = row->rank;
	o.ok = o.code >= row->ok_min && o.code <= row->ok_max;
	return o;
}

bool outcome_code_at(const char *line, size_t *at, size_t *n)
{
	const char *colon = strchr(line, ':');
	const struct row *row = colon ? row_of(line, (size_t)(colon - line)) : NULL;
	const char *s;
	int code;

	if (!row)
		return false;
	s = field_at(colon + 1, field_of(colon + 1, row->field, &code) ? row->field : 0, n);
	*at = (size_t)(s - line);
	return *n > 0;
}

static const struct row *row_of_command(const char *command)
{
	char name[NAME_SIZE];
	size_t n = strlen(command);

	if (!n || command[n - 1] == '?' || !command_name(command, name, sizeof(name)))
		return NULL;
	return row_of(name, strlen(name));
}

bool outcome_belongs(const char *command, const char *line)
{
	const struct row *row = row_of_command(command);
	const char *colon = strchr(line, ':');

	return row && colon && row_of(line, (size_t)(colon - line)) == row;
}

int outcome_rank(const char *command)
{
	const struct row *row = row_of_command(command);

	return row ? row->rank : 0;
}
