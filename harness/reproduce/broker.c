/* Rows and look-ups; what a broker does is the world's business (link/data/builtin.yaml). */
#include "harness/reproduce/broker.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/embed.h"
#include "base/str.h"

/* The first one stands in where nothing is known: anybody may connect to it. */
const struct broker brokers[] = {
	{ .match = "broker.emqx.io",
	  .host = "broker.emqx.io",
	  .words = "broker\\.emqx\\.io",
	  .ca_words = "broker\\.emqx",
	  .ca = "digicert-global-root-ca.pem",
	  .connect = ",60,1,\"xxx\",\"xxx\"" },
	{ .match = "*.emqxsl.com",
	  .host = "xxxx.ala.us-east-1.emqxsl.com",
	  .words = "emqxsl|emqx\\s+serverless",
	  .ca_words = "emqxsl|emqx-com",
	  .ca = "digicert-global-root-ca.pem",
	  .connect = ",60,1,\"xxx\",\"xxx\"",
	  .wants_sni = true },
	{ .match = "*.hivemq.cloud",
	  .host = "xxx.s1.eu.hivemq.cloud",
	  .words = "hivemq\\.cloud|hivemq\\s+cloud",
	  .ca_words = "hivemq|isrg",
	  .ca = "isrgrootx1.pem",
	  .connect = ",60,1,\"xxx\",\"xxx\"",
	  .wants_sni = true },
	{ .match = "*.amazonaws.com",
	  .host = "xxx.iot.us-east-1.amazonaws.com",
	  .words = "\\baws\\b|amazonaws",
	  .ca_words = "amazon|\\baws",
	  .ca = "amazon-root-ca-1.pem",
	  .connect = ",60,1" },
	{ .match = "*.azure-devices.net",
	  .host = "xxx.azure-devices.net",
	  .words = "azure",
	  .ca_words = "azure|digicert.*g2",
	  .ca = "digicert-global-root-g2.pem",
	  .connect = ",90,1,\"xxx\",\"xxx\"" },
	{ 0 },
};

const struct broker *broker_of_host(const char *host)
{
	for (const struct broker *b = brokers; b->match; b++) {
		if (!fnmatch(b->match, host, FNM_CASEFOLD))
			return b;
	}
	return NULL;
}

bool broker_regex(const char *regex, const char *text, size_t n)
{
	int code;
	PCRE2_SIZE at;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED, PCRE2_CASELESS, &code, &at, NULL);
	pcre2_match_data *md = re ? pcre2_match_data_create_from_pattern(re, NULL) : NULL;
	bool hit = md && pcre2_match(re, (PCRE2_SPTR)text, n, 0, 0, md, NULL) >= 0;

	pcre2_match_data_free(md);
	pcre2_code_free(re);
	return hit;
}

/* Commands that name a host outside an URL: in which of their quoted arguments. */
static const struct {
	const char *begin;
	unsigned quoted; /* from 0 */
} host_rows[] = {
	{ "AT+CCHOPEN=", 0 },
	{ "AT+CIPOPEN=", 1 },
	{ "AT+CFTPSLOGIN=", 0 },
};

/* The inside of quoted argument number k. */
static bool quoted_at(const char *command, unsigned k, size_t *at, size_t *n)
{
	const char *s = strchr(command, '"');

	for (; s && k; k--) {
		s = strchr(s + 1, '"');
		s = s ? strchr(s + 1, '"') : NULL;
	}
	if (!s)
		return false;
	*at = (size_t)(s + 1 - command);
	*n = strcspn(s + 1, "\"");
	return *n > 0;
}

bool broker_host_in(const char *command, size_t *at, size_t *n)
{
	const char *s = strstr(command, "://");

	for (size_t i = 0; !s && i < sizeof(host_rows) / sizeof(host_rows[0]); i++) {
		if (!strncasecmp(command, host_rows[i].begin, strlen(host_rows[i].begin)))
			return quoted_at(command, host_rows[i].quoted, at, n);
	}
	if (!s)
		return false;
	s += 3;
	*at = (size_t)(s - command);
	*n = strcspn(s, ":/\",");
	return *n > 0;
}

unsigned broker_port_in(const char *command, size_t at, size_t n)
{
	const char *s = command + at + n;
	long long port;
	size_t digits;

	s += strspn(s, "\":,");
	digits = strspn(s, "0123456789");
	if (s > command + at + n && !str_to_num(s, digits, 1, 65535, &port))
		return (unsigned)port;
	return strstr(command, "https://") ? 443 : strstr(command, "http://") ? 80 : 1883;
}

const char *broker_file(const char *name, size_t *n)
{
	char path[128];

	snprintf(path, sizeof(path), "scenarios/%s", name);
	for (const struct embedded_file *f = embedded_files; f->name; f++) {
		if (strcmp(f->name, path))
			continue;
		*n = f->size;
		return f->data;
	}
	return NULL;
}
