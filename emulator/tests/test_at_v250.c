/* Commands about the line itself, by rows of exact bytes. */
#include "tests/test_at_rig.h"

#define OK "\r\nOK\r\n"
#define ERR "\r\nERROR\r\n"
#define SET(text) ROW("AT" text "\r", "AT" text "\r" OK, text)
#define BAD(text) ROW("AT" text "\r", "AT" text "\r" ERR, text)
#define READ(set, text, shown) ROW("AT" set "\rAT" text "\r", "AT" set "\r" OK "AT" text "\r\r\n" shown "\r\n" OK, set)

static const struct rig_row range_rows[] = {
	SET("E1"), BAD("E2"), SET("Q0"), BAD("Q2"), SET("V1"), BAD("V2"), SET("X0"), SET("X4"), BAD("X5"), SET("Z"),
	SET("Z0"), BAD("Z1"), SET("&F"), SET("&F0"), SET("&F1"), BAD("&F2"), SET("&W"), SET("&W0"), BAD("&W1"),
	SET("&C2"), BAD("&C3"), SET("&D2"), BAD("&D3"), SET("&S1"), BAD("&S2"), SET("&E1"), BAD("&E2"), SET("\\V1"),
	BAD("\\V2"), SET("\\Q0"), SET("\\Q3"), BAD("\\Q4"), SET("\\S1"), BAD("\\S2"), SET("L3"), BAD("L4"), SET("M2"), BAD("M3"),
	SET("+CMEE=0"), SET("+CMEE=2"), BAD("+CMEE=3"), BAD("+CMEE=-1"), BAD("+CMEE="),
	SET("+IPR=115200"), SET("+IPR=0"), BAD("+IPR=115201"), SET("+IPREX=300"), BAD("+IPREX=0"), SET("+IPREX"),
	SET("+IFC=0,0"), SET("+IFC=2,2"), BAD("+IFC=1,0"), BAD("+IFC=0,1"), BAD("+IFC=3,0"), SET("+ICF=1,0"), BAD("+ICF=0,0"),
	BAD("+ICF=7,0"), BAD("+ICF=3,4"), SET("+CATR=0"), SET("+CATR=7"), BAD("+CATR=8"),
	SET("S0=255"), BAD("S0=256"), BAD("S128=0"), BAD("S0="), BAD("S0"), BAD("S?"), BAD("S=1"), BAD("S5=128"),
	BAD("+FCLASS=1"), SET("+DS=0,0,2048,6"), BAD("+DS=3,0,2048,6"), BAD("+DR=1"),
};

static const struct rig_row read_rows[] = {
	READ("", "S0?", "000"),
	READ("", "S2?", "043"),
	READ("", "S3?", "013"),
	READ("S0=3", "S0?", "003"),
	READ("S7=50", "S7?", "050"),
	READ("", "+CMEE?", "+CMEE: 2"),
	READ("+CMEE=0", "+CMEE?", "+CMEE: 0"),
	READ("+CMEE=0;+CMEE", "+CMEE?", "+CMEE: 2"),
	READ("", "+CMEE=?", "+CMEE: (0-2)"),
	READ("", "+IPR?", "+IPR: 115200"),
	READ("+IPR=0", "+IPR?", "+IPR: 115200"),
	READ("+IPREX=9600", "+IPREX?", "+IPREX: 9600"),
	READ("+IFC=2,2", "+IFC?", "+IFC: 2,2"),
	READ("", "+IFC=?", "+IFC: (0,2),(0,2)"),
	READ("", "+ICF?", "+ICF: 3,3"),
	READ("", "+ICF=?", "+ICF: (1-6),(0-3)"),
	READ("+CATR=1", "+CATR?", "+CATR: 1"),
	READ("", "+FCLASS?", "+FCLASS: 0"),
	READ("+FCLASS=0", "+DS?", "+DS: 0,0,2048,6"),
	READ("", "+DR=?", "+DR: (0)"),
	ROW("ATO\r", "ATO\r\r\nNO CARRIER\r\n", "no call"),
	ROW("ATO\r", "ATO\r\r\nNO CARRIER\r\n", "no call"),
};

START_TEST(ranges) { RUN_ROWS(range_rows, NULL); } END_TEST

START_TEST(reads) { RUN_ROWS(read_rows, NULL); } END_TEST

START_TEST(stored_settings_survive)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "ATE0X4S0=3S7=50S10=9&D1+CMEE=0\r");
	rig_feed(r, "AT&W\rATX1S7=1&D2\rATZ\r");
	ck_assert(!at_settings(r->at)->echo);
	ck_assert_int_eq(at_settings(r->at)->x, 4);
	ck_assert_int_eq(at_settings(r->at)->s[7], 50);
	ck_assert_int_eq(at_settings(r->at)->dtr, 1);
	ck_assert_int_eq(at_settings(r->at)->s[0], 3);
	at_reset(r->at);
	ck_assert(!at_settings(r->at)->echo);
	ck_assert_int_eq(at_settings(r->at)->s[10], 9);
	ck_assert_int_eq(at_settings(r->at)->s[0], 0);
	ck_assert_int_eq(at_settings(r->at)->cmee, 2);
	rig_feed(r, "AT&F\r");
	ck_assert(at_settings(r->at)->echo);
	ck_assert_int_eq(at_settings(r->at)->s[10], 14);
	at_reset(r->at);
	ck_assert_msg(!at_settings(r->at)->echo, "AT&F does not touch what is stored");
	rig_free(r);
}
END_TEST

START_TEST(line_speed)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "AT\r");
	ck_assert_int_eq(r->baud, 0);
	rig_feed(r, "AT+IPR=9600\r");
	ck_assert_int_eq(r->baud, 9600);
	at_reset(r->at);
	ck_assert_int_eq(r->baud, 115200);
	rig_feed(r, "AT+IPREX=921600\r");
	ck_assert_int_eq(r->baud, 921600);
	rig_feed(r, "AT+IPR=9600\r");
	at_reset(r->at);
	ck_assert_int_eq(r->baud, 921600);
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("at v250");
	TCase *tc = tcase_create("rows");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, ranges);
	tcase_add_test(tc, reads);
	tcase_add_test(tc, stored_settings_survive);
	tcase_add_test(tc, line_speed);
	suite_add_tcase(suite, tc);
	return rig_main(suite);
}
