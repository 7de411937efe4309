/* The serial ports of this machine, and what is known of them by their USB ids. */
#ifndef BOARD_SCAN_H
#define BOARD_SCAN_H

#include <stdio.h>

#include "base/err.h"

enum { SCAN_PORTS_MAX = 256 };

struct scan_port {
	char device[64];  /* /dev/ttyUSB2 */
	char usb[16];	  /* "1e0e:9001", "" when it is no USB device */
	char what[96];	  /* what it is, by a table or by its own description */
	char stable[300]; /* its name below /dev/serial/by-id, "" when it has none */
	char serial[64];  /* number of the device, "" when it has none */
	int at;		  /* an AT port of a modem known here */
};

struct scan {
	struct scan_port items[SCAN_PORTS_MAX];
	size_t n;
};

/* 0, or a negative error with *e filled. */
int scan_ports(struct scan *s, struct err *e);
/* Entries for boards.yaml of the AT ports that were found, as comments when there are none. */
void scan_print_yaml(const struct scan *s, FILE *f);

#endif
