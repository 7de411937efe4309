/* A broker is named by the CA that is in force, by the words around, and by the nearest connect, in this order. */
#include "harness/reproduce/choice.h"

#include <string.h>

#include "base/buf.h"
#include "harness/reproduce/broker.h"
#include "harness/reproduce/format.h"

enum { POINTS_CA = 4, POINTS_WORDS = 2, POINTS_NEAREST = 1, HOST_SIZE = 256, TEXT_MAX_BYTES = 64 << 20 };

static bool is_of_broker(const char *command, const void *broker)
{
	char host[HOST_SIZE];
	size_t at, n;

	if (!broker_host_in(command, &at, &n) || n >= sizeof(host))
		return false;
	memcpy(host, command + at, n);
	host[n] = '\0';
	return broker_of_host(host) == broker;
}

static void read_chosen(const struct log *l, struct buf *out)
{
	for (unsigned i = l->from; i <= l->to; i++)
		buf_addf(out, "%s\n", log_line_at(l, i)->text);
}

static int points_of(const struct broker *b, const struct log_command *nearest, const struct buf *text, const char *ca)
{
	return (broker_regex(b->ca_words, ca, strlen(ca)) ? POINTS_CA : 0) +
	       (broker_regex(b->words, buf_str(text), text->len) ? POINTS_WORDS : 0) +
	       (nearest && is_of_broker(nearest->text, b) ? POINTS_NEAREST : 0);
}

static const struct broker *choose_broker(const struct log *l, unsigned line, const char *ca, int *points)
{
	const struct log_command *nearest = log_find(l, "+CMQTTCONNECT", line, NULL, NULL);
	const struct broker *best = NULL;
	struct buf text;

	buf_init(&text, TEXT_MAX_BYTES);
	read_chosen(l, &text);
	*points = 0;
	for (const struct broker *b = brokers; b->match; b++) {
		int p = points_of(b, nearest, &text, ca);

		if (!best || p > *points) {
			best = b;
			*points = p;
		}
	}
	buf_free(&text);
	return best;
}

static const char *reason_of(const struct log *l, const struct broker *b, int points, const char *ca)
{
	if (points >= POINTS_CA)
		return format_text(l->pool, "the CA in force is \"%s\"", ca);
	if (points >= POINTS_WORDS)
		return "named in the text";
	return points ? "of the nearest AT+CMQTTCONNECT in the text"
		      : format_text(l->pool, "nothing names one; %s stands in", b->host);
}

struct choice choice_of_connect(const struct log *l, unsigned line, const char *ca)
{
	int points;
	const struct broker *b = choose_broker(l, line, ca, &points);
	const struct log_command *from = log_find(l, "+CMQTTCONNECT", line, is_of_broker, b);
	const char *reason = reason_of(l, b, points, ca);

	if (from)
		return (struct choice){ from->text, format_text(l->pool, "%s; as in line %u", reason, from->line) };
	return (struct choice){
		format_text(l->pool, "AT+CMQTTCONNECT=0,\"tcp://%s:8883\"%s", b->host, b->connect),
		reason,
	};
}
