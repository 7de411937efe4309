/* AT&V: the layout of a public log, live settings in it, the width as a quirk. */
#include "tests/rig.h"

/* "README of a SIM7600EI", with this modem's contexts, centre and clock setting. */
#define FIRST                                                                                                         \
	"\r\n&C: 2; &D: 2; &E: 1; &F: 0; &S: 0; &W: 0; E: 1; L: 0; M: 0; Q: 0; V: 1;\r\n"                                \
	"X: 1; Z: 0; \\Q: 3; \\S: 0; \\V: 0; O: 0; S0: 0; S2: 43; S3: 13; S4: 10;\r\n"                                   \
	"S5: 8; S6: 2; S7: 0; S8: 2; S9: 6; S10: 14; S11: 95; S30: 0; S103: 1;\r\n"                                       \
	"S104: 1; +FCLASS: 0; +ICF: 3,3; +IFC: 0,0; +IPR: 115200; +DR: 0;\r\n"                                            \
	"+DS: 0,0,2048,6; +CMEE: 2; +WS46: 25; +CFUN:; +IPREX: 115200;\r\n"                                               \
	"+SSIMSTAT: 0; +CBST: 0,0,1;\r\n"                                                                                 \
	"+CRLP: (61,61,48,6,0),(61,61,48,6,1),(240,240,52,6,2);\r\n"                                                      \
	"+CV120: 1,1,1,0,0,0; +CHSN: 0,0,0,0; +CSSN: 0,0; +CREG: "
#define LAST "+CFILTERSMSSWITCH: 0; *CNTI: 0; ^DSCI: 0; ^MODE: 0\r\n" RIG_OK

static void view(struct rig *r, struct buf *text)
{
	buf_reset(&r->out);
	rig_feed(r, "AT&V\r", 5);
	buf_reset(text);
	buf_add(text, r->out.data, r->out.len);
	buf_reset(&r->out);
}

START_TEST(as_a_live_module)
{
	struct rig *r = rig_new("sim7600/B04");
	struct buf text;

	buf_init(&text, 16384);
	rig_row(r, "ATE1\r", RIG_OK);
	view(r, &text);
	ck_assert_msg(!strncmp(buf_str(&text), "AT&V\r" FIRST, strlen("AT&V\r" FIRST)), "%s", buf_str(&text));
	ck_assert_ptr_nonnull(strstr(buf_str(&text), "\r\n" LAST));
	ck_assert_ptr_nonnull(strstr(buf_str(&text), "; +CSCA: \"+15550199\",145;"));
	for (const char *p = buf_str(&text), *end; (end = strstr(p, "\r\n")) != NULL; p = end + 2)
		ck_assert_msg(end - p <= 74 || !strncmp(p, "+CGDCONT: ", 10), "%.*s", (int)(end - p), p);
	buf_free(&text);
	rig_free(r);
}
END_TEST

static const struct {
	const char *set, *shown;
} live[] = {
	{ "AT+CREG=2;+CEREG=1\r", "+CREG: 2; +CGREG: 0;\r\n+CEREG: 1;" },
	{ "AT+CNMP=38\r", "+CNMP: 38;" },
	{ "AT+CSCS=\"UCS2\"\r", "+CSCS: \"UCS2\";" },
	{ "AT+CGDCONT=1,\"IP\",\"iot\"\r", "+CGDCONT: (1,\"IP\",\"iot\",\"0.0.0.0\",0,0,0,0),(2," },
	{ "AT+CMGF=1;+CNMI=2,2\r", "+CMGF: 1;" },
	{ "AT+AUTOCSQ=1,1\r", "+AUTOCSQ: 1,1;" },
	{ "ATX4&D1S0=3\r", "&D: 1;" },
	{ "AT+CIPCCFG=3,0,0,0,1,0,600\r", "+CIPCCFG: 3,0,0,0,1,0,600;" },
	{ "AT+CTZR=1;+CTZU=0\r", "+CTZR: 1; +CTZU: 0;" },
	{ "AT+COPS=3,2\r", "+COPS: 0,2,\"\";" },
	{ "AT+CLIP=1;+CRC=1;+CVHU=0\r", "+CLIP: 1; +COLP: 0;" },
	{ "AT+CPBS=\"ME\"\r", "+CPBS: \"ME\";" },
};

START_TEST(settings_are_shown)
{
	struct rig *r = rig_new("sim7600/B04");
	struct buf text;

	buf_init(&text, 16384);
	for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++) {
		rig_row(r, live[i].set, RIG_OK);
		view(r, &text);
		ck_assert_msg(strstr(buf_str(&text), live[i].shown), "%s: %s", live[i].set, buf_str(&text));
	}
	buf_free(&text);
	rig_free(r);
}
END_TEST

START_TEST(one_line)
{
	struct rig *r = rig_new_with("sim7600/B04", (const char *const[]){ "view_width=0", NULL });
	struct buf text;

	buf_init(&text, 16384);
	view(r, &text);
	ck_assert_ptr_nonnull(strstr(buf_str(&text), "V: 1; X: 1; Z: 0;"));
	ck_assert_ptr_nonnull(strstr(buf_str(&text), "; ^DSCI: 0; ^MODE: 0\r\n\r\nOK\r\n"));
	ck_assert_ptr_null(strstr(buf_str(&text), ";\r\n"));
	buf_free(&text);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, as_a_live_module);
	tcase_add_test(tc, settings_are_shown);
	tcase_add_test(tc, one_line);
}

int main(void)
{
	return rig_main("cmd_view", add);
}
