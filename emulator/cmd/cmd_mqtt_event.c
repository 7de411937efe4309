/*
 * What the MQTT service tells, as lines: results of commands that were started earlier, URCs, and the frames of a
 * received message. Facts at-ssl-mqtt 2 and 4.
 */
#include "cmd/cmd.h"

#include "base/buf.h"

enum { FRAME_MAX = 256 * 1024 };

static const struct quirks *quirks(const struct cmd_host *h)
{
	return &h->modem->profile->q;
}

/* A line first with its final result behind it; OK on success, ERROR otherwise. */
static void result_line_first(struct cmd_host *h, int tag, const char *name, const struct modem_event *ev)
{
	enum at_status final = ev->code ? AT_STATUS_ERROR : AT_STATUS_OK;

	cmd_result(h, tag + ev->index, CMD_ORDER_LINE_FIRST, final, "%s: %d,%d", name, ev->index, ev->code);
}

/* OK before the line; where the revision ends a failure with ERROR, the command was held open for it. */
static void result_ok_first(struct cmd_host *h, int tag, const char *name, const struct modem_event *ev)
{
	if (ev->code)
		result_line_first(h, tag, name, ev);
	else
		cmd_result(h, tag + ev->index, CMD_ORDER_FINAL_FIRST, AT_STATUS_OK, "%s: %d,%d", name, ev->index,
			   ev->code);
}

static void result_service(struct cmd_host *h, int tag, const char *name, const struct modem_event *ev)
{
	cmd_result(h, tag, CMD_ORDER_LINE_FIRST, ev->code ? AT_STATUS_ERROR : AT_STATUS_OK, "%s: %d", name, ev->code);
}

/* Between keyword and numbers: a space, or a line end where they come one after the other (quirks Q17). */
static const char *gap(const struct cmd_host *h)
{
	return quirks(h)->mqtt_rx_header == QUIRK_mqtt_rx_header_two_lines ? "\r\n" : " ";
}

/* Repeated records of at most mqtt_rx_chunk bytes: header line, bytes, line end. */
static void add_records(const struct cmd_host *h, struct buf *out, const char *name, int client, const char *data,
			size_t len)
{
	size_t chunk = (size_t)quirks(h)->mqtt_rx_chunk;

	for (size_t at = 0; at < len; at += chunk) {
		size_t n = len - at < chunk ? len - at : chunk;

		buf_addf(out, "%s:%s%d,%zu\r\n", name, gap(h), client, n);
		buf_add(out, data + at, n);
		buf_adds(out, "\r\n");
	}
}

/* One leading CR LF and no blank lines, to the byte as captured (facts at-ssl-mqtt 4). */
static void message(struct cmd_host *h, const struct modem_event *ev)
{
	struct buf out;

	buf_init(&out, FRAME_MAX);
	buf_addf(&out, "\r\n+CMQTTRXSTART:%s%d,%zu,%zu\r\n", gap(h), ev->index, ev->topic_len, ev->payload_len);
	add_records(h, &out, "+CMQTTRXTOPIC", ev->index, ev->topic, ev->topic_len);
	add_records(h, &out, "+CMQTTRXPAYLOAD", ev->index, ev->payload, ev->payload_len);
	if (!ev->payload_len && quirks(h)->mqtt_rx_empty_line)
		buf_adds(&out, "\r\n");
	buf_addf(&out, "+CMQTTRXEND:%s%d\r\n", gap(h), ev->index);
	cmd_urc_raw(h, out.data, out.len);
	buf_free(&out);
}

void cmd_mqtt_event(struct cmd_host *h, const struct modem_event *ev)
{
	switch ((int)ev->type) {	/* this family's events only */
	case MODEM_EVENT_MQTT_STARTED:
		result_service(h, CMD_TAG_MQTT_START, "+CMQTTSTART", ev);
		break;
	case MODEM_EVENT_MQTT_STOPPED:
		result_service(h, CMD_TAG_MQTT_STOP, "+CMQTTSTOP", ev);
		break;
	case MODEM_EVENT_MQTT_CONNECTED:
		result_ok_first(h, CMD_TAG_MQTT_CONNECT, "+CMQTTCONNECT", ev);
		break;
	case MODEM_EVENT_MQTT_DISCONNECTED:
		result_line_first(h, CMD_TAG_MQTT_DISC, "+CMQTTDISC", ev);
		break;
	case MODEM_EVENT_MQTT_PUBLISHED:
		result_ok_first(h, CMD_TAG_MQTT_PUB, "+CMQTTPUB", ev);
		break;
	case MODEM_EVENT_MQTT_SUBSCRIBED:
		result_ok_first(h, CMD_TAG_MQTT_SUB, "+CMQTTSUB", ev);
		break;
	case MODEM_EVENT_MQTT_UNSUBSCRIBED:
		result_ok_first(h, CMD_TAG_MQTT_UNSUB, "+CMQTTUNSUB", ev);
		break;
	case MODEM_EVENT_MQTT_MESSAGE:
		message(h, ev);
		break;
	case MODEM_EVENT_MQTT_LOST:
		cmd_urc(h, "+CMQTTCONNLOST: %d,%d", ev->index, ev->code);
		break;
	case MODEM_EVENT_MQTT_PING:
		cmd_urc(h, "+CMQTTPING: %d,%d", ev->index, ev->code);
		break;
	case MODEM_EVENT_MQTT_NONET:
		cmd_urc(h, "+CMQTTNONET");
		break;
	default:
		break;
	}
}
