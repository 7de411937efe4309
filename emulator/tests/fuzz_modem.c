/*
 * Whole modems under random conversations: command names come from the modem's own tables, forms, arguments, data and
 * pauses from the input. Whatever was said, the modem has to answer AT with OK afterwards.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/emu.h"
#include "cmd/cmd.h"
#include "io/port_pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct rig {
	struct clock *clock;
	struct emu *emu;
	struct port *port[2], *host;	/* UART and AT port; the one that is typed on */
	struct buf port_seen[2], *seen;
};

/* Argument lists that get past the first check, and some that do not. */
static const char *const arguments[] = {
	"0", "1", "0,0", "0,1", "0,5", "0,5,1", "0,0,60", "0,1,60", "0,60", "1,\"c\",1", "0,\"client1\",1,4", "2", "-1",
	"\"enableSNI\",0,1", "\"authmode\",0,1", "\"cacert\",0,\"ca.pem\"", "\"ca.pem\",5", "\"ca.pem\"", "1,\"IP\",\"apn\"",
	"0,\"tcp://broker.emqx.io:8883\",60,1", "0,\"tcp://broker.emqx.io:1883\",60,1,\"u\",\"p\"", "\"", ",,,", "E:/a",
	"0,\"tcp://x.s1.eu.hivemq.cloud\",60,0", "99999999999", "\"26/01/01,00:00:00+00\"", "0x002F", "1,1", "3,2",
	"0,\"broker.emqx.io\",8883,2", "0,\"broker.emqx.io\",1883,1", "1,\"broker.hivemq.com\",1883,1,5000", "0,2048",
	"0,\"TCP\",\"echo.test\",7", "1,\"TCP\",\"many.test\",19", "0,\"UDP\",\"echo.test\",7,5000", "2,0,100", "3,0",
	"4,0", "0,", "0,3,\"echo.test\",7", "80,0", "10,0,0,1,0,0,500", "10,1000,0,0,1,0,500", "\"echo.test\"",
	"\"sslctx\",0,3", "\"broker.emqx.io\",1,2", "\"pool.ntp.org\",8",
	"\"ftp.test\",21,\"u\",\"p\",0", "\"ftp.test\",990,\"u\",\"p\",3", "\"f\"", "\"f\",3", "\"f\",0,1",
	"\"f\",1,2", "\"d\"", "F:/", "E:/f,F:/g,1", "E:/f,F:/h", "f,g", "*.*", "\"E:f\",3", "\"E:/f\",1,70000", "I",
};

/* What the built-in world has nothing of. */
static const char world[] =
	"schema: 1\n"
	"hosts:\n"
	"  - match: ftp.test\n"
	"    model: {chain: rsa, ftp: {idle: 20s, files: [{path: /f, bytes: 100000}, {path: /d/x.pem, text: x}]}}\n"
	"  - {match: echo.test, model: {service: echo}}\n"
	"  - {match: many.test, model: {service: chargen, limits: {reset_after: 3}}}\n";

/* A conversation that only a longer one leads into. Empty: from the beginning. */
static const char *const preludes[8][4] = {
	{ NULL },
	{ "AT+CFTPSSTART\r", "AT+CFTPSLOGIN=\"ftp.test\",21,\"u\",\"p\",0\r", "AT+CFTPSGETFILE=\"f\",3\r", NULL },
	{ "AT+CFTPSSTART\r", "AT+CFTPSLOGIN=\"ftp.test\",990,\"u\",\"p\",3\r", "AT+CFTPSGET=\"f\",0,1\r", NULL },
	{ "AT+NETOPEN\r", "AT+CIPRXGET=1;+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", "AT+CIPOPEN=1,\"TCP\",\"many.test\",19\r", NULL },
	{ "AT+NETOPEN\r", "AT+CIPOPEN=0,\"UDP\",\"echo.test\",7,5000\r", "AT+SERVERSTART=80,0\r", NULL },
	{ "AT+CIPMODE=1\r", "AT+NETOPEN\r", "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", NULL },
	{ NULL },
	{ NULL },
};

static const char *const control[] = {
	"net drop", "net up", "broker drop close", "broker drop reset", "broker publish t/1 hello qos 1", "power cycle",
	"broker connect 80", "broker peer 1 send hello", "broker peer 1 close", "broker peer 2 reset", "broker mute on",
	"broker mute off", "gnss fix 1 2", "gnss lost", "urc +X: 1", "reply AT+C \"\\r\\nERROR\\r\\n\"", "mute 1s", "sim absent", "sim ready", "broker refuse on",
};

static void on_rx(const void *p, size_t n, void *ctx)
{
	buf_add(ctx, p, n);
}

static void on_event(enum port_event ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

/* Parsed once: a setup is const and shared by all modems. */
static const struct emu_setup *setup(unsigned which)
{
	static const char *const names[] = { "LE20B03SIM7600M22", "LE11B14SIM7600M22", "LE20B04V03SIM7600M22",
					     "A011B03A7670M7_F" };
	static struct emu_setup *loaded[4];
	struct emu_setup_options o = { .profile = names[which % 4] };
	char path[40];
	struct err e = { 0 };
	int fd;

	if (loaded[which % 4])
		return loaded[which % 4];
	fd = memfd_create("world", MFD_CLOEXEC);
	if (fd < 0 || write(fd, world, sizeof(world) - 1) < 0)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	o.worlds = (const char *const[]){ path };
	o.n_worlds = 1;
	loaded[which % 4] = emu_setup_load(&o, &e);
	close(fd);
	return loaded[which % 4];
}

static void rig_start(struct rig *r, unsigned which)
{
	struct emu_options o = { .setup = setup(which), .seed = 1 };
	struct err e = { 0 };

	r->clock = clock_new_virtual();
	port_pair_new(r->clock, 1 << 16, &r->port[0], &o.port);
	port_pair_new(r->clock, 1 << 16, &r->port[1], &o.more[EMU_PORT_AT]);
	o.clock = r->clock;
	r->emu = emu_new(&o, &e);
	for (int i = 0; i < 2; i++) {
		buf_init(&r->port_seen[i], 1 << 22);
		port_set_owner(r->port[i], on_rx, on_event, &r->port_seen[i]);
	}
}

static void use(struct rig *r, int port)
{
	r->host = r->port[port];
	r->seen = &r->port_seen[port];
}

static void pass(struct rig *r, uint64_t ms)
{
	clock_advance_to(r->clock, clock_now_us(r->clock) + ms * 1000);
}

static void say(struct rig *r, const char *text)
{
	port_write(r->host, text, strlen(text));
}

static const struct at_cmd *pick(unsigned n)
{
	size_t total = 0;

	for (const struct at_cmd *const *t = cmd_tables(); *t; t++) {
		for (const struct at_cmd *c = *t; c->name; c++)
			total++;
	}
	n %= total;
	for (const struct at_cmd *const *t = cmd_tables(); *t; t++) {
		for (const struct at_cmd *c = *t; c->name; c++) {
			if (!n--)
				return c;
		}
	}
	return NULL;
}

static void one_command(struct rig *r, const uint8_t *d)
{
	static const char *const forms[] = { "", "?", "=?", "=" };
	char line[300];

	snprintf(line, sizeof(line), "AT%s%s%s\r", pick((unsigned)d[1] | (unsigned)d[2] << 8)->name, forms[d[0] >> 2 & 3],
		 (d[0] >> 2 & 3) == 3 ? arguments[d[3] % (sizeof(arguments) / sizeof(arguments[0]))] : "");
	say(r, line);
}

/*
 * Four bytes an action: two bits what, then its details; bit 4 is the port, bit 5 says the
 * command on the other one, too. */
static void act(struct rig *r, const uint8_t *d)
{
	struct buf reply;

	use(r, d[0] >> 4 & 1);
	switch (d[0] & 3) {
	case 0:
	case 1:
		one_command(r, d);
		use(r, !(d[0] >> 4 & 1));
		if (d[0] >> 5 & 1)
			one_command(r, d);
		break;
	case 2:
		port_write(r->host, d + 1, 3);
		break;
	default:
		buf_init(&reply, 65536);
		emu_control(r->emu, control[d[1] % (sizeof(control) / sizeof(control[0]))], &reply);
		buf_free(&reply);
		break;
	}
	pass(r, (uint64_t)d[3] * 10);
}

/* Ends whatever is open (a data prompt takes at most 10,240 bytes), powers on, and asks. */
static void must_answer(struct rig *r)
{
	static char filler[512];
	struct buf reply;

	memset(filler, '\r', sizeof(filler) - 1);
	for (int i = 0; i < 24; i++) {
		say(r, filler);
		pass(r, 100);
	}
	say(r, "\x1a");
	buf_init(&reply, 4096);
	emu_control(r->emu, "power cycle", &reply);
	buf_free(&reply);
	pass(r, 60000);
	buf_reset(r->seen);
	say(r, "\rATE0V1Q0S3=13S4=10\r");
	pass(r, 3000);
	for (int i = 0; i < 20; i++) {	/* replies armed by a fault are used up by then */
		buf_reset(r->seen);
		say(r, "AT\r");
		pass(r, 2000);
		if (strstr(buf_str(r->seen), "OK\r\n"))
			return;
	}
	fprintf(stderr, "no OK to AT: %s\n", buf_str(r->seen));
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rig r = { 0 };

	if (size < 5 || size > 400)
		return 0;
	rig_start(&r, data[0]);
	use(&r, 0);
	for (const char *const *line = preludes[data[0] >> 2 & 7]; *line; line++) {
		say(&r, *line);
		pass(&r, 5000);
	}
	for (size_t i = 1; i + 4 <= size; i += 4)
		act(&r, data + i);
	for (int i = 0; i < 2; i++) {
		use(&r, i);
		must_answer(&r);
	}
	emu_free(r.emu);
	for (int i = 0; i < 2; i++) {
		port_free(r.port[i]);
		buf_free(&r.port_seen[i]);
	}
	clock_free(r.clock);
	return 0;
}
