/* mqtt-node on a Cortex-M: the core between the modem's UART and the console, told by the provisioning page what to do.
 */
#include "core/node.h"
#include "port/cortex-m/machine.h"
#include "port/cortex-m/provision.h"

/* The page's arrays are used where they lie. */
typedef char topic_fits[sizeof(struct node_topic) == sizeof(struct provision_topic) ? 1 : -1];
typedef char message_fits[sizeof(struct node_message) == sizeof(struct provision_message) ? 1 : -1];
typedef char file_fits[sizeof(struct node_file) == sizeof(struct provision_file) ? 1 : -1];

#define EXIT_NO_PAGE 2
#define TICK_MS 10u /* the core waits for no shorter time */

static const struct provision *const page = (const struct provision *)PROVISION_ADDRESS;
static struct node node;
static struct node_config config;

static const void *at(uint32_t address)
{
	return (const void *)address;
}

static const char *text_at(uint32_t address)
{
	return (const char *)address;
}

static struct node_file file_of(const struct provision_file *f)
{
	struct node_file file = { text_at(f->name), at(f->data), f->size };

	return file;
}

static bool page_is_good(void)
{
	const size_t head = offsetof(struct provision, baud);

	return page->magic == PROVISION_MAGIC && page->size >= sizeof(*page) && page->size <= PROVISION_MAX &&
	       page->crc == provision_crc((const uint8_t *)page + head, page->size - head);
}

static void configure(struct node_config *c)
{
	c->host = text_at(page->host);
	c->port = (uint16_t)page->port;
	c->tls = page->tls != 0;
	c->sni = (enum sni_mode)page->sni;
	c->ca = file_of(&page->ca);
	c->cert = file_of(&page->cert);
	c->key = file_of(&page->key);
	c->authmode = (uint8_t)page->authmode;
	c->ciphers = page->ciphers;
	c->user = text_at(page->user);
	c->pass = text_at(page->pass);
	c->client_id = text_at(page->client_id);
	c->keepalive_s = (uint16_t)page->keepalive_s;
	c->clean = page->clean != 0;
	c->will.topic = text_at(page->will.topic);
	c->will.text = text_at(page->will.text);
	c->subscribe = at(page->subscribe);
	c->subscribe_count = page->subscribe_count;
	c->publish = at(page->publish);
	c->publish_count = page->publish_count;
	c->qos = (uint8_t)page->qos;
	c->retain = page->retain != 0;
	c->count = page->count;
	c->interval_ms = page->interval_ms;
	c->goal = (enum node_goal)page->goal;
	c->goal_count = page->goal_count;
	c->max_time_ms = page->max_time_ms;
	c->give_up = page->give_up != 0;
	c->apn = text_at(page->apn);
	c->seed = page->seed;
}

static size_t modem_tx(void *ctx, const uint8_t *p, size_t n)
{
	(void)ctx;
	return uart_write(&machine_modem, p, n);
}

static uint32_t now_ms(void *ctx)
{
	(void)ctx;
	return machine_ms();
}

static void console_log(void *ctx, int level, const char *text)
{
	(void)ctx;
	if (level == PORT_LOG_DEBUG && !page->verbose)
		return;
	machine_print(text);
	machine_print("\n");
}

static int run(void)
{
	static const struct port port = { NULL, modem_tx, now_ms, console_log };
	int code;

	node_init(&node, &config, &port);
	for (;;) {
		uint8_t bytes[32];
		size_t n = uart_read(&machine_modem, bytes, sizeof(bytes));

		if (n)
			node_rx(&node, bytes, n);
		node_poll(&node);
		if (node_done(&node, &code))
			return code;
		machine_idle();
	}
}

int main(void)
{
	bool good = page_is_good();

	machine_open(good ? page->baud : 115200u, TICK_MS);
	if (!good) {
		machine_print("no provisioning page\n");
		machine_exit(EXIT_NO_PAGE);
	}
	configure(&config);
	machine_exit(run());
}
