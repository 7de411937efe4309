/* libserialport says what there is; udev's links say what it will still be called tomorrow. */
#include "harness/board/scan.h"

#include <dirent.h>
#include <errno.h>
#include <libserialport.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

#define BY_ID "/dev/serial/by-id"

/*
 * Devices that a modem hangs on. interface -1: any. SimTech's interfaces are those of ModemManager's simtech plug-in
 * and of the manual's USB chapter: 0 diagnostics, 1 NMEA, 2 AT, 3 modem, 4 audio.
 */
static const struct {
	int vid, pid, interface;
	const char *what;
	int at;
} known[] = {
	{ 0x1e0e, 0x9001, 0, "SimTech SIM7600: diagnostics", 0 },
	{ 0x1e0e, 0x9001, 1, "SimTech SIM7600: NMEA", 0 },
	{ 0x1e0e, 0x9001, 2, "SimTech SIM7600: AT", 1 },
	{ 0x1e0e, 0x9001, 3, "SimTech SIM7600: modem (PPP)", 0 },
	{ 0x1e0e, 0x9001, 4, "SimTech SIM7600: audio", 0 },
	{ 0x1e0e, 0x9003, -1, "SimTech SIM7600 (MBIM)", 0 },
	{ 0x1e0e, 0x9011, -1, "SimTech SIM7600 or A76xx (RNDIS)", 0 },
	{ 0x1e0e, 0x9018, -1, "SimTech SIM7600", 0 },
	{ 0x10c4, 0xea60, -1, "CP210x adapter", 1 },
	{ 0x10c4, 0xea70, -1, "CP2105 adapter", 1 },
	{ 0x10c4, 0xea71, -1, "CP2108 adapter", 1 },
	{ 0x0403, 0x6001, -1, "FTDI FT232R adapter", 1 },
	{ 0x0403, 0x6010, -1, "FTDI FT2232 adapter", 1 },
	{ 0x0403, 0x6011, -1, "FTDI FT4232 adapter", 1 },
	{ 0x0403, 0x6014, -1, "FTDI FT232H adapter", 1 },
	{ 0x0403, 0x6015, -1, "FTDI FT231X adapter", 1 },
	{ 0x1a86, 0x7523, -1, "CH340 adapter", 1 },
	{ 0x1a86, 0x55d4, -1, "CH9102 adapter (LilyGO boards)", 1 },
	{ 0x067b, 0x2303, -1, "PL2303 adapter", 1 },
	{ 0x0483, 0x374b, -1, "ST-Link V2-1: console of a board (firmware:)", 0 },
	{ 0x0483, 0x374e, -1, "ST-Link V3: console of a board (firmware:)", 0 },
	{ 0x1366, 0x0105, -1, "J-Link: console of a board (firmware:)", 0 },
	{ 0x303a, 0x1001, -1, "Espressif: console of a board (firmware:)", 0 },
	{ 0x2e8a, 0x000a, -1, "Raspberry Pi Pico: console of a board (firmware:)", 0 },
};

/* "…-if02-port0" at the end of a by-id name tells the interface. */
static int interface_of(const char *stable)
{
	const char *s = strstr(stable, "-if");
	long long n;

	return s && !str_to_num(s + 3, 2, 0, 99, &n) ? (int)n : -1;
}

static void name_known(struct scan_port *p, int vid, int pid)
{
	int interface = interface_of(p->stable);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].vid != vid || known[i].pid != pid ||
		    (known[i].interface >= 0 && known[i].interface != interface))
			continue;
		str_copy(p->what, sizeof(p->what), known[i].what);
		p->at = known[i].at;
		return;
	}
}

static void find_stable(struct scan_port *p)
{
	DIR *dir = opendir(BY_ID);
	const struct dirent *d;

	while (dir && (d = readdir(dir)) != NULL) {
		char link[300], real[PATH_MAX];

		if (d->d_name[0] == '.' || (size_t)snprintf(link, sizeof(link), BY_ID "/%s", d->d_name) >= sizeof(link))
			continue;
		if (realpath(link, real) && !strcmp(real, p->device))
			str_copy(p->stable, sizeof(p->stable), link);
	}
	if (dir)
		closedir(dir);
}

static void describe(struct scan_port *p, struct sp_port *port)
{
	const char *text = sp_get_port_description(port), *serial;
	int vid = 0, pid = 0;

	str_copy(p->device, sizeof(p->device), sp_get_port_name(port));
	str_copy(p->what, sizeof(p->what), text ? text : "");
	find_stable(p);
	if (sp_get_port_transport(port) != SP_TRANSPORT_USB || sp_get_port_usb_vid_pid(port, &vid, &pid) != SP_OK)
		return;
	snprintf(p->usb, sizeof(p->usb), "%04x:%04x", (unsigned)vid & 0xffff, (unsigned)pid & 0xffff);
	serial = sp_get_port_usb_serial(port);
	str_copy(p->serial, sizeof(p->serial), serial ? serial : "");
	name_known(p, vid, pid);
}

int scan_ports(struct scan *s, struct err *e)
{
	struct sp_port **ports;

	memset(s, 0, sizeof(*s));
	if (sp_list_ports(&ports) != SP_OK)
		return err_set(e, -EIO, "the serial ports cannot be listed");
	for (size_t i = 0; ports[i] && s->n < SCAN_PORTS_MAX; i++)
		describe(&s->items[s->n++], ports[i]);
	sp_free_port_list(ports);
	return 0;
}

void scan_print_yaml(const struct scan *s, FILE *f)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct scan_port *p = &s->items[i];

		if (!p->at)
			continue;
		if (!n++)
			fputs("\n# boards.yaml\nschema: 1\nboards:\n", f);
		fprintf(f, "  - {name: board-%zu, port: %s}\n", n, *p->stable ? p->stable : p->device);
	}
	if (!n)
		fputs("\nNone of them is known to lead to a modem; boards.yaml takes any path:\n"
		      "  schema: 1\n  boards:\n    - {name: board-1, port: /dev/...}\n",
		      f);
}
