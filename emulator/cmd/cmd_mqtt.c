/*
 * AT+CMQTT*: text in, mqtt_*() out; what comes back later is cmd_mqtt_event.c's. No state here: what a prompt has to
 * remember travels in its tag. Manual V3.00 chapter 16; facts at-ssl-mqtt 2, 3, 5.
 */
#include "cmd/cmd_mqtt_args.h"

#include "base/str.h"
#include "modem/mqtt.h"

/* What a data prompt is for; those below PROMPT_SUB are enum mqtt_entry. */
enum { PROMPT_SUB = MQTT_ENTRY_UNSUB_TOPIC + 1, PROMPT_UNSUB, PROMPT_KINDS };

_Static_assert(PROMPT_KINDS * 8 <= CMD_TAG_CCH_START - CMD_TAG_MQTT_ENTRY, "kind, client and qos fit the tags");

static struct mqtt *service(const struct at_channel *at)
{
	return cmd_modem(at)->mqtt;
}

static const struct quirks *quirks(const struct at_channel *at)
{
	return &at_profile(at)->q;
}

/* --- answers --------------------------------------------------------------------------------------------------- */

static enum at_status answer_service(struct at_channel *at, enum mqtt_err err)
{
	if (err == MQTT_ERR_BARE)
		return AT_STATUS_ERROR;
	return at_fail(at, "%s: %d", at_command(at)->name, err);
}

/* An accepted command answers OK now, or stays open for its outcome where the revision puts the line first. */
static enum at_status accepted(struct at_channel *at, bool hold, int tag)
{
	return hold ? cmd_wait(at, tag) : AT_STATUS_OK;
}

/* Read forms of the A76xx are ERROR before START. */
static bool may_read(const struct at_channel *at)
{
	return quirks(at)->mqtt_reads_before_start || mqtt_is_started(service(at));
}

/* --- START, STOP ----------------------------------------------------------------------------------------------- */

static bool start_line_first(const struct at_channel *at)
{
	switch (quirks(at)->mqtt_start_order) {
	case QUIRK_mqtt_start_order_ok_first:
		return false;
	case QUIRK_mqtt_start_order_urc_first:
		return true;
	case QUIRK_mqtt_start_order_by_network:
		break;
	}
	return mqtt_network_is_open(service(at));
}

static enum at_status start_exec(struct at_channel *at, const struct at_val *val)
{
	bool hold = start_line_first(at);
	enum mqtt_err err = mqtt_start(service(at));

	(void)val;
	return err ? answer_service(at, err) : accepted(at, hold, CMD_TAG_MQTT_START);
}

static enum at_status stop_exec(struct at_channel *at, const struct at_val *val)
{
	bool hold = quirks(at)->mqtt_stop_order == QUIRK_mqtt_stop_order_urc_first;
	enum mqtt_err err = mqtt_stop(service(at));

	(void)val;
	return err ? answer_service(at, err) : accepted(at, hold, CMD_TAG_MQTT_STOP);
}

/* --- ACCQ, REL, SSLCFG ----------------------------------------------------------------------------------------- */

static const struct at_arg accq_args[] = {
	{ "client_index", AT_ARG_INT, 0, 1 },
	{ "clientID", AT_ARG_STR, 1, 128, .max_quirk = QUIRK_ID_mqtt_client_id_max },
	{ "server_type", AT_ARG_INT, 0, 1, .optional = true },
	{ "mqtt_version", AT_ARG_INT, 3, 4, .optional = true },
};

static enum at_status accq_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return cmd_mqtt_print_ranges(at, quirks(at)->mqtt_acq_version ? 4 : 3, ": ");
}

static enum at_status accq_read(struct at_channel *at, const struct at_val *val)
{
	struct mqtt *q = service(at);

	(void)val;
	if (!may_read(at))
		return AT_STATUS_ERROR;
	for (int i = 0; i < MQTT_CLIENTS; i++) {
		if (quirks(at)->mqtt_acq_version)
			at_row(at, "+CMQTTACCQ: %d,\"%s\",%d,%d", i, mqtt_client_id(q, i), mqtt_client_tls(q, i),
			       mqtt_client_version(q, i));
		else
			at_row(at, "+CMQTTACCQ: %d,\"%s\",%d", i, mqtt_client_id(q, i), mqtt_client_tls(q, i));
	}
	return AT_STATUS_OK;
}

static enum at_status accq_write(struct at_channel *at, const struct at_val *val)
{
	int client = (int)val[0].num;

	if (val[3].given && !quirks(at)->mqtt_acq_version)
		return cmd_mqtt_refuse(at, val);
	return cmd_mqtt_answer(at, client,
			       mqtt_acquire(service(at), client, val[1].str, val[2].num == 1, (int)val[3].num));
}

static const struct at_arg client_args[] = {
	{ "client_index", AT_ARG_INT, 0, 1 },
};

static enum at_status rel_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return may_read(at) ? AT_STATUS_OK : AT_STATUS_ERROR;
}

static enum at_status rel_write(struct at_channel *at, const struct at_val *val)
{
	return cmd_mqtt_answer(at, (int)val[0].num, mqtt_release(service(at), (int)val[0].num));
}

static const struct at_arg sslcfg_args[] = {
	{ "session_id", AT_ARG_INT, 0, 1, .range_text = "(0,1)" },
	{ "ssl_ctx_index", AT_ARG_INT, 0, 9 },
};

/*
 * An unbound client: the A76XX prints context 0 by default, which looks like a binding to 0 and is none. The SIM7600 has
 * no number to show, as in CCHSSLCFG? [guess].
 */
static enum at_status sslcfg_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	if (!may_read(at))
		return AT_STATUS_ERROR;
	for (int i = 0; i < MQTT_CLIENTS; i++) {
		int ctx = mqtt_client_ssl(service(at), i);

		if (ctx >= 0)
			at_row(at, "+CMQTTSSLCFG: %d,%d", i, ctx);
		else if (at_profile(at)->q.mqtt_sslcfg_unbound == QUIRK_mqtt_sslcfg_unbound_zero)
			at_row(at, "+CMQTTSSLCFG: %d,0", i);
		else
			at_row(at, "+CMQTTSSLCFG: %d,", i);
	}
	return AT_STATUS_OK;
}

static enum at_status sslcfg_write(struct at_channel *at, const struct at_val *val)
{
	return cmd_mqtt_answer(at, (int)val[0].num, mqtt_bind_ssl(service(at), (int)val[0].num, (int)val[1].num));
}

/* --- entries at a prompt --------------------------------------------------------------------------------------- */

static bool hold_failing(const struct at_channel *at)
{
	return quirks(at)->mqtt_pub_fail == QUIRK_mqtt_pub_fail_urc_error;
}

static enum at_status subscribe(struct at_channel *at, int client, const struct mqtt_filter *one)
{
	enum mqtt_err err = mqtt_subscribe(service(at), client, one);

	return err ? cmd_mqtt_answer(at, client, err) : accepted(at, hold_failing(at), CMD_TAG_MQTT_SUB + client);
}

static enum at_status unsubscribe(struct at_channel *at, int client, const struct mqtt_filter *one)
{
	enum mqtt_err err = mqtt_unsubscribe(service(at), client, one);

	return err ? cmd_mqtt_answer(at, client, err) : accepted(at, hold_failing(at), CMD_TAG_MQTT_UNSUB + client);
}

static enum at_status entered(struct at_channel *at, const char *data, size_t n, int tag)
{
	int packed = tag - CMD_TAG_MQTT_ENTRY, kind = packed / 8, client = packed / 4 % 2, qos = packed % 4;
	struct mqtt_filter one = { .topic = data, .len = n, .qos = qos };

	if (kind == PROMPT_SUB)
		return subscribe(at, client, &one);
	if (kind == PROMPT_UNSUB)
		return unsubscribe(at, client, &one);
	return cmd_mqtt_answer(at, client, mqtt_enter(service(at), client, (enum mqtt_entry)kind, data, n, qos));
}

static enum at_status ask(struct at_channel *at, int kind, const struct at_val *val, int qos)
{
	int tag = CMD_TAG_MQTT_ENTRY + kind * 8 + (int)val[0].num * 4 + qos;

	return at_prompt(at, AT_PROMPT_LENGTH, (size_t)val[1].num, entered, tag);
}

static enum at_status ask_entry(struct at_channel *at, enum mqtt_entry entry, const struct at_val *val, int qos)
{
	int client = (int)val[0].num;
	enum mqtt_err err = mqtt_may_enter(service(at), client);

	return err ? cmd_mqtt_answer(at, client, err) : ask(at, (int)entry, val, qos);
}

static const struct at_arg topic_args[] = {
	{ "client_index", AT_ARG_INT, 0, 1 },
	{ CMD_MQTT_LENGTH, AT_ARG_INT, 1, 1024, .max_quirk = QUIRK_ID_mqtt_topic_max },
};

static const struct at_arg payload_args[] = {
	{ "client_index", AT_ARG_INT, 0, 1 },
	{ CMD_MQTT_LENGTH, AT_ARG_INT, 1, 10240, .max_quirk = QUIRK_ID_mqtt_payload_max },
};

static const struct at_arg willmsg_args[] = {
	{ "client_index", AT_ARG_INT, 0, 1 },
	{ CMD_MQTT_LENGTH, AT_ARG_INT, 1, 1024, .max_quirk = QUIRK_ID_mqtt_will_max },
	{ "qos", AT_ARG_INT, 0, 2 },
};

static const struct at_arg subtopic_args[] = {
	{ "client_index", AT_ARG_INT, 0, 1 },
	{ CMD_MQTT_LENGTH, AT_ARG_INT, 1, 1024, .max_quirk = QUIRK_ID_mqtt_topic_max },
	{ "qos", AT_ARG_INT, 0, 2 },
};

static enum at_status topic_write(struct at_channel *at, const struct at_val *val)
{
	return ask_entry(at, MQTT_ENTRY_TOPIC, val, 0);
}

static enum at_status payload_write(struct at_channel *at, const struct at_val *val)
{
	return ask_entry(at, MQTT_ENTRY_PAYLOAD, val, 0);
}

static enum at_status willtopic_write(struct at_channel *at, const struct at_val *val)
{
	return ask_entry(at, MQTT_ENTRY_WILL_TOPIC, val, 0);
}

static enum at_status willmsg_write(struct at_channel *at, const struct at_val *val)
{
	return ask_entry(at, MQTT_ENTRY_WILL_MESSAGE, val, (int)val[2].num);
}

static enum at_status subtopic_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return cmd_mqtt_print_ranges(at, quirks(at)->mqtt_subtopic_test_qos ? 3 : 2, ": ");
}

static enum at_status subtopic_write(struct at_channel *at, const struct at_val *val)
{
	return ask_entry(at, MQTT_ENTRY_SUB_TOPIC, val, (int)val[2].num);
}

static enum at_status unsubtopic_write(struct at_channel *at, const struct at_val *val)
{
	return ask_entry(at, MQTT_ENTRY_UNSUB_TOPIC, val, 0);
}

/* --- SUB, UNSUB: one or two numbers take the list, more ask for one topic -------------------------------------- */

static const struct at_arg sub_args[] = {
	{ "client_index", AT_ARG_INT, 0, 1 },
	{ CMD_MQTT_LENGTH, AT_ARG_INT, 1, 1024, .optional = true, .or_zero = true,
	  .max_quirk = QUIRK_ID_mqtt_topic_max },
	{ "qos", AT_ARG_INT, 0, 2, .optional = true },
	{ "dup", AT_ARG_INT, 0, 1, .optional = true },
};

static const struct at_arg unsub_args[] = {
	{ "client_index", AT_ARG_INT, 0, 1 },
	{ CMD_MQTT_LENGTH, AT_ARG_INT, 1, 1024, .optional = true, .or_zero = true,
	  .max_quirk = QUIRK_ID_mqtt_topic_max },
	{ "dup", AT_ARG_INT, 0, 1, .optional = true },
};

static enum at_status sub_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return cmd_mqtt_print_ranges(at, at_command(at)->args, ": ");
}

/* The one-topic form: the length must be one, and the client ready before the prompt. */
static enum at_status ask_filter(struct at_channel *at, int kind, const struct at_val *val, int qos)
{
	enum mqtt_op op = kind == PROMPT_SUB ? MQTT_OP_SUBSCRIBE : MQTT_OP_UNSUBSCRIBE;
	int client = (int)val[0].num;
	enum mqtt_err err = mqtt_may(service(at), client, op);

	if (!err && !val[1].num)
		err = mqtt_refuse(service(at), MQTT_ERR_LENGTH, "%s: length 0", at_command(at)->name);
	return err ? cmd_mqtt_answer(at, client, err) : ask(at, kind, val, qos);
}

static enum at_status sub_write(struct at_channel *at, const struct at_val *val)
{
	if (val[2].given)
		return ask_filter(at, PROMPT_SUB, val, (int)val[2].num);
	if (val[1].num > 1)
		return cmd_mqtt_refuse(at, val);		/* the second number was dup */
	return subscribe(at, (int)val[0].num, NULL);
}

static enum at_status unsub_write(struct at_channel *at, const struct at_val *val)
{
	if (val[2].given)
		return ask_filter(at, PROMPT_UNSUB, val, 0);
	if (val[1].num > 1)
		return cmd_mqtt_refuse(at, val);
	return unsubscribe(at, (int)val[0].num, NULL);
}

/* --- CONNECT, DISC, PUB ---------------------------------------------------------------------------------------- */

static const struct at_arg connect_args[] = {
	{ "client_index", AT_ARG_INT, 0, 1 },
	{ "server_addr", AT_ARG_STR, 9, 256 },
	{ "keepalive_time", AT_ARG_INT, 1, 64800, .min_quirk = QUIRK_ID_mqtt_keepalive_min },
	{ "clean_session", AT_ARG_INT, 0, 1 },
	{ "user_name", AT_ARG_STR, 1, 256, .optional = true },
	{ "pass_word", AT_ARG_STR, 1, 256, .optional = true },
};

static enum at_status connect_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return cmd_mqtt_print_ranges(at, 4, ": ");
}

/* The real module shows the password too. */
static enum at_status connect_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	if (!may_read(at))
		return AT_STATUS_ERROR;
	for (int i = 0; i < MQTT_CLIENTS; i++) {
		const struct mqtt_address *to = mqtt_connected_to(service(at), i);

		if (!to)
			at_row(at, "+CMQTTCONNECT: %d", i);
		else if (!to->user)
			at_row(at, "+CMQTTCONNECT: %d,\"%s\",%d,%d", i, to->url, to->keepalive_s, to->clean);
		else if (!to->password)
			at_row(at, "+CMQTTCONNECT: %d,\"%s\",%d,%d,\"%s\"", i, to->url, to->keepalive_s, to->clean,
			       to->user);
		else
			at_row(at, "+CMQTTCONNECT: %d,\"%s\",%d,%d,\"%s\",\"%s\"", i, to->url, to->keepalive_s,
			       to->clean, to->user, to->password);
	}
	return AT_STATUS_OK;
}

static enum at_status connect_write(struct at_channel *at, const struct at_val *val)
{
	struct mqtt_address to = {
		.url = val[1].str, .keepalive_s = (int)val[2].num, .clean = val[3].num == 1,
		.user = val[4].given ? val[4].str : NULL, .password = val[5].given ? val[5].str : NULL,
	};
	bool hold = quirks(at)->mqtt_connect_fail == QUIRK_mqtt_connect_fail_urc_error;
	int client = (int)val[0].num;
	enum mqtt_err err;

	if ((to.user || to.password) && !quirks(at)->mqtt_connect_userpass)
		return cmd_mqtt_refuse(at, val);
	err = mqtt_connect(service(at), client, &to);
	return err ? cmd_mqtt_answer(at, client, err) : accepted(at, hold, CMD_TAG_MQTT_CONNECT + client);
}

static const struct at_arg disc_args[] = {
	{ "client_index", AT_ARG_INT, 0, 1 },
	{ "timeout", AT_ARG_INT, 60, 180, .or_zero = true, .min_quirk = QUIRK_ID_mqtt_disc_timeout_min },
};

static enum at_status disc_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	if (!may_read(at))
		return AT_STATUS_ERROR;
	for (int i = 0; i < MQTT_CLIENTS; i++)
		at_row(at, "+CMQTTDISC: %d,%d", i, mqtt_client_state(service(at), i) != MQTT_CLIENT_CONNECTED);
	return AT_STATUS_OK;
}

static enum at_status disc_write(struct at_channel *at, const struct at_val *val)
{
	bool hold = quirks(at)->mqtt_disc_order == QUIRK_mqtt_disc_order_urc_first;
	int client = (int)val[0].num;
	enum mqtt_err err = mqtt_disconnect(service(at), client, (int)val[1].num);

	return err ? cmd_mqtt_answer(at, client, err) : accepted(at, hold, CMD_TAG_MQTT_DISC + client);
}

static const struct at_arg pub_args[] = {
	{ "client_index", AT_ARG_INT, 0, 1 },
	{ "qos", AT_ARG_INT, 0, 2 },
	{ "pub_timeout", AT_ARG_INT, 60, 180, .min_quirk = QUIRK_ID_mqtt_pub_timeout_min },
	{ "retained", AT_ARG_INT, 0, 1, .optional = true },
	{ "dup", AT_ARG_INT, 0, 1, .optional = true },
};

static enum at_status pub_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return cmd_mqtt_print_ranges(at, 5, quirks(at)->mqtt_pub_test_colon ? ": " : " ");
}

static enum at_status pub_write(struct at_channel *at, const struct at_val *val)
{
	int client = (int)val[0].num;
	enum mqtt_err err = mqtt_publish(service(at), client, (int)val[1].num, (int)val[2].num, val[3].num == 1,
					 val[4].num == 1);

	return err ? cmd_mqtt_answer(at, client, err) : accepted(at, hold_failing(at), CMD_TAG_MQTT_PUB + client);
}

/* --- CFG ------------------------------------------------------------------------------------------------------- */

static const struct at_arg cfg_args[] = {
	{ "tag", AT_ARG_STR, 1, 16 },
	{ "client_index", AT_ARG_INT, 0, 1 },
	{ "value", AT_ARG_STR, 1, 128 },
	{ "devicename", AT_ARG_STR, 1, 128, .optional = true },
	{ "devicesecret", AT_ARG_STR, 1, 128, .optional = true },
};

static bool cfg_has_aliauth(const struct at_channel *at)
{
	return quirks(at)->mqtt_cfg_optimeout && !quirks(at)->mqtt_cfg_version;
}

static enum at_status cfg_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_row(at, "+CMQTTCFG: \"checkUTF8\",(0-1),(0-1)");
	if (quirks(at)->mqtt_cfg_optimeout)
		at_row(at, "+CMQTTCFG: \"optimeout\",(0-1),(20-120)");
	if (quirks(at)->mqtt_cfg_version) {
		at_row(at, "+CMQTTCFG: \"version\",(0-1),(3-4)");
		at_row(at, "+CMQTTCFG: \"argtopic\",(0-1),(0-1)");
	}
	if (cfg_has_aliauth(at))
		at_row(at, "+CMQTTCFG: \"aliauth\",(0-1),\"productkey\",\"devicename\",\"devicesecret\"");
	return AT_STATUS_OK;
}

static enum at_status cfg_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	if (!may_read(at))
		return AT_STATUS_ERROR;
	for (int i = 0; i < MQTT_CLIENTS; i++) {
		const struct mqtt_cfg *cfg = mqtt_cfg(service(at), i);

		if (quirks(at)->mqtt_cfg_optimeout)
			at_row(at, "+CMQTTCFG: %d,%d,%d", i, cfg->check_utf8, cfg->optimeout_s);
		else
			at_row(at, "+CMQTTCFG: %d,%d", i, cfg->check_utf8);
	}
	return AT_STATUS_OK;
}

static bool cfg_number(const struct at_val *v, long long min, long long max, int *out)
{
	long long n;

	if (v->quoted || str_to_num(v->str, v->len, min, max, &n))
		return false;
	*out = (int)n;
	return true;
}

/* Changes one member; false: this revision has no such tag, or the value does not fit. */
static bool cfg_apply(const struct at_channel *at, struct mqtt_cfg *cfg, const struct at_val *val)
{
	const struct at_val *tag = &val[0], *value = &val[2];
	bool one_value = !val[3].given && !val[4].given, fits = false;
	int n = 0;

	if (str_ieq(tag->str, tag->len, "checkUTF8")) {
		fits = one_value && cfg_number(value, 0, 1, &n);
		cfg->check_utf8 = n;
	} else if (str_ieq(tag->str, tag->len, "optimeout") && quirks(at)->mqtt_cfg_optimeout) {
		fits = one_value && cfg_number(value, 20, 120, &cfg->optimeout_s);
	} else if (str_ieq(tag->str, tag->len, "version") && quirks(at)->mqtt_cfg_version) {
		fits = one_value && cfg_number(value, 3, 4, &cfg->version);
	} else if (str_ieq(tag->str, tag->len, "argtopic") && quirks(at)->mqtt_cfg_version) {
		fits = one_value && cfg_number(value, 0, 1, &n);
		cfg->arg_topic = n;
	} else if (str_ieq(tag->str, tag->len, "aliauth") && cfg_has_aliauth(at)) {
		fits = val[4].given;
		cfg->ali_auth = true;
	}
	return fits;
}

/* The manual also prints "+CMQTTCFG: c,err" with OK, which no client could tell from success: ERROR here. */
static enum at_status cfg_write(struct at_channel *at, const struct at_val *val)
{
	struct mqtt_cfg cfg = *mqtt_cfg(service(at), (int)val[1].num);

	if (!cfg_apply(at, &cfg, val)) {
		mqtt_refuse(service(at), MQTT_ERR_BARE, "+CMQTTCFG: \"%s\" does not take this value", val[0].str);
		return AT_STATUS_ERROR;
	}
	return mqtt_set_cfg(service(at), (int)val[1].num, &cfg) ? AT_STATUS_ERROR : AT_STATUS_OK;
}

const struct at_cmd cmd_mqtt[] = {
	{ "+CMQTTSTART", .exec = start_exec, .source = "M3 16.2.2" },
	{ "+CMQTTSTOP", .exec = stop_exec, .source = "M3 16.2.3" },
	{ "+CMQTTACCQ", AT_ARGS(accq_args), .read = accq_read, .test = accq_test, .write = accq_write,
	  .refuse = cmd_mqtt_refuse, .source = "M3 16.2.4" },
	{ "+CMQTTREL", AT_ARGS(client_args), .read = rel_read, .write = rel_write, .refuse = cmd_mqtt_refuse,
	  .source = "M3 16.2.5" },
	{ "+CMQTTSSLCFG", AT_ARGS(sslcfg_args), .read = sslcfg_read, .write = sslcfg_write,
	  .refuse = cmd_mqtt_refuse_bare, .source = "M3 16.2.6" },
	{ "+CMQTTWILLTOPIC", AT_ARGS(topic_args), .write = willtopic_write, .refuse = cmd_mqtt_refuse,
	  .source = "M3 16.2.7" },
	{ "+CMQTTWILLMSG", AT_ARGS(willmsg_args), .write = willmsg_write, .refuse = cmd_mqtt_refuse,
	  .source = "M3 16.2.8" },
	{ "+CMQTTDISC", AT_ARGS(disc_args), .read = disc_read, .write = disc_write, .refuse = cmd_mqtt_refuse,
	  .source = "M3 16.2.10" },
	{ "+CMQTTCONNECT", AT_ARGS(connect_args), .read = connect_read, .test = connect_test, .write = connect_write,
	  .refuse = cmd_mqtt_refuse, .source = "M3 16.2.9" },
	{ "+CMQTTTOPIC", AT_ARGS(topic_args), .write = topic_write, .refuse = cmd_mqtt_refuse, .source = "M3 16.2.11" },
	{ "+CMQTTPAYLOAD", AT_ARGS(payload_args), .write = payload_write, .refuse = cmd_mqtt_refuse,
	  .source = "M3 16.2.12" },
	{ "+CMQTTPUB", AT_ARGS(pub_args), .test = pub_test, .write = pub_write, .refuse = cmd_mqtt_refuse,
	  .source = "M3 16.2.13" },
	{ "+CMQTTSUBTOPIC", AT_ARGS(subtopic_args), .test = subtopic_test, .write = subtopic_write,
	  .refuse = cmd_mqtt_refuse, .source = "M3 16.2.14" },
	{ "+CMQTTSUB", AT_ARGS(sub_args), .test = sub_test, .write = sub_write, .refuse = cmd_mqtt_refuse,
	  .source = "M3 16.2.15" },
	{ "+CMQTTUNSUBTOPIC", AT_ARGS(topic_args), .write = unsubtopic_write, .refuse = cmd_mqtt_refuse,
	  .source = "M3 16.2.16" },
	{ "+CMQTTUNSUB", AT_ARGS(unsub_args), .test = sub_test, .write = unsub_write, .refuse = cmd_mqtt_refuse,
	  .source = "M3 16.2.17" },
	{ "+CMQTTCFG", AT_ARGS(cfg_args), .read = cfg_read, .test = cfg_test, .write = cfg_write,
	  .refuse = cmd_mqtt_refuse_bare, .source = "M3 16.2.19" },
	{ 0 },
};
