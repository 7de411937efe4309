/*
 * mqtt-node on a host: the core on a real serial line and the real clock.
 * One line of log per event on standard output, as it happens.
 */
#include "core/node.h"
#include "port/host/options.h"
#include "port/host/plug.h"
#include "port/host/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_PORT 3

struct host {
	struct node_options options;
	struct plug plug;
	struct node node;
	bool told; /* that the port is out */
};

static uint32_t host_now_ms(void *ctx)
{
	(void)ctx;
	return plug_now_ms();
}

static size_t host_tx(void *ctx, const uint8_t *p, size_t n)
{
	struct host *h = ctx;

	return plug_write(&h->plug, p, n);
}

static void host_log(void *ctx, int level, const char *text)
{
	struct host *h = ctx;

	if (level == PORT_LOG_DEBUG && !h->options.verbose)
		return;
	printf("%s\n", text);
	fflush(stdout);
}

static void take_input(struct host *h, short events)
{
	uint8_t bytes[512];
	size_t n = plug_read(&h->plug, events, bytes, sizeof(bytes));

	if (n > 0)
		node_rx(&h->node, bytes, n);
}

/* False when the port does not come back. */
static bool look_for_port(struct host *h)
{
	enum plug_state state = plug_look(&h->plug);

	if (state == PLUG_OUT && !h->told)
		host_log(h, PORT_LOG_INFO, "port: gone, waits for it");
	if (state == PLUG_BACK)
		host_log(h, PORT_LOG_INFO, "port: back");
	h->told = state == PLUG_OUT;
	return state != PLUG_GONE;
}

static int wait_ms(const struct host *h)
{
	uint32_t ms = node_next_ms(&h->node);

	return ms > 60000 ? 60000 : (int)ms;
}

/* Returns the exit status. */
static int run(struct host *h, int signals)
{
	struct pollfd fds[2] = {{-1, POLLIN, 0}, {signals, POLLIN, 0}};
	int code;

	for (;;) {
		node_poll(&h->node);
		if (node_done(&h->node, &code))
			return code;
		if (!look_for_port(h)) {
			fprintf(stderr, "mqtt-node: %s: the port is gone\n",
				h->options.port);
			return EXIT_PORT;
		}
		fds[0].fd = plug_fd(&h->plug);
		if (poll(fds, 2, plug_wait_ms(&h->plug, wait_ms(h))) < 0 && errno != EINTR)
			return EXIT_PORT;
		if (fds[1].revents) {
			int signo = signals_caught(signals);

			if (signo)
				return 128 + signo;
		}
		take_input(h, fds[0].revents);
	}
}

static int start(struct host *h)
{
	struct port port = {h, host_tx, host_now_ms, host_log};
	int signals = signals_open();
	char err[256];
	int code;

	signal(SIGPIPE, SIG_IGN);
	if (plug_open(&h->plug, h->options.port, h->options.baud, err,
		      sizeof(err))) {
		fprintf(stderr, "mqtt-node: %s\n", err);
		close(signals);
		return EXIT_PORT;
	}
	node_init(&h->node, &h->options.config, &port);
	code = run(h, signals);
	plug_close(&h->plug);
	close(signals);
	return code;
}

int main(int argc, char **argv)
{
	struct host h = {0};
	char err[256];
	int code;

	switch (node_options_parse(argc, argv, &h.options, err, sizeof(err))) {
	case OPTIONS_HELP:
		fputs(node_options_help(), stdout);
		code = 0;
		break;
	case OPTIONS_VERSION:
		puts("mqtt-node " MQTT_NODE_VERSION);
		code = 0;
		break;
	case OPTIONS_RUN:
		if (h.options.port) {
			code = start(&h);
			break;
		}
		snprintf(err, sizeof(err), "--port is missing");
		/* fall through */
	default:
		fprintf(stderr, "mqtt-node: %s\n", err);
		code = EXIT_USAGE;
		break;
	}
	node_options_free(&h.options);
	return code;
}
