/*
 * The provisioning page: what a node is to do, in flash beside the program, so
 * that the Cortex-M neither parses nor allocates. port/qemu/ makes it; a flash
 * tool writes it to a board. Little-endian words; what points, points to an
 * absolute address within the page, 0 for nothing.
 */
#ifndef PORT_PROVISION_H
#define PORT_PROVISION_H

#include <stddef.h>
#include <stdint.h>

#define PROVISION_ADDRESS 0x00010000u
#define PROVISION_MAX 0x00010000u
#define PROVISION_MAGIC 0x314e514du /* "MQN1" */

/* Laid out as struct node_file, node_topic and node_message are on ARM. */
struct provision_file {
	uint32_t name;
	uint32_t data;
	uint32_t size;
};

struct provision_topic {
	uint32_t topic;
	uint32_t qos;
};

struct provision_message {
	uint32_t topic;
	uint32_t text;
};

struct provision {
	uint32_t magic;
	uint32_t size; /* of the page in use, this head included */
	uint32_t crc;  /* CRC-32 (IEEE 802.3) of what follows */

	uint32_t baud;
	uint32_t verbose;

	uint32_t host;
	uint32_t port;
	uint32_t tls;
	uint32_t sni;
	struct provision_file ca;
	struct provision_file cert;
	struct provision_file key;
	uint32_t authmode;
	uint32_t ciphers;
	uint32_t user;
	uint32_t pass;
	uint32_t client_id;
	uint32_t keepalive_s;
	uint32_t clean;
	struct provision_message will;
	uint32_t subscribe; /* array of provision_topic */
	uint32_t subscribe_count;
	uint32_t publish; /* array of provision_message */
	uint32_t publish_count;
	uint32_t qos;
	uint32_t retain;
	uint32_t count;
	uint32_t interval_ms;
	uint32_t goal;
	uint32_t goal_count;
	uint32_t max_time_ms;
	uint32_t give_up;
	uint32_t apn;
	uint32_t seed;
};

/* CRC-32 of n bytes at p. */
uint32_t provision_crc(const uint8_t *p, size_t n);

#endif
