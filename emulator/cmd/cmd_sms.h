/* What the message commands share: results, the host's character set, and how a message is shown. */
#ifndef CMD_CMD_SMS_H
#define CMD_CMD_SMS_H

#include "base/buf.h"
#include "cmd/cmd.h"
#include "modem/sms.h"

enum {
	CMD_CMS_NOT_ALLOWED = 302,
	CMD_CMS_PDU = 304,
	CMD_CMS_TEXT = 305,
	CMD_CMS_NO_SIM = 310,
	CMD_CMS_SIM_PIN = 311,
	CMD_CMS_SIM_FAILURE = 313,
	CMD_CMS_SIM_BUSY = 314,
	CMD_CMS_SIM_PUK = 316,
	CMD_CMS_MEMORY_FAILURE = 320,
	CMD_CMS_INDEX = 321,
	CMD_CMS_FULL = 322,
	CMD_CMS_NO_ACK = 340,
};

struct sms *cmd_sms_of(const struct at_channel *at);
const struct sms_settings *cmd_sms_set_of(const struct at_channel *at);
/* The channel's number. */
unsigned cmd_sms_owner(const struct at_channel *at);
/* at_cms() with a reason for the trace. */
enum at_status cmd_sms_fail(struct at_channel *at, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* ERROR with a reason: what the manual has for parameters that do not fit. */
enum at_status cmd_sms_error(struct at_channel *at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* .test of commands whose test form says OK alone. */
enum at_status cmd_sms_ok(struct at_channel *at, const struct at_val *val);
const char *cmd_sms_mem_name(enum sms_mem mem);
/* The state that v names: a word in text mode, a number in PDU mode; SMS_STATS is ALL. -1: neither. */
int cmd_sms_stat(const struct sms_settings *set, const struct at_val *v);

/* A number as entered, in the host's character set; type is <toda>, NULL or not given: what the number looks like. */
bool cmd_sms_address(const struct sms_settings *set, const struct at_val *v, const struct at_val *type,
		     struct sms_address *a);
/* In quotes and in the host's character set. */
void cmd_sms_add_address(struct buf *out, const struct sms_settings *set, const struct sms_address *a);
/*
 * What the host entered, to at most max code units. In IRA and GSM every byte is a character; what the alphabet lacks
 * becomes a question mark. -1: no hex of UCS-2, or longer. And the reverse.
 */
long cmd_sms_units(enum sms_charset charset, const char *text, size_t n, uint16_t *out, size_t max);
void cmd_sms_add_units(struct buf *out, enum sms_charset charset, const uint16_t *c, size_t n);
/* Upper-case hex. */
void cmd_sms_add_hex(struct buf *out, const uint8_t *p, size_t n);
/* Hex, line ends and blanks between, to at most max octets; -1: not hex or longer. */
long cmd_sms_unhex(const char *text, size_t n, uint8_t *out, size_t max);

/*
 * Text mode: what was entered becomes user data of t, whose fo and dcs are set, behind header (concatenation; may be
 * NULL). 0, or the CMS code with *why.
 */
int cmd_sms_body(struct at_channel *at, struct sms_tpdu *t, const uint8_t *header, size_t header_len, const char *text,
		 size_t n, const char **why);

/* +CMGR and +CMGL of a message, as two lines without the ends of the second; name and index in front. */
void cmd_sms_add_read(struct buf *out, const struct at_channel *at, const struct sms_message *msg);
void cmd_sms_add_list(struct buf *out, const struct at_channel *at, int index, const struct sms_message *msg);
/* A block of lines as they are, octet 0 included, in a frame of its own: the line end in front is there with V1 alone. */
void cmd_sms_frame(struct at_channel *at, struct buf *out, const struct buf *lines);
/* Writes such a block. */
void cmd_sms_write(struct at_channel *at, const struct buf *lines);

#endif
