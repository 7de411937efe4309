/*
 * The command line of mqtt-node as a node_config. The harness uses the same
 * function for nodes it runs in its own process.
 */
#ifndef PORT_HOST_OPTIONS_H
#define PORT_HOST_OPTIONS_H

#include "core/node.h"

#include <stdbool.h>
#include <stddef.h>

#define MQTT_NODE_VERSION "0.1.0"

#define OPTIONS_TOPICS_MAX 16
#define OPTIONS_MESSAGES_MAX 32

enum options_result {
	OPTIONS_RUN = 0,
	OPTIONS_HELP,	 /* --help: print node_options_help() and end */
	OPTIONS_VERSION, /* --version */
	OPTIONS_BAD = -1, /* err says why */
};

struct node_options {
	struct node_config config; /* points into the fields below */
	const char *port;	   /* --port; borrowed from argv */
	unsigned baud;		   /* --baud, default 115200 */
	bool verbose;		   /* -v: debug lines too */

	struct node_topic topics[OPTIONS_TOPICS_MAX];
	struct node_message messages[OPTIONS_MESSAGES_MAX];
	size_t topic_count;
	size_t message_count;
	char *copies[4 + OPTIONS_TOPICS_MAX + OPTIONS_MESSAGES_MAX];
	size_t copy_count;
	uint8_t *files[3];
	bool goal_given;
};

/*
 * Parse argv[1..argc-1] (argv[0] is a name) and load the files it names.
 * The strings of argv are borrowed for as long as o is used; *o must not be
 * moved. --port may be missing: the caller that needs it checks. Returns an
 * enum options_result; on OPTIONS_BAD err holds one line without a line end.
 * node_options_free() is due after every return.
 */
int node_options_parse(int argc, char **argv, struct node_options *o, char *err,
		  size_t err_size);

void node_options_free(struct node_options *o);

/* The text of --help. */
const char *node_options_help(void);

#endif
