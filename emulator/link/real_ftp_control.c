/*
 * The control connection of a real FTP session: commands go out by libcurl, which has secured it and logged in, and
 * replies are put together here. RFC 959, 4.2: a reply of several lines begins with "123-" and ends with "123 ".
 */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "link/real_ftp_impl.h"

enum { AGAIN_US = 10000 };

/* --- towards the server ------------------------------------------------------------------------------------------- */

void real_ftp_flush(struct real_ftp *f)
{
	const struct real_curl *c = real_multi_api(f->multi);
	CURLcode code = CURLE_OK;
	size_t n;

	while (f->out.len && !code) {
		code = c->easy_send(f->easy, f->out.data, f->out.len, &n);
		if (!code)
			buf_drop(&f->out, n);
	}
	if (code == CURLE_AGAIN)
		clock_arm(f->link->o.clock, &f->tell, AGAIN_US);
	else if (code)
		real_ftp_lose(f, LINK_RESET, "tcp", c->easy_strerror(code));
}

void real_ftp_say(struct real_ftp *f, const char *verb, const char *path)
{
	if (buf_addf(&f->out, "%s%s%s\r\n", verb, path ? " " : "", path ? path : ""))
		real_ftp_lose(f, LINK_RESET, "memory", "out of memory");
	else
		real_ftp_flush(f);
}

/* --- from the server ---------------------------------------------------------------------------------------------- */

static int code_of(const char *line)
{
	for (int i = 0; i < 3; i++) {
		if (!isdigit((unsigned char)line[i]))
			return 0;
	}
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

bool real_ftp_is_reply(const char *line)
{
	return code_of(line) && line[3] != '-';
}

/* What libcurl says behind a login is nobody's wish. */
static bool is_by_the_way(const struct real_ftp *f, int reply)
{
	return f->phase == FTP_PHASE_LOGIN && f->reply == REPLY_LOGGED_IN && reply < REPLY_NO;
}

int real_ftp_take_reply(struct real_ftp *f, const char *line)
{
	int reply = code_of(line);

	f->replies++;
	trace_text(f->link->o.trace, TRACE_NOTE, "ftp: %s", line);
	str_copy(f->line, sizeof(f->line), line);
	if (reply >= REPLY_NO) {
		f->refused = reply;
		str_copy(f->refusal, sizeof(f->refusal), line);
	}
	if (!is_by_the_way(f, reply))
		f->reply = reply;
	return reply;
}

/* "421 idle for too long" may come at any time, and is always the last. */
static void on_line(struct real_ftp *f, const char *line)
{
	int code = code_of(line);

	if (f->open_reply ? code != f->open_reply || line[3] == '-' : !code)
		return;
	f->open_reply = line[3] == '-' ? code : 0;
	if (f->open_reply)
		return;
	if (real_ftp_take_reply(f, line) == REPLY_IDLE)
		real_ftp_lose(f, LINK_PEER_CLOSED, "ftp", line);
	else if (f->phase != FTP_PHASE_READY)
		real_ftp_answered(f);
}

/* What is longer than the buffer is no line of a reply that matters: its beginning goes. */
static void feed(struct real_ftp *f, const char *data, size_t n)
{
	char line[REAL_FTP_LINE];

	for (size_t i = 0; i < n && !f->lost; i++) {
		if (data[i] != '\n') {
			buf_addc(&f->in, data[i]);
			continue;
		}
		str_copy(line, sizeof(line), buf_str(&f->in));
		line[strcspn(line, "\r")] = '\0';
		buf_reset(&f->in);
		on_line(f, line);
	}
}

void real_ftp_receive(struct real_ftp *f)
{
	const struct real_curl *c = real_multi_api(f->multi);
	CURLcode code = CURLE_OK;
	char data[4096];
	size_t n;

	while (!code && !f->lost) {
		n = 0;
		code = c->easy_recv(f->easy, data, sizeof(data), &n);
		if (!code && !n)
			real_ftp_lose(f, LINK_PEER_CLOSED, "ftp", "the server closed the control connection");
		else if (!code)
			feed(f, data, n);
		else if (code != CURLE_AGAIN)
			real_ftp_lose(f, LINK_RESET, "tcp", c->easy_strerror(code));
	}
}
