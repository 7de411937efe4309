/* The frames of a received message, to the byte (facts at-ssl-mqtt 4), and where they may fall. */
#include "tests/rig.h"

#define B04 "LE20B04V03SIM7600M22"

static void message(struct rig *r, int client, const char *topic, const char *payload, size_t n)
{
	modem_emit(r->modem, &(struct modem_event){ .type = MODEM_EVENT_MQTT_MESSAGE, .index = client, .topic = topic,
						    .topic_len = strlen(topic), .payload = payload, .payload_len = n });
}

/* sizes of the records that a payload of n bytes comes in; 0 ends */
static const struct {
	size_t n, record[4];
} payloads[] = {
	{ 1, { 1 } },		  { 1499, { 1499 } },	    { 1500, { 1500 } },
	{ 1501, { 1500, 1 } },	  { 2039, { 1500, 539 } },  { 3000, { 1500, 1500 } },
	{ 3001, { 1500, 1500, 1 } },
};

START_TEST(records)
{
	struct rig *r = rig_new(B04);
	size_t n = payloads[_i].n, at = 0;
	char *payload = malloc(n);
	struct buf want;

	/* bytes of all values, the line ends among them */
	for (size_t i = 0; i < n; i++)
		payload[i] = (char)i;
	buf_init(&want, RIG_OUT_MAX);
	buf_addf(&want, "\r\n+CMQTTRXSTART: 1,3,%zu\r\n+CMQTTRXTOPIC: 1,3\r\na/b\r\n", n);
	for (size_t i = 0; payloads[_i].record[i]; i++) {
		buf_addf(&want, "+CMQTTRXPAYLOAD: 1,%zu\r\n", payloads[_i].record[i]);
		buf_add(&want, payload + at, payloads[_i].record[i]);
		buf_adds(&want, "\r\n");
		at += payloads[_i].record[i];
	}
	ck_assert_uint_eq(at, n);
	buf_adds(&want, "+CMQTTRXEND: 1\r\n");
	message(r, 1, "a/b", payload, n);
	rig_check(r, "message", want.data, want.len);
	buf_free(&want);
	free(payload);
	rig_free(r);
}
END_TEST

START_TEST(empty_payload)
{
	static const char *const quirks[] = { "mqtt_rx_empty_line=true", NULL };
	struct rig *r = rig_new_with(B04, _i ? quirks : NULL);

	message(r, 0, "a/b", NULL, 0);
	rig_more(r, _i ? "\r\n+CMQTTRXSTART: 0,3,0\r\n+CMQTTRXTOPIC: 0,3\r\na/b\r\n\r\n+CMQTTRXEND: 0\r\n" :
			 "\r\n+CMQTTRXSTART: 0,3,0\r\n+CMQTTRXTOPIC: 0,3\r\na/b\r\n+CMQTTRXEND: 0\r\n");
	rig_free(r);
}
END_TEST

/* The chunk is the profile's, and long topics follow it too. */
START_TEST(chunk_of_the_profile)
{
	static const char *const quirks[] = { "mqtt_rx_chunk=16", NULL };
	struct rig *r = rig_new_with(B04, quirks);

	message(r, 0, "0123456789abcdefXYZ", "0123456789abcdef!", 17);
	rig_more(r, "\r\n+CMQTTRXSTART: 0,19,17\r\n+CMQTTRXTOPIC: 0,16\r\n0123456789abcdef\r\n+CMQTTRXTOPIC: 0,3\r\nXYZ\r\n"
		    "+CMQTTRXPAYLOAD: 0,16\r\n0123456789abcdef\r\n+CMQTTRXPAYLOAD: 0,1\r\n!\r\n+CMQTTRXEND: 0\r\n");
	rig_free(r);
}
END_TEST

/* Nothing falls into a data prompt: the frame waits until the data is complete. */
START_TEST(waits_for_a_prompt)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CCERTDOWN=\"a.pem\",3\r", "\r\n>");
	rig_feed(r, "ab", 2);
	message(r, 0, "t", "x", 1);
	rig_quiet(r, 1000);
	rig_row(r, "c", RIG_OK "\r\n+CMQTTRXSTART: 0,1,1\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,1\r\nx\r\n"
			       "+CMQTTRXEND: 0\r\n");
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, records, 0, (int)(sizeof(payloads) / sizeof(payloads[0])));
	tcase_add_loop_test(tc, empty_payload, 0, 2);
	tcase_add_test(tc, chunk_of_the_profile);
	tcase_add_test(tc, waits_for_a_prompt);
}

int main(void)
{
	return rig_main("mqtt messages", add);
}
