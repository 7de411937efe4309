/* The world's side of streams in the control language: who connects to the modem, and what a peer does on command. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "link/model_stream.h"

static int answer(struct buf *reply, int err, const char *text)
{
	buf_adds(reply, text);
	return err;
}

/* Cuts the first word off and returns what follows it. */
static char *next_word(char *s)
{
	char *end = s + strcspn(s, " ");

	while (*end == ' ')
		*end++ = '\0';
	return end;
}

/* --- connect PORT [FROM:PORT] -------------------------------------------------------------------------------------------- */

/* "203.0.113.7:4711", "[2001:db8::1]:4711" */
static bool split_address(char *text, const char **address, uint16_t *port)
{
	char *colon = strrchr(text, ':');
	long long n;

	if (!colon || str_to_num(colon + 1, strlen(colon + 1), 1, 65535, &n))
		return false;
	*colon = '\0';
	if (*text == '[' && colon > text && colon[-1] == ']') {
		colon[-1] = '\0';
		text++;
	}
	*address = text;
	*port = (uint16_t)n;
	return route_is_address(text);
}

int control_connect(struct link *l, char *args, struct buf *reply)
{
	enum { FIRST_PORT = 50000, PORTS = 10000 };
	const char *from = "198.51.100.1"; /* TEST-NET-2, RFC 5737 */
	uint16_t from_port = (uint16_t)(FIRST_PORT + (l->last_peer + 1) % PORTS);
	char *rest = next_word(args);
	struct model_stream *listener, *s;
	long long port;

	if (str_to_num(args, strlen(args), 1, 65535, &port) || (*rest && !split_address(rest, &from, &from_port)))
		return answer(reply, -EINVAL, "connect takes a port of the modem: connect PORT [ADDRESS:PORT]");
	listener = model_stream_listening(l, (uint16_t)port);
	if (!listener) {
		buf_addf(reply, "the modem does not listen on port %lld", port);
		return -EINVAL;
	}
	s = model_stream_accept(listener, from, from_port);
	if (!s)
		return answer(reply, -EINVAL, "out of memory");
	buf_addf(reply, "ok %u", s->peer->number);
	return 0;
}

/* --- peer N send TEXT | close | reset --------------------------------------------------------------------------------------- */

static struct model_peer *find_peer(struct link *l, const char *number)
{
	struct model_peer *p;
	long long n;

	if (str_to_num(number, strlen(number), 1, UINT32_MAX, &n))
		return NULL;
	TAILQ_FOREACH(p, &l->peers, entry) {
		if (p->number == n)
			return p;
	}
	return NULL;
}

static int peer_send(struct model_peer *p, const char *text, struct buf *reply)
{
	struct buf bytes;
	size_t bad;

	buf_init(&bytes, MODEL_WINDOW_BYTES);
	bad = str_unescape(&bytes, text);
	if (!bad)
		model_peer_send(p, bytes.data, bytes.len);
	buf_free(&bytes);
	if (bad)
		return answer(reply, -EINVAL, "peer N send TEXT: text with \\r \\n \\xNN escapes");
	return answer(reply, 0, "ok");
}

int control_peer(struct link *l, char *args, struct buf *reply)
{
	char *verb = next_word(args), *rest = next_word(verb);
	struct model_peer *p = find_peer(l, args);

	if (!p || p->ended || !p->stream) {
		buf_addf(reply, "no peer %.20s is connected; peers tells who is", args);
		return -EINVAL;
	}
	if (!strcmp(verb, "send") && *rest)
		return peer_send(p, rest, reply);
	if (*rest || (strcmp(verb, "close") && strcmp(verb, "reset")))
		return answer(reply, -EINVAL, "peer takes: peer N send TEXT, peer N close, peer N reset");
	if (p->kind == LINK_STREAM_UDP)
		return answer(reply, -EINVAL, "UDP has no connection to end");
	model_peer_end(p, !strcmp(verb, "reset") ? LINK_RESET : LINK_PEER_CLOSED, "control: peer %u %s", p->number,
		       verb);
	return answer(reply, 0, "ok");
}

/* --- peers ------------------------------------------------------------------------------------------------------------------ */

int control_peers(struct link *l, char *args, struct buf *reply)
{
	const struct model_peer *p;
	bool any = false;

	(void)args;
	TAILQ_FOREACH(p, &l->peers, entry) {
		if (p->ended || !p->stream)
			continue;
		buf_addf(reply, "%s%u=%s:%s:%u", any ? " " : "", p->number, p->kind == LINK_STREAM_UDP ? "udp" : "tcp",
			 p->name, p->port);
		any = true;
	}
	return any ? 0 : answer(reply, 0, "none");
}

unsigned model_peers_drop(struct link *l, enum link_status status)
{
	struct model_peer *p;
	unsigned n = 0;

	TAILQ_FOREACH(p, &l->peers, entry) {
		if (p->ended || !p->stream || p->kind == LINK_STREAM_UDP)
			continue;
		model_peer_end(p, status, "control: drop");
		n++;
	}
	return n;
}
