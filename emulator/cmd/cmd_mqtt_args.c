/*
 * Arguments of AT+CMQTT* that do not fit, the codes they are refused with, and test forms that print a part of a
 * table. The codes are guesses but for 12 (facts at-ssl-mqtt 5).
 */
#include "cmd/cmd_mqtt_args.h"

#include <string.h>


enum at_status cmd_mqtt_answer(struct at_channel *at, int client, enum mqtt_err err)
{
	if (err == MQTT_ERR_NONE)
		return AT_STATUS_OK;
	if (err == MQTT_ERR_BARE)
		return AT_STATUS_ERROR;
	return at_fail(at, "%s: %d,%d", at_command(at)->name, client, err);
}

/* --- arguments that do not fit --------------------------------------------------------------------------------- */

static long limit(const struct at_channel *at, long value, enum quirk_id id)
{
	return id ? profile_number(at_profile(at), id) : value;
}

static bool out_of_range(const struct at_channel *at, const struct at_arg *arg, const struct at_val *v)
{
	if (arg->or_zero && v->num == 0)
		return false;
	return v->num < limit(at, arg->min, arg->min_quirk) || v->num > limit(at, arg->max, arg->max_quirk);
}

/* The code of the first argument that does not fit: client 10, length 22, anything else 12. */
static enum mqtt_err argument_error(const struct at_channel *at, const struct at_val *val)
{
	const struct at_cmd *cmd = at_command(at);

	for (size_t i = 0; i < cmd->args; i++) {
		const struct at_arg *arg = &cmd->arg[i];

		if (arg->type != AT_ARG_INT || !val[i].given || !out_of_range(at, arg, &val[i]))
			continue;
		if (i == 0)
			return MQTT_ERR_CLIENT_INDEX;
		return !strcmp(arg->name, CMD_MQTT_LENGTH) ? MQTT_ERR_LENGTH : MQTT_ERR_PARAMETER;
	}
	return MQTT_ERR_PARAMETER;
}

enum at_status cmd_mqtt_refuse(struct at_channel *at, const struct at_val *val)
{
	const char *name = at_command(at)->name;
	enum mqtt_err err = mqtt_need_service(cmd_modem(at)->mqtt);
	int client;

	if (!val[0].given) {
		mqtt_refuse(cmd_modem(at)->mqtt, MQTT_ERR_BARE, "%s: no client index", name);
		return AT_STATUS_ERROR;
	}
	client = (int)val[0].num;
	if (!err)
		err = mqtt_refuse(cmd_modem(at)->mqtt, argument_error(at, val), "%s: an argument does not fit", name);
	return cmd_mqtt_answer(at, client, err);
}

enum at_status cmd_mqtt_refuse_bare(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	mqtt_refuse(cmd_modem(at)->mqtt, MQTT_ERR_BARE, "%s: an argument does not fit", at_command(at)->name);
	return AT_STATUS_ERROR;
}

/* --- test forms that are not the whole table ------------------------------------------------------------------- */

enum at_status cmd_mqtt_print_ranges(struct at_channel *at, size_t n, const char *separator)
{
	const struct at_cmd *cmd = at_command(at);
	struct buf text;

	buf_init(&text, 256);
	for (size_t i = 0; i < n; i++)
		buf_addf(&text, "%s(%ld-%ld)", i ? "," : "", limit(at, cmd->arg[i].min, cmd->arg[i].min_quirk),
			 limit(at, cmd->arg[i].max, cmd->arg[i].max_quirk));
	at_info(at, "%s%s%s", cmd->name, separator, buf_str(&text));
	buf_free(&text);
	return AT_STATUS_OK;
}
