/*
 * Property: what the client makes of a stream does not depend on how the
 * bytes are cut. The first byte of the input decides the cuts.
 */
#include "core/at_client.h"
#include "core/urc.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	struct at_client at;
	uint32_t hash;
	unsigned last;
};

static void mix(struct heard *h, unsigned v)
{
	h->hash = (h->hash ^ v) * 16777619u;
}

static void on_event(const struct at_event *event, void *ctx)
{
	static const uint8_t typed[] = "AT\r\nOK\r\n";
	struct heard *h = ctx;
	struct urc urc;

	if (event->kind != AT_EVENT_RAW || h->last != AT_EVENT_RAW)
		mix(h, 256u + event->kind);
	for (size_t i = 0; i < event->len; i++)
		mix(h, (uint8_t)event->text[i]);
	h->last = event->kind;
	if (event->kind == AT_EVENT_PROMPT)
		at_client_skip_echo(&h->at, typed, sizeof(typed) - 1);
	if (event->kind != AT_EVENT_LINE)
		return;
	urc_parse(event->text, &urc);
	mix(h, urc.id);
	if (urc.id == URC_MQTT_RXPAYLOAD && urc.count == 2 && urc.value[1] > 0)
		at_client_read_raw(&h->at, (uint32_t)urc.value[1]);
}

static uint32_t hear(const uint8_t *data, size_t size, size_t step)
{
	struct heard h = {.hash = 2166136261u};

	at_client_init(&h.at, on_event, &h);
	while (size) {
		size_t n = step && step < size ? step : size;
		uint8_t *copy = malloc(n); /* exact, so reads past it show */

		if (!copy)
			abort();
		memcpy(copy, data, n);
		at_client_rx(&h.at, copy, n);
		free(copy);
		data += n;
		size -= n;
	}
	return h.hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t whole;

	if (!size)
		return 0;
	whole = hear(data + 1, size - 1, 0);
	if (hear(data + 1, size - 1, 1) != whole ||
	    hear(data + 1, size - 1, 2 + data[0] % 61) != whole)
		abort();
	return 0;
}
