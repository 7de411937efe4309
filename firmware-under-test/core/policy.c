/*
 * The table of revisions and the SNI decision. 31, 32 and 34 are different
 * layers: 31 is the broker's own refusal after TLS worked, which is what a
 * broker that routes by SNI says when there is none.
 */
#include "core/policy.h"

#include "core/codes.h"

#include <string.h>

struct revision {
	const char *part; /* found anywhere in the revision; first row wins */
	enum sni_support sni;
	bool version; /* CMQTTACCQ takes ",3" or ",4" */
	bool old;
	const char *update_to;
};

static const struct revision revisions[] = {
	/* field reports: HiveMQ Cloud refuses with 31, whatever is set */
	{"LE10", SNI_ABSENT, false, true, "LE20B04"},
	{"LE11", SNI_ABSENT, false, true, "LE20B04"},
	/* the same broker and CA give 32 with SNI, 0 without, 52 s apart */
	{"LE20B03", SNI_BROKEN, true, false, "LE20B04"},
	{"LE20B04", SNI_WORKS, true, false, "a later revision"},
	{"LE20B05", SNI_WORKS, true, false, "a later revision"},
	{"LE20", SNI_UNKNOWN, true, false, "LE20B04"},
	{"LE30", SNI_UNKNOWN, true, false, "a later revision"},
	{"A011B03A76", SNI_BROKEN, false, false, "a later revision"},
};

static const struct revision unknown_revision = {
	"", SNI_UNKNOWN, false, false, "a later revision",
};

static const struct revision *find_revision(const char *text)
{
	for (size_t i = 0; i < sizeof(revisions) / sizeof(revisions[0]); i++) {
		if (strstr(text, revisions[i].part))
			return &revisions[i];
	}
	return &unknown_revision;
}

static void start_over(struct policy *p)
{
	p->support = p->known->sni;
	p->explained = false;
	p->failed[0] = 0;
	p->failed[1] = 0;
	p->on = p->mode == SNI_ON ||
		(p->mode == SNI_AUTO &&
		 (p->support == SNI_WORKS || p->support == SNI_UNKNOWN));
}

void policy_init(struct policy *p, enum sni_mode mode)
{
	memset(p, 0, sizeof(*p));
	p->mode = mode;
	p->known = &unknown_revision;
	start_over(p);
}

void policy_set_revision(struct policy *p, const char *revision)
{
	size_t len = strlen(revision);

	if (strcmp(p->revision, revision) == 0)
		return;
	if (len >= sizeof(p->revision))
		len = sizeof(p->revision) - 1;
	memcpy(p->revision, revision, len);
	p->revision[len] = '\0';
	p->known = find_revision(p->revision);
	start_over(p);
}

bool policy_has_tag(const struct policy *p)
{
	return p->support != SNI_ABSENT;
}

void policy_tag_refused(struct policy *p)
{
	p->support = SNI_ABSENT;
	p->on = false;
}

bool policy_has_version(const struct policy *p)
{
	return p->known->version;
}

bool policy_is_old(const struct policy *p)
{
	return p->known->old;
}

/* Codes that the other setting may cure. */
static bool about_sni(bool on, int code)
{
	if (code == CODE_TLS || code == CODE_SSL_SESSION ||
	    code == CODE_NO_CONNECTION)
		return true;
	return !on && code == CODE_NOT_AUTHORIZED;
}

enum policy_verdict policy_failed(struct policy *p, int code)
{
	if (p->support == SNI_ABSENT)
		p->on = false;
	if (!about_sni(p->on, code))
		return POLICY_WAIT;
	p->failed[p->on] = (uint8_t)code;
	if (p->mode == SNI_AUTO && p->support != SNI_ABSENT) {
		bool first = !p->failed[!p->on];

		p->on = !p->on;
		if (first)
			return POLICY_FLIP;
	}
	return p->explained ? POLICY_WAIT : POLICY_EXPLAIN;
}

void policy_worked(struct policy *p)
{
	p->explained = false;
	p->failed[0] = 0;
	p->failed[1] = 0;
}

static void say_cause(const struct policy *p, const char *broker, struct fmt *f)
{
	unsigned off = p->failed[0];
	unsigned on = p->failed[1];

	fmt_print(f, "cannot connect: revision %s ",
		  p->revision[0] ? p->revision : "unknown");
	if (p->support == SNI_ABSENT)
		fmt_print(f, "cannot send SNI and broker %s refuses clients "
			  "without it (%u)", broker, off);
	else if (p->support == SNI_WORKS && on)
		fmt_print(f, "sends SNI, yet broker %s refuses it (%u)",
			  broker, on);
	else if (on)
		fmt_print(f, "breaks TLS with SNI (%u)", on);
	else
		fmt_print(f, "was told to send no SNI and broker %s refuses "
			  "clients without it (%u)", broker, off);
	if (on && off)
		fmt_print(f, " and broker %s refuses clients without it (%u)",
			  broker, off);
}

static void say_way_out(const struct policy *p, struct fmt *f)
{
	if (p->support == SNI_WORKS && p->failed[1])
		fmt_text(f, "; check the CA, the client certificate and the "
			 "ciphers, or user and password");
	else if (p->mode != SNI_AUTO && p->support != SNI_ABSENT)
		fmt_print(f, "; use --sni %s, or update the modem to %s",
			  p->on ? "auto or off" : "auto or on",
			  p->known->update_to);
	else
		fmt_print(f, "; update the modem to %s or use a broker that "
			  "does not need SNI", p->known->update_to);
}

void policy_explain(struct policy *p, const char *broker, struct fmt *f)
{
	say_cause(p, broker, f);
	say_way_out(p, f);
	p->explained = true;
}
