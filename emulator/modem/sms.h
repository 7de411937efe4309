/*
 * Short messages: the memories SM (on the SIM), ME (in the module) and SR (status reports), what is sent and received,
 * and how the host is told. A message is kept as the octets that came or go; nothing here knows how it is shown.
 * at-general 11 and 16; 3GPP 27.005, 23.040.
 */
#ifndef MODEM_SMS_H
#define MODEM_SMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modem/modem.h"
#include "modem/sms_pdu.h"

enum sms_mem { SMS_MEM_SM, SMS_MEM_ME, SMS_MEM_SR, SMS_MEMS, SMS_MEM_MT = SMS_MEMS /* SM, then ME behind it */ };

enum sms_stat { SMS_UNREAD, SMS_READ, SMS_UNSENT, SMS_SENT, SMS_STATS };

enum { SMS_SLOTS_MAX = 255, SMS_OWNERS = 8 };

/* Results of the device (M3 3.4); below 256 they are the network's own causes. */
enum sms_err {
	SMS_ERR_NONE = 0,
	SMS_ERR_NO_NETWORK = 331,
	SMS_ERR_TIMEOUT = 332,
};
/* Words for enum sms_err and for causes of the network (24.011 8.2.5.4, 23.040 9.2.3.22), NULL when there are none. */
const char *sms_cause_text(int code);

struct sms_message {
	bool used;
	bool untold; /* the host has not been told of it: AT+CNMI mode 0 */
	enum sms_stat stat;
	size_t len;
	uint8_t pdu[SMS_PDU_MAX]; /* the centre's address, then the message unit */
};

enum sms_charset { SMS_CHARSET_IRA, SMS_CHARSET_GSM, SMS_CHARSET_UCS2, SMS_CHARSETS };

enum { SMS_SCOPE_MAX = 63, SMS_VP_TEXT = 24 };

/* What AT+C... sets. All of it is back at its default after a reset [guess]. */
struct sms_settings {
	bool text_mode;		  /* AT+CMGF */
	bool show_header;	  /* AT+CSDH */
	enum sms_charset charset; /* AT+CSCS */
	int service;		  /* AT+CSMS: 1 wants AT+CNMA for what is routed to the host */
	int sends_by;		  /* AT+CGSMS */
	int indicate[5];	  /* AT+CNMI mode, mt, bm, ds, bfr */
	enum sms_mem mem[3];	  /* AT+CPMS: read and delete, write and send, receive */
	int fo, pid, dcs;	  /* AT+CSMP */
	uint8_t vp[SMS_TIME_OCTETS];
	char vp_text[SMS_VP_TEXT]; /* as entered, unless it was a number */
	int cb_mode;		   /* AT+CSCB */
	char cb_ids[SMS_SCOPE_MAX + 1], cb_codings[SMS_SCOPE_MAX + 1];
};

enum { SMS_TELL_MODE, SMS_TELL_MT, SMS_TELL_BM, SMS_TELL_DS, SMS_TELL_BFR };

/* What a command has announced and its prompt will bring; one for each channel. */
struct sms_draft {
	struct sms_address address;
	size_t length;	    /* PDU mode */
	enum sms_stat stat; /* AT+CMGW */
	uint8_t part[3];    /* AT+CMGSEX: reference, segment, total; total 0: none */
};

struct sms_sending {
	struct sms *sms;
	struct timer timer;
	enum sms_mem mem; /* AT+CMSS: where it lies, to be marked as sent */
	int index;	  /* -1: nowhere */
	size_t len;
	uint8_t pdu[SMS_PDU_MAX];
};

struct sms_boot {
	struct sms_settings set;
	struct sms_draft draft[SMS_OWNERS];
	bool ack_wanted; /* a routed message waits for AT+CNMA */
};

struct sms_nv {
	struct sms_address centre; /* AT+CSCA */
	uint8_t mr;		   /* of the last message sent */
};

struct sms_memory {
	struct sms_message *message;
	int slots;
};

struct sms {
	struct modem *modem;
	struct sms_memory memory[SMS_MEMS];
	struct sms_sending sending[SMS_OWNERS];
	struct timer ack;
	struct sms_centre *world; /* the network's side: not cleared */
	struct sms_boot boot;
	struct sms_nv nv;
};

struct sms *sms_new(struct modem *m);
void sms_reset(struct sms *s);
void sms_free(struct sms *s);

/* Settings are taken whole: copy, change, put back. May tell the host of messages that it was not told of before. */
void sms_configure(struct sms *s, const struct sms_settings *next);
void sms_set_centre(struct sms *s, const struct sms_address *a);

/* --- memories ---------------------------------------------------------------------------------------------------- */

int sms_slots(const struct sms *s, enum sms_mem mem);
int sms_used(const struct sms *s, enum sms_mem mem);
/* NULL: nothing there, or no such place. */
const struct sms_message *sms_get(const struct sms *s, enum sms_mem mem, int index);
/* Returns the place, or -ENOSPC when it is full or -EIO when the disk does not take it. MT stores in SM, then ME. */
int sms_put(struct sms *s, enum sms_mem mem, enum sms_stat stat, const uint8_t *pdu, size_t len);
void sms_set_stat(struct sms *s, enum sms_mem mem, int index, enum sms_stat stat);
void sms_delete(struct sms *s, enum sms_mem mem, int index);
/* All whose bit (1 << stat) is set. */
void sms_delete_all(struct sms *s, enum sms_mem mem, unsigned stats);
/* Splits the octets of a message; NULL or what is wrong with it. */
const char *sms_parse(const struct sms_message *msg, struct sms_address *centre, struct sms_tpdu *t);

/* --- traffic ----------------------------------------------------------------------------------------------------- */

/*
 * Gives an SMS-SUBMIT to the network; SMS_SENT (index owner, code, size mr) follows, never before this returns. t->mr
 * is the reference it goes out with. sms_next_mr() is the one that the module would take.
 */
void sms_send(struct sms *s, unsigned owner, const struct sms_address *centre, const struct sms_tpdu *t);
/* The same for a stored message, which is marked as sent then. */
void sms_send_stored(struct sms *s, unsigned owner, const struct sms_address *centre, const struct sms_tpdu *t,
		     enum sms_mem mem, int index);
uint8_t sms_next_mr(struct sms *s);

/* Messages can be received: the SIM's are read, and the network is there. */
bool sms_can_receive(const struct sms *s);
/* Something that may have been in the way of a message is gone: registered, SMS DONE, room. */
void sms_look(struct sms *s);
/*
 * A DELIVER or REPORT of the network, centre in front. 0: taken; -ENOSPC no room, -EBUSY one before it waits for
 * AT+CNMA, -EINVAL: not understood and never will be.
 */
int sms_receive(struct sms *s, const uint8_t *pdu, size_t len);
/* AT+CNMA. false: nothing waits for it. refused: the host could not take it. */
bool sms_acknowledge(struct sms *s, bool refused);

/* Storage that sms.c and its parts share. */
void sms_memory_load(struct sms *s);
void sms_tell_untold(struct sms *s);
/* The timer of AT+CNMA; ctx is the struct sms. */
void sms_ack_missing(void *ctx);

#endif
