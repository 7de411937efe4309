/* What the files about voice calls share. */
#ifndef CMD_CMD_VOICE_H
#define CMD_CMD_VOICE_H

#include "base/buf.h"
#include "cmd/cmd.h"
#include "modem/voice.h"

struct voice *cmd_voice_of(const struct at_channel *at);
/* "num",type and the name of the phone book as ,"name": what CLCC, CCWA and CLIP say of the other end. */
void cmd_voice_add_number(const struct at_channel *at, const struct voice_call *c, struct buf *out);
/* ,"name" where the phone book has one. false: it has none. */
bool cmd_voice_add_name(const struct at_channel *at, const struct voice_call *c, struct buf *out);
/* "+CLCC: 1,0,0,0,0,..." */
void cmd_voice_add_call(const struct at_channel *at, const struct voice_call *c, struct buf *out);
/* A row of a command that is one setting: AT+CRC. */
enum at_status cmd_voice_configure(struct at_channel *at, const struct voice_settings *next);

#endif
