/*
 * Telephony as data: who answers a call, what the network says to a USSD code, and what a new SIM has in its phone
 * book. Read from world files; what a call or a session does with it is modem/'s business.
 */
#ifndef LINK_WORLD_PHONE_H
#define LINK_WORLD_PHONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/yml.h"

/* The memories of the phone book, in the order in which AT+CPBS=? lists them. */
enum book { BOOK_SM, BOOK_DC, BOOK_FD, BOOK_LD, BOOK_MC, BOOK_ME, BOOK_RC, BOOK_EN, BOOK_ON, BOOKS };
/* "SM", "DC" ..., NULL-terminated. */
extern const char *const book_words[];

enum { PHONE_NUMBER_MAX = 40, PHONE_NAME_MAX = 62 /* UTF-16 code units */, PHONE_USSD_MAX = 640 /* bytes */ };

/* What becomes of a call to a number. */
enum phone_result {
	PHONE_ANSWERS,
	PHONE_BUSY,
	PHONE_NO_ANSWER,
	PHONE_REJECTED,
	PHONE_UNASSIGNED, /* nobody has this number */
	PHONE_CONGESTION, /* the network has no channel */
	PHONE_SILENT,	  /* the network never says anything */
	PHONE_RESULTS,
};

struct phone {
	char *match; /* fnmatch pattern of what is dialled */
	enum phone_result result;
	int notice;	   /* <code1> of +CSSI: what the network says of this number; 0: nothing */
	uint64_t alert_us; /* from dialling to the first ring over there */
	uint64_t after_us; /* from dialling to the result */
	uint64_t talk_us;  /* from the answer until the other end hangs up; 0: it does not */
	char *place;	   /* "file:line" for explanations */
};

enum ussd_result { USSD_ANSWERS, USSD_NONE, USSD_ENDED, USSD_UNSUPPORTED, USSD_TIMES_OUT, USSD_RESULTS };

/* What is said, and what the network says to it. */
struct ussd_code {
	char *code; /* NULL: whatever else is said */
	enum ussd_result result;
	char *text; /* UTF-8 */
	bool ucs2;  /* in UCS-2 although the GSM alphabet has all of it */
	bool has_delay;
	uint64_t delay_us;
	struct ussd_code *menu; /* not empty: the session stays open for one of these */
	size_t n_menu;
	char *place;
};

struct book_entry {
	enum book memory;
	int index; /* 0: the next free one */
	char *number, *name;
};

struct phones {
	struct phone *phone; /* first match wins */
	size_t n_phones;
	struct ussd_code *ussd;
	size_t n_ussd;
	struct book_entry *entry;
	size_t n_entries;
};

/* NULL: the world does not know that number. */
const struct phone *phones_find(const struct phones *p, const char *number);
/* NULL: nobody has an answer to that. */
const struct ussd_code *ussd_find(const struct ussd_code *code, size_t n, const char *said);

/* 1 to PHONE_NUMBER_MAX of 0-9 * # p w, a '+' in front of them allowed. */
bool phone_number_ok(const char *number);

/* Append what the lists phones:, ussd: and phonebook: of a world file say. 0, or -errno with the place in *e. */
int phones_read(struct phones *p, const struct yml_node *list, struct err *e);
int ussd_read(struct phones *p, const struct yml_node *list, struct err *e);
int book_read(struct phones *p, const struct yml_node *list, struct err *e);
void phones_free(struct phones *p);

#endif
