/*
 * AT+CSSLCFG: one table of tags gives the test form, the ranges and the setters. Failures are ERROR alone.
 * Manual V3.00 10.2.1; facts at-ssl-mqtt 7.1.
 */
#include "cmd/cmd.h"

#include <string.h>

#include "base/str.h"
#include "cmd/cmd_cert.h"
#include "modem/cert.h"
#include "modem/ssl.h"

enum tag_kind { TAG_NUMBER, TAG_CIPHERS, TAG_FILE, TAG_PASSWORD };

enum { PASSWORD_MAX = 128 };

/* member is an enum ssl_number or enum ssl_text; quirk 0: every revision has the tag. */
static const struct ssl_tag {
	const char *name;
	enum tag_kind kind;
	int member;
	long min, max;
	const char *range;	/* NULL: of a file name, which follows the profile */
	enum quirk_id quirk;
} tags[] = {
	{ "sslversion", TAG_NUMBER, SSL_NUMBER_VERSION, 0, 4, "(0-4)" },
	{ "authmode", TAG_NUMBER, SSL_NUMBER_AUTHMODE, 0, 3, "(0-3)" },
	{ "ignorelocaltime", TAG_NUMBER, SSL_NUMBER_IGNORE_TIME, 0, 1, "(0,1)" },
	{ "negotiatetime", TAG_NUMBER, SSL_NUMBER_NEGOTIATE, 10, 300, "(10-300)" },
	{ "cacert", TAG_FILE, SSL_TEXT_CA },
	{ "clientcert", TAG_FILE, SSL_TEXT_CERT },
	{ "clientkey", TAG_FILE, SSL_TEXT_KEY },
	{ "enableSNI", TAG_NUMBER, SSL_NUMBER_SNI, 0, 1, "(0,1)", QUIRK_ID_csslcfg_sni },
	{ "keypwd", TAG_PASSWORD, SSL_TEXT_KEY_PASSWORD, 0, PASSWORD_MAX, "(0-128)", QUIRK_ID_csslcfg_keypwd },
	{ "password", TAG_FILE, SSL_TEXT_PASSWORD_FILE, .quirk = QUIRK_ID_csslcfg_password_file },
	{ "ciphersuites", TAG_CIPHERS, SSL_NUMBER_CIPHERS, 0, 0xffff, "(0x002F,0Xffff)",
	  QUIRK_ID_csslcfg_ciphersuites },
};

enum { TAGS = sizeof(tags) / sizeof(tags[0]) };

/* The value is taken as it stands: what it may be depends on the tag. */
static const struct at_arg csslcfg_args[] = {
	{ "tag", AT_ARG_STR, 1, 16 },
	{ "ssl_ctx_index", AT_ARG_INT, 0, SSL_CONTEXTS - 1, .optional = true },
	{ "value", AT_ARG_RAW, .optional = true },
};

static struct ssl *contexts(const struct at_channel *at)
{
	return cmd_modem(at)->ssl;
}

static bool tag_exists(const struct quirks *q, const struct ssl_tag *t)
{
	switch ((int)t->quirk) {	/* the four tags that a revision may lack */
	case QUIRK_ID_csslcfg_sni:
		return q->csslcfg_sni;
	case QUIRK_ID_csslcfg_keypwd:
		return q->csslcfg_keypwd;
	case QUIRK_ID_csslcfg_password_file:
		return q->csslcfg_password_file;
	case QUIRK_ID_csslcfg_ciphersuites:
		return q->csslcfg_ciphersuites;
	default:
		return true;
	}
}

static enum at_status fail(struct at_channel *at, const struct why *why)
{
	trace_why(cmd_modem(at)->trace, "ssl", -1, "refused without a code", why);
	return AT_STATUS_ERROR;
}

static enum at_status fail_text(struct at_channel *at, const char *tag, const char *reason)
{
	struct why why = { 0 };

	why_add(&why, "ssl", "\"%s\": %s", tag, reason);
	return fail(at, &why);
}

/* --- rows ------------------------------------------------------------------------------------------------------ */

static void print_row(struct at_channel *at, int ctx)
{
	const struct ssl *s = contexts(at);
	struct buf row;

	buf_init(&row, 8192);
	buf_addf(&row, "+CSSLCFG: %d,%ld,%ld,%ld,%ld,\"%s\",\"%s\",\"%s\"", ctx,
		 ssl_number(s, ctx, SSL_NUMBER_VERSION), ssl_number(s, ctx, SSL_NUMBER_AUTHMODE),
		 ssl_number(s, ctx, SSL_NUMBER_IGNORE_TIME), ssl_number(s, ctx, SSL_NUMBER_NEGOTIATE),
		 ssl_text(s, ctx, SSL_TEXT_CA), ssl_text(s, ctx, SSL_TEXT_CERT), ssl_text(s, ctx, SSL_TEXT_KEY));
	switch (at_profile(at)->q.csslcfg_row) {
	case QUIRK_csslcfg_row_le11:
		break;
	case QUIRK_csslcfg_row_sim7600:
		buf_addf(&row, ",%ld,\"%s\",0x%lX", ssl_number(s, ctx, SSL_NUMBER_SNI),
			 ssl_text(s, ctx, SSL_TEXT_KEY_PASSWORD),
			 (unsigned long)ssl_number(s, ctx, SSL_NUMBER_CIPHERS));
		break;
	case QUIRK_csslcfg_row_a7670:
		buf_addf(&row, ",\"%s\",%ld", ssl_text(s, ctx, SSL_TEXT_PASSWORD_FILE),
			 ssl_number(s, ctx, SSL_NUMBER_SNI));
		break;
	case QUIRK_csslcfg_row_sim767x:
		/* What the last three are no capture shows other than 0. */
		buf_addf(&row, ",\"%s\",%ld,0,0,0", ssl_text(s, ctx, SSL_TEXT_PASSWORD_FILE),
			 ssl_number(s, ctx, SSL_NUMBER_SNI));
		break;
	case QUIRK_csslcfg_row_sim7022:
		buf_addf(&row, ",%ld", ssl_number(s, ctx, SSL_NUMBER_SNI));
		break;
	}
	at_row(at, "%s", buf_str(&row));
	buf_free(&row);
}

static enum at_status csslcfg_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	for (int i = 0; i < SSL_CONTEXTS; i++)
		print_row(at, i);
	return AT_STATUS_OK;
}

static enum at_status csslcfg_test(struct at_channel *at, const struct at_val *val)
{
	const struct quirks *q = &at_profile(at)->q;

	(void)val;
	for (size_t i = 0; i < TAGS; i++) {
		if (!tag_exists(q, &tags[i]))
			continue;
		if (tags[i].range)
			at_row(at, "+CSSLCFG: \"%s\",(0-9),%s", tags[i].name, tags[i].range);
		else
			at_row(at, "+CSSLCFG: \"%s\",(0-9),(%d-%ld)", tags[i].name, CERT_NAME_MIN, q->cert_name_max);
	}
	return AT_STATUS_OK;
}

/* --- setting --------------------------------------------------------------------------------------------------- */

/* Two values exist beside "not set" (facts at-ssl-mqtt 7.4). */
static enum at_status set_number(struct at_channel *at, const struct ssl_tag *t, int ctx, const struct at_val *v)
{
	size_t n = v->len;
	const char *text = str_trim(v->str, &n);
	long long value;

	if (str_to_num_any(text, n, t->min, t->max, &value))
		return fail_text(at, t->name, "the value is not a number in range");
	if (t->kind == TAG_CIPHERS && value != 0x002f && value != 0xffff)
		return fail_text(at, t->name, "the value is neither 0x002F nor 0xFFFF");
	ssl_set_number(contexts(at), ctx, (enum ssl_number)t->member, (long)value);
	return AT_STATUS_OK;
}

static enum at_status set_file(struct at_channel *at, const struct ssl_tag *t, int ctx, const struct at_val *v)
{
	char name[CMD_CERT_NAME_SIZE] = "";
	struct why why = { 0 };

	if (!cmd_cert_name(v->str, v->len, name) || !cert_name_ok(cmd_modem(at)->cert, name))
		return fail_text(at, t->name, "not a file name the store could hold");
	if (!ssl_set_text(contexts(at), ctx, (enum ssl_text)t->member, name))
		return AT_STATUS_OK;
	profile_why(at_profile(at), QUIRK_ID_csslcfg_file_check, &why, "R7",
		    "%s: \"%s\" is not in the certificate store", t->name, name);
	return fail(at, &why);
}

static enum at_status set_password(struct at_channel *at, const struct ssl_tag *t, int ctx, const struct at_val *v)
{
	size_t n = v->len;
	const char *text = str_trim(v->str, &n);
	char password[PASSWORD_MAX + 1];

	if (n < 2 || text[0] != '"' || text[n - 1] != '"' || n - 2 > PASSWORD_MAX || memchr(text + 1, '"', n - 2))
		return fail_text(at, t->name, "not a quoted text of at most 128 characters");
	memcpy(password, text + 1, n - 2);
	password[n - 2] = '\0';
	if (ssl_set_text(contexts(at), ctx, (enum ssl_text)t->member, password))
		return fail_text(at, t->name, "out of memory");
	return AT_STATUS_OK;
}

static enum at_status set(struct at_channel *at, const struct ssl_tag *t, int ctx, const struct at_val *v)
{
	switch (t->kind) {
	case TAG_NUMBER:
	case TAG_CIPHERS:
		return set_number(at, t, ctx, v);
	case TAG_FILE:
		return set_file(at, t, ctx, v);
	case TAG_PASSWORD:
		return set_password(at, t, ctx, v);
	}
	return AT_STATUS_ERROR;
}

static enum at_status set_tag(struct at_channel *at, const struct at_val *val)
{
	struct why why = { 0 };

	for (size_t i = 0; i < TAGS; i++) {
		if (!str_ieq(val[0].str, val[0].len, tags[i].name))
			continue;
		if (tag_exists(&at_profile(at)->q, &tags[i]))
			return set(at, &tags[i], (int)val[1].num, &val[2]);
		profile_why(at_profile(at), tags[i].quirk, &why, "ssl", "this revision has no tag \"%s\"",
			    tags[i].name);
		return fail(at, &why);
	}
	return fail_text(at, val[0].str, "no such tag");
}

static enum at_status csslcfg_write(struct at_channel *at, const struct at_val *val)
{
	long long ctx;

	if (val[1].given && val[2].given)
		return set_tag(at, val);
	if (val[1].given || val[2].given || val[0].quoted ||
	    str_to_num(val[0].str, val[0].len, 0, SSL_CONTEXTS - 1, &ctx))
		return fail_text(at, val[0].str, "tag, context and value are wanted, or a context alone");
	print_row(at, (int)ctx);
	return AT_STATUS_OK;
}

const struct at_cmd cmd_ssl[] = {
	{ "+CSSLCFG", AT_ARGS(csslcfg_args), .read = csslcfg_read, .test = csslcfg_test, .write = csslcfg_write,
	  .source = "M3 10.2.1" },
	{ 0 },
};
