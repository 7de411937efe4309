/*
 * Puts a code into words. The running modem tells the one cause that applied (trace_why); the tables of the families
 * list all that can.
 */
#include "app/explain_family.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* A text names its family by a word; a number alone is that of the first one that has it. */
static const struct explain_family *const families[] = {
	&explain_mqtt, &explain_cch, &explain_ftps, &explain_http, &explain_ping, &explain_ntp, &explain_htp,
	&explain_lbs, &explain_cnet,
	&explain_ipclose, &explain_cip, &explain_server, &explain_netopen, &explain_ip, &explain_dns,
	&explain_sms, &explain_ussd, &explain_cme,
};

/* The number that ends at end; "+CMQTTCONNECT: 0,32" -> 32. */
static int number_before(const char *text, size_t end, long long *code)
{
	size_t begin;

	while (end && isspace((unsigned char)text[end - 1]))
		end--;
	for (begin = end; begin && isdigit((unsigned char)text[begin - 1]); begin--)
		;
	return str_to_num(text + begin, end - begin, 0, 9999, code);
}

static bool row_holds(const struct profile *p, const struct explain_cause *c)
{
	char value[128];

	return c->quirk == EXPLAIN_NO_QUIRK || !c->value ||
	       !strcmp(profile_value(p, c->quirk, value, sizeof(value)), c->value);
}

static void add_quirk(const struct profile *p, enum quirk_id id, struct buf *out)
{
	const struct quirk_source *src = &p->source[id];
	char value[256];

	buf_addf(out, "      quirk %s=%s", quirk_info(id)->name, profile_value(p, id, value, sizeof(value)));
	buf_addf(out, "   evidence %s (%s)\n", src->evidence && *src->evidence ? src->evidence : "none, default",
		 src->confidence);
}

static bool has_causes(const struct explain_family *f, int code)
{
	size_t i = 0;

	while (i < f->n && f->cause[i].code != code)
		i++;
	return i < f->n;
}

static void explain_code(const struct profile *p, const struct explain_family *f, int code, struct buf *out)
{
	buf_addf(out, "%s %d: %s\n", f->title, code, f->text(code));
	if (!has_causes(f, code))
		return;
	buf_addf(out, "on %s it comes from:\n", p->name);
	for (size_t i = 0; i < f->n; i++) {
		const struct explain_cause *c = &f->cause[i];

		if (c->code != code || !row_holds(p, c))
			continue;
		buf_addf(out, "  %-7s %s\n", c->rule, c->when);
		if (c->quirk != EXPLAIN_NO_QUIRK)
			add_quirk(p, c->quirk, out);
		buf_addf(out, "      way out: %s\n", c->way_out);
	}
}

static const struct explain_family *find_family(const char *text, long long code)
{
	size_t n = sizeof(families) / sizeof(families[0]);

	for (size_t i = 0; i < n; i++) {
		if (strcasestr(text, families[i]->word))
			return families[i];
	}
	for (size_t i = 0; i < n; i++) {
		if (families[i]->text((int)code))
			return families[i];
	}
	return families[0];
}

/* The last number, or the one before. */
static bool find_code(const struct explain_family *f, const char *text, long long *code)
{
	const char *comma = strrchr(text, ',');

	if (f->text((int)*code))
		return true;
	return f->length_behind && comma && !number_before(text, (size_t)(comma - text), code) && f->text((int)*code);
}

int explain_text(const struct profile *p, const char *text, struct buf *out)
{
	const struct explain_family *f;
	long long code;

	if (explain_call_words(text, out))
		return 0;
	if (number_before(text, strlen(text), &code))
		return -EINVAL;
	f = find_family(text, code);
	if (!find_code(f, text, &code))
		return -EINVAL;
	explain_code(p, f, (int)code, out);
	return 0;
}

void explain_event(const struct trace_event *ev, struct buf *out)
{
	buf_addf(out, "why %s %d", ev->family, ev->code);
	if (ev->meaning)
		buf_addf(out, " (%s)", ev->meaning);
	buf_adds(out, ":\n");
	for (size_t i = 0; ev->why && i < ev->why->n; i++) {
		const struct why_step *s = &ev->why->step[i];

		buf_addf(out, "  %-7s %s\n", s->rule, s->text);
		if (s->quirk)
			buf_addf(out, "          quirk %s=%s   evidence %s (%s)\n", s->quirk, s->value,
				 s->evidence && *s->evidence ? s->evidence : "none", s->confidence);
	}
}
