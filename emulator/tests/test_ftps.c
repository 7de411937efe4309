/* AT+CFTPS*: orders, exact bytes, states, codes, transfers; against modelled servers on the virtual clock. */
#include "tests/rig_ftp.h"

#define B04 "LE20B04V03SIM7600M22"

/* --- forms and states ------------------------------------------------------------------------------------------- */

static const struct {
	const char *in, *out;
} forms[] = {
	{ "AT+CFTPSSTART=?\r", RIG_OK },
	{ "AT+CFTPSSINGLEIP=?\r", "\r\n+CFTPSSINGLEIP: (0,1)\r\n" RIG_OK },
	{ "AT+CFTPSSINGLEIP?\r", "\r\n+CFTPSSINGLEIP: 0\r\n" RIG_OK },
	{ "AT+CFTPSSINGLEIP=1\r", RIG_OK },
	{ "AT+CFTPSSINGLEIP?\r", "\r\n+CFTPSSINGLEIP: 1\r\n" RIG_OK },
	{ "AT+CFTPSSINGLEIP=2\r", RIG_ERROR },
	{ "AT+CFTPSLOGIN=?\r",
	  "\r\n+CFTPSLOGIN: \"ADDRESS\",(1-65535)[,\"USERNAME\",\"PASSWORD\"[,(0-3)]]\r\n" RIG_OK },
	{ "AT+CFTPSLOGIN?\r", "\r\n+CFTPSLOGIN: 0\r\n" RIG_OK },
	{ "AT+CFTPSLOGOUT=?\r", RIG_OK },
	{ "AT+CFTPSMKD=?\r", "\r\n+CFTPSMKD: \"DIR\"\r\n" RIG_OK },
	{ "AT+CFTPSRMD=?\r", "\r\n+CFTPSRMD: \"DIR\"\r\n" RIG_OK },
	{ "AT+CFTPSCWD=?\r", "\r\n+CFTPSCWD: \"DIR\"\r\n" RIG_OK },
	{ "AT+CFTPSDELE=?\r", "\r\n+CFTPSDELE: \"FILENAME\"\r\n" RIG_OK },
	{ "AT+CFTPSTYPE=?\r", "\r\n+CFTPSTYPE: (A,I)\r\n" RIG_OK },
	{ "AT+CFTPSTYPE?\r", "\r\n+CFTPSTYPE: I\r\n" RIG_OK },
	{ "AT+CFTPSSIZE=?\r", "\r\n+CFTPSSIZE: \"<filepath>\"\r\n" RIG_OK },
	{ "AT+CFTPSGETFILE=?\r", "\r\n+CFTPSGETFILE: [{non-ascii}]\"FILEPATH\"[,(1-4)]\r\n" RIG_OK },
	{ "AT+CFTPSCACHERD?\r", "\r\n+CFTPSCACHERD: 0\r\n" RIG_OK },
	/* The old family is gone. */
	{ "AT+CFTPGETFILE=\"a\",0\r", RIG_ERROR },
	{ "AT+CFTPSERV=\"a\"\r", RIG_ERROR },
};

START_TEST(test_forms)
{
	struct rig *r = rig_ftp_new(B04, NULL);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		rig_row(r, forms[i].in, forms[i].out);
	rig_free(r);
}
END_TEST

/* What needs a session: a bare ERROR before there is one (T-SIM7600X#54). */
static const char *const needy[] = {
	"AT+CFTPSLOGOUT\r",	     "AT+CFTPSMKD=\"d\"\r",	"AT+CFTPSRMD=\"d\"\r", "AT+CFTPSDELE=\"f\"\r",
	"AT+CFTPSCWD=\"d\"\r",	     "AT+CFTPSPWD\r",		"AT+CFTPSTYPE=A\r",    "AT+CFTPSLIST\r",
	"AT+CFTPSLIST=\"d\"\r",	     "AT+CFTPSSIZE=\"f\"\r",	"AT+CFTPSGET=\"f\"\r", "AT+CFTPSPUT=\"f\",3\r",
	"AT+CFTPSGETFILE=\"f\",4\r", "AT+CFTPSPUTFILE=\"f\"\r", "AT+CFTPSCACHERD\r",
};

START_TEST(test_states)
{
	struct rig *r = rig_ftp_new(B04, NULL);

	for (int started = 0; started < 2; started++) {
		for (size_t i = 0; i < sizeof(needy) / sizeof(needy[0]); i++) {
			rig_row(r, needy[i], RIG_ERROR);
			rig_why(r, started ? "the FTP service is started" : "the FTP service is stopped");
		}
		if (!started) {
			rig_row(r, "AT+CFTPSSTOP\r", RIG_ERROR);
			rig_row(r, "AT+CFTPSABORT\r", RIG_ERROR);
			rig_row(r, "AT+CFTPSLOGIN=\"ftp.example\",21,\"u\",\"p\",0\r", RIG_ERROR);
			rig_row(r, "AT+CFTPSSTART\r", RIG_OK "\r\n+CFTPSSTART: 0\r\n");
		}
	}
	rig_row(r, "AT+CFTPSSTART\r", RIG_ERROR);
	rig_row(r, "AT+CFTPSLOGIN=\"ftp.example\",21,\"u\",\"p\",0\r", RIG_OK);
	rig_row(r, "AT+CFTPSLOGIN=\"ftp.example\",21,\"u\",\"p\",0\r", "\r\n+CFTPSLOGIN: 3\r\n" RIG_ERROR);
	rig_row(r, "AT+CFTPSSTOP\r", "\r\n+CFTPSSTOP: 3\r\n" RIG_ERROR);
	rig_more(r, "\r\n+CFTPSLOGIN: 0\r\n");
	rig_row(r, "AT+CFTPSLOGIN?\r", "\r\n+CFTPSLOGIN: 1\r\n" RIG_OK);
	rig_row(r, "AT+CFTPSLOGIN=\"ftp.example\",21,\"u\",\"p\",0\r", RIG_ERROR);
	rig_row(r, "AT+CFTPSSTOP\r", RIG_ERROR);
	rig_row(r, "AT+CFTPSLOGOUT\r", RIG_OK "\r\n+CFTPSLOGOUT: 0\r\n");
	rig_row(r, "AT+CFTPSSTOP\r", RIG_OK "\r\n+CFTPSSTOP: 0\r\n");
	rig_free(r);
	r = rig_ftp_new(B04, (const char *const[]){ "cftps_state_code=11", NULL });
	rig_row(r, "AT+CFTPSPWD\r", "\r\n+CFTPSPWD: 11\r\n" RIG_ERROR);
	rig_free(r);
}
END_TEST

START_TEST(test_orders)
{
	struct rig *r = rig_ftp_login((const char *const[]){
		"cftps_pwd_order=urc_first", "cftps_logout_order=urc_first", "cftps_stop_order=urc_first", NULL });

	rig_row(r, "AT+CFTPSPWD\r", "\r\n+CFTPSPWD: \"/\"\r\n" RIG_OK);
	rig_row(r, "AT+CFTPSLOGOUT\r", "\r\n+CFTPSLOGOUT: 0\r\n" RIG_OK);
	rig_row(r, "AT+CFTPSSTOP\r", "\r\n+CFTPSSTOP: 0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* --- logins ----------------------------------------------------------------------------------------------------- */

static const struct {
	const char *args, *why;
	int code;
} logins[] = {
	{ "\"ftp.example\",21,\"u\",\"p\",0", NULL, 0 },
	{ "\"ftp.example\",21,\"u\",\"p\",1", NULL, 0 },
	{ "\"ftp.example\",21,\"u\",\"p\",2", NULL, 0 },
	{ "ftp.example,21,u,p,2", NULL, 0 },
	{ "\"ftps.example\",990,\"u\",\"p\",3", NULL, 0 },
	{ "\"ftps.example\",990,\"u\",\"p\"", NULL, 0 },
	{ "\"ftps.example\",990", NULL, 0 },
	{ "\"ftp.example\",21,\"u\",\"q\",0", "530", 9 },
	{ "\"ftp.example\",21,\"u\",\"p\",3", "greets in clear", 1 },
	{ "\"new.example\",990,\"u\",\"p\",3", "tls", 1 },
	{ "\"quick.example\",21,\"u\",\"p\",2", "no such AUTH", 9 },
	{ "\"refuse.example\",21,\"u\",\"p\",0", "refuse", 14 },
	{ "\"nowhere.example\",21,\"u\",\"p\",0", "not in the modelled world", 12 },
	{ "\"ftps.example\",990,\"u\",\"p\",0", "implicit TLS", 5 },
};

START_TEST(test_logins)
{
	struct rig *r = rig_ftp_new(B04, NULL);
	char line[120], want[80];

	rig_row(r, "AT+CFTPSSTART\r", RIG_OK "\r\n+CFTPSSTART: 0\r\n");
	snprintf(line, sizeof(line), "AT+CFTPSLOGIN=%s\r", logins[_i].args);
	snprintf(want, sizeof(want), RIG_OK "\r\n+CFTPSLOGIN: %d\r\n", logins[_i].code);
	rig_row(r, line, want);
	if (logins[_i].why)
		rig_why(r, logins[_i].why);
	snprintf(want, sizeof(want), "\r\n+CFTPSLOGIN: %d\r\n" RIG_OK, logins[_i].code == 0);
	rig_row(r, "AT+CFTPSLOGIN?\r", want);
	/* A failed login may be tried again. */
	rig_row(r, "AT+CFTPSLOGIN=\"ftp.example\",21,\"u\",\"p\",0\r",
		logins[_i].code ? RIG_OK "\r\n+CFTPSLOGIN: 0\r\n" : RIG_ERROR);
	rig_free(r);
}
END_TEST

/* SSL context 0 is the one that counts, with the profile's faults. */
START_TEST(test_ssl_context)
{
	struct rig *r = rig_ftp_new("LE20B03SIM7600M22", NULL);

	rig_row(r, "AT+CFTPSSTART\r", RIG_OK "\r\n+CFTPSSTART: 0\r\n");
	rig_row(r, "AT+CSSLCFG=\"enableSNI\",0,1\r", RIG_OK);
	rig_row(r, "AT+CFTPSLOGIN=\"ftps.example\",990,\"u\",\"p\",3\r", RIG_OK "\r\n+CFTPSLOGIN: 1\r\n");
	rig_why(r, "tls_sni");
	rig_row(r, "AT+CSSLCFG=\"enableSNI\",0,0\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"authmode\",0,1\r", RIG_OK);
	rig_row(r, "AT+CFTPSLOGIN=\"ftps.example\",990,\"u\",\"p\",3\r", RIG_OK "\r\n+CFTPSLOGIN: 16\r\n");
	rig_row(r, "AT+CFTPSLOGIN=\"ftp.example\",21,\"u\",\"p\",0\r", RIG_OK "\r\n+CFTPSLOGIN: 0\r\n");
	rig_free(r);
}
END_TEST

static const char *const bad_arguments[] = {
	"AT+CFTPSLOGIN=\r",
	"AT+CFTPSLOGIN=\"h\"\r",
	"AT+CFTPSLOGIN=\"h\",0,\"u\",\"p\",0\r",
	"AT+CFTPSLOGIN=\"h\",65536\r",
	"AT+CFTPSLOGIN=\"h\",21,u,p,4\r",
	"AT+CFTPSLOGIN=\"\",21,u,p,0\r",
	"AT+CFTPSTYPE=B\r",
	"AT+CFTPSTYPE=\r",
	"AT+CFTPSMKD=\r",
	"AT+CFTPSMKD=\"a\",1\r",
	"AT+CFTPSGETFILE=\"a\",0\r",
	"AT+CFTPSGETFILE=\"a\",5\r",
	"AT+CFTPSGETFILE=\"a\",1,-1\r",
	"AT+CFTPSPUTFILE=\"a\",4\r",
	"AT+CFTPSGET=\"a\",0,2\r",
	"AT+CFTPSPUT=\"a\",0\r",
	"AT+CFTPSPUT=\"a\",2049\r",
	"AT+CFTPSPUT=\"a\",1,1,1\r",
};

START_TEST(test_bad_arguments)
{
	struct rig *r = rig_ftp_login(NULL);

	for (size_t i = 0; i < sizeof(bad_arguments) / sizeof(bad_arguments[0]); i++)
		rig_row(r, bad_arguments[i], RIG_ERROR);
	rig_free(r);
}
END_TEST

/* --- directories ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *in, *out;
} commands[] = {
	{ "AT+CFTPSPWD\r", RIG_OK "\r\n+CFTPSPWD: \"/\"\r\n" },
	{ "AT+CFTPSMKD=\"TEST1129\"\r", RIG_OK "\r\n+CFTPSMKD: 0\r\n" },
	{ "AT+CFTPSMKD=\"TEST1129\"\r", RIG_OK "\r\n+CFTPSMKD: 9\r\n" },
	{ "AT+CFTPSCWD=\"TEST1129\"\r", RIG_OK "\r\n+CFTPSCWD: 0\r\n" },
	{ "AT+CFTPSPWD\r", RIG_OK "\r\n+CFTPSPWD: \"/TEST1129\"\r\n" },
	{ "AT+CFTPSCWD=\"/no\"\r", RIG_OK "\r\n+CFTPSCWD: 9\r\n" },
	{ "AT+CFTPSCWD=\"/\"\r", RIG_OK "\r\n+CFTPSCWD: 0\r\n" },
	{ "AT+CFTPSRMD=\"/TEST1129\"\r", RIG_OK "\r\n+CFTPSRMD: 0\r\n" },
	{ "AT+CFTPSDELE=\"321.txt\"\r", RIG_OK "\r\n+CFTPSDELE: 0\r\n" },
	{ "AT+CFTPSDELE=\"321.txt\"\r", RIG_OK "\r\n+CFTPSDELE: 9\r\n" },
	{ "AT+CFTPSSIZE=\"big\"\r", RIG_OK "\r\n+CFTPSSIZE: 100000\r\n" },
	{ "AT+CFTPSSIZE=\"small\"\r", RIG_OK "\r\n+CFTPSSIZE: 9\r\n" },
	{ "AT+CFTPSTYPE=A\r", RIG_OK "\r\n+CFTPSTYPE: 0\r\n" },
	{ "AT+CFTPSTYPE?\r", "\r\n+CFTPSTYPE: A\r\n" RIG_OK },
	{ "AT+CFTPSLIST=\"pub\"\r", RIG_OK "\r\n+CFTPSLIST: DATA,67\r\n"
					   "-rw-r--r--    1 ftp      ftp                 5 Jan 01 00:00 a.txt\r\n"
					   "\r\n+CFTPSLIST: 0\r\n" },
	{ "AT+CFTPSLIST=\"up\"\r", RIG_OK "\r\n+CFTPSLIST: 0\r\n" },
	{ "AT+CFTPSLIST=\"no\"\r", RIG_OK "\r\n+CFTPSLIST: 9\r\n" },
	{ "AT+CFTPSLOGOUT\r", RIG_OK "\r\n+CFTPSLOGOUT: 0\r\n" },
	{ "AT+CFTPSTYPE?\r", "\r\n+CFTPSTYPE: A\r\n" RIG_OK },
	{ "AT+CFTPSLOGIN=\"ftp.example\",21,\"u\",\"p\",0\r", RIG_OK "\r\n+CFTPSLOGIN: 0\r\n" },
	{ "AT+CFTPSTYPE?\r", "\r\n+CFTPSTYPE: I\r\n" RIG_OK },
};

START_TEST(test_commands)
{
	struct rig *r = rig_ftp_login(NULL);

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		rig_row(r, commands[i].in, commands[i].out);
	rig_free(r);
}
END_TEST

/* Block headers of at most cftps_chunk bytes, and nothing between data and the next header but its own line end. */
START_TEST(test_list_blocks)
{
	struct rig *r = rig_ftp_login((const char *const[]){ "cftps_chunk=40", NULL });

	rig_row(r, "AT+CFTPSLIST=\"/pub\"\r",
		RIG_OK "\r\n+CFTPSLIST: DATA,40\r\n-rw-r--r--    1 ftp      ftp            "
		       "\r\n+CFTPSLIST: DATA,27\r\n     5 Jan 01 00:00 a.txt\r\n"
		       "\r\n+CFTPSLIST: 0\r\n");
	rig_free(r);
}
END_TEST

/* --- files ------------------------------------------------------------------------------------------------------ */

static void holds(struct rig *r, const char *path, const char *text)
{
	enum fs_err err;
	const struct store_file *f = fs_file(r->modem->fs, path, &err);

	ck_assert_msg(f != NULL, "%s: %s", path, fs_err_text(err));
	ck_assert_uint_eq(f->len, strlen(text));
	ck_assert(!memcmp(f->data, text, f->len));
}

START_TEST(test_getfile)
{
	struct rig *r = rig_ftp_login(NULL);
	enum fs_err err;

	rig_row(r, "AT+CFTPSGETFILE=\"321.txt\"\r", RIG_OK "\r\n+CFTPSGETFILE: 0\r\n");
	holds(r, "F:/321.txt", "321");
	rig_row(r, "AT+CFTPSGETFILE=\"/pub/a.txt\",3\r", RIG_OK "\r\n+CFTPSGETFILE: 0\r\n");
	holds(r, "E:/a.txt", "hello");
	rig_row(r, "AT+CFTPSGETFILE=\"321.txt\",2\r", RIG_OK "\r\n+CFTPSGETFILE: 17\r\n");
	rig_why(r, "SD CARD NOT PLUGGED IN");
	rig_row(r, "AT+CFTPSGETFILE=\"no.txt\",3\r", RIG_OK "\r\n+CFTPSGETFILE: 9\r\n");
	ck_assert_ptr_null(fs_file(r->modem->fs, "E:/no.txt", &err));
	rig_row(r, "AT+CFTPSGETFILE=\".hidden\",3\r", RIG_OK "\r\n+CFTPSGETFILE: 17\r\n");
	rig_row(r, "AT+CFTPSGETFILE=\"/\",3\r", RIG_OK "\r\n+CFTPSGETFILE: 17\r\n");
	rig_row(r, "AT+CFTPSGETFILE=\"big\",3\r", RIG_OK "\r\n+CFTPSGETFILE: 0\r\n");
	ck_assert_uint_eq(fs_file(r->modem->fs, "E:/big", &err)->len, 100000);
	/* An old file is replaced. */
	ck_assert_int_eq(fs_write(r->modem->fs, "F:/321.txt", "much longer", 11), FS_OK);
	rig_row(r, "AT+CFTPSGETFILE=\"321.txt\",1\r", RIG_OK "\r\n+CFTPSGETFILE: 0\r\n");
	holds(r, "F:/321.txt", "321");
	rig_free(r);
}
END_TEST

/* A later part needs the earlier one; what is behind the offset goes. */
START_TEST(test_getfile_offset)
{
	struct rig *r = rig_ftp_login(NULL);

	rig_row(r, "AT+CFTPSGETFILE=\"pub/a.txt\",3,2\r", RIG_OK "\r\n+CFTPSGETFILE: 7\r\n");
	ck_assert_int_eq(fs_write(r->modem->fs, "E:/a.txt", "H", 1), FS_OK);
	rig_row(r, "AT+CFTPSGETFILE=\"pub/a.txt\",3,2\r", RIG_OK "\r\n+CFTPSGETFILE: 7\r\n");
	ck_assert_int_eq(fs_write(r->modem->fs, "E:/a.txt", "HEy what", 8), FS_OK);
	rig_row(r, "AT+CFTPSGETFILE=\"pub/a.txt\",3,2\r", RIG_OK "\r\n+CFTPSGETFILE: 0\r\n");
	holds(r, "E:/a.txt", "HEllo");
	rig_row(r, "AT+CFTPSGETFILE=\"five.pem\",4,3\r", RIG_OK "\r\n+CFTPSGETFILE: 7\r\n");
	rig_free(r);
}
END_TEST

/* E18: destination 4 is the certificate store, whatever the ending, and AT+FSLS sees nothing of it. */
START_TEST(test_getfile_cert)
{
	struct rig *r = rig_ftp_login(NULL);

	rig_row(r, "AT+CFTPSGETFILE=\"five.pem\",4\r", RIG_OK "\r\n+CFTPSGETFILE: 0\r\n");
	rig_row(r, "AT+CFTPSGETFILE=\"321.txt\",4\r", RIG_OK "\r\n+CFTPSGETFILE: 0\r\n");
	rig_row(r, "AT+CCERTLIST\r", "\r\n+CCERTLIST: \"five.pem\"\r\n+CCERTLIST: \"321.txt\"\r\n" RIG_OK);
	ck_assert_uint_eq(cert_get(r->modem->cert, "five.pem")->len, 17);
	rig_row(r, "AT+FSCD=F:\r", "\r\n+FSCD: F:/\r\n" RIG_OK);
	rig_row(r, "AT+FSLS?\r", "\r\n+FSLS: SUBDIRECTORIES:0,FILES:0\r\n" RIG_OK);
	rig_row(r, "AT+CFTPSGETFILE=\"five.pem\",4,3\r", RIG_OK "\r\n+CFTPSGETFILE: 0\r\n");
	ck_assert_uint_eq(cert_get(r->modem->cert, "five.pem")->len, 17);
	rig_row(r, "AT+CFTPSGETFILE=\"big\",4\r", RIG_OK "\r\n+CFTPSGETFILE: 17\r\n"); /* name too short */
	rig_free(r);
}
END_TEST

/* The drive fills up: the rest of the download is thrown away, and the session goes on. */
START_TEST(test_getfile_full)
{
	struct rig *r = rig_ftp_login((const char *const[]){ "fs_f_bytes=50000", NULL });

	rig_row(r, "AT+CFTPSGETFILE=\"big\"\r", RIG_OK "\r\n+CFTPSGETFILE: 7\r\n");
	rig_why(r, "EFS HAVE NO ENOUGH MEMORY");
	rig_row(r, "AT+CFTPSPWD\r", RIG_OK "\r\n+CFTPSPWD: \"/\"\r\n");
	rig_free(r);
}
END_TEST

START_TEST(test_putfile)
{
	struct rig *r = rig_ftp_login(NULL);

	rig_row(r, "AT+CFTPSPUTFILE=\"new.txt\"\r", RIG_OK "\r\n+CFTPSPUTFILE: 7\r\n");
	ck_assert_int_eq(fs_write(r->modem->fs, "F:/new.txt", "from cache", 10), FS_OK);
	ck_assert_int_eq(fs_write(r->modem->fs, "E:/new.txt", "FROM media", 10), FS_OK);
	rig_row(r, "AT+CFTPSPUTFILE=\"new.txt\"\r", RIG_OK "\r\n+CFTPSPUTFILE: 0\r\n");
	rig_row(r, "AT+CFTPSPUTFILE=\"up/new.txt\",3\r", RIG_OK "\r\n+CFTPSPUTFILE: 0\r\n");
	rig_row(r, "AT+CFTPSPUTFILE=\"new.txt\",3,5\r", RIG_OK "\r\n+CFTPSPUTFILE: 0\r\n");
	rig_row(r, "AT+CFTPSPUTFILE=\"new.txt\",3,11\r", RIG_OK "\r\n+CFTPSPUTFILE: 7\r\n");
	rig_row(r, "AT+CFTPSPUTFILE=\"no/new.txt\",3\r", RIG_OK "\r\n+CFTPSPUTFILE: 9\r\n");
	rig_row(r, "AT+CFTPSGET=\"new.txt\"\r", RIG_OK "\r\n+CFTPSGET: DATA,10\r\nfrom media\r\n+CFTPSGET: 0\r\n");
	rig_row(r, "AT+CFTPSGET=\"up/new.txt\"\r", RIG_OK "\r\n+CFTPSGET: DATA,10\r\nFROM media\r\n+CFTPSGET: 0\r\n");
	rig_free(r);
}
END_TEST

/* The file is deleted while it goes up. */
START_TEST(test_putfile_vanishes)
{
	struct rig *r = rig_ftp_login(NULL);
	char *data = calloc(1, 100000);

	ck_assert_int_eq(fs_write(r->modem->fs, "F:/big", data, 100000), FS_OK);
	rig_row(r, "AT+CFTPSPUTFILE=\"up/big\"\r", RIG_OK);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 500000);
	rig_row(r, "AT+FSDEL=F:/big\r", RIG_OK "\r\n+CFTPSPUTFILE: 17\r\n");
	rig_row(r, "AT+CFTPSPWD\r", RIG_OK "\r\n+CFTPSPWD: \"/\"\r\n");
	rig_free(r);
	free(data);
}
END_TEST

/* --- bytes to and from the host --------------------------------------------------------------------------------- */

START_TEST(test_get)
{
	struct rig *r = rig_ftp_login(NULL);

	rig_row(r, "AT+CFTPSGET=\"321.txt\"\r", RIG_OK "\r\n+CFTPSGET: DATA,3\r\n321\r\n+CFTPSGET: 0\r\n");
	rig_row(r, "AT+CFTPSGET=\"321.txt\",1\r", RIG_OK "\r\n+CFTPSGET: DATA,2\r\n21\r\n+CFTPSGET: 0\r\n");
	rig_row(r, "AT+CFTPSGET=\"321.txt\",3\r", RIG_OK "\r\n+CFTPSGET: 0\r\n");
	rig_row(r, "AT+CFTPSGET=\"321.txt\",4\r", RIG_OK "\r\n+CFTPSGET: 9\r\n");
	rig_row(r, "AT+CFTPSGET=\"no.txt\"\r", RIG_OK "\r\n+CFTPSGET: 9\r\n");
	rig_row(r, "AT+CFTPSGET={non-ascii}\"3332312E747874\"\r",
		RIG_OK "\r\n+CFTPSGET: DATA,3\r\n321\r\n+CFTPSGET: 0\r\n");
	rig_free(r);
}
END_TEST

START_TEST(test_get_cached)
{
	struct rig *r = rig_ftp_login(NULL);

	rig_row(r, "AT+CFTPSGET=\"321.txt\",0,1\r", RIG_OK "\r\n+CFTPS: RECV EVENT\r\n");
	rig_quiet(r, 10000);
	rig_row(r, "AT+CFTPSCACHERD?\r", "\r\n+CFTPSCACHERD: 3\r\n" RIG_OK);
	rig_row(r, "AT+CFTPSPWD\r", "\r\n+CFTPSPWD: 3\r\n" RIG_ERROR);
	rig_row(r, "AT+CFTPSCACHERD\r", "\r\n+CFTPSGET: DATA,3\r\n321" RIG_OK "\r\n+CFTPSGET: 0\r\n");
	rig_row(r, "AT+CFTPSCACHERD\r", RIG_OK);
	rig_row(r, "AT+CFTPSCACHERD?\r", "\r\n+CFTPSCACHERD: 0\r\n" RIG_OK);
	rig_row(r, "AT+CFTPSGET=\"no.txt\",0,1\r", RIG_OK "\r\n+CFTPSGET: 9\r\n");
	rig_free(r);
}
END_TEST

/* A host that reads late holds the server; all bytes come, in blocks of at most 1024. */
START_TEST(test_get_cache_full)
{
	struct rig *r = rig_ftp_login(NULL);
	size_t total = 0;

	rig_row(r, "AT+CFTPSGET=\"big\",0,1\r", RIG_OK "\r\n+CFTPS: RECV EVENT\r\n");
	rig_quiet(r, 600000);
	for (int i = 0; i < 1000 && total < 100000; i++) {
		const char *at, *digits;

		rig_feed(r, "AT+CFTPSCACHERD\r", 16);
		at = strstr(buf_str(&r->out), "+CFTPSGET: DATA,");
		ck_assert_ptr_nonnull(at);
		digits = at + 16;
		ck_assert_uint_le(strtoul(digits, NULL, 10), 1024);
		total += strtoul(digits, NULL, 10);
		buf_reset(&r->out);
		clock_advance_to(r->clock, clock_now_us(r->clock) + 100000);
		if (total < 100000)
			buf_reset(&r->out); /* further RECV EVENTs */
	}
	ck_assert_uint_eq(total, 100000);
	rig_more(r, "\r\n+CFTPSGET: 0\r\n");
	rig_free(r);
}
END_TEST

START_TEST(test_put)
{
	struct rig *r = rig_ftp_login(NULL);

	rig_row(r, "AT+CFTPSPUT=\"new.txt\",3\r", "\r\n>");
	rig_row(r, "a\x1a\x03", RIG_OK "\r\n+CFTPSPUT: 0\r\n");
	rig_row(r, "AT+CFTPSGET=\"new.txt\"\r", RIG_OK "\r\n+CFTPSGET: DATA,3\r\na\x1a\x03\r\n+CFTPSGET: 0\r\n");
	rig_row(r, "AT+CFTPSPUT=\"new.txt\",2,1\r", "\r\n>");
	rig_row(r, "bc", RIG_OK "\r\n+CFTPSPUT: 0\r\n");
	rig_row(r, "AT+CFTPSGET=\"new.txt\"\r", RIG_OK "\r\n+CFTPSGET: DATA,3\r\nabc\r\n+CFTPSGET: 0\r\n");
	rig_row(r, "AT+CFTPSPUT=\"no/new.txt\",2\r", "\r\n>");
	rig_row(r, "bc", RIG_OK "\r\n+CFTPSPUT: 9\r\n");
	rig_free(r);
}
END_TEST

/* Without a length Ctrl-Z ends, ETX makes data of it, and ESC gives up. */
START_TEST(test_put_ctrl_z)
{
	struct rig *r = rig_ftp_login(NULL);

	rig_row(r, "AT+CFTPSPUT=\"new.txt\"\r", "\r\n>");
	rig_row(r,
		"a\x03\x1a"
		"b\x03\x03"
		"c\x1a",
		RIG_OK "\r\n+CFTPSPUT: 0\r\n");
	rig_row(r, "AT+CFTPSGET=\"new.txt\"\r",
		RIG_OK "\r\n+CFTPSGET: DATA,5\r\na\x1a"
		       "b\x03"
		       "c\r\n+CFTPSGET: 0\r\n");
	rig_row(r, "AT+CFTPSPUT=\"new.txt\"\r", "\r\n>");
	rig_row(r, "abc\x1b", RIG_ERROR);
	rig_row(r, "AT+CFTPSPWD\r", RIG_OK "\r\n+CFTPSPWD: \"/\"\r\n");
	rig_free(r);
}
END_TEST

/* The session ends while the host types its upload. */
START_TEST(test_put_too_late)
{
	struct rig *r = rig_ftp_login(NULL);

	rig_row(r, "AT+CFTPSPUT=\"new.txt\",3\r", "\r\n>");
	rig_world(r, "drop");
	clock_advance_to(r->clock, clock_now_us(r->clock) + 1000000);
	rig_row(r, "abc", RIG_ERROR "\r\n+CFTPSNOTIFY: PEER CLOSED\r\n");
	rig_free(r);
}
END_TEST

/* --- ends ------------------------------------------------------------------------------------------------------- */

START_TEST(test_peer_closes)
{
	struct rig *r = rig_ftp_login(NULL);

	rig_world(r, "drop");
	rig_more(r, "\r\n+CFTPSNOTIFY: PEER CLOSED\r\n");
	rig_row(r, "AT+CFTPSPWD\r", RIG_ERROR);
	rig_row(r, "AT+CFTPSLOGIN?\r", "\r\n+CFTPSLOGIN: 0\r\n" RIG_OK);
	rig_row(r, "AT+CFTPSLOGIN=\"ftp.example\",21,\"u\",\"p\",0\r", RIG_OK "\r\n+CFTPSLOGIN: 0\r\n");
	rig_row(r, "AT+CFTPSGETFILE=\"big\",3\r", RIG_OK);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 600000);
	rig_world(r, "drop");
	rig_more(r, "\r\n+CFTPSGETFILE: 4\r\n\r\n+CFTPSNOTIFY: PEER CLOSED\r\n");
	rig_row(r, "AT+CFTPSLOGOUT\r", RIG_OK "\r\n+CFTPSLOGOUT: 0\r\n");
	rig_row(r, "AT+CFTPSLOGIN=\"quick.example\",21,\"u\",\"p\",0\r", RIG_OK "\r\n+CFTPSLOGIN: 0\r\n");
	rig_more(r, "\r\n+CFTPSNOTIFY: PEER CLOSED\r\n");
	rig_row(r, "AT+CFTPSSTOP\r", RIG_OK "\r\n+CFTPSSTOP: 0\r\n");
	rig_free(r);
}
END_TEST

START_TEST(test_silence)
{
	struct rig *r = rig_ftp_login(NULL);

	rig_world(r, "mute on");
	rig_row(r, "AT+CFTPSPWD\r", RIG_OK);
	rig_after(r, 120000, "\r\n+CFTPSPWD: 5\r\n");
	rig_row(r, "AT+CFTPSPWD\r", RIG_ERROR);
	rig_row(r, "AT+CFTPSLOGOUT\r", RIG_OK "\r\n+CFTPSLOGOUT: 0\r\n");
	rig_free(r);
}
END_TEST

START_TEST(test_abort)
{
	struct rig *r = rig_ftp_login(NULL);

	rig_row(r, "AT+CFTPSGETFILE=\"big\",3\r", RIG_OK);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 600000);
	rig_row(r, "AT+CFTPSABORT\r", RIG_OK "\r\n+CFTPSGETFILE: 6\r\n\r\n+CFTPSABORT: 0\r\n");
	rig_row(r, "AT+CFTPSPWD\r", RIG_ERROR);
	rig_row(r, "AT+CFTPSABORT\r", RIG_ERROR);
	rig_row(r, "AT+CFTPSSTART\r", RIG_OK "\r\n+CFTPSSTART: 0\r\n");
	rig_row(r, "AT+CFTPSABORT\r", RIG_OK "\r\n+CFTPSABORT: 0\r\n");
	rig_free(r);
}
END_TEST

/* Without coverage: what is under way is 10, and the service is down. */
START_TEST(test_network_lost)
{
	struct rig *r = rig_ftp_login(NULL);

	rig_row(r, "AT+CFTPSGETFILE=\"big\",3\r", RIG_OK);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 600000);
	rig_row(r, "AT+CFUN=0\r", "\r\n+CFTPSGETFILE: 10\r\n\r\n+SIMCARD: NOT AVAILABLE\r\n" RIG_OK);
	rig_row(r, "AT+CFTPSPWD\r", RIG_ERROR);
	rig_row(r, "AT+CFTPSSTART\r", RIG_OK "\r\n+CFTPSSTART: 10\r\n");
	rig_row(r, "AT+CFTPSSTART\r", RIG_OK "\r\n+CFTPSSTART: 10\r\n");
	rig_free(r);
}
END_TEST

/* A power cut leaves no session, no timer and no word. */
START_TEST(test_power_cut)
{
	static const char *const lines[] = { "AT+CFTPSGETFILE=\"big\",3\r", "AT+CFTPSGET=\"big\",0,1\r",
					     "AT+CFTPSLOGOUT\r" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct rig *r = rig_ftp_login(NULL);

		rig_feed(r, lines[i], strlen(lines[i]));
		clock_advance_to(r->clock, clock_now_us(r->clock) + 600000);
		buf_reset(&r->out);
		modem_power_off(r->modem);
		rig_quiet(r, 600000);
		rig_free(r);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_forms);
	tcase_add_test(tc, test_states);
	tcase_add_test(tc, test_orders);
	tcase_add_loop_test(tc, test_logins, 0, sizeof(logins) / sizeof(logins[0]));
	tcase_add_test(tc, test_ssl_context);
	tcase_add_test(tc, test_bad_arguments);
	tcase_add_test(tc, test_commands);
	tcase_add_test(tc, test_list_blocks);
	tcase_add_test(tc, test_getfile);
	tcase_add_test(tc, test_getfile_offset);
	tcase_add_test(tc, test_getfile_cert);
	tcase_add_test(tc, test_getfile_full);
	tcase_add_test(tc, test_putfile);
	tcase_add_test(tc, test_putfile_vanishes);
	tcase_add_test(tc, test_get);
	tcase_add_test(tc, test_get_cached);
	tcase_add_test(tc, test_get_cache_full);
	tcase_add_test(tc, test_put);
	tcase_add_test(tc, test_put_ctrl_z);
	tcase_add_test(tc, test_put_too_late);
	tcase_add_test(tc, test_peer_closes);
	tcase_add_test(tc, test_silence);
	tcase_add_test(tc, test_abort);
	tcase_add_test(tc, test_network_lost);
	tcase_add_test(tc, test_power_cut);
}

int main(void)
{
	return rig_main("ftps", add);
}
