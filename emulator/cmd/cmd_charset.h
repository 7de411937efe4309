/* Text between the host's character set (AT+CSCS) and UTF-8, for what is neither a message nor a number of one. */
#ifndef CMD_CMD_CHARSET_H
#define CMD_CMD_CHARSET_H

#include "base/buf.h"
#include "cmd/cmd.h"

/*
 * What the host entered (at most max UTF-16 code units) as UTF-8 behind what is in out. 0, -EINVAL (no hex of UCS-2),
 * -ENOSPC (longer). In IRA a byte over 0x7f becomes a question mark.
 */
int cmd_charset_take(const struct at_channel *at, const char *text, size_t n, size_t max, struct buf *out);
/* UTF-8 as the host wants it, behind what is in out. What IRA and the GSM alphabet lack becomes a question mark. */
void cmd_charset_add(const struct at_channel *at, const char *text, struct buf *out);
/* UTF-8 as UCS-2 in hex, whatever the host's set is, and the reverse (-EINVAL, -ENOSPC). */
void cmd_charset_add_hex(const char *text, struct buf *out);
int cmd_charset_take_hex(const char *text, size_t n, size_t max, struct buf *out);

#endif
