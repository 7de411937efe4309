/*
 * The network's service centre and the people behind it: takes what the modem sends, keeps what it cannot deliver yet,
 * sends reports, and refuses when told to. The world's side of modem/sms.h; driven by the control socket.
 */
#ifndef MODEM_SMS_CENTRE_H
#define MODEM_SMS_CENTRE_H

#include "modem/sms.h"

/* The centre's own number, and what a SIM has for it. */
#define SMS_CENTRE_NUMBER "+15550199"

enum {
	SMS_CENTRE_TRIP_MS = 2000, /* from a message it got to what follows from it */
	SMS_CENTRE_QUEUE_MAX = 64, /* messages that wait for the modem */
	SMS_CENTRE_SEEN_MAX = 32,  /* messages of the modem that are remembered, oldest forgotten first */
};

struct sms_centre;

struct sms_centre *sms_centre_new(struct sms *s);
void sms_centre_free(struct sms_centre *c);

/* What the modem sends. 0 or the cause with which it is refused. */
int sms_centre_submit(struct sms_centre *c, const struct sms_tpdu *t);
/* Tries at once what waits and is due. */
void sms_centre_look(struct sms_centre *c);

/*
 * Somebody writes to the modem, in UTF-8: in the GSM alphabet where that has all of it, else in UCS-2, in several parts
 * when it is long. from: a number, or a name of up to 11 characters. 0, -EINVAL (from or text), -ENOSPC.
 */
int sms_centre_write(struct sms_centre *c, const char *from, const char *text);
/* An SMS-DELIVER or SMS-STATUS-REPORT as it is, without a centre's address. 0, -EINVAL with *why, -ENOSPC. */
int sms_centre_deliver(struct sms_centre *c, const uint8_t *tpdu, size_t len, const char **why);
/* The next times messages (-1: all) of the modem are refused with code; code 0 ends that. */
void sms_centre_refuse(struct sms_centre *c, int code, long times);
/* Messages that wait for the modem. */
size_t sms_centre_waiting(const struct sms_centre *c);
/* Appends a line for each message of the modem: number, reference, text escaped. */
void sms_centre_list(const struct sms_centre *c, struct buf *out);

#endif
