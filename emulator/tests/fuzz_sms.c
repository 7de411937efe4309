/*
 * Bytes as a message from the network and as one from the host. Held: no crash; what is taken is built again, and taken
 * as the same again; it is shown in both modes and all character sets, and comes out of the memories as it went in.
 * The first byte says which way, the second the centre's address.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/emu.h"
#include "base/str.h"
#include "io/port_pair.h"
#include "modem/sms_pdu.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One modem for all inputs: its memory is empty after each. */
static struct {
	struct clock *clock;
	struct emu *emu;
	struct port *host;
	struct buf said;
} rig;

static void must(bool held)
{
	if (!held)
		abort();
}

static void on_rx(const void *p, size_t n, void *ctx)
{
	(void)ctx;
	must(!buf_add(&rig.said, p, n));
}

static void on_event(enum port_event ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct emu_setup_options setup = { .profile = "LE20B04SIM7600G22" };
	struct emu_options o = { .seed = 1 };
	struct err e = { 0 };

	(void)argc;
	(void)argv;
	o.setup = emu_setup_load(&setup, &e);
	o.clock = rig.clock = clock_new_virtual();
	port_pair_new(rig.clock, 1 << 18, &rig.host, &o.port);
	buf_init(&rig.said, 1 << 18);
	port_set_owner(rig.host, on_rx, on_event, NULL);
	rig.emu = o.setup ? emu_new(&o, &e) : NULL;
	must(rig.emu != NULL);
	return 0;
}

static void build_again(const struct sms_tpdu *t, bool from_host)
{
	uint8_t first[SMS_TPDU_MAX], second[SMS_TPDU_MAX];
	size_t n = sms_tpdu_build(t, first);
	struct sms_tpdu again;

	must(!sms_tpdu_parse(first, n, from_host, &again));
	must(sms_tpdu_build(&again, second) == n && !memcmp(first, second, n));
}

static void say(const char *line)
{
	static const char ok[] = "\r\nOK\r\n";

	buf_reset(&rig.said);
	must(port_write(rig.host, line, strlen(line)) == (long)strlen(line));
	clock_advance_to(rig.clock, clock_now_us(rig.clock) + 1000);
	must(rig.said.len >= sizeof(ok) - 1 &&
	     !memcmp(rig.said.data + rig.said.len - (sizeof(ok) - 1), ok, sizeof(ok) - 1));
}

static void come_in(const uint8_t *data, size_t size)
{
	struct buf line, reply;

	buf_init(&line, 1024);
	buf_init(&reply, 1024);
	buf_adds(&line, "sms pdu ");
	str_hex(&line, data, size);
	must(!emu_control(rig.emu, buf_str(&line), &reply));
	clock_advance_to(rig.clock, clock_now_us(rig.clock) + 1000);
	buf_free(&line);
	buf_free(&reply);
}

/* Shown in every form there is, straight to the host too; then the memories are empty again. */
static void through_the_modem(const uint8_t *data, size_t size)
{
	static const char *const forms[] = {
		"AT+CNMI=2,1,0,2,0;+CMGF=0;+CMGL=4\r",
		"AT+CSDH=1;+CMGF=1;+CSCS=\"IRA\";+CMGL=\"ALL\"\r",
		"AT+CSCS=\"GSM\";+CMGL=\"ALL\"\r",
		"AT+CPMS=\"SR\";+CMGL=\"ALL\";+CPMS=\"SM\"\r",
		"AT+CSCS=\"UCS2\";+CMGL=\"ALL\"\r",
		"AT+CMGD=,4;+CPMS=\"SR\";+CMGD=,4;+CPMS=\"SM\";+CNMI=1,2,0,1,0\r",
	};

	say("AT+CNMI=2,1,0,2,0\r");
	come_in(data, size);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		say(forms[i]);
	come_in(data, size);
	say("AT+CMGF=0\r");
	come_in(data, size);
	say("AT+CMGD=,4\r");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sms_address centre;
	struct sms_tpdu t;
	bool from_host;

	if (size < 2)
		return 0;
	from_host = data[0] & 1;
	must(sms_sca_parse(data + 1, size - 1, &centre) <= size - 1);
	if (sms_tpdu_parse(data + 1, size - 1, from_host, &t))
		return 0;
	build_again(&t, from_host);
	if (!from_host)
		through_the_modem(data + 1, size - 1);
	return 0;
}
