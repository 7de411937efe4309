/*
 * The files of the card: what AT+CRSM and AT+CSIM read. A USIM with the files that clients look at, made from the card's
 * numbers and the network it was last on; what was written is the card's own and survives everything. 3GPP 31.102,
 * ETSI 102 221; AT manual V1.12 4.4, 4.5.
 */
#ifndef MODEM_SIM_FILES_H
#define MODEM_SIM_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modem/modem.h"

enum { SIM_FILE_MAX = 255, SIM_APDU_MAX = 5 + 255 + 1 };

/* Instructions; AT+CRSM names them by the same numbers in decimal. */
enum sim_instruction {
	SIM_VERIFY = 0x20,
	SIM_SELECT = 0xa4,
	SIM_READ_BINARY = 0xb0,
	SIM_READ_RECORD = 0xb2,
	SIM_GET_RESPONSE = 0xc0,
	SIM_UPDATE_BINARY = 0xd6,
	SIM_UPDATE_RECORD = 0xdc,
	SIM_STATUS = 0xf2,
};

/* What the card says: its two status bytes, and data when they are 90 00 (61 nn: to be fetched). */
struct sim_reply {
	uint8_t sw1, sw2;
	size_t len;
	uint8_t data[SIM_FILE_MAX];
};

/* One instruction on one file, as AT+CRSM does it; file 0 is the application itself. data of n bytes for updates. */
struct sim_request {
	enum sim_instruction instruction;
	unsigned file;
	uint8_t p1, p2;
	size_t want;		/* bytes to read; 0: as many as there are */
	const uint8_t *data;
	size_t n;
};

/* The card must be there (sim_check() says neither ABSENT, BUSY nor OFF). Never fails: the card answers by status. */
void sim_file_access(struct sim *s, const struct sim_request *q, struct sim_reply *reply);

/* A whole command APDU, as AT+CSIM sends it; the card remembers what was selected. */
void sim_apdu(struct sim *s, const uint8_t *apdu, size_t n, struct sim_reply *reply);

#endif
