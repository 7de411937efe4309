/* A warm modem on the virtual clock with a world of FTP servers. */
#ifndef TESTS_RIG_FTP_H
#define TESTS_RIG_FTP_H

#include "modem/cert.h"
#include "modem/fs.h"
#include "tests/rig.h"

static const char rig_ftp_world[] = "schema: 1\n"
				    "hosts:\n"
				    "  - match: ftp.example\n"
				    "    port: 21\n"
				    "    model:\n"
				    "      credentials: {user: u, password: p}\n"
				    "      tls: {min: 1.2}\n"
				    "      chain: rsa\n"
				    "      ftp:\n"
				    "        idle: 600s\n"
				    "        rate: 50000\n"
				    "        directories: [/up]\n"
				    "        files:\n"
				    "          - {path: /pub/a.txt, text: hello}\n"
				    "          - {path: /321.txt, text: '321'}\n"
				    "          - {path: /five.pem, text: not a certificate}\n"
				    "          - {path: /big, bytes: 100000}\n"
				    "          - {path: /.hidden, text: x}\n"
				    "  - match: ftps.example\n"
				    "    port: 990\n"
				    "    model: {tls: {min: 1.2}, chain: rsa, ftp: {files: [{path: /x, text: x}]}}\n"
				    "  - {match: new.example, model: {tls: {min: 1.3}, chain: rsa, ftp: {}}}\n"
				    "  - {match: refuse.example, model: {misbehave: [refuse], ftp: {}}}\n"
				    "  - {match: quick.example, port: 21, model: {ftp: {idle: 5s}}}\n"
				    "  - {match: full.example, port: 21, model: {ftp: {writable: false}}}\n";

/* world_load() reads files. */
static inline struct rig *rig_ftp_new(const char *profile, const char *const *quirks)
{
	char path[] = "/tmp/rig-ftp-XXXXXX";
	const char *const worlds[] = { path };
	int fd = mkstemp(path);
	struct rig *r;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, rig_ftp_world, strlen(rig_ftp_world)), (long)strlen(rig_ftp_world));
	close(fd);
	r = rig_new_off(profile, quirks, worlds, 1, NULL);
	unlink(path);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	return r;
}

static inline struct rig *rig_ftp_login(const char *const *quirks)
{
	struct rig *r = rig_ftp_new("LE20B04V03SIM7600M22", quirks);

	rig_row(r, "AT+CFTPSSTART\r", RIG_OK "\r\n+CFTPSSTART: 0\r\n");
	rig_row(r, "AT+CFTPSLOGIN=\"ftp.example\",21,\"u\",\"p\",0\r", RIG_OK "\r\n+CFTPSLOGIN: 0\r\n");
	return r;
}

#endif
