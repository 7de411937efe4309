/*
 * The draft. A command becomes at:, its lines expect:, data send:; what differs from run to run by its nature is
 * expected by name alone. Answers whose command the log lacks stay as comments: nobody can send what is not known.
 */
#include "harness/import/import_draft.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/wire/exchange.h"
#include "harness/wire/exchange_rows.h"

enum { LATE_WITHIN_S = 75, COMMENT_MAX = 200 };

/* Lines whose rest says what time, place or subscriber it was. */
static const char *const varying[] = {
	"+CSQ:",       "+CCLK:",   "+CPSI:", "+IPADDR:",   "+CGPADDR:", "+CBC:",   "+CPING:",	"+CGPSINFO:",
	"+CGNSSINFO:", "+CNSMOD:", "IMEI:",  "+CIMI:",	   "+CICCID:",	"+ICCID:", "+CNUM:",	"+COPS:",
	"+CDNSGIP:",   "+CNTP:",   "+CADC:", "+CPMUTEMP:", "+CEREG:",	"+CLBS:",  "+CGDCONT:",
};

/* What a scenario's text says: a dollar is two, since ${name} is a variable. */
static void add_template(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '$')
			buf_addc(out, '$');
		buf_addc(out, s[i]);
	}
}

/* Single quotes of YAML: nothing in them is special but the quote itself. */
static void add_quoted(struct buf *out, const struct buf *text)
{
	buf_addc(out, '\'');
	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] == '\'')
			buf_addc(out, '\'');
		buf_addc(out, text->data[i]);
	}
	buf_addc(out, '\'');
}

/* Text to be sent, with the escapes that send: knows. */
static void add_sent(struct buf *out, const char *p, size_t n)
{
	struct buf view, text;

	buf_init(&view, SIZE_MAX);
	buf_init(&text, SIZE_MAX);
	str_escape(&view, p, n);
	add_template(&text, buf_str(&view), view.len);
	add_quoted(out, &text);
	buf_free(&view);
	buf_free(&text);
}

/* The regex of exactly this line, as the matcher sees it: escaped. */
static void add_pattern(struct buf *out, const char *line, size_t n)
{
	struct buf view, regex, text;
	size_t vary = 0;

	for (size_t i = 0; i < sizeof(varying) / sizeof(varying[0]) && !vary; i++) {
		if (!strncmp(line, varying[i], strlen(varying[i])))
			vary = strlen(varying[i]);
	}
	buf_init(&view, SIZE_MAX);
	buf_init(&regex, SIZE_MAX);
	buf_init(&text, SIZE_MAX);
	str_escape(&view, line, vary ? vary : n);
	buf_addc(&regex, '^');
	for (size_t i = 0; i < view.len; i++) {
		if (strchr("\\^$.[]|()?*+{}", view.data[i]))
			buf_addc(&regex, '\\');
		buf_addc(&regex, view.data[i]);
	}
	/* one blank at the end is what a capture loses first */
	buf_adds(&regex, vary ? "" : n && line[n - 1] == ':' ? " ?$" : "$");
	if (regex.len > 1 && regex.data[regex.len - 1] == '$') {
		add_template(&text, regex.data, regex.len - 1);
		buf_addc(&text, '$');
	} else {
		add_template(&text, regex.data, regex.len);
	}
	add_quoted(out, &text);
	buf_free(&view);
	buf_free(&regex);
	buf_free(&text);
}

/* --- steps ---------------------------------------------------------------------------------------------------- */

static void add_comment(struct buf *out, const char *what, const struct exchange_line *l)
{
	struct buf view;

	buf_init(&view, SIZE_MAX);
	str_escape(&view, l->text, l->len);
	buf_addf(out, "  # %s%.*s\n", what, COMMENT_MAX, buf_str(&view));
	buf_free(&view);
}

static bool is_expected(const struct exchange_line *l)
{
	return l->role == LINE_INFO || l->role == LINE_RESULT;
}

static void add_expects(struct buf *out, const struct exchange *x, bool with_final)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n_lines; i++)
		n += is_expected(&x->lines[i]) || (with_final && x->lines[i].role == LINE_FINAL);
	if (n)
		buf_adds(out, "    expect:\n");
	for (size_t i = 0; i < x->n_lines; i++) {
		const struct exchange_line *l = &x->lines[i];

		if (!is_expected(l) && !(with_final && l->role == LINE_FINAL))
			continue;
		buf_adds(out, "      - {from: modem, match: ");
		add_pattern(out, l->text, l->len);
		if (l->role == LINE_RESULT)
			buf_addf(out, ", within: %ds", LATE_WITHIN_S);
		buf_adds(out, "}\n");
	}
}

static bool has_prompt(const struct exchange *x)
{
	for (size_t i = 0; i < x->n_lines; i++) {
		if (x->lines[i].role == LINE_PROMPT)
			return true;
	}
	return false;
}

/* The regex of a final result other than OK; the matcher adds what keeps it whole. */
static void add_result(struct buf *out, const char *final)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	for (const char *s = final; *s; s++) {
		if (strchr("\\^$.[]|()?*+{}", *s))
			buf_addc(&text, '\\');
		buf_addc(&text, *s);
	}
	buf_adds(out, "    result: ");
	add_quoted(out, &text);
	buf_addc(out, '\n');
	buf_free(&text);
}

static void add_data(struct buf *out, const struct exchange *x)
{
	struct buf data;

	buf_init(&data, SIZE_MAX);
	buf_add(&data, x->data, x->data_len);
	if (rows_data_length(x->command) < 0)
		buf_addc(&data, 0x1a);
	buf_adds(out, "  - send: ");
	add_sent(out, buf_str(&data), data.len);
	buf_addc(out, '\n');
	add_expects(out, x, true);
	buf_free(&data);
}

static bool is_plain(const char *s)
{
	while (*s >= 0x20 && *s < 0x7f)
		s++;
	return !*s;
}

/* at: takes its text as it is, so that bytes which are none go by send:. */
static void add_raw_command(struct buf *out, const struct exchange *x)
{
	struct buf line;

	buf_init(&line, SIZE_MAX);
	buf_addf(&line, "%s\r", x->command);
	buf_adds(out, "  - send: ");
	add_sent(out, buf_str(&line), line.len);
	buf_addc(out, '\n');
	add_expects(out, x, true);
	buf_free(&line);
}

static void add_command(struct buf *out, const struct exchange *x)
{
	const struct exchange_line *final = exchange_final(x);
	struct buf text;

	if (!is_plain(x->command)) {
		add_raw_command(out, x);
		return;
	}
	buf_init(&text, SIZE_MAX);
	add_template(&text, x->command, strlen(x->command));
	buf_adds(out, "  - at: ");
	add_quoted(out, &text);
	buf_addc(out, '\n');
	buf_free(&text);
	if (has_prompt(x) && x->data) {
		buf_adds(out, "    result: '>'\n");
		add_data(out, x);
		return;
	}
	if (!final)
		buf_adds(out, "    result: any\n");
	else if (strcmp(final->text, "OK"))
		add_result(out, final->text);
	add_expects(out, x, false);
}

/* What a modem says when it starts or finds a network: not to be waited for, a draft begins with a running one. */
static const char *const boot_lines[] = {
	"RDY",	   "SMS DONE", "PB DONE", "+CPIN:", "+CREG:",	 "+CGREG:",
	"+CEREG:", "+CTZV:",   "+CTZE:",  "+CGEV:", "+SIMCARD:", "*ATREADY",
};

static bool is_awaited(const char *line)
{
	for (size_t i = 0; i < sizeof(boot_lines) / sizeof(boot_lines[0]); i++) {
		if (!strncmp(line, boot_lines[i], strlen(boot_lines[i])))
			return false;
	}
	return rows_is_urc(line);
}

/* A line that comes unasked is waited for; an answer that no command in the log asked for is told. */
static void add_unasked(struct buf *out, const struct exchange *x)
{
	for (size_t i = 0; i < x->n_lines; i++) {
		const struct exchange_line *l = &x->lines[i];
		char what[64];

		if (is_awaited(l->text)) {
			buf_adds(out, "  - expect: {from: modem, match: ");
			add_pattern(out, l->text, l->len);
			buf_addf(out, ", within: %ds}\n", LATE_WITHIN_S);
			continue;
		}
		snprintf(what, sizeof(what), "line %u, %s: ", l->line,
			 rows_is_urc(l->text) ? "unasked" : "its command is not in the log");
		add_comment(out, what, l);
	}
}

/* --- the file ------------------------------------------------------------------------------------------------- */

void import_plain_name(const char *text, char *out, size_t size)
{
	const char *slash = strrchr(text, '/');
	size_t n = 0;

	for (const char *s = slash ? slash + 1 : text; *s && n + 1 < size; s++) {
		if (isalnum((unsigned char)*s))
			out[n++] = (char)tolower((unsigned char)*s);
		else if (n && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n && out[n - 1] == '-')
		n--;
	out[n] = '\0';
	if (!n)
		str_copy(out, size, "log");
}

static void add_head(const struct import_draft *d, struct buf *out)
{
	const struct import_segment *s = d->segment;
	char range[48];

	snprintf(range, sizeof(range), s->first_line == s->last_line ? "%u" : "%u-%u", s->first_line, s->last_line);
	buf_addf(out,
		 "# Drafted from %s:%s (%s): %zu commands, %zu of them answered, %zu lines that nothing asked for.\n"
		 "# Read it, cut it down to what matters, and say in summary: what it shows.\n"
		 "schema: 1\n"
		 "name: %s\n"
		 "summary: Replayed from %.60s lines %s\n"
		 "refs: ['%s:%s']\n"
		 "tags: [field]\n"
		 "timeout: 10m\n",
		 d->source, range, s->format, s->commands, s->answered, s->answers, d->name, d->source, range,
		 d->source, range);
	if (s->answers || s->answered < s->commands)
		buf_adds(out, "# The log leaves things out; hil reproduce fills them in, and with -o writes that as a "
			      "scenario.\n");
	if (d->profile && d->profile->name[0])
		buf_addf(out, "\n# line %u names %s\nmodem: {profile: %s}\n", d->profile->line, d->profile->word,
			 d->profile->name);
	else
		buf_adds(out,
			 "\n# the log does not name a revision: modem: {profile: NAME}, see sim7600-emu profiles\n");
}

int import_write_draft(const struct import_draft *d, struct buf *out)
{
	struct conversation *c = conversation_new(d->recording);
	size_t commands = 0;

	if (!c)
		return -ENOMEM;
	add_head(d, out);
	buf_adds(out, "\nsteps:\n");
	for (size_t i = 0; i < conversation_size(c); i++)
		commands += conversation_at(c, i)->command != NULL;
	if (!commands)
		buf_adds(out, "  # the log has answers alone: put the commands before them\n  - at: AT\n");
	for (size_t i = 0; i < conversation_size(c); i++) {
		const struct exchange *x = conversation_at(c, i);

		if (x->command)
			add_command(out, x);
		else
			add_unasked(out, x);
	}
	conversation_free(c);
	return 0;
}
