/* AT+CDNSGIP, AT+CDNSGHNAME and AT+CIPDNSSET. Manual V3.00 11.3; facts at-general 7. */
#include "cmd/cmd.h"

#include <string.h>

#include "base/str.h"
#include "modem/dns.h"
#include "modem/pdp.h"

static struct dns *dns(const struct at_channel *at)
{
	return cmd_modem(at)->dns;
}

static const struct at_arg name_args[] = { { "name", AT_ARG_STR, 1, 1024 } };
static const struct at_arg address_args[] = { { "address", AT_ARG_STR, 1, 45 } };

/* The manual has no code for a name that cannot be one, nor for a question on top of another. */
static enum at_status refuse(struct at_channel *at, const char *name, const char *reason)
{
	int code = (int)at_profile(at)->q.dns_fail_code;
	struct why why = { 0 };

	why_add(&why, "state", "%s", reason);
	trace_why(cmd_modem(at)->trace, "dns", code, "DNS general error", &why);
	return at_fail(at, "%s: 0,%d", name, code);
}

static enum at_status cdnsgip_write(struct at_channel *at, const struct at_val *val)
{
	if (!dns_name_ok(val[0].str))
		return refuse(at, "+CDNSGIP", "a name has at most 254 characters, between its dots 1 to 63");
	if (!dns_find(dns(at), val[0].str))
		return refuse(at, "+CDNSGIP", "another question is open");
	return cmd_wait(at, CMD_TAG_DNS);
}

static enum at_status cdnsghname_write(struct at_channel *at, const struct at_val *val)
{
	if (!dns_find_name(dns(at), val[0].str))
		return refuse(at, "+CDNSGHNAME", "another question is open");
	return cmd_wait(at, CMD_TAG_DNS);
}

/* --- AT+CIPDNSSET ------------------------------------------------------------------------------------------------ */

static const struct at_arg set_args[] = {
	{ "net_retries", AT_ARG_INT, 0, 3, .optional = true },
	{ "net_timeout_ms", AT_ARG_INT, 3000, 120000, .optional = true },
	{ "query_retries", AT_ARG_INT, 0, 7, .optional = true },
};

static enum at_status set_read(struct at_channel *at, const struct at_val *val)
{
	const struct dns_settings *set = &dns(at)->boot.set;

	(void)val;
	at_info(at, "+CIPDNSSET: %ld,%ld,%ld", set->net_retries, set->net_timeout_ms, set->query_retries);
	return AT_STATUS_OK;
}

/* What is left out stays. */
static enum at_status set_write(struct at_channel *at, const struct at_val *val)
{
	struct dns_settings set = dns(at)->boot.set;

	set.net_retries = val[0].given ? (long)val[0].num : set.net_retries;
	set.net_timeout_ms = val[1].given ? (long)val[1].num : set.net_timeout_ms;
	set.query_retries = val[2].given ? (long)val[2].num : set.query_retries;
	dns_set_settings(dns(at), &set);
	return AT_STATUS_OK;
}

/* --- AT+CDNSCFG ---------------------------------------------------------------------------------------------------- */

static const struct at_arg cdnscfg_args[] = {
	{ "pri_dns", AT_ARG_STR, 7, 45 },
	{ "sec_dns", AT_ARG_STR, 7, 45, .optional = true },
};

static enum at_status cdnscfg_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CDNSCFG: (\"Primary DNS\"),(\"Secondary DNS\")");
	return AT_STATUS_OK;
}

static enum at_status cdnscfg_read(struct at_channel *at, const struct at_val *val)
{
	const struct dns_settings *set = &dns(at)->boot.set;

	(void)val;
	at_row(at, "PrimaryDns: %s", *set->server[0] ? set->server[0] : "0.0.0.0");
	at_row(at, "SecondaryDns: %s", *set->server[1] ? set->server[1] : "0.0.0.0");
	return AT_STATUS_OK;
}

static bool is_address(const struct at_val *v)
{
	return !v->given || strspn(v->str, "0123456789abcdefABCDEF.:") == v->len;
}

static enum at_status cdnscfg_write(struct at_channel *at, const struct at_val *val)
{
	struct dns_settings set = dns(at)->boot.set;

	if (!is_address(&val[0]) || !is_address(&val[1]))
		return AT_STATUS_ERROR;
	str_copy(set.server[0], sizeof(set.server[0]), val[0].str);
	str_copy(set.server[1], sizeof(set.server[1]), val[1].given ? val[1].str : "");
	dns_set_settings(dns(at), &set);
	return AT_STATUS_OK;
}

const struct at_cmd cmd_dns[] = {
	{ "+CDNSGIP", AT_ARGS(name_args), .write = cdnsgip_write, .no_test = true, .needs = CMD_NEEDS_SIM,
	  .source = "M3 11.3" },
	{ "+CDNSGHNAME", AT_ARGS(address_args), .write = cdnsghname_write, .no_test = true, .needs = CMD_NEEDS_SIM,
	  .source = "M3 11.3" },
	{ "+CIPDNSSET", AT_ARGS(set_args), .read = set_read, .write = set_write, .source = "M3 11.3" },
	{ "+CDNSCFG", AT_ARGS(cdnscfg_args), .read = cdnscfg_read, .test = cdnscfg_test, .write = cdnscfg_write,
	  .source = "TinyGSM A7672X; read and test forms of a sister module: guess" },
	{ 0 },
};

/* index: asked by address. */
void cmd_dns_event(struct cmd_host *h, const struct modem_event *ev)
{
	const char *name = ev->index ? "+CDNSGHNAME" : "+CDNSGIP";

	if (ev->code)
		cmd_result(h, CMD_TAG_DNS, CMD_ORDER_LINE_FIRST, AT_STATUS_ERROR, "%s: 0,%d", name, ev->code);
	else
		cmd_result(h, CMD_TAG_DNS, CMD_ORDER_LINE_FIRST, AT_STATUS_OK, "%s: 1,\"%s\",\"%s\"", name, ev->topic,
			   ev->address);
}
