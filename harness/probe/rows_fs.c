/* Drives, files, certificates, and what a data prompt does. Scratch files are called hilprobe. */
#include "harness/probe/rows.h"

#define STORE "AT+CCERTDOWN=\"hilprobe.pem\",10\n<0123456789\n"
#define DELETE "-AT+CCERTDELE=\"hilprobe.pem\"\n"

#define FILE_MAKE(path, bytes) "AT+CFTRANRX=\"" path "\"," bytes "\n<{*x}\n"
#define FILE_DELETE(path) "-AT+FSDEL=\"" path "\"\n"

const struct experiment probe_fs[] = {
	/* Certificates and SSL contexts */
	{ PROBE_WRITE, .setup = "AT+CCERTDOWN=\"hilprobe.pem\",10", .ask = "<0123456789", .cleanup = DELETE,
	  .read = { { "ccertdown", "^< OK$", "ok" }, { "ccertdown", "^< ERROR$", "error" } } },
	{ PROBE_WRITE, .ask = "AT+CSSLCFG=\"cacert\",9,\"hilnone.pem\"",
	  .read = { { "csslcfg_file_check", "^< ERROR$", "true" }, { "csslcfg_file_check", "^< OK$", "false" } } },
	/* The prompt of a download: what it looks like, whether it ends by itself, whether what is typed comes back. */
	{ PROBE_WRITE, .ask = "AT+CCERTDOWN=\"hilprobe.pem\",10\n. @200ms", .cleanup = "<0123456789\n" DELETE,
	  .read = { { "prompt_crlf", "\\\\r\\\\n> ?\\\\r\\\\n$", "crlf", .raw = true },
		    { "prompt_crlf", "\\\\r\\\\n> ?$", "none", .raw = true } } },
	{ PROBE_WRITE, .setup = "ATE1\nAT+CCERTDOWN=\"hilprobe.pem\",10", .ask = "<0123456789",
	  .cleanup = "ATE0\n" DELETE,
	  .read = { { "echo_data", "0123456789", "true", .raw = true },
		    { "echo_data", "OK|ERROR", "false", .raw = true } } },
	{ PROBE_WRITE, .ask = "AT+CCERTDOWN=\"hilprobe.pem\",10\n.~^ERROR$ @3m",
	  .cleanup = "<0123456789 @1s\n-AT @1s\n" DELETE,
	  .read = { { "prompt_timeout_ms", TIME("^< (ERROR)$"), .from = "^< >$" },
		    { "prompt_timeout_ms", "^< >$", "0" } } },
	/* Files */
	{ PROBE_WRITE, .setup = "?+FSCD\nAT+FSCD=C:/\nAT+CFTRANRX=\"C:/hilprobe.txt\",10\n<0123456789",
	  .ask = "AT+FSATTRI=hilprobe.txt\nAT+CFTRANTX=\"C:/hilprobe.txt\"\n. @500ms",
	  .cleanup = FILE_DELETE("C:/hilprobe.txt"),
	  .read = { { "fsattri_space", "^< \\+FSATTRI: \\d+, ", "true" },
		    { "fsattri_space", "^< \\+FSATTRI: \\d+,\\d", "false" },
		    { "cftrantx_ok_first", "^> AT\\+CFTRANTX[^\n]*\n< OK\n< \\+CFTRANTX: DATA", "true" },
		    { "cftrantx_ok_first", "^> AT\\+CFTRANTX[^\n]*\n< \\+CFTRANTX: DATA", "false" } } },
	/* A drive that is not there may never answer. */
	{ PROBE_WRITE, .setup = "?+FSCD", .ask = "AT+FSCD=E:/ @5s\n-AT @2s",
	  .read = { { "fs_media", "^> AT\\+FSCD=E:/\n< \\+FSCD: ", "present" },
		    { "fs_media", "^> AT\\+FSCD=E:/\n< ERROR$", "missing" },
		    { "fs_media", "^> AT\\+FSCD=E:/\n> AT$", "hangs" } } },
	{ PROBE_WRITE, .only = "fs_media=present", .setup = "?+FSCD\nAT+FSCD=E:/", .ask = "AT+FSMEM",
	  .read = { { "fs_e_bytes", "^< \\+FSMEM: E:\\((\\d+),", "$1" } } },
	{ PROBE_WRITE, .from = 65536, .setup = FILE_MAKE("C:/hilprobe.txt", "{n}"),
	  .ask = "AT+FSCOPY=\"C:/hilprobe.txt\",\"C:/hilcopy.txt\" @60s",
	  .cleanup = FILE_DELETE("C:/hilprobe.txt") FILE_DELETE("C:/hilcopy.txt"),
	  .read = { { "fs_copy_kb_s", RATE("^< (\\+FSCOPY: 100\\.0)$"), .from = "^< (\\+FSCOPY: 1\\.0)$",
		      .per = 64 } } },
	{ .ask = NULL },
};
