/* What the handlers of AT+CMQTT* share: answers with a code, refusals of arguments, partial test forms. */
#ifndef CMD_CMD_MQTT_ARGS_H
#define CMD_CMD_MQTT_ARGS_H

#include "cmd/cmd.h"
#include "modem/mqtt.h"

/* Name of the argument row whose value out of range is 22; other rows are 12, the client 10. */
#define CMD_MQTT_LENGTH "req_length"

/* OK, or "+CMD: client,err" ERROR, or ERROR alone. */
enum at_status cmd_mqtt_answer(struct at_channel *at, int client, enum mqtt_err err);
/* at_cmd.refuse of the family. ERROR alone when there is no client number to print a code beside. */
enum at_status cmd_mqtt_refuse(struct at_channel *at, const struct at_val *val);
/* The same for the commands that answer ERROR alone. */
enum at_status cmd_mqtt_refuse_bare(struct at_channel *at, const struct at_val *val);
/* A test form of the first n rows, which are all that the manual prints. */
enum at_status cmd_mqtt_print_ranges(struct at_channel *at, size_t n, const char *separator);

#endif
