/* AT+FS* and AT+CFTRAN*: exact bytes, what a path may be, what survives, and that no path leaves the store. */
#include <dirent.h>
#include <sys/stat.h>

#include "modem/fs.h"
#include "modem/store.h"
#include "tests/rig.h"

#define B04 "LE20B04V03SIM7600M22"
#define A7670 "A011B03A7670M7_F"

static char dir[64];
static const char filler[1024];

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/test-fs-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void remove_tree(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char child[512];

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, e->d_name);
		if (unlink(child))
			remove_tree(child);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static void drop_dir(void)
{
	remove_tree(dir);
}

static void put(struct rig *r, const char *path, const char *text)
{
	ck_assert_int_eq(fs_write(r->modem->fs, path, text, strlen(text)), FS_OK);
}

static void holds(struct rig *r, const char *path, const char *text)
{
	enum fs_err err;
	const struct store_file *f = fs_file(r->modem->fs, path, &err);

	ck_assert_msg(f != NULL, "%s: %s", path, fs_err_text(err));
	ck_assert_uint_eq(f->len, strlen(text));
	ck_assert(!memcmp(f->data, text, f->len));
}

static void lacks(struct rig *r, const char *path)
{
	enum fs_err err;

	ck_assert_ptr_null(fs_file(r->modem->fs, path, &err));
}

/* --- directories ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *in, *out;
} directory_rows[] = {
	{ "AT+FSCD?\r", "\r\n+FSCD: C:/\r\n" RIG_OK },
	{ "AT+FSCD=?\r", RIG_OK },
	{ "AT+FSCD=E:/\r", "\r\n+FSCD: E:/\r\n" RIG_OK },
	{ "AT+FSLS?\r", "\r\n+FSLS: SUBDIRECTORIES:0,FILES:0\r\n" RIG_OK },
	{ "AT+FSLS=?\r", "\r\n+FSLS: (0-2)\r\n" RIG_OK },
	{ "AT+FSLS\r", RIG_OK },
	{ "AT+FSMKDIR=mssl_cert\r", RIG_OK },
	{ "AT+FSMKDIR=mssl_cert\r", RIG_ERROR },
	{ "AT+FSMKDIR=a/b\r", RIG_ERROR },
	{ "AT+FSMKDIR=\"a\"\r", RIG_OK },
	{ "AT+FSMKDIR=a/b/\r", RIG_OK },
	{ "AT+FSCD=mssl_cert/\r", "\r\n+FSCD: E:/mssl_cert/\r\n" RIG_OK },
	{ "AT+FSCD=../a/./b/\r", "\r\n+FSCD: E:/a/b/\r\n" RIG_OK },
	{ "AT+FSCD=..\r", "\r\n+FSCD: E:/a/\r\n" RIG_OK },
	{ "AT+FSCD=../../../..\r", "\r\n+FSCD: E:/\r\n" RIG_OK },
	{ "AT+FSCD=a\r", "\r\n+FSCD: E:/a/\r\n" RIG_OK },
	{ "AT+FSLS\r", "\r\n+FSLS: SUBDIRECTORIES:\r\nb\r\n" RIG_OK },
	{ "AT+FSRMDIR=../a\r", RIG_ERROR },
	{ "AT+FSRMDIR=b\r", RIG_OK },
	{ "AT+FSRMDIR=b\r", RIG_ERROR },
	{ "AT+FSRMDIR=../a\r", RIG_ERROR }, /* one stands in it */
	{ "AT+FSCD=e:\r", "\r\n+FSCD: E:/\r\n" RIG_OK },
	{ "AT+FSRMDIR=a\r", RIG_OK },
	{ "AT+FSRMDIR=E:/\r", RIG_ERROR },
	{ "AT+FSCD=F:/\r", "\r\n+FSCD: F:/\r\n" RIG_OK },
	{ "AT+FSCD=D:\r", RIG_ERROR },
	{ "AT+FSCD=G:\r", RIG_ERROR },
	{ "AT+FSCD=no\r", RIG_ERROR },
	{ "AT+FSCD?\r", "\r\n+FSCD: F:/\r\n" RIG_OK },
	{ "AT+FSMKDIR=C:/x\r", RIG_ERROR },
	{ "AT+FSLOCA?\r", "\r\n+FSLOCA: 0\r\n" RIG_OK },
	{ "AT+FSLOCA=?\r", "\r\n+FSLOCA: 0\r\n" RIG_OK },
	{ "AT+FSLOCA=0\r", RIG_OK },
	{ "AT+FSLOCA=1\r", RIG_ERROR },
};

START_TEST(directories)
{
	struct rig *r = rig_new(B04);

	for (size_t i = 0; i < sizeof(directory_rows) / sizeof(directory_rows[0]); i++)
		rig_row(r, directory_rows[i].in, directory_rows[i].out);
	rig_free(r);
}
END_TEST

/* What is not a name, or would lead elsewhere. Each is refused as directory, file and target. */
static const char *const bad_names[] = {
	".hidden", "a\\b", "a:b",     "a*",	    "a?",   "a<b",	 "a>b",	 "a|b",
	"-x",	   "dot.", "c/../.x", "E:/a/.../b", "D:/x", "/..hidden", "Q:/x",
};

START_TEST(names)
{
	struct rig *r = rig_new(B04);
	char line[300], full[FS_PATH_SIZE];

	rig_row(r, "AT+FSCD=E:\r", "\r\n+FSCD: E:/\r\n" RIG_OK);
	for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++) {
		ck_assert_msg(fs_resolve(r->modem->fs, bad_names[i], full) != FS_OK, "%s", bad_names[i]);
		ck_assert_msg(fs_write(r->modem->fs, bad_names[i], "x", 1) != FS_OK, "%s", bad_names[i]);
		ck_assert_msg(fs_mkdir(r->modem->fs, bad_names[i]) != FS_OK, "%s", bad_names[i]);
		snprintf(line, sizeof(line), "AT+FSMKDIR=\"%s\"\r", bad_names[i]);
		rig_row(r, line, RIG_ERROR);
	}
	ck_assert_int_eq(fs_mkdir(r->modem->fs, "a\x7f"
						"b"),
			 FS_BAD_NAME);
	rig_row(r, "AT+FSLS?\r", "\r\n+FSLS: SUBDIRECTORIES:0,FILES:0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* Dots that a host file system would follow, or hide, are kept as they are and come back as they were. */
START_TEST(names_survive)
{
	static const char *const good[] = { "a..b", "a...b", "_x", "9", "a b", "A", "a", "x.y.z", "\x61\xc3\xa9" };
	struct rig *r = rig_new_off(B04, NULL, NULL, 0, dir);
	char path[FS_PATH_SIZE];

	modem_power_on(r->modem, MODEM_BOOT_WARM);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(path, sizeof(path), "E:/%s", good[i]);
		put(r, path, good[i]);
	}
	rig_free(r);
	r = rig_new_off(B04, NULL, NULL, 0, dir);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(path, sizeof(path), "E:/%s", good[i]);
		holds(r, path, good[i]);
	}
	rig_free(r);
}
END_TEST

START_TEST(longest_path)
{
	struct rig *r = rig_new(B04);
	char path[FS_PATH_SIZE] = "E:/";

	memset(path + 3, 'n', FS_PATH_MAX + 1 - 3);
	path[FS_PATH_MAX] = '\0';
	put(r, path, "x");
	path[FS_PATH_MAX] = 'n';
	ck_assert_int_eq(fs_write(r->modem->fs, path, "x", 1), FS_BAD_PATH);
	rig_free(r);
}
END_TEST

/* --- files ------------------------------------------------------------------------------------------------------ */

START_TEST(files)
{
	struct rig *r = rig_new(B04);

	put(r, "C:/t1.txt", "one");
	put(r, "C:/t2.txt", "second");
	rig_row(r, "AT+FSLS\r", "\r\n+FSLS: FILES:\r\nt1.txt\r\nt2.txt\r\n" RIG_OK);
	rig_row(r, "AT+FSLS=1\r", RIG_OK);
	rig_row(r, "AT+FSLS=2\r", "\r\n+FSLS: FILES:\r\nt1.txt\r\nt2.txt\r\n" RIG_OK);
	rig_row(r, "AT+FSLS?\r", "\r\n+FSLS: SUBDIRECTORIES:0,FILES:2\r\n" RIG_OK);
	rig_row(r, "AT+FSRENAME=\"t1.txt\",\"t2.txt\"\r", RIG_ERROR);
	rig_why(r, "FILE IS EXISTING");
	rig_row(r, "AT+FSRENAME=t1.txt,E:/t.txt\r", RIG_ERROR);
	rig_row(r, "AT+FSRENAME=t1.txt,t3.txt\r", RIG_OK);
	rig_row(r, "AT+FSRENAME=t1.txt,t4.txt\r", RIG_ERROR);
	holds(r, "C:/t3.txt", "one");
	lacks(r, "C:/t1.txt");
	rig_row(r, "AT+FSDEL=t1.txt\r", RIG_ERROR);
	rig_row(r, "AT+FSDEL=\"t3.txt\"\r", RIG_OK);
	lacks(r, "C:/t3.txt");
	rig_row(r, "AT+FSDEL=*.*\r", RIG_OK);
	rig_row(r, "AT+FSDEL=*.*\r", RIG_OK);
	rig_row(r, "AT+FSLS\r", RIG_OK);
	rig_free(r);
}
END_TEST

/* *.* takes the files of one directory and leaves the others and their directories. */
START_TEST(delete_all)
{
	struct rig *r = rig_new(B04);

	ck_assert_int_eq(fs_mkdir(r->modem->fs, "E:/d"), FS_OK);
	ck_assert_int_eq(fs_mkdir(r->modem->fs, "E:/dd"), FS_OK);
	put(r, "E:/d/x", "1");
	put(r, "E:/d/y", "1");
	put(r, "E:/dd/x", "1");
	put(r, "E:/x", "1");
	rig_row(r, "AT+FSCD=E:\r", "\r\n+FSCD: E:/\r\n" RIG_OK);
	rig_row(r, "AT+FSLS\r", "\r\n+FSLS: SUBDIRECTORIES:\r\nd\r\ndd\r\n\r\n+FSLS: FILES:\r\nx\r\n" RIG_OK);
	rig_row(r, "AT+FSDEL=d/*.*\r", RIG_OK);
	lacks(r, "E:/d/x");
	lacks(r, "E:/d/y");
	holds(r, "E:/dd/x", "1");
	holds(r, "E:/x", "1");
	rig_row(r, "AT+FSDEL=no/*.*\r", RIG_ERROR);
	rig_row(r, "AT+FSDEL=x*.*\r", RIG_ERROR);
	rig_row(r, "AT+FSRMDIR=d\r", RIG_OK);
	rig_row(r, "AT+FSRMDIR=dd\r", RIG_ERROR);
	rig_why(r, "FORBID DELETE DIRECTORY");
	rig_free(r);
}
END_TEST

START_TEST(attributes)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CCLK=\"26/03/05,01:02:03+04\"\r", RIG_OK);
	put(r, "C:/a", "12345");
	rig_row(r, "AT+FSATTRI=a\r", "\r\n+FSATTRI: 5, 2026/03/05 01:02:03 Thu\r\n" RIG_OK);
	rig_row(r, "AT+FSATTRI=/a\r", "\r\n+FSATTRI: 5, 2026/03/05 01:02:03 Thu\r\n" RIG_OK);
	rig_row(r, "AT+FSATTRI=b\r", RIG_ERROR);
	rig_row(r, "AT+FSMEM\r", "\r\n+FSMEM: C:(11348480,512)\r\n" RIG_OK);
	rig_row(r, "AT+FSCD=E:\r", "\r\n+FSCD: E:/\r\n" RIG_OK);
	rig_row(r, "AT+FSMEM\r", "\r\n+FSMEM: E:(25165824,0)\r\n" RIG_OK);
	rig_free(r);
	r = rig_new_with(B04, (const char *const[]){ "fsattri_space=false", NULL });
	rig_row(r, "AT+CCLK=\"26/03/05,01:02:03+00\"\r", RIG_OK);
	put(r, "C:/a", "");
	rig_row(r, "AT+FSATTRI=a\r", "\r\n+FSATTRI: 0,2026/03/05 01:02:03 Thu\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* --- drives ----------------------------------------------------------------------------------------------------- */

START_TEST(drives)
{
	struct rig *r = rig_new_with(B04, (const char *const[]){ "fs_sd_card=true", "fs_media=missing", NULL });

	rig_row(r, "AT+FSCD=D:\r", "\r\n+FSCD: D:/\r\n" RIG_OK);
	put(r, "D:/on-card", "x");
	rig_row(r, "AT+FSCD=E:\r", RIG_ERROR);
	rig_free(r);
	r = rig_new_with(B04, (const char *const[]){ "fs_media=hangs", NULL });
	rig_row(r, "AT+FSCD=E:/\r", "");
	rig_quiet(r, 60000);
	rig_row(r, "AT\r", RIG_OK);
	rig_row(r, "AT+FSCD=G:/\r", RIG_ERROR);
	rig_free(r);
}
END_TEST

/* C:, D: and E: keep their files over a power cycle and a restart of the program, F: does not. */
START_TEST(survive)
{
	static const char *const card[] = { "fs_sd_card=true", NULL };
	struct rig *r = rig_new_off(B04, card, NULL, 0, dir);

	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CCLK=\"26/03/05,01:02:03+00\"\r", RIG_OK);
	ck_assert_int_eq(fs_mkdir(r->modem->fs, "E:/a"), FS_OK);
	ck_assert_int_eq(fs_mkdir(r->modem->fs, "E:/a/b"), FS_OK);
	ck_assert_int_eq(fs_mkdir(r->modem->fs, "F:/a"), FS_OK);
	put(r, "C:/c", "c");
	put(r, "D:/d", "d");
	put(r, "E:/a/b/e", "e");
	put(r, "F:/a/f", "f");
	ck_assert_int_eq(fs_append(r->modem->fs, "E:/a/b/e", "+", 1), FS_OK);
	modem_power_off(r->modem);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	ck_assert_str_eq(fs_cwd(r->modem->fs), "C:/");
	lacks(r, "F:/a/f");
	rig_free(r);

	r = rig_new_off(B04, card, NULL, 0, dir);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	holds(r, "C:/c", "c");
	holds(r, "D:/d", "d");
	holds(r, "E:/a/b/e", "e+");
	rig_row(r, "AT+FSATTRI=C:/c\r", "\r\n+FSATTRI: 1, 2026/03/05 01:02:03 Thu\r\n" RIG_OK);
	rig_row(r, "AT+FSCD=E:/a\r", "\r\n+FSCD: E:/a/\r\n" RIG_OK);
	rig_row(r, "AT+FSLS\r", "\r\n+FSLS: SUBDIRECTORIES:\r\nb\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* A person puts files into the state directory; directories that only a name implies come to be. */
START_TEST(by_hand)
{
	struct rig *r;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/fs-e", dir);
	ck_assert_int_eq(mkdir(path, 0777), 0);
	snprintf(path, sizeof(path), "%s/fs-e/x:y:note.txt", dir);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs("by hand", f);
	fclose(f);
	r = rig_new_off(B04, NULL, NULL, 0, dir);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	holds(r, "E:/x/y/note.txt", "by hand");
	rig_row(r, "AT+FSCD=E:/x\r", "\r\n+FSCD: E:/x/\r\n" RIG_OK);
	rig_row(r, "AT+FSLS\r", "\r\n+FSLS: SUBDIRECTORIES:\r\ny\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(full)
{
	struct rig *r = rig_new_with(
		B04, (const char *const[]){ "fs_c_bytes=1024", "fs_d_bytes=512", "fs_sd_card=true", NULL });

	put(r, "C:/a", "a");
	ck_assert_int_eq(fs_write(r->modem->fs, "C:/b", filler, 513), FS_FULL);
	ck_assert_int_eq(fs_write(r->modem->fs, "C:/b", filler, 512), FS_OK);
	ck_assert_int_eq(fs_append(r->modem->fs, "C:/b", filler, 1), FS_FULL);
	ck_assert_int_eq(fs_append(r->modem->fs, "C:/a", filler, 511), FS_OK);
	ck_assert_int_eq(fs_write(r->modem->fs, "C:/b", filler, 513), FS_FULL);
	ck_assert_int_eq(fs_write(r->modem->fs, "D:/b", filler, 513), FS_CARD_FULL);
	rig_row(r, "AT+FSMEM\r", "\r\n+FSMEM: C:(1024,1024)\r\n" RIG_OK);
	rig_row(r, "AT+CFTRANRX=\"C:/c\",1\r", "\r\n>" RIG_ERROR);
	rig_why(r, "EFS HAVE NO ENOUGH MEMORY");
	rig_row(r, "AT+CFTRANRX=\"C:/b\",512\r", "\r\n>");
	rig_free(r);
}
END_TEST

/* --- FSCOPY ----------------------------------------------------------------------------------------------------- */

START_TEST(copy)
{
	struct rig *r = rig_new(B04);
	size_t n = 100000;
	char *data = calloc(1, n);

	put(r, "C:/a", "abc");
	rig_row(r, "AT+FSCOPY=\"C:/a\",\"C:/b\"\r", "\r\n+FSCOPY: 1.0\r\n\r\n+FSCOPY: 100.0\r\n" RIG_OK);
	holds(r, "C:/b", "abc");
	rig_row(r, "AT+FSCOPY=a,c,1\r", RIG_OK "\r\n+FSCOPY: 1.0\r\n\r\n+FSCOPY: 100.0\r\n\r\n+FSCOPY: END\r\n");
	holds(r, "C:/c", "abc");
	ck_assert_int_eq(fs_write(r->modem->fs, "E:/big", data, n), FS_OK);
	rig_row(r, "AT+FSCD=F:\r", "\r\n+FSCD: F:/\r\n" RIG_OK);
	rig_row(r, "AT+FSCOPY=E:/big,big\r", "\r\n+FSCOPY: 1.0\r\n\r\n+FSCOPY: 65.5\r\n\r\n+FSCOPY: 100.0\r\n" RIG_OK);
	rig_row(r, "AT+FSATTRI=big\r", "\r\n+FSATTRI: 100000, 2026/01/01 00:00:00 Thu\r\n" RIG_OK);
	rig_free(r);
	free(data);
}
END_TEST

static const struct {
	const char *in, *text;
} copy_refusals[] = {
	{ "no,b", "FILE NOT EXISTING" },
	{ "a,a", "FILE IS EXISTING" },
	{ "a,b", "FILE IS EXISTING" },
	{ "a,C:/", "DIRECTORY IS EXISTED" },
	{ "E:/e,E:/d", "DIRECTORY IS EXISTED" },
	{ "E:/e,E:/no/e", "DIRECTORY NOT EXISTED" },
	{ "a,no/b", "FORBID CREATE DIRECTORY UNDER \"C:/\"" },
	{ "E:/d,E:/d2", "FORBID DELETE DIRECTORY" },
	{ "a,E:/a", "INVALID PATH NAME" },
	{ "E:/e,C:/e", "INVALID PATH NAME" },
	{ "a,X:/a", "INVALID PATH NAME" },
	{ "a,b.", "INVALID FILE NAME" },
	{ "E:/e,D:/e", "SD CARD NOT PLUGGED IN" },
	{ "E:/e,F:/e", "EFS HAVE NO ENOUGH MEMORY" },
};

START_TEST(copy_fails)
{
	struct rig *r = rig_new_with(B04, (const char *const[]){ "fs_f_bytes=512", NULL });
	char line[80], want[120];

	put(r, "C:/a", "a");
	put(r, "C:/b", "b");
	ck_assert_int_eq(fs_mkdir(r->modem->fs, "E:/d"), FS_OK);
	ck_assert_int_eq(fs_write(r->modem->fs, "E:/e", filler, 513), FS_OK);
	for (size_t i = 0; i < sizeof(copy_refusals) / sizeof(copy_refusals[0]); i++) {
		snprintf(line, sizeof(line), "AT+FSCOPY=%s\r", copy_refusals[i].in);
		snprintf(want, sizeof(want), "\r\n%s\r\n" RIG_ERROR, copy_refusals[i].text);
		rig_row(r, line, want);
	}
	rig_free(r);
	r = rig_new_with(B04, (const char *const[]){ "fs_sd_card=true", "fs_d_bytes=512", NULL });
	ck_assert_int_eq(fs_write(r->modem->fs, "E:/e", filler, 513), FS_OK);
	rig_row(r, "AT+FSCOPY=E:/e,D:/e\r", "\r\nSD CARD HAVE NO ENOUGH MEMORY\r\n" RIG_ERROR);
	rig_free(r);
}
END_TEST

/* The source goes away, or the target's drive fills up, while a copy is under way: no half file stays. */
START_TEST(copy_breaks)
{
	struct rig *r = rig_new_with(B04, (const char *const[]){ "fs_e_bytes=300032", NULL });
	size_t n = 100000;
	char *data = calloc(1, n);

	ck_assert_int_eq(fs_write(r->modem->fs, "E:/big", data, n), FS_OK);
	rig_row(r, "AT+FSCOPY=E:/big,E:/copy,1\r", RIG_OK "\r\n+FSCOPY: 1.0\r\n\r\n+FSCOPY: 65.5\r\n");
	rig_row(r, "AT+FSCOPY=E:/big,E:/other\r", "\r\nFILE CREATE ERROR\r\n" RIG_ERROR);
	rig_row(r, "AT+FSDEL=E:/big\r", RIG_OK "\r\nREAD FILE ERROR\r\n");
	lacks(r, "E:/copy");
	ck_assert_int_eq(fs_write(r->modem->fs, "E:/big", data, n), FS_OK);
	rig_row(r, "AT+FSCOPY=E:/big,E:/copy\r", "\r\n+FSCOPY: 1.0\r\n\r\n+FSCOPY: 65.5\r\n");
	ck_assert_int_eq(fs_write(r->modem->fs, "E:/more", data, n), FS_OK);
	rig_more(r, "\r\nEFS HAVE NO ENOUGH MEMORY\r\n" RIG_ERROR);
	lacks(r, "E:/copy");
	rig_row(r, "AT+FSDEL=E:/more\r", RIG_OK);
	rig_row(r, "AT+FSCOPY=E:/big,E:/copy,1\r", RIG_OK "\r\n+FSCOPY: 1.0\r\n");
	modem_power_off(r->modem);
	rig_quiet(r, 10000);
	rig_free(r);
	free(data);
}
END_TEST

/* --- CFTRANRX, CFTRANTX ----------------------------------------------------------------------------------------- */

START_TEST(receive)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CFTRANRX=?\r", "\r\n+CFTRANRX: [{non-ascii}]\"FILEPATH\"\r\n" RIG_OK);
	rig_row(r, "AT+CFTRANRX=\"c:/t1.txt\",10\r", "\r\n>");
	rig_row(r,
		"Tes\r\n\x1a"
		"4\x1b"
		"89",
		RIG_OK);
	holds(r, "C:/t1.txt",
	      "Tes\r\n\x1a"
	      "4\x1b"
	      "89");
	rig_row(r, "AT+CFTRANRX=\"E:name\",1\r", "\r\n>");
	rig_row(r, "x\r\n", RIG_OK);
	holds(r, "E:/name", "x");
	rig_row(r, "AT+CFTRANRX=\"c:/t1.txt\",0\r", "\r\n>" RIG_OK);
	holds(r, "C:/t1.txt", "");
	rig_row(r, "AT+CFTRANRX={non-ascii}\"433A2F78C3A9\",1\r", "\r\n>");
	rig_row(r, "y", RIG_OK);
	holds(r, "C:/x\xc3\xa9", "y");
	rig_row(r, "AT+CFTRANRX=\"c:/no/t1.txt\",10\r", RIG_ERROR);
	rig_row(r, "AT+CFTRANRX=\"c:/../../etc/passwd\",10\r", RIG_ERROR);
	rig_row(r, "AT+CFTRANRX=\"c:/\",10\r", RIG_ERROR);
	rig_row(r, "AT+CFTRANRX=\"c:/a\"\r", RIG_ERROR);
	rig_row(r, "AT+CFTRANRX=\"c:/a\",-1\r", RIG_ERROR);
	rig_row(r, "AT+CFTRANRX=\"c:/a\",1,1\r", RIG_ERROR);
	rig_row(r, "AT+CFTRANRX=\"c:/a\",2147483647\r", "\r\n>" RIG_ERROR);
	rig_row(r, "AT+CFTRANRX=\"c:/a\",2147483648\r", RIG_ERROR);
	rig_free(r);
}
END_TEST

/* With the echo on the entered bytes come back too. */
START_TEST(receive_echo)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "ATE1\r", RIG_OK);
	rig_row(r, "AT+CFTRANRX=\"c:/a\",3\r", "AT+CFTRANRX=\"c:/a\",3\r\r\n>");
	rig_row(r, "a\r\n", "a\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(transmit)
{
	struct rig *r = rig_new(B04);
	char data[1025], want[2048];

	memset(data, 'd', sizeof(data));
	data[1024] = '\0';
	put(r, "C:/t1.txt", "Testcontent");
	rig_row(r, "AT+CFTRANTX=\"c:/t1.txt\"\r",
		"\r\n+CFTRANTX: DATA,11\r\nTestcontent\r\n\r\n+CFTRANTX: 0\r\n" RIG_OK);
	rig_row(r, "AT+CFTRANTX=\"c:/t1.txt\",4,3\r", "\r\n+CFTRANTX: DATA,3\r\ncon\r\n\r\n+CFTRANTX: 0\r\n" RIG_OK);
	rig_row(r, "AT+CFTRANTX=\"c:/t1.txt\",4\r", "\r\n+CFTRANTX: DATA,7\r\ncontent\r\n\r\n+CFTRANTX: 0\r\n" RIG_OK);
	rig_row(r, "AT+CFTRANTX=\"c:/t1.txt\",10,100\r", "\r\n+CFTRANTX: DATA,1\r\nt\r\n\r\n+CFTRANTX: 0\r\n" RIG_OK);
	rig_row(r, "AT+CFTRANTX=\"c:/t1.txt\",11,1\r", "\r\n+CFTRANTX: 0\r\n" RIG_OK);
	rig_row(r, "AT+CFTRANTX=\"c:/t1.txt\",12,1\r", RIG_ERROR);
	rig_row(r, "AT+CFTRANTX=\"c:/t2.txt\"\r", RIG_ERROR);
	put(r, "E:/big", data);
	snprintf(want, sizeof(want),
		 "\r\n+CFTRANTX: DATA,512\r\n%.512s\r\n+CFTRANTX: DATA,512\r\n%.512s\r\n\r\n+CFTRANTX: 0\r\n" RIG_OK,
		 data, data);
	rig_row(r, "AT+CFTRANTX=\"E:big\"\r", want);
	rig_free(r);
	r = rig_new_with(B04, (const char *const[]){ "cftrantx_ok_first=true", NULL });
	put(r, "C:/a", "x");
	rig_row(r, "AT+CFTRANTX=\"c:/a\"\r", RIG_OK "\r\n+CFTRANTX: DATA,1\r\nx\r\n\r\n+CFTRANTX: 0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* --- CCERTMOVE -------------------------------------------------------------------------------------------------- */

START_TEST(cert_move)
{
	struct rig *r = rig_new(A7670);

	put(r, "C:/ca.pem", "a certificate");
	rig_row(r, "AT+CCERTMOVE=\"cb.pem\"\r", RIG_ERROR);
	rig_row(r, "AT+CCERTMOVE=\"ca.pem\"\r", RIG_OK);
	rig_row(r, "AT+CCERTLIST\r", "\r\n+CCERTLIST: \"ca.pem\"\r\n" RIG_OK);
	rig_row(r, "AT+FSLS\r", RIG_OK);
	put(r, "C:/x", "name too short for the store");
	rig_row(r, "AT+CCERTMOVE=\"x\"\r", RIG_ERROR);
	holds(r, "C:/x", "name too short for the store");
	rig_free(r);
}
END_TEST

/* 10 MB that come in small pieces cost no more than one piece of 10 MB would: memory and disk. */
START_TEST(append)
{
	struct rig *r = rig_new_off(B04, NULL, NULL, 0, dir);
	char piece[4096];
	enum fs_err err;

	for (size_t i = 0; i < sizeof(piece); i++)
		piece[i] = (char)(i * 7);
	for (int i = 0; i < 2560; i++)
		ck_assert_int_eq(fs_append(r->modem->fs, "E:/big", piece, sizeof(piece)), FS_OK);
	rig_free(r);
	r = rig_new_off(B04, NULL, NULL, 0, dir);
	ck_assert_uint_eq(fs_file(r->modem->fs, "E:/big", &err)->len, 10485760);
	ck_assert(!memcmp((const char *)fs_file(r->modem->fs, "E:/big", &err)->data + 4096 * 2559, piece, 4096));
	ck_assert_int_eq(fs_truncate(r->modem->fs, "E:/big", 3), FS_OK);
	ck_assert_int_eq(fs_append(r->modem->fs, "E:/big", "end", 3), FS_OK);
	ck_assert_uint_eq(fs_file(r->modem->fs, "E:/big", &err)->len, 6);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, make_dir, drop_dir);
	tcase_add_test(tc, directories);
	tcase_add_test(tc, names);
	tcase_add_test(tc, names_survive);
	tcase_add_test(tc, longest_path);
	tcase_add_test(tc, files);
	tcase_add_test(tc, delete_all);
	tcase_add_test(tc, attributes);
	tcase_add_test(tc, drives);
	tcase_add_test(tc, survive);
	tcase_add_test(tc, by_hand);
	tcase_add_test(tc, full);
	tcase_add_test(tc, copy);
	tcase_add_test(tc, copy_fails);
	tcase_add_test(tc, copy_breaks);
	tcase_add_test(tc, receive);
	tcase_add_test(tc, receive_echo);
	tcase_add_test(tc, transmit);
	tcase_add_test(tc, cert_move);
	tcase_add_test(tc, append);
}

int main(void)
{
	return rig_main("fs", add);
}
