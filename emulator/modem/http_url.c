/* URLs as AT+HTTPPARA takes them. */
#include "modem/http.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { PORT_HTTP = 80, PORT_HTTPS = 443 };

/* A name or an IPv4 address; an IPv6 address stands in brackets. */
static size_t host_length(const char *s)
{
	size_t n;

	if (*s == '[') {
		n = strspn(s + 1, "0123456789abcdefABCDEF:.");
		return n && s[n + 1] == ']' ? n + 2 : 0;
	}
	for (n = 0; isalnum((unsigned char)s[n]) || (s[n] && strchr("-._", s[n])); n++)
		;
	return n;
}

static bool copy_host(const char *s, size_t n, char *out)
{
	if (*s == '[') {
		s++;
		n -= 2;
	}
	if (!n || n > HTTP_HOST_MAX)
		return false;
	memcpy(out, s, n);
	out[n] = '\0';
	return true;
}

/* Digits behind a colon; *s is moved behind them. */
static bool take_port(const char **s, uint16_t *port)
{
	size_t n;
	long long v;

	if (**s != ':')
		return true;
	n = strspn(*s + 1, "0123456789");
	if (str_to_num(*s + 1, n, 1, 65535, &v))
		return false;
	*port = (uint16_t)v;
	*s += n + 1;
	return true;
}

static bool copy_path(const char *s, char *out, size_t size)
{
	size_t n = strcspn(s, "#");

	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f)
			return false;
	}
	if (*s && !strchr("/?#", *s))
		return false;
	if (n + 2 > size)
		return false;
	out[0] = '/';
	memcpy(out + (*s != '/'), s, n);
	out[n + (*s != '/')] = '\0';
	return true;
}

bool http_url_parse(const char *text, struct http_url *out)
{
	const char *s = text;
	size_t n;

	*out = (struct http_url){ .port = PORT_HTTP };
	if (!strncasecmp(s, "http://", 7)) {
		s += 7;
	} else if (!strncasecmp(s, "https://", 8)) {
		s += 8;
		out->tls = true;
		out->port = PORT_HTTPS;
	} else {
		return false;
	}
	n = host_length(s);
	if (!n || !copy_host(s, n, out->host))
		return false;
	s += n;
	return take_port(&s, &out->port) && copy_path(s, out->path, sizeof(out->path));
}
