/*
 * Message units of 3GPP 23.040, strictly: SMS-DELIVER, SMS-SUBMIT and SMS-STATUS-REPORT to and from octets, the service
 * centre's address in front of them as in 27.005, and what is inside user data: header, alphabet, text.
 */
#ifndef MODEM_SMS_PDU_H
#define MODEM_SMS_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"

enum {
	SMS_DIGITS_MAX = 20,   /* of an address */
	SMS_ADDRESS_TEXT = 40, /* bytes of its text: 20 digits, or 11 characters in UTF-8 */
	SMS_SCA_MAX = 12,      /* octets of a service centre's address, its length included */
	SMS_TPDU_MAX = 164,
	SMS_PDU_MAX = SMS_SCA_MAX + SMS_TPDU_MAX,
	SMS_UD_MAX = 140, /* octets of user data */
	SMS_SEPTETS_MAX = 160,
	SMS_TIME_OCTETS = 7,
};

/* <toda>: type of number and plan. */
enum { SMS_TYPE_UNKNOWN = 129, SMS_TYPE_INTERNATIONAL = 145, SMS_TYPE_TEXT = 208 };

struct sms_address {
	uint8_t type;
	char text[SMS_ADDRESS_TEXT]; /* digits without '+', or UTF-8 when the type says alphanumeric; "" none */
};

enum sms_type { SMS_TYPE_DELIVER, SMS_TYPE_SUBMIT, SMS_TYPE_REPORT };

/* Bits of the first octet. */
enum {
	SMS_FO_TYPE = 0x03,
	SMS_FO_NO_MORE = 0x04, /* DELIVER: no more messages wait */
	SMS_FO_VPF = 0x18,     /* SUBMIT: validity period 0x00 none, 0x08 enhanced, 0x10 relative, 0x18 absolute */
	SMS_FO_REPORT = 0x20,  /* a status report is asked for, or follows */
	SMS_FO_HEADER = 0x40,  /* user data begins with a header */
};

struct sms_tpdu {
	enum sms_type type;
	uint8_t fo;
	uint8_t mr;		    /* SUBMIT, REPORT */
	struct sms_address address; /* whom it is from or to */
	uint8_t pid, dcs;
	uint8_t vp[SMS_TIME_OCTETS];	    /* SUBMIT, as long as fo says */
	uint8_t time[SMS_TIME_OCTETS];	    /* DELIVER, REPORT: when the centre got it */
	uint8_t discharge[SMS_TIME_OCTETS]; /* REPORT */
	uint8_t status;			    /* REPORT: 0 delivered */
	uint8_t udl;			    /* septets or octets, as dcs says */
	uint8_t ud[SMS_UD_MAX];
};

enum sms_alphabet { SMS_ALPHABET_GSM, SMS_ALPHABET_OCTETS, SMS_ALPHABET_UCS2 };
enum sms_alphabet sms_dcs_alphabet(uint8_t dcs);
/* 0 to 3, -1 without one. */
int sms_dcs_class(uint8_t dcs);

/* NULL and *t filled, or what is wrong. from_host: type 1 is a SUBMIT; otherwise 0 is a DELIVER and 2 a REPORT. */
const char *sms_tpdu_parse(const uint8_t *p, size_t n, bool from_host, struct sms_tpdu *t);
/* Writes at most SMS_TPDU_MAX octets, returns how many. */
size_t sms_tpdu_build(const struct sms_tpdu *t, uint8_t *out);

/* The centre's address in front of a TPDU: octets it takes, 0 when it is broken. A length of 0 leaves *a empty. */
size_t sms_sca_parse(const uint8_t *p, size_t n, struct sms_address *a);
size_t sms_sca_build(const struct sms_address *a, uint8_t *out);

/* "+491234", "491234", "*100#": digits, and the type a plain number has. false: not a number, or too long. */
bool sms_address_set(struct sms_address *a, const char *text, size_t n);
/* As people write it: with '+' when international. */
void sms_address_text(const struct sms_address *a, struct buf *out);
bool sms_address_same(const struct sms_address *a, const struct sms_address *b);

void sms_time_set(uint8_t out[SMS_TIME_OCTETS], time_t utc, int quarters_east);
/* Appends "yy/MM/dd,hh:mm:ss+zz". */
void sms_time_text(const uint8_t time[SMS_TIME_OCTETS], struct buf *out);
/* The reverse; false when text is no such time. */
bool sms_time_parse(uint8_t out[SMS_TIME_OCTETS], const char *text, size_t n);

/* Octets of user data, and of its header (0 without one). */
size_t sms_ud_octets(const struct sms_tpdu *t);
size_t sms_ud_header(const struct sms_tpdu *t);
/* Alphabet GSM: the septets behind the header into out[SMS_SEPTETS_MAX]; returns how many. */
size_t sms_ud_septets(const struct sms_tpdu *t, uint8_t *out);
/*
 * Fill user data behind header (octets of it, its length octet included; may be 0). false: does not fit. dcs and the
 * header bit are the caller's.
 */
bool sms_ud_set_septets(struct sms_tpdu *t, const uint8_t *header, size_t header_len, const uint8_t *septet, size_t n);
bool sms_ud_set_octets(struct sms_tpdu *t, const uint8_t *header, size_t header_len, const uint8_t *p, size_t n);

/* The text as UTF-8, whatever its alphabet (octets as hex); what is in the header is left out. */
void sms_ud_text(const struct sms_tpdu *t, struct buf *out);

#endif
