/*
 * The phone book: numbers with names on the SIM (SM, FD, ON, LD) and in the module (ME), the lists of calls (DC, RC,
 * MC) and the emergency numbers (EN). Places count from 1; in the lists of calls the newest is 1. M3 chapter
 * 7, 27.007 8.11 to 8.14.
 */
#ifndef MODEM_PHONEBOOK_H
#define MODEM_PHONEBOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "link/world_phone.h"
#include "modem/modem.h"

enum {
	PB_TYPE_NATIONAL = 129,
	PB_TYPE_INTERNATIONAL = 145,
	PB_NAME_BYTES = 3 * PHONE_NAME_MAX + 1,
};

struct pb_entry {
	bool used;
	uint8_t type;
	char number[PHONE_NUMBER_MAX + 2]; /* as dialled, '+' included */
	char name[PB_NAME_BYTES];	   /* UTF-8 */
};

struct pb_memory {
	struct pb_entry *entry; /* NULL: it never had one */
	int slots;
};

struct pb_boot {
	enum book selected; /* AT+CPBS; SM after a reset [guess] */
};

struct pb {
	struct modem *modem;
	struct pb_memory memory[BOOKS];
	struct pb_boot boot;
};

struct pb *pb_new(struct modem *m);
void pb_reset(struct pb *p);
void pb_free(struct pb *p);

void pb_select(struct pb *p, enum book memory);
int pb_slots(const struct pb *p, enum book memory);
int pb_used(const struct pb *p, enum book memory);
/* Lowest place without an entry, 0 when there is none. */
int pb_free_place(const struct pb *p, enum book memory);
/* NULL: nothing there, or no such place. */
const struct pb_entry *pb_get(const struct pb *p, enum book memory, int place);
/* Writes a place that exists; entry->used false empties it. 0 or -EIO, memory or disk do not take it. */
int pb_put(struct pb *p, enum book memory, int place, const struct pb_entry *entry);
/* A call to (DC and LD) or from (RC, MC) a number becomes the newest of a list; "" is a number that was not told. */
void pb_note_call(struct pb *p, enum book memory, const char *number);
/* The name of a number on the SIM or in the module, whether it is written with its country or not; NULL without one. */
const char *pb_name(const struct pb *p, const char *number);
/* A number of EN, which can be called over any network and without a SIM. */
bool pb_is_emergency(const struct pb *p, const char *number);
/* PB_TYPE_INTERNATIONAL with a '+' in front, else PB_TYPE_NATIONAL. */
uint8_t pb_type(const char *number);

#endif
