/* Signal, registration, operator, contexts, clock: rows of bytes, ranges at both ends and one past. at-general 5, 6. */
#include "modem/net.h"
#include "modem/rtc.h"
#include "tests/rig.h"

#define CELL "\"00C3\",\"01A2D003\""

struct row {
	const char *in, *out;
};

static void run(struct rig *r, const struct row *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rig_row(r, row[i].in, row[i].out);
	rig_free(r);
}

#define RUN(rig, rows) run(rig, rows, sizeof(rows) / sizeof((rows)[0]))
#define B04 "LE20B04SIM7600G22"

static const struct row registration[] = {
	{ "AT+CREG?\r", "\r\n+CREG: 0,1\r\n" RIG_OK },
	{ "AT+CREG=?\r", "\r\n+CREG: (0-2)\r\n" RIG_OK },
	{ "AT+CREG=2\r", RIG_OK },
	{ "AT+CREG?\r", "\r\n+CREG: 2,1," CELL "\r\n" RIG_OK },
	{ "AT+CREG=3\r", RIG_ERROR },
	{ "AT+CREG=-1\r", RIG_ERROR },
	{ "AT+CREG=0\r", RIG_OK },
	{ "AT+CGREG=2\r", RIG_OK },
	{ "AT+CGREG?\r", "\r\n+CGREG: 2,1," CELL "\r\n" RIG_OK },
	{ "AT+CEREG=1\r", RIG_OK },
	{ "AT+CEREG?\r", "\r\n+CEREG: 1,1\r\n" RIG_OK },
	{ "AT+CEREG=2\r", RIG_OK },
	{ "AT+CEREG?\r", "\r\n+CEREG: 2,1," CELL ",7\r\n" RIG_OK },
	{ "AT+CREG?;+CGREG?;+CSQ\r", "\r\n+CREG: 0,1\r\n\r\n+CGREG: 2,1," CELL "\r\n\r\n+CSQ: 25,99\r\n" RIG_OK },
	{ "AT+CSQ=?\r", "\r\n+CSQ: (0-31,99),(0-7,99)\r\n" RIG_OK },
	{ "AT+CSQ?\r", RIG_ERROR },
};

static const struct row operators[] = {
	{ "AT+COPS?\r", "\r\n+COPS: 0,0,\"Test PLMN 1-1\",7\r\n" RIG_OK },
	{ "AT+COPS=3,2\r", RIG_OK },
	{ "AT+COPS?\r", "\r\n+COPS: 0,2,\"00101\",7\r\n" RIG_OK },
	{ "AT+COPS=3,1\r", RIG_OK },
	{ "AT+COPS?\r", "\r\n+COPS: 0,1,\"TEST\",7\r\n" RIG_OK },
	{ "AT+COPS=3\r", RIG_ERROR },
	{ "AT+COPS=3,3\r", RIG_ERROR },
	{ "AT+COPS=6\r", RIG_ERROR },
	{ "AT+COPS=1,2\r", RIG_ERROR },
	{ "AT+COPS=1,2,\"00101\"\r", RIG_OK },
	{ "AT+COPS?\r", "\r\n+COPS: 1,2,\"00101\",7\r\n" RIG_OK },
	{ "AT+COPS=1,2,\"26201\"\r", "\r\n+CME ERROR: no network service\r\n" },
	{ "AT+COPS?\r", "\r\n+COPS: 1\r\n" RIG_OK },
	{ "AT+CREG?\r", "\r\n+CREG: 0,0\r\n" RIG_OK },
	{ "AT+COPS=2\r", RIG_OK },
	{ "AT+COPS?\r", "\r\n+COPS: 2\r\n" RIG_OK },
	{ "AT+CSQ\r", "\r\n+CSQ: 99,99\r\n" RIG_OK },
	{ "AT+CPSI?\r", "\r\n+CPSI: NO SERVICE,Online\r\n" RIG_OK },
	{ "AT+CNSMOD?\r", "\r\n+CNSMOD: 0,0\r\n" RIG_OK },
	{ "AT+COPS=0\r", RIG_OK },
	{ "AT+CREG?\r", "\r\n+CREG: 0,2\r\n" RIG_OK },
};

static const struct row technology[] = {
	{ "AT+CNMP?\r", "\r\n+CNMP: 2\r\n" RIG_OK },
	{ "AT+CNMP=1\r", RIG_ERROR },
	{ "AT+CNMP=3\r", RIG_ERROR },
	{ "AT+CNMP=67\r", RIG_OK },
	{ "AT+CNMP=68\r", RIG_ERROR },
	{ "AT+CNMP=38\r", RIG_OK },
	{ "AT+CNMP?\r", "\r\n+CNMP: 38\r\n" RIG_OK },
	{ "AT+CNSMOD?\r", "\r\n+CNSMOD: 0,8\r\n" RIG_OK },
	{ "AT+CNSMOD\r", RIG_ERROR },
	{ "AT+CNSMOD=?\r", "\r\n+CNSMOD: (0,1)\r\n" RIG_OK },
	{ "AT+CNSMOD=2\r", RIG_ERROR },
	{ "AT+CPSI?\r", "\r\n+CPSI: LTE,Online,001-01,0x00C3,27447299,125,EUTRAN-BAND20,6300,3,3,-100,-900,-630,14\r\n" RIG_OK },
	{ "AT+CPSI=?\r", "\r\n+CPSI: (0-255)\r\n" RIG_OK },
	{ "AT+CPSI=256\r", RIG_ERROR },
	{ "AT+CNAOP=7,9,5\r", RIG_OK },
	{ "AT+CNAOP?\r", "\r\n+CNAOP: 7,9,5\r\n" RIG_OK },
	{ "AT+CNAOP=a\r", RIG_ERROR },
	{ "AT+CNBP=0x000700000FFF0380\r", RIG_OK },
	{ "AT+CNBP?\r", "\r\n+CNBP: 0x000700000FFF0380,0x000007FF3FDF3FFF,0x000000000000003F\r\n" RIG_OK },
	{ "AT+CNBP=,0x0000000000080000\r", RIG_OK },
	{ "AT+CNBP?\r", "\r\n+CNBP: 0x000700000FFF0380,0x0000000000080000,0x000000000000003F\r\n" RIG_OK },
	{ "AT+CNBP=,0x\r", RIG_ERROR },
	{ "AT+CNBP=xyz\r", RIG_ERROR },
};

static const struct row contexts[] = {
	{ "AT+CGDCONT?\r", "\r\n+CGDCONT: 1,\"IP\",\"\",\"0.0.0.0\",0,0,0,0\r\n"
			   "+CGDCONT: 2,\"IPV4V6\",\"ims\",\"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0\",0,0,0,0\r\n"
			   "+CGDCONT: 3,\"IPV4V6\",\"sos\",\"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0\",0,0,0,1\r\n" RIG_OK },
	{ "AT+CGDCONT=2\r", RIG_OK },
	{ "AT+CGDCONT=3\r", RIG_OK },
	{ "AT+CGDCONT=1,\"IP\",\"internet\",\"0.0.0.0\",0,0\r", RIG_OK },
	{ "AT+CGDCONT?\r", "\r\n+CGDCONT: 1,\"IP\",\"internet\",\"0.0.0.0\",0,0,0,0\r\n" RIG_OK },
	{ "AT+CGDCONT=1,IP,\"internet\"\r", RIG_ERROR },
	{ "AT+CGDCONT=1,\"IPX\",\"internet\"\r", RIG_ERROR },
	{ "AT+CGDCONT=0,\"IP\"\r", RIG_ERROR },
	{ "AT+CGDCONT=25,\"IP\"\r", RIG_ERROR },
	{ "AT+CGDCONT=99,\"IP\"\r", RIG_ERROR },
	{ "AT+CGDCONT=180,\"IP\"\r", RIG_ERROR },
	{ "AT+CGDCONT=179,\"IPV6\",\"x\",,2,4,1,1\r", RIG_OK },
	{ "AT+CGDCONT=24,\"PPP\"\r", RIG_OK },
	{ "AT+CGDCONT=100,\"IP\",\"y\",,3\r", RIG_ERROR },
	{ "AT+CGDCONT=100,\"IP\",\"y\",,0,5\r", RIG_ERROR },
	{ "AT+CGDCONT?\r", "\r\n+CGDCONT: 1,\"IP\",\"internet\",\"0.0.0.0\",0,0,0,0\r\n"
			   "+CGDCONT: 24,\"PPP\",\"\",\"0.0.0.0\",0,0,0,0\r\n"
			   "+CGDCONT: 179,\"IPV6\",\"x\",\"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0\",2,4,1,1\r\n" RIG_OK },
	{ "AT+CGACT?\r", "\r\n+CGACT: 1,1\r\n+CGACT: 24,0\r\n+CGACT: 179,0\r\n" RIG_OK },
	{ "AT+CGACT=1,24\r", RIG_OK },
	{ "AT+CGACT?\r", "\r\n+CGACT: 1,1\r\n+CGACT: 24,1\r\n+CGACT: 179,0\r\n" RIG_OK },
	{ "AT+CGACT=1,5\r", RIG_ERROR },
	{ "AT+CGACT=2,1\r", RIG_ERROR },
	{ "AT+CGACT=0,24\r", RIG_OK },
	{ "AT+CGACT=?\r", "\r\n+CGACT: (0,1)\r\n" RIG_OK },
	{ "AT+CGPADDR=1\r", "\r\n+CGPADDR: 1,10.64.0.2\r\n" RIG_OK },
	{ "AT+CGPADDR=24\r", "\r\n+CGPADDR: 24,0.0.0.0\r\n" RIG_OK },
	{ "AT+CGPADDR=7\r", RIG_OK },
	{ "AT+CGPADDR=?\r", "\r\n+CGPADDR: (1,24,179)\r\n" RIG_OK },
	{ "AT+CGAUTH=1,1,\"pass\",\"user\"\r", RIG_OK },
	{ "AT+CGAUTH=1,4\r", RIG_ERROR },
	{ "AT+CGAUTH?\r", "\r\n+CGAUTH: 1,1,\"pass\",\"user\"\r\n+CGAUTH: 24,0\r\n+CGAUTH: 179,0\r\n" RIG_OK },
	{ "AT+CGAUTH=1,0\r", RIG_OK },
	{ "AT+CGATT?\r", "\r\n+CGATT: 1\r\n" RIG_OK },
	{ "AT+CGATT=?\r", "\r\n+CGATT: (0,1)\r\n" RIG_OK },
	{ "AT+CGATT=2\r", RIG_ERROR },
	{ "AT+CGATT=0\r", RIG_OK },
	{ "AT+CGATT?\r", "\r\n+CGATT: 0\r\n" RIG_OK },
	{ "AT+CGACT=1,1\r", "\r\n+CME ERROR: no network service\r\n" },
	{ "AT+CSOCKSETPN=1\r", RIG_OK },
	{ "AT+CSOCKSETPN=0\r", RIG_ERROR },
	{ "AT+CSOCKSETPN=24\r", RIG_OK },
	{ "AT+CSOCKSETPN=25\r", RIG_ERROR },
	{ "AT+CSOCKSETPN?\r", "\r\n+CSOCKSETPN: 24\r\n" RIG_OK },
	{ "AT+CGEREP=2,1\r", RIG_OK },
	{ "AT+CGEREP?\r", "\r\n+CGEREP: 2,1\r\n" RIG_OK },
	{ "AT+CGEREP=?\r", "\r\n+CGEREP: (0-2),(0-1)\r\n" RIG_OK },
};

/* V1.01's names for contexts and credentials are those of AT+CGDCONT and AT+CGAUTH. */
static const struct row socket_contexts[] = {
	{ "AT+CGDCONT=2;+CGDCONT=3\r", RIG_OK },
	{ "AT+CGSOCKCONT=?\r", "\r\n+CGSOCKCONT: (1-24),\"IP\",,,(0-2),(0-4)\r\n"
				"+CGSOCKCONT: (1-24),\"PPP\",,,(0-2),(0-4)\r\n"
				"+CGSOCKCONT: (1-24),\"IPV6\",,,(0-2),(0-4)\r\n"
				"+CGSOCKCONT: (1-24),\"IPV4V6\",,,(0-2),(0-4)\r\n" RIG_OK },
	{ "AT+CGSOCKCONT=1,\"IP\",\"internet\"\r", RIG_OK },
	{ "AT+CGSOCKCONT?\r", "\r\n+CGSOCKCONT: 1,\"IP\",\"internet\",\"0.0.0.0\",0,0\r\n" RIG_OK },
	{ "AT+CGDCONT=1,\"IP\",\"apn\",,0,0,1,1\r", RIG_OK },
	{ "AT+CGSOCKCONT=1,\"IPV6\",\"x\",\"1.2.3.4\",2,4\r", RIG_OK },
	{ "AT+CGDCONT?\r", "\r\n+CGDCONT: 1,\"IPV6\",\"x\",\"1.2.3.4\",2,4,1,1\r\n" RIG_OK },
	{ "AT+CGDCONT=100,\"IP\",\"y\"\r", RIG_OK },
	{ "AT+CGSOCKCONT?\r", "\r\n+CGSOCKCONT: 1,\"IPV6\",\"x\",\"1.2.3.4\",2,4\r\n" RIG_OK },
	{ "AT+CGSOCKCONT=24,\"IP\"\r", RIG_OK },
	{ "AT+CGSOCKCONT=24\r", RIG_OK },
	{ "AT+CGSOCKCONT=0,\"IP\"\r", RIG_ERROR },
	{ "AT+CGSOCKCONT=25,\"IP\"\r", RIG_ERROR },
	{ "AT+CGSOCKCONT=1,\"IP\",\"x\",,3\r", RIG_ERROR },
	{ "AT+CGSOCKCONT=1,\"IP\",\"x\",,0,5\r", RIG_ERROR },
	{ "AT+CGSOCKCONT=1,\"IPX\"\r", RIG_ERROR },
	{ "AT+CSOCKAUTH=?\r", "\r\n+CSOCKAUTH: (1-24),(0-3),127,127\r\n" RIG_OK },
	{ "AT+CSOCKAUTH?\r", "\r\n+CSOCKAUTH: 1,0\r\n" RIG_OK },
	{ "AT+CSOCKAUTH=1,1,\"pass\",\"user\"\r", RIG_OK },
	{ "AT+CSOCKAUTH?\r", "\r\n+CSOCKAUTH: 1,1,\"pass\",\"user\"\r\n" RIG_OK },
	{ "AT+CGAUTH?\r", "\r\n+CGAUTH: 1,1,\"pass\",\"user\"\r\n+CGAUTH: 100,0\r\n" RIG_OK },
	{ "AT+CSOCKAUTH=1,0\r", RIG_OK },
	{ "AT+CSOCKAUTH?\r", "\r\n+CSOCKAUTH: 1,0\r\n" RIG_OK },
	{ "AT+CSOCKAUTH=1,4\r", RIG_ERROR },
	{ "AT+CSOCKAUTH=0,1\r", RIG_ERROR },
	{ "AT+CSOCKAUTH=25,1\r", RIG_ERROR },
	{ "AT+NETACT?\r", "\r\n+NETACT: 0\r\n" RIG_OK },
	{ "AT+NETACT=?\r", "\r\n+NETACT: (0-1)\r\n" RIG_OK },
	{ "AT+NETACT=2\r", RIG_ERROR },
	{ "AT+NETACT=1\r", RIG_OK },
	{ "AT+NETACT?\r", "\r\n+NETACT: 1\r\n" RIG_OK },
	{ "AT+NETOPEN?\r", "\r\n+NETOPEN: 0\r\n" RIG_OK },
	{ "AT+CGATT=0\r", RIG_OK },
	{ "AT+NETACT?\r", "\r\n+NETACT: 0\r\n" RIG_OK },
	{ "AT+NETACT=1\r", RIG_ERROR },
	{ "AT+NETACT=0\r", RIG_OK },
};

static const struct row wireless_networks[] = {
	{ "AT+WS46=?\r", "\r\n+WS46: (12,22,25,28,29,30,31)\r\n" RIG_OK },
	{ "AT+WS46?\r", "\r\n+WS46: 25\r\n" RIG_OK },
	{ "AT+CNMP=13;+WS46?\r", "\r\n+WS46: 12\r\n" RIG_OK },
	{ "AT+CNMP=14;+WS46?\r", "\r\n+WS46: 22\r\n" RIG_OK },
	{ "AT+CNMP=38;+WS46?\r", "\r\n+WS46: 28\r\n" RIG_OK },
	{ "AT+CNMP=19;+WS46?\r", "\r\n+WS46: 29\r\n" RIG_OK },
	{ "AT+CNMP=51;+WS46?\r", "\r\n+WS46: 30\r\n" RIG_OK },
	{ "AT+CNMP=54;+WS46?\r", "\r\n+WS46: 31\r\n" RIG_OK },
	{ "AT+CNMP=39;+WS46?\r", "\r\n+WS46: 25\r\n" RIG_OK },
	{ "AT+WS46\r", RIG_ERROR },
};

static const struct row clock_rows[] = {
	{ "AT+CCLK?\r", "\r\n+CCLK: \"26/01/01,00:00:00+00\"\r\n" RIG_OK },
	{ "AT+CCLK=\"25/03/05,10:52:41-20\"\r", RIG_OK },
	{ "AT+CCLK?\r", "\r\n+CCLK: \"25/03/05,10:52:41-20\"\r\n" RIG_OK },
	{ "AT+CCLK=\"24/02/29,23:59:59+48\"\r", RIG_OK },
	{ "AT+CCLK?\r", "\r\n+CCLK: \"24/02/29,23:59:59+48\"\r\n" RIG_OK },
	{ "AT+CCLK=\"25/02/29,00:00:00+00\"\r", RIG_ERROR },
	{ "AT+CCLK=\"25/03/05,10:52:41+49\"\r", RIG_ERROR },
	{ "AT+CCLK=\"25/03/05,10:52:41-47\"\r", RIG_OK },
	{ "AT+CCLK=\"25/03/05,10:52:41-48\"\r", RIG_ERROR },
	{ "AT+CCLK=\"25/03/05,24:00:00+00\"\r", RIG_ERROR },
	{ "AT+CCLK=\"25/13/05,10:00:00+00\"\r", RIG_ERROR },
	{ "AT+CCLK=\"25/00/05,10:00:00+00\"\r", RIG_ERROR },
	{ "AT+CCLK=\"25-03-05,10:52:41+00\"\r", RIG_ERROR },
	{ "AT+CCLK=25/03/05,10:52:41+00\r", RIG_ERROR },
	{ "AT+CCLK=\"80/01/06,00:00:00\"\r", RIG_OK },
	{ "AT+CCLK?\r", "\r\n+CCLK: \"80/01/06,00:00:00-47\"\r\n" RIG_OK },
	{ "AT+CTZU?\r", "\r\n+CTZU: 1\r\n" RIG_OK },
	{ "AT+CTZU=2\r", RIG_ERROR },
	{ "AT+CTZU=0\r", RIG_OK },
	{ "AT+CTZR=?\r", "\r\n+CTZR: (0-1)\r\n" RIG_OK },
	{ "AT+CTZR=2\r", RIG_ERROR },
};

START_TEST(test_registration)
{
	RUN(rig_new(B04), registration);
}
END_TEST

START_TEST(test_operators)
{
	RUN(rig_new(B04), operators);
}
END_TEST

START_TEST(test_technology)
{
	RUN(rig_new(B04), technology);
}
END_TEST

START_TEST(test_contexts)
{
	RUN(rig_new(B04), contexts);
}
END_TEST

START_TEST(test_socket_contexts)
{
	RUN(rig_new(B04), socket_contexts);
}
END_TEST

START_TEST(test_wireless_networks)
{
	RUN(rig_new(B04), wireless_networks);
}
END_TEST

START_TEST(test_clock)
{
	RUN(rig_new(B04), clock_rows);
}
END_TEST

START_TEST(test_creg_unquoted)
{
	struct rig *r = rig_new_with(B04, (const char *const[]){ "creg_quoted=false", "cgpaddr_quoted=true", NULL });

	rig_row(r, "AT+CREG=2\r", RIG_OK);
	rig_row(r, "AT+CREG?\r", "\r\n+CREG: 2,1,00C3,01A2D003\r\n" RIG_OK);
	rig_row(r, "AT+CGPADDR=1\r", "\r\n+CGPADDR: 1,\"10.64.0.2\"\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* OVMS PR#1385 */
START_TEST(test_cereg_unknown)
{
	struct rig *r = rig_new_with(B04, (const char *const[]){ "cereg_query_unknown=true", NULL });

	rig_row(r, "AT+CEREG=1\r", RIG_OK);
	rig_row(r, "AT+CEREG?\r", "\r\n+CEREG: 1,4\r\n" RIG_OK);
	rig_row(r, "AT+CEREG=2\r", RIG_OK);
	rig_row(r, "AT+CEREG?\r", "\r\n+CEREG: 2,1," CELL ",7\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* A data-only SIM: circuit switched is denied, the rest is home (driver log). */
START_TEST(test_data_only)
{
	struct rig *r = rig_new(B04);
	struct net_cell cell = r->modem->net->cell;

	cell.stat[NET_CS] = NET_STAT_DENIED;
	cell.stat[NET_PS] = cell.stat[NET_EPS] = NET_STAT_ROAMING;
	rig_row(r, "AT+CREG=1;+CGREG=1\r", RIG_OK);
	net_set_cell(r->modem->net, &cell);
	rig_more(r, "\r\n+CREG: 3\r\n\r\n+CGREG: 5\r\n");
	rig_row(r, "AT+CREG?;+CGREG?;+CEREG?\r",
		"\r\n+CREG: 1,3\r\n\r\n+CGREG: 1,5\r\n\r\n+CEREG: 0,5\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* Coverage goes and comes back: URCs per mode, signal 99 while searching, then NITZ. */
START_TEST(test_drop_and_up)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CREG=1;+CGREG=2;+CNSMOD=1;+CTZR=1;+CGEREP=2,1\r", RIG_OK);
	net_drop(r->modem->net);
	rig_more(r, "\r\n+CREG: 2\r\n\r\n+CGREG: 2\r\n\r\n+CNSMOD: 0\r\n\r\n+CGEV: NW DETACH\r\n");
	rig_row(r, "AT+CSQ\r", "\r\n+CSQ: 99,99\r\n" RIG_OK);
	rig_row(r, "AT+CREG?\r", "\r\n+CREG: 1,2\r\n" RIG_OK);
	rig_row(r, "AT+CGATT=1\r", "\r\n+CME ERROR: no network service\r\n");
	rig_quiet(r, 60000);
	rig_row(r, "AT\r", RIG_OK);
	net_up(r->modem->net);
	rig_after(r, 2000, "\r\n+CREG: 1\r\n\r\n+CGREG: 1," CELL "\r\n\r\n+CNSMOD: 8\r\n"
			   "\r\n+CTZV: 0,26/01/01,00:01:02\r\n");
	net_up(r->modem->net);
	rig_quiet(r, 10000);
	rig_free(r);
}
END_TEST

START_TEST(test_zone)
{
	struct rig *r = rig_new_off(B04, NULL, NULL, 0, NULL);

	rtc_set_world(r->modem->rtc, RTC_DEFAULT_WORLD, -20);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CCLK?\r", "\r\n+CCLK: \"25/12/31,19:00:00-20\"\r\n" RIG_OK);
	ck_assert_int_eq(rtc_time(r->modem->rtc), RTC_DEFAULT_WORLD);
	rig_row(r, "AT+CTZR=1;+COPS=2\r", RIG_OK);
	rig_row(r, "AT+COPS=0\r", RIG_OK);
	rig_after(r, 2000, "\r\n+CTZV: -20,26/01/01,00:00:02\r\n");
	rig_free(r);
}
END_TEST

/* AT+CTZU=0: told, but the clock is left alone; it is kept over power-off. */
START_TEST(test_no_update)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CTZU=0;+CTZR=1\r", RIG_OK);
	modem_power_off(r->modem);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CTZU?\r", "\r\n+CTZU: 0\r\n" RIG_OK);
	rig_row(r, "AT+CCLK?\r", "\r\n+CCLK: \"80/01/06,00:00:00+00\"\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_scan)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+COPS=?\r", "");
	rig_after(r, 30000, "\r\n+COPS: (2,\"Test PLMN 1-1\",\"TEST\",\"00101\",7),,(0,1,2,3,4,5),(0,1,2)\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* M3 1.4.5: any byte breaks it off, at any time but the first 125 ms; a second one takes its whole time. */
START_TEST(test_scan_aborted)
{
	static const struct {
		const char *quirk, *end;
	} ends[] = { { "cops_abort=ok", RIG_OK }, { "cops_abort=error", RIG_ERROR } };
	struct rig *r = rig_new_with(B04, (const char *const[]){ ends[_i].quirk, NULL });

	rig_row(r, "AT+COPS=?\r\n", "");
	rig_quiet(r, 29999);
	rig_row(r, "A", ends[_i].end);
	ck_assert(!timer_armed(&r->modem->net->scan));
	rig_row(r, "T\r", "");
	rig_quiet(r, 60000);
	rig_row(r, "AT+COPS=?;+CSQ\r", "");
	rig_quiet(r, 100);
	rig_feed(r, "x", 1);
	rig_more(r, "\r\n+COPS: (2,\"Test PLMN 1-1\",\"TEST\",\"00101\",7),,(0,1,2,3,4,5),(0,1,2)\r\n"
		    "\r\n+CSQ: 25,99\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_no_service_error)
{
	struct rig *r = rig_new("A011B03A7670M7_F");

	rig_row(r, "AT+COPS=2\r", "\r\n+CGEV: NW PDN DEACT 1\r\n" RIG_OK);
	rig_row(r, "AT+COPS?\r", "\r\n+CME ERROR: no network service\r\n");
	rig_why(r, "cops_no_service_error");
	rig_free(r);
}
END_TEST

START_TEST(test_autocsq)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+AUTOCSQ=1,0\r", RIG_OK);
	rig_after(r, 5000, "\r\n+CSQ: 25,99\r\n");
	rig_row(r, "AT+AUTOCSQ?\r", "\r\n+AUTOCSQ: 1,0\r\n" RIG_OK);
	rig_row(r, "AT+AUTOCSQ=1,1\r", RIG_OK);
	rig_quiet(r, 20000);
	r->modem->net->cell.csq = 10;
	rig_more(r, "\r\n+CSQ: 10,99\r\n");
	rig_row(r, "AT+AUTOCSQ=0\r", RIG_OK);
	rig_row(r, "AT+CSQDELTA=6\r", RIG_ERROR);
	rig_quiet(r, 20000);
	rig_row(r, "AT+CPSI=3\r", RIG_OK);
	rig_row(r, "AT\r", RIG_OK);
	rig_after(r, 3000, "\r\n+CPSI: LTE,Online,001-01,0x00C3,27447299,125,EUTRAN-BAND20,6300,3,3,-100,-900,-630,14\r\n");
	rig_row(r, "AT+CPSI=0\r", RIG_OK);
	rig_quiet(r, 20000);
	rig_free(r);
}
END_TEST

/* AT+CNMP narrows to GSM: other +CPSI, a bit error rate, no EPS; the setting survives power-off. */
START_TEST(test_gsm)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CNMP=13\r", RIG_OK);
	rig_row(r, "AT+CREG?\r", "\r\n+CREG: 0,2\r\n" RIG_OK);
	rig_quiet(r, 2000);
	rig_row(r, "AT+CPSI?\r", "\r\n+CPSI: GSM,Online,001-01,0x00c3,53251,125 EGSM 900,-63,0,0-0\r\n" RIG_OK);
	rig_row(r, "AT+CSQ\r", "\r\n+CSQ: 25,0\r\n" RIG_OK);
	rig_row(r, "AT+CEREG?\r", "\r\n+CEREG: 0,0\r\n" RIG_OK);
	modem_power_off(r->modem);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CNMP?\r", "\r\n+CNMP: 13\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* LTE only, where there is GSM only: searched for and not found, until the host lets go. */
START_TEST(test_lte_only)
{
	struct rig *r = rig_new(B04);
	struct net_cell cell = r->modem->net->cell;

	cell.act = NET_ACT_GSM;
	net_set_cell(r->modem->net, &cell);
	rig_row(r, "AT+CNSMOD?\r", "\r\n+CNSMOD: 0,1\r\n" RIG_OK);
	rig_row(r, "AT+CNMP=38\r", RIG_OK);
	rig_quiet(r, 600000);
	rig_row(r, "AT+CREG?\r", "\r\n+CREG: 0,2\r\n" RIG_OK);
	rig_row(r, "AT+CSQ\r", "\r\n+CSQ: 99,99\r\n" RIG_OK);
	rig_row(r, "AT+CNMP=2\r", RIG_OK);
	rig_quiet(r, 2000);
	rig_row(r, "AT+CREG?\r", "\r\n+CREG: 0,1\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* The century turns at 80. */
START_TEST(test_century)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CCLK=\"79/12/31,23:59:59+00\"\r", RIG_OK);
	ck_assert_int_eq(rtc_time(r->modem->rtc), 3471292799);
	rig_row(r, "AT+CCLK=\"80/01/06,00:00:00+00\"\r", RIG_OK);
	ck_assert_int_eq(rtc_time(r->modem->rtc), RTC_UNSET);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_registration);
	tcase_add_test(tc, test_operators);
	tcase_add_test(tc, test_technology);
	tcase_add_test(tc, test_contexts);
	tcase_add_test(tc, test_socket_contexts);
	tcase_add_test(tc, test_wireless_networks);
	tcase_add_test(tc, test_clock);
	tcase_add_test(tc, test_creg_unquoted);
	tcase_add_test(tc, test_cereg_unknown);
	tcase_add_test(tc, test_data_only);
	tcase_add_test(tc, test_drop_and_up);
	tcase_add_test(tc, test_zone);
	tcase_add_test(tc, test_no_update);
	tcase_add_test(tc, test_scan);
	tcase_add_loop_test(tc, test_scan_aborted, 0, 2);
	tcase_add_test(tc, test_no_service_error);
	tcase_add_test(tc, test_autocsq);
	tcase_add_test(tc, test_gsm);
	tcase_add_test(tc, test_lte_only);
	tcase_add_test(tc, test_century);
}

int main(void)
{
	return rig_main("cmd_general_net", add);
}
