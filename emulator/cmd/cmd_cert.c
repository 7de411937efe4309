/*
 * AT+CCERT*: the certificate store. Arguments are taken as they stand, since a name may come as {non-ascii}"HEX".
 * Manual V3.00 10.2; facts at-ssl-mqtt 7.2 and 7.3.
 */
#include "cmd/cmd_cert.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "modem/cert.h"

static const char non_ascii[] = "{non-ascii}";

static struct cert *certs(const struct at_channel *at)
{
	return cmd_modem(at)->cert;
}

static bool copy_hex(const char *digits, size_t n, char *out)
{
	char text[2 * CMD_CERT_NAME_SIZE];
	struct buf name;
	bool fits;

	if (n >= sizeof(text))
		return false;
	memcpy(text, digits, n);
	text[n] = '\0';
	buf_init(&name, CMD_CERT_NAME_SIZE - 1);
	fits = !str_unhex(&name, text) && name.len && !memchr(name.data, '\0', name.len) &&
	       str_copy(out, CMD_CERT_NAME_SIZE, name.data);
	buf_free(&name);
	return fits;
}

bool cmd_cert_name(const char *text, size_t n, char *out)
{
	size_t tag = sizeof(non_ascii) - 1;
	bool hex, quoted;

	text = str_trim(text, &n);
	hex = n > tag && str_ieq(text, tag, non_ascii);
	if (hex) {
		text += tag;
		n -= tag;
	}
	quoted = n >= 2 && text[0] == '"' && text[n - 1] == '"';
	if (quoted) {
		text++;
		n -= 2;
	}
	if (memchr(text, '"', n) || memchr(text, ',', n) || n >= CMD_CERT_NAME_SIZE * 2 || (hex && !quoted))
		return false;
	if (hex)
		return copy_hex(text, n, out);
	if (n >= CMD_CERT_NAME_SIZE)
		return false;
	memcpy(out, text, n);
	out[n] = '\0';
	return n > 0;
}

/* ERROR, with the reason in the trace. */
static enum at_status fail(struct at_channel *at, const char *name, const char *reason)
{
	struct why why = { 0 };

	why_add(&why, "cert", "%s \"%s\": %s", at_command(at)->name, name, reason);
	trace_why(cmd_modem(at)->trace, "cert", -1, "refused without a code", &why);
	return AT_STATUS_ERROR;
}

static const struct at_arg name_args[] = {
	{ "filename", AT_ARG_RAW, .range_text = "\"FILENAME\"" },
};

/* --- CCERTDOWN ------------------------------------------------------------------------------------------------- */

static const struct at_arg down_args[] = {
	{ "filename,length", AT_ARG_RAW },
};

static enum at_status down_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CCERTDOWN: (%d-%ld),(1-%d)", CERT_NAME_MIN, at_profile(at)->q.cert_name_max, CERT_LENGTH_MAX);
	return AT_STATUS_OK;
}

/* Exactly the announced bytes have come, whatever they are (quirks R8). */
static enum at_status down_done(struct at_channel *at, const char *data, size_t n, int tag)
{
	struct why why = { 0 };

	(void)tag;
	if (at_profile(at)->q.ccertdown == QUIRK_ccertdown_error) {
		profile_why(at_profile(at), QUIRK_ID_ccertdown, &why, "cert", "every download ends in ERROR");
		trace_why(cmd_modem(at)->trace, "cert", -1, "refused without a code", &why);
		cert_reset(certs(at));
		return AT_STATUS_ERROR;
	}
	return cert_take(certs(at), data, n) ? fail(at, "", "the store takes no more") : AT_STATUS_OK;
}

/* The length is what stands behind the last comma. */
static bool split_down(const struct at_val *v, char *name, long long *len)
{
	const char *comma = memrchr(v->str, ',', v->len), *digits;
	size_t n;

	if (!comma)
		return false;
	n = (size_t)(v->str + v->len - comma - 1);
	digits = str_trim(comma + 1, &n);
	return cmd_cert_name(v->str, (size_t)(comma - v->str), name) &&
	       !str_to_num(digits, n, 1, CERT_LENGTH_MAX, len);
}

static enum at_status down_write(struct at_channel *at, const struct at_val *val)
{
	char name[CMD_CERT_NAME_SIZE] = "";
	long long len;

	if (!split_down(&val[0], name, &len))
		return fail(at, name, "not a name and a length of 1 to 10240");
	if (cert_announce(certs(at), name))
		return fail(at, name, "not a name the store takes (length, .pem or .der)");
	return at_prompt(at, AT_PROMPT_LENGTH, (size_t)len, down_done, CMD_TAG_CERT_DOWN);
}

/* --- CCERTLIST, CCERTDELE, CCERTMOVE --------------------------------------------------------------------------- */

static enum at_status list_exec(struct at_channel *at, const struct at_val *val)
{
	const struct store_file *f;

	(void)val;
	for (size_t i = 0; (f = cert_at(certs(at), i)) != NULL; i++)
		at_row(at, "+CCERTLIST: \"%s\"", f->name);
	return AT_STATUS_OK;
}

static enum at_status dele_write(struct at_channel *at, const struct at_val *val)
{
	char name[CMD_CERT_NAME_SIZE] = "";

	if (!cmd_cert_name(val[0].str, val[0].len, name))
		return fail(at, name, "not a file name");
	return cert_delete(certs(at), name) ? fail(at, name, "no such file in the store") : AT_STATUS_OK;
}

static enum at_status move_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	if (!at_profile(at)->q.ccertmove)
		return AT_STATUS_ERROR;
	at_info(at, "+CCERTMOVE: \"FILENAME\"");
	return AT_STATUS_OK;
}

static const char *move_reason(int err)
{
	if (err == -ENOENT)
		return "no such file on the module's drives";
	return err == -EINVAL ? "not a name the store takes" : "the store takes no more";
}

static enum at_status move_write(struct at_channel *at, const struct at_val *val)
{
	char name[CMD_CERT_NAME_SIZE] = "";
	struct why why = { 0 };
	bool good = cmd_cert_name(val[0].str, val[0].len, name);
	int err;

	if (at_profile(at)->q.ccertmove) {
		err = good ? cert_move(certs(at), name) : -EINVAL;
		return err ? fail(at, name, move_reason(err)) : AT_STATUS_OK;
	}
	profile_why(at_profile(at), QUIRK_ID_ccertmove, &why, "cert", "this revision has no AT+CCERTMOVE");
	trace_why(cmd_modem(at)->trace, "cert", -1, "refused without a code", &why);
	return AT_STATUS_ERROR;
}

const struct at_cmd cmd_cert[] = {
	{ "+CCERTDOWN", AT_ARGS(down_args), .test = down_test, .write = down_write, .source = "M3 10.2.2" },
	{ "+CCERTLIST", .exec = list_exec, .source = "M3 10.2.3" },
	{ "+CCERTDELE", AT_ARGS(name_args), .write = dele_write, .source = "M3 10.2.4" },
	{ "+CCERTMOVE", AT_ARGS(name_args), .test = move_test, .write = move_write, .source = "A76xx manual" },
	{ 0 },
};
