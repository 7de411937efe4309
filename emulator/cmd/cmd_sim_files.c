/* The card's files: AT+CRSM, AT+CSIM. Hex in, hex out; what the card says to it is its own business. AT manual 4.4, 4.5. */
#include "cmd/cmd.h"

#include "base/buf.h"
#include "base/str.h"
#include "modem/sim_files.h"

/* A locked card can be asked, one that is not there or does not work cannot. */
static enum sim_err card_error(const struct at_channel *at)
{
	enum sim_err err = sim_check(cmd_modem(at)->sim);

	return err == SIM_ERR_PIN || err == SIM_ERR_PUK ? SIM_ERR_NONE : err;
}

/* Hex digits in pairs; false: they are not. */
static bool hex_bytes(const struct at_val *v, struct buf *out)
{
	return v->len % 2 == 0 && !str_unhex(out, v->str);
}

static void add_hex(struct buf *out, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%02X", p[i]);
}

/* --- AT+CRSM ------------------------------------------------------------------------------------------------------- */

static const struct at_arg crsm_args[] = {
	{ "command", AT_ARG_INT, 0, 255 },
	{ "fileID", AT_ARG_INT, 0, 65535, .optional = true },
	{ "p1", AT_ARG_INT, 0, 255, .optional = true },
	{ "p2", AT_ARG_INT, 0, 255, .optional = true },
	{ "p3", AT_ARG_INT, 0, 255, .optional = true },
	{ "data", AT_ARG_STR, 0, 2 * SIM_FILE_MAX, .optional = true },
	{ "path", AT_ARG_STR, 0, 32, .optional = true },
};

static enum at_status ok_test(struct at_channel *at, const struct at_val *val)
{
	(void)at;
	(void)val;
	return AT_STATUS_OK;
}

static void show_reply(struct at_channel *at, const struct sim_reply *r)
{
	const char *q = at_profile(at)->q.crsm_quoted ? "\"" : "";
	struct buf hex;

	if (!r->len) {
		at_info(at, "+CRSM: %d,%d", r->sw1, r->sw2);
		return;
	}
	buf_init(&hex, 2 * SIM_FILE_MAX + 1);
	add_hex(&hex, r->data, r->len);
	at_info(at, "+CRSM: %d,%d,%s%s%s", r->sw1, r->sw2, q, buf_str(&hex), q);
	buf_free(&hex);
}

/* 176 to 242 of the manual; others never reach the card. */
static bool is_known(long long command)
{
	static const uint8_t known[] = { SIM_READ_BINARY,   SIM_READ_RECORD,   SIM_GET_RESPONSE,
					 SIM_UPDATE_BINARY, SIM_UPDATE_RECORD, SIM_STATUS };
	size_t i = 0;

	while (i < sizeof(known) && known[i] != command)
		i++;
	return i < sizeof(known);
}

static enum at_status crsm_write(struct at_channel *at, const struct at_val *val)
{
	enum sim_err err = card_error(at);
	struct sim_request q = { .instruction = (enum sim_instruction)val[0].num, .file = (unsigned)val[1].num,
				 .p1 = (uint8_t)val[2].num, .p2 = (uint8_t)val[3].num, .want = (size_t)val[4].num };
	struct sim_reply reply;
	struct buf data;
	bool good;

	if (err)
		return cmd_sim_error(at, err);
	if (!is_known(val[0].num))
		return cmd_cme(at, CMD_CME_NOT_ALLOWED, "the card is not asked with instruction %lld", val[0].num);
	buf_init(&data, SIM_FILE_MAX);
	good = hex_bytes(&val[5], &data);
	if (good) {
		q.data = (const uint8_t *)buf_str(&data);
		q.n = data.len;
		sim_file_access(cmd_modem(at)->sim, &q, &reply);
		show_reply(at, &reply);
	}
	buf_free(&data);
	return good ? AT_STATUS_OK : AT_STATUS_ERROR;
}

/* --- AT+CSIM ------------------------------------------------------------------------------------------------------- */

static const struct at_arg csim_args[] = {
	{ "length", AT_ARG_INT, 8, 2 * SIM_APDU_MAX },
	{ "command", AT_ARG_STR, 8, 2 * SIM_APDU_MAX },
};

static void show_apdu(struct at_channel *at, const struct sim_reply *r)
{
	struct buf hex;
	uint8_t sw[] = { r->sw1, r->sw2 };

	buf_init(&hex, 2 * SIM_FILE_MAX + 8);
	add_hex(&hex, r->data, r->len);
	add_hex(&hex, sw, sizeof(sw));
	at_info(at, "+CSIM: %zu,\"%s\"", hex.len, buf_str(&hex));
	buf_free(&hex);
}

static enum at_status csim_write(struct at_channel *at, const struct at_val *val)
{
	enum sim_err err = card_error(at);
	struct sim_reply reply;
	struct buf apdu;
	bool good;

	if (err)
		return cmd_sim_error(at, err);
	buf_init(&apdu, SIM_APDU_MAX);
	good = (size_t)val[0].num == val[1].len && hex_bytes(&val[1], &apdu);
	if (good) {
		sim_apdu(cmd_modem(at)->sim, (const uint8_t *)buf_str(&apdu), apdu.len, &reply);
		show_apdu(at, &reply);
	}
	buf_free(&apdu);
	return good ? AT_STATUS_OK : AT_STATUS_ERROR;
}

const struct at_cmd cmd_sim_files[] = {
	{ "+CRSM", AT_ARGS(crsm_args), .test = ok_test, .write = crsm_write,
	  .source = "AT manual V1.12 4.5, 27.007 8.18; files and quotes guess" },
	{ "+CSIM", AT_ARGS(csim_args), .test = ok_test, .write = csim_write,
	  .source = "AT manual V1.12 4.4, 27.007 8.17; files guess" },
	{ 0 },
};
