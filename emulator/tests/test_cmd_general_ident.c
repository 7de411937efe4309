/* Identity and the SIM's numbers: the captured shapes, per profile. at-general 4. */
#include "tests/rig.h"

#define IMEI "860000000000017"

struct row {
	const char *in, *out;
};

static void run(const char *profile, const struct row *row, size_t n)
{
	struct rig *r = rig_new(profile);

	for (size_t i = 0; i < n; i++)
		rig_row(r, row[i].in, row[i].out);
	rig_free(r);
}

#define RUN(profile, rows) run(profile, rows, sizeof(rows) / sizeof((rows)[0]))

/* issue-49:340-351, its IMEI masked there. */
static const struct row b03v03[] = {
	{ "AT+SIMCOMATI\r", "\r\nManufacturer: SIMCOM INCORPORATED\r\nModel: SIMCOM_SIM7600G-H\r\n"
			    "Revision: LE20B03SIM7600M22\r\nSIM7600M22_B03V03_210525\r\nQCN: \r\nSVN: 01\r\n"
			    "IMEI: " IMEI "\r\nMEID: \r\n+GCAP: +CGSM\r\nDeviceInfo: 173,170\r\n" RIG_OK },
	{ "AT+CGMR\r", "\r\n+CGMR: LE20B03SIM7600M22\r\n" RIG_OK },
};

/* issue-49:261, 363 */
static const struct row b03v02[] = {
	{ "AT+SIMCOMATI\r", "\r\nManufacturer: SIMCOM INCORPORATED\r\nModel: SIMCOM_SIM7600G-H\r\n"
			    "Revision: LE20B03SIM7600M22\r\nSIM7600M22_B03V02_200828\r\nQCN: \r\n"
			    "IMEI: " IMEI "\r\nMEID: \r\n+GCAP: +CGSM\r\nDeviceInfo: 173,170\r\n" RIG_OK },
	{ "ATI\r", "\r\nManufacturer: SIMCOM INCORPORATED\r\nModel: SIMCOM_SIM7600G-H\r\n"
		   "Revision: SIM7600M22_V2.0\r\nIMEI: " IMEI "\r\n+GCAP: +CGSM\r\n" RIG_OK },
	{ "AT+CGMI\r", "\r\nSIMCOM INCORPORATED\r\n" RIG_OK },
	{ "AT+GMI\r", "\r\nSIMCOM INCORPORATED\r\n" RIG_OK },
	{ "AT+CGMM\r", "\r\nSIMCOM_SIM7600G-H\r\n" RIG_OK },
	{ "AT+GMM\r", "\r\nSIMCOM_SIM7600G-H\r\n" RIG_OK },
	{ "AT+GMR\r", "\r\n+CGMR: LE20B03SIM7600M22\r\n" RIG_OK },
	{ "AT+CGSN\r", "\r\n" IMEI "\r\n" RIG_OK },
	{ "AT+GSN\r", "\r\n" IMEI "\r\n" RIG_OK },
	{ "AT+SIMEI?\r", "\r\n+SIMEI: " IMEI "\r\n" RIG_OK },
	{ "AT+GCAP\r", "\r\n+GCAP: +CGSM\r\n" RIG_OK },
	{ "AT+CIMI\r", "\r\n001010000000001\r\n" RIG_OK },
	{ "AT+CICCID\r", "\r\n+ICCID: 89001010000000000018\r\n" RIG_OK },
	{ "AT+ICCID\r", "\r\n+ICCID: 89001010000000000018\r\n" RIG_OK },
	{ "AT+CCID\r", RIG_ERROR },
	{ "AT+CNUM\r", "\r\n+CNUM: \"\",\"+15550100\",145\r\n" RIG_OK },
	{ "AT+CPAS\r", "\r\n+CPAS: 0\r\n" RIG_OK },
	{ "AT+SPIC\r", "\r\n+SPIC: 3,10,0,10\r\n" RIG_OK },
	{ "AT+CSPN?\r", "\r\n+CSPN: \"TEST\",0\r\n" RIG_OK },
	{ "AT+CBC\r", "\r\n+CBC: 3.800V\r\n" RIG_OK },
	{ "AT+CPMUTEMP\r", "\r\n+CPMUTEMP: 29\r\n" RIG_OK },
	{ "AT+CGMI=?\r", RIG_OK },
	{ "AT+CGMI?\r", RIG_ERROR },
	{ "AT+CGMI=1\r", RIG_ERROR },
	{ "AT+CIPMUX=1\r", RIG_ERROR },
	{ "AT+CPISI?\r", RIG_ERROR },
	{ "AT+CESQ=?\r", RIG_ERROR },
	{ "AT+CPWROFF\r", RIG_ERROR },
	{ "AT+CIPSTART=\"TCP\",\"x\",1\r", RIG_ERROR },
};

/* T-SIM7600X#125 */
static const struct row b05[] = {
	{ "AT+CSUB\r", "\r\n+CSUB: B05V02\r\n+CSUB: MDM9x07_LE20_G-H_22_V1.18_240112\r\n" RIG_OK },
	{ "at+csub\r", "\r\n+CSUB: B05V02\r\n+CSUB: MDM9x07_LE20_G-H_22_V1.18_240112\r\n" RIG_OK },
	{ "AT+ CSUB\r", RIG_ERROR },
};

/* issue-49:44-55 */
static const struct row a7670[] = {
	{ "AT+SIMCOMATI\r", "\r\nManufacturer: INCORPORATED\r\nModel: A7670E-FASE\r\nRevision: A011B03A7670M7_F\r\n"
			    "A7670M7_B03V02_211123\r\nQCN: \r\nIMEI: " IMEI "\r\nMEID: \r\n"
			    "+GCAP: +CGSM,+FCLASS,+DS\r\nDeviceInfo: \r\n" RIG_OK },
};

START_TEST(test_b03v03)
{
	RUN("LE20B03V03SIM7600M22", b03v03);
}
END_TEST

START_TEST(test_b03v02)
{
	RUN("LE20B03SIM7600M22", b03v02);
}
END_TEST

START_TEST(test_b05)
{
	RUN("LE20B05SIM7600G22", b05);
}
END_TEST

START_TEST(test_a7670)
{
	RUN("A011B03A7670M7_F", a7670);
}
END_TEST

START_TEST(test_quirks)
{
	struct rig *r = rig_new_with("LE20B03SIM7600M22", (const char *const[]){ "cgmr_prefix=false",
									       "cpmutemp_error=true", NULL });

	rig_row(r, "AT+CGMR\r", "\r\nLE20B03SIM7600M22\r\n" RIG_OK);
	rig_row(r, "AT+CPMUTEMP\r", RIG_ERROR);
	rig_free(r);
}
END_TEST

START_TEST(test_tables)
{
	const char *name = NULL, *wrong = at_check_tables_row(cmd_tables(), &name);

	ck_assert_msg(!wrong, "%s: %s", name, wrong);
	for (const struct at_cmd *const *t = cmd_tables(); *t; t++) {
		for (const struct at_cmd *c = *t; c->name; c++)
			ck_assert_msg(c->source != NULL, "%s has no source", c->name);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_b03v03);
	tcase_add_test(tc, test_b03v02);
	tcase_add_test(tc, test_b05);
	tcase_add_test(tc, test_a7670);
	tcase_add_test(tc, test_quirks);
	tcase_add_test(tc, test_tables);
}

int main(void)
{
	return rig_main("cmd_general_ident", add);
}
