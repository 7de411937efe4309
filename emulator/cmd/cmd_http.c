/*
 * AT+HTTP*: text in, http_*() out; what comes back later is at the end. What is read goes to the channel that asked, in
 * blocks, as fast as the host takes them. Manual V3.00 chapter 13; facts at-general 9.
 */
#include "cmd/cmd.h"

#include <string.h>

#include "cmd/cmd_path.h"

#include "base/str.h"
#include "modem/http.h"

static struct http *service(const struct at_channel *at)
{
	return cmd_modem(at)->http;
}

static const struct quirks *quirks(const struct at_channel *at)
{
	return &at_profile(at)->q;
}

static enum at_status answer(enum http_err err)
{
	return err ? AT_STATUS_ERROR : AT_STATUS_OK;
}

static enum at_status refuse(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	http_refuse(service(at), "%s: an argument does not fit", at_command(at)->name);
	return AT_STATUS_ERROR;
}

/* --- INIT, TERM --------------------------------------------------------------------------------------------------- */

static enum at_status init_exec(struct at_channel *at, const struct at_val *val)
{
	enum http_err err = http_init(service(at));

	(void)val;
	return err ? AT_STATUS_ERROR : cmd_wait(at, CMD_TAG_HTTP_INIT);
}

static enum at_status term_exec(struct at_channel *at, const struct at_val *val)
{
	enum http_err err = http_term(service(at));

	(void)val;
	return err ? AT_STATUS_ERROR : cmd_wait(at, CMD_TAG_HTTP_TERM);
}

/* --- PARA --------------------------------------------------------------------------------------------------------- */

enum para_kind { PARA_URL, PARA_NUMBER, PARA_TEXT };

static const struct para {
	const char *name;
	enum para_kind kind;
	int what;		/* enum http_number or enum http_text */
	long long min, max;	/* of the value, or of its length */
} paras[] = {
	{ "URL", PARA_URL, 0, 1, HTTP_URL_MAX },
	{ "CONNECTTO", PARA_NUMBER, HTTP_NUMBER_CONNECT_S, 20, 120 },
	{ "RECVTO", PARA_NUMBER, HTTP_NUMBER_RECEIVE_S, 2, 120 },
	{ "RESPTO", PARA_NUMBER, HTTP_NUMBER_RESPONSE_S, 20, 120 },
	{ "CONTENT", PARA_TEXT, HTTP_TEXT_CONTENT, 0, HTTP_VALUE_MAX },
	{ "ACCEPT", PARA_TEXT, HTTP_TEXT_ACCEPT, 0, HTTP_VALUE_MAX },
	{ "UA", PARA_TEXT, HTTP_TEXT_AGENT, 0, HTTP_VALUE_MAX },
	{ "SSLCFG", PARA_NUMBER, HTTP_NUMBER_SSL, 0, 9 },
	{ "USERDATA", PARA_TEXT, HTTP_TEXT_USERDATA, 0, HTTP_USERDATA_MAX },
	{ "BREAK", PARA_NUMBER, HTTP_NUMBER_BREAK, 0, 4294967295 },
	{ "BREAKEND", PARA_NUMBER, HTTP_NUMBER_BREAK_END, 0, 4294967295 },
	{ "READMODE", PARA_NUMBER, HTTP_NUMBER_READ_MODE, 0, 1 },
};

static const struct at_arg para_args[] = {
	{ "tag", AT_ARG_STR, 1, 32 },
	{ "value", AT_ARG_RAW },
};

static enum at_status para_test(struct at_channel *at, const struct at_val *val)
{
	(void)at;
	(void)val;
	return AT_STATUS_OK;
}

static const struct para *find_para(const struct at_channel *at, const struct at_val *tag)
{
	for (size_t i = 0; i < sizeof(paras) / sizeof(paras[0]); i++) {
		if (str_ieq(tag->str, tag->len, paras[i].name) &&
		    !quirk_list_has(&quirks(at)->http_para_absent, paras[i].name))
			return &paras[i];
	}
	return NULL;
}

static enum http_err set_number(struct at_channel *at, const struct para *p, const char *text, size_t n)
{
	long long v;

	if (str_to_num(text, n, p->min, p->max, &v))
		return http_refuse(service(at), "%s takes %lld to %lld", p->name, p->min, p->max);
	return http_set_number(service(at), (enum http_number)p->what, v);
}

static enum http_err set_text(struct at_channel *at, const struct para *p, const char *text, size_t n)
{
	long long max = p->what == HTTP_TEXT_USERDATA && p->kind == PARA_TEXT ? quirks(at)->http_userdata_max : p->max;
	char value[HTTP_URL_MAX + 1];

	if ((long long)n < p->min || (long long)n > max)
		return http_refuse(service(at), "%s takes up to %lld characters", p->name, max);
	memcpy(value, text, n);
	value[n] = '\0';
	if (p->kind == PARA_URL)
		return http_set_url(service(at), value);
	return http_set_text(service(at), (enum http_text)p->what, value);
}

/* The value as it stands: quoted or bare, with quotes and commas inside. */
static enum at_status para_write(struct at_channel *at, const struct at_val *val)
{
	const struct para *p = find_para(at, &val[0]);
	size_t n = val[1].len;
	const char *text = str_trim(val[1].str, &n);

	if (http_need_service(service(at)))
		return AT_STATUS_ERROR;
	if (!p) {
		http_refuse(service(at), "AT+HTTPPARA has no \"%.32s\" on this revision", val[0].str);
		return AT_STATUS_ERROR;
	}
	if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
		text++;
		n -= 2;
	}
	return answer(p->kind == PARA_NUMBER ? set_number(at, p, text, n) : set_text(at, p, text, n));
}

/* --- DATA --------------------------------------------------------------------------------------------------------- */

static const struct at_arg data_args[] = {
	{ "size", AT_ARG_INT, 1, HTTP_BODY_MAX },
	{ "time_s", AT_ARG_INT, 10, 65535 },
};

static enum at_status data_done(struct at_channel *at, const char *data, size_t n, int tag)
{
	(void)tag;
	return answer(http_enter(service(at), data, n));
}

static enum at_status data_write(struct at_channel *at, const struct at_val *val)
{
	enum at_status status;

	if (http_need_service(service(at)))
		return AT_STATUS_ERROR;
	status = at_prompt(at, AT_PROMPT_DOWNLOAD, (size_t)val[0].num, data_done, CMD_TAG_HTTP_DATA);
	at_prompt_limit(at, (uint64_t)val[1].num * 1000000);
	return status;
}

/* --- ACTION, HEAD, READ ------------------------------------------------------------------------------------------- */

static const struct at_arg action_args[] = {
	{ "method", AT_ARG_INT, 0, 3, .max_quirk = QUIRK_ID_http_method_max },
};

static enum at_status action_write(struct at_channel *at, const struct at_val *val)
{
	return answer(http_action(service(at), (enum http_method)val[0].num));
}

static enum at_status head_exec(struct at_channel *at, const struct at_val *val)
{
	bool ok_first = quirks(at)->http_head_order == QUIRK_http_head_order_ok_first;
	const char *head;
	size_t n;

	(void)val;
	head = http_head(service(at), &n);
	if (!head) {
		http_refuse(service(at), "there is no answer whose head could be read");
		return AT_STATUS_ERROR;
	}
	if (ok_first)
		at_result(at, AT_RESULT_OK, NULL);
	at_info(at, "+HTTPHEAD: %s%zu", quirks(at)->http_data_word ? "DATA," : "", n);
	at_raw(at, head, n);
	return ok_first ? AT_STATUS_SILENT : AT_STATUS_OK;
}

static const struct at_arg read_args[] = {
	{ "offset", AT_ARG_INT, 0, 2147483647 },
	{ "size", AT_ARG_INT, 1, 2147483647, .optional = true },
};

static enum at_status read_read(struct at_channel *at, const struct at_val *val)
{
	long long n = http_length(service(at));

	(void)val;
	if (!n) {
		http_refuse(service(at), "there is nothing to read");
		return AT_STATUS_ERROR;
	}
	at_info(at, "+HTTPREAD: LEN,%lld", n);
	return AT_STATUS_OK;
}

/* One number is the size. OK comes first, then the blocks; the command stays open behind it until the last. */
static enum at_status read_write(struct at_channel *at, const struct at_val *val)
{
	long long offset = val[1].given ? val[0].num : -1, size = val[1].given ? val[1].num : val[0].num;

	if (!size)
		return refuse(at, val);
	if (http_read(service(at), offset, size))
		return AT_STATUS_ERROR;
	at_result(at, AT_RESULT_OK, NULL);
	return cmd_wait(at, CMD_TAG_HTTP_READ);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static const struct at_arg file_args[] = {
	{ "filename", AT_ARG_RAW },
};

static bool file_name(const struct at_val *val, char *name, struct cmd_number *number, size_t n)
{
	return cmd_path_args(val, name, number, n) && strlen(name) <= HTTP_FILE_MAX;
}

static enum at_status readfile_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+HTTPREADFILE: <filename>[,(1-%d)]", http_places(service(at), true));
	return AT_STATUS_OK;
}

static enum at_status readfile_write(struct at_channel *at, const struct at_val *val)
{
	struct cmd_number place = { 1, http_places(service(at), true), false, 1, false };
	char name[CMD_PATH_SIZE];

	if (!file_name(&val[0], name, &place, 1))
		return refuse(at, val);
	return answer(http_read_file(service(at), name, (int)place.num));
}

static enum at_status postfile_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+HTTPPOSTFILE: <filename>[,(1-%d)[,(0-%ld)[,(0-1)]]]", http_places(service(at), false),
		quirks(at)->http_method_max);
	return AT_STATUS_OK;
}

static enum at_status postfile_write(struct at_channel *at, const struct at_val *val)
{
	struct cmd_number number[] = {
		{ 1, http_places(service(at), false), false, 1, false },
		{ 0, quirks(at)->http_method_max, false, -1, false },
		{ 0, 1, false, 0, false },
	};
	char name[CMD_PATH_SIZE];

	if (!file_name(&val[0], name, number, 3))
		return refuse(at, val);
	return answer(http_post_file(service(at), name, (int)number[0].num, (int)number[1].num,
				     number[2].num == quirks(at)->http_postfile_whole));
}

const struct at_cmd cmd_http[] = {
	{ "+HTTPINIT", .exec = init_exec, .needs = CMD_NEEDS_SIM, .source = "M3 13.2.1" },
	{ "+HTTPTERM", .exec = term_exec, .source = "M3 13.2.2" },
	{ "+HTTPPARA", AT_ARGS(para_args), .test = para_test, .write = para_write, .refuse = refuse,
	  .source = "M3 13.2.3" },
	{ "+HTTPACTION", AT_ARGS(action_args), .write = action_write, .refuse = refuse, .source = "M3 13.2.4" },
	{ "+HTTPHEAD", .exec = head_exec, .source = "M3 13.2.5" },
	{ "+HTTPREAD", AT_ARGS(read_args), .read = read_read, .test = para_test, .write = read_write, .refuse = refuse,
	  .source = "M3 13.2.6" },
	{ "+HTTPDATA", AT_ARGS(data_args), .test = para_test, .write = data_write, .refuse = refuse,
	  .source = "M3 13.2.7" },
	{ "+HTTPPOSTFILE", AT_ARGS(file_args), .test = postfile_test, .write = postfile_write, .refuse = refuse,
	  .source = "M3 13.2.8" },
	{ "+HTTPREADFILE", AT_ARGS(file_args), .test = readfile_test, .write = readfile_write, .refuse = refuse,
	  .source = "M3 13.2.9" },
	{ 0 },
};

/* --- events ------------------------------------------------------------------------------------------------------- */

static void finish(struct cmd_host *h, int tag, enum at_status status)
{
	struct at_channel *at = cmd_waiting(h, tag);

	if (at)
		at_finish(at, status);
}

void cmd_http_flows(struct cmd_host *h)
{
	http_go_on(h->modem->http);
}

/* CR LF, header line, bytes; the CR LF that ends them is that of the next header (checked against one-block examples). */
static void block(struct cmd_host *h, const struct modem_event *ev)
{
	struct at_channel *at = cmd_waiting(h, CMD_TAG_HTTP_READ);

	if (!at)
		return;
	at_info(at, "+HTTPREAD: %s%zu", quirks(at)->http_data_word ? "DATA," : "", ev->payload_len);
	at_raw(at, ev->payload, ev->payload_len);
	if (!at_takes(at))
		http_hold(h->modem->http);
}

static void read_over(struct cmd_host *h)
{
	struct at_channel *at = cmd_waiting(h, CMD_TAG_HTTP_READ);

	if (!at)
		return;
	at_info(at, "+HTTPREAD: 0");
	at_finish(at, AT_STATUS_SILENT);
}

void cmd_http_event(struct cmd_host *h, const struct modem_event *ev)
{
	switch ((int)ev->type) {	/* this family's events only */
	case MODEM_EVENT_HTTP_STARTED:
		finish(h, CMD_TAG_HTTP_INIT, ev->code ? AT_STATUS_ERROR : AT_STATUS_OK);
		break;
	case MODEM_EVENT_HTTP_STOPPED:
		finish(h, CMD_TAG_HTTP_TERM, AT_STATUS_OK);
		break;
	case MODEM_EVENT_HTTP_ACTION:
		cmd_urc(h, "+HTTPACTION: %d,%d,%lld", ev->index, ev->code, ev->length);
		break;
	case MODEM_EVENT_HTTP_DATA:
		block(h, ev);
		break;
	case MODEM_EVENT_HTTP_READ:
		read_over(h);
		break;
	case MODEM_EVENT_HTTP_FILE_READ:
		cmd_urc(h, "+HTTPREADFILE: %d", ev->code);
		break;
	case MODEM_EVENT_HTTP_FILE_POSTED:
		if (ev->index < 0)
			cmd_urc(h, "+HTTPPOSTFILE: %d,%lld", ev->code, ev->length);
		else
			cmd_urc(h, "+HTTPPOSTFILE: %d,%d,%lld", ev->index, ev->code, ev->length);
		break;
	case MODEM_EVENT_HTTP_PEER_CLOSED:
		cmd_urc(h, "+HTTP_PEER_CLOSED");
		break;
	case MODEM_EVENT_HTTP_NONET:
		cmd_urc(h, "+HTTP_NONET_EVENT");
		break;
	default:
		break;
	}
}
