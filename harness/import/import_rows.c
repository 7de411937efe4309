/*
 * Formats were looked up in the programs' own output (socat 1.7.4, tio 2.5, picocom 3.1, minicom 2.8,
 * jpnevulator 2.3.6, xxd, hexdump) and in public logs (espressif/esp-idf 3697 and 10603, espressif/esp-protocols 375
 * and 406, vshymanskyy/TinyGSM 358, Xinyuan-LilyGO/LilyGo-Modem-Series 77, the Freematics forum). Order counts: the
 * first that fits.
 */
#include "harness/import/import_rows.h"

#include "base/str.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define CLOCK "(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)(?:[.,](?<fraction>\\d{1,9}))?"
#define DATE "(?<year>\\d{4})[-/.](?<month>\\d\\d)[-/.](?<day>\\d\\d)"
/* UTF-8 of what SSCOM writes in Chinese with an arrow and a diamond */
#define SSCOM_SENT "\xe5\x8f\x91\xe2\x86\x92\xe2\x97\x87"
#define SSCOM_RECEIVED "\xe6\x94\xb6\xe2\x86\x90\xe2\x97\x86"
#define PAIR "[0-9A-Fa-f]{2}"

const struct import_format import_format_rows[] = {
	{ "^[<>] " DATE " " CLOCK "  length=(?<length>\\d+) from=(?<offset>\\d+) to=\\d+$", "socat", LAYER_SOCAT, true,
	  "socat -v, -x and -x -v" },
	{ "^" DATE " (?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)\\.(?<fraction>\\d{6}):(?: (?<dir>.+?))?\\s*$",
	  "jpnevulator", LAYER_JPNEVULATOR, true, "jpnevulator --timing-print" },
	{ "^=+ ?(?<dir>SENT|RECV)@(?<ms>\\d+) ?=+$", "sent-recv", LAYER_SENT_RECV, true,
	  "=== SENT@ms === and === RECV@ms === blocks" },
	{ "^(?<offset>[0-9a-f]{8}): (?<hex>" PAIR "(?: ?" PAIR ")*)(?:  .*)?$", "xxd", LAYER_HEX, true, "xxd" },
	{ "^(?<offset>[0-9a-f]{6,8})  ?(?<hex>" PAIR "(?:  ?" PAIR ")*)\\s+[|>].*[|<]$", "hexdump", LAYER_HEX, true,
	  "hexdump -C, od -t x1z" },
	{ "^(?:\\S+: )?0x[0-9a-f]{8}\\s+(?<hex>" PAIR "(?:  ?" PAIR ")*)\\s+\\|.*\\|$", "esp-idf", LAYER_HEX, false,
	  "ESP-IDF log lines, hex dumps of esp_modem included" },
	{ "^\\{\"(?:t|schema|event|d)\":.*", "jsonl", LAYER_JSONL, true, "recordings and traces of this project" },

	{ "^[EWIDV] \\((?<ms>\\d+)\\) [^:]{1,40}: ?(?<text>.*)$", "esp-idf", LAYER_LOG, false, NULL },
	{ "^[EWIDV}] \\(" CLOCK "\\) [^:]{1,40}: ?(?<text>.*)$", "esp-idf", LAYER_LOG, false, NULL },
	{ "^\\[(?<ms>\\d+)\\] ?(?<text>[^\\[\\]]*)$", "streamdebugger", LAYER_LOG, false,
	  "TinyGSM's StreamDebugger, commands and answers with a sketch's own lines between" },

	{ "^\\[" CLOCK "\\](?:\\[[A-Z]+\\])?\\[uart_debug:\\d+\\]: (?<dir>>>>|<<<) \"(?<text>.*)\"$", "quoted",
	  LAYER_QUOTED, false, "bytes in quotes, \\r and \\n shown: ESPHome's uart_debug, Python's b'AT\\r'" },
	{ "^(?:\\[?(?:" DATE "[T ])?" CLOCK "\\]?[ :-]+)?\\[?(?<dir>(?i:TX|RX|SEND|SENT|RECV)|>>+|<<+|->|<-)\\]?:? *"
	  "b?(?:\"(?=.*\\\\[rnx])|'(?=.*\\\\[rnx]))(?<text>.*)[\"']$",
	  "quoted", LAYER_QUOTED, false, NULL },
	{ "^\\[" CLOCK "\\] ?(?<dir>" SSCOM_SENT "|" SSCOM_RECEIVED ")(?<text>.*)$", "sscom", LAYER_MARK, false,
	  "SSCOM with times" },
	{ "^" CLOCK " ->(?: (?<text>.*))?$", "arduino", LAYER_STAMP, true, "the Arduino serial monitor with times" },
	{ "^\\[(?:" DATE "[T ])?" CLOCK "\\] ?(?<dir>TX|RX|>>|<<|->|<-)[: ] ?(?<text>.*)$", "marked", LAYER_MARK, false,
	  "lines marked TX and RX, >> and <<, SEND and RECV, with or without a time" },
	{ "^\\[" DATE "T" CLOCK "\\] ?(?<text>.*)$", "tio", LAYER_STAMP, true, "tio with --timestamp" },
	{ "^\\[" DATE " " CLOCK "\\] ?(?<text>.*)$", "minicom", LAYER_STAMP, true, "minicom, times included" },
	{ "^\\[" CLOCK "\\] ?(?<text>.*)$", "tio", LAYER_STAMP, true, NULL },
	{ "^\\[\\w{3} \\w{3} +\\d+ " CLOCK " \\d{4}\\] ?(?<text>.*)$", "teraterm", LAYER_STAMP, true,
	  "Tera Term with times" },
	{ "^" DATE "[T ]" CLOCK "(?:Z|[+-]\\d\\d:?\\d\\d)?[:,]? +(?<dir>TX|RX|>>|<<|->|<-)[: ] ?(?<text>.*)$", "marked",
	  LAYER_MARK, false, NULL },
	{ "^" DATE "[T ]" CLOCK "(?:Z|[+-]\\d\\d:?\\d\\d)?[:,]? +(?<text>.*)$", "stamped", LAYER_STAMP, true,
	  "lines after a date and a time" },
	{ "^(?=\\[|\\w+:|[<>=-])\\[?(?<dir>(?i:TX|RX|SEND|SENT|RECV)|>>+|<<+|-->|<--|=>|<=)\\]?:? +(?<text>\\S.*)$",
	  "marked", LAYER_MARK, false, NULL },
	{ "^(?:[-*+]|\\d{1,2}[.)])\\s+(?<text>`?[Aa][Tt][+$*&].*)$", "markdown", LAYER_WRAP, false,
	  "Markdown: code blocks, lists, quotes" },
	{ "^`(?<text>[^`]+)`$", "markdown", LAYER_WRAP, false, NULL },

	{ "^=~[=~]+ PuTTY log .* [=~]+$", "putty", LAYER_BANNER, false, "PuTTY's log file" },
	{ "^picocom v\\d", "picocom", LAYER_BANNER, false, "picocom, its start included" },
	{ "^(?:port is|flowcontrol|baudrate is|parity is|databits are|stopbits are|escape is|local echo is|noinit is|"
	  "noreset is|hangup is|nolock is|send_cmd is|receive_cmd is|imap is|omap is|emap is|logfile is|initstring|"
	  "exit_after is|exit is) *:",
	  "picocom", LAYER_BANNER, false, NULL },
	{ "^(?:Type \\[C-a\\]|Terminal ready$|Terminating\\.\\.\\.$|Thanks for using picocom|Skipping tty reset)",
	  "picocom", LAYER_BANNER, false, NULL },
	{ "^(?:Welcome to minicom|OPTIONS: |Compiled on .*\\.$|Port /dev/|Port .*, " CLOCK "$|Press CTRL-A Z for help)",
	  "minicom", LAYER_BANNER, false, NULL },
	{ "^(?:\\[.*\\] )?(?:tio v\\d|Press ctrl-t q to quit|Connected$|Disconnected$|Saved log to file|"
	  "Waiting for tty device)",
	  "tio", LAYER_BANNER, false, NULL },
	{ "^Script (?:started|done) on ", "script", LAYER_BANNER, false, "script(1)" },

	{ "(?!)", "plain", LAYER_PLAIN, false, "a terminal's capture: commands and answers, no times" },
};
const size_t import_format_count = COUNT(import_format_rows);
const size_t import_format_plain = COUNT(import_format_rows) - 1;

#define NAME "[+*^$#%&][A-Z][A-Z0-9_]*"
#define COMMAND \
	"(?i:AT)(?:(?i:" NAME ")(?:=\\?|\\?|=.*)?|(?i:[EQV][0-9]?|I[0-9]*|Z[0-9]?|&[CDFKVW][0-9]?|H[0-9]?|O[0-9]?|A)|" \
	"(?i:S)\\d+(?:\\?|=\\d+)|(?i:D)[^;]*;?)?"
#define LABEL "(?:Manufacturer|Model|Revision|QCN|SVN|IMEI|MEID|DeviceInfo|\\+GCAP)"

const struct import_look_row import_look_rows[] = {
	{ "^\\s*$", LOOK_BLANK },
	{ "^" COMMAND "$", LOOK_COMMAND },
	{ "^\\S+ commented (?:\\d+ |an? |last |on |yesterday)", LOOK_HEADER },
	{ "^(?:Open|Closed) \\S+ opened ", LOOK_HEADER },
	{ "^\\S.* (?:\\xc2\\xb7|\xe2\x80\xa2) (?:comment|description|\\d{4}-\\d\\d-\\d\\d)", LOOK_HEADER },
	{ "^(?:On .+|\\S+) wrote:$", LOOK_HEADER },
	{ "^(?:From|To|Subject|Date|Posted): \\S", LOOK_HEADER },
	{ "^-{3,} ?(?:Original Message|Forwarded message)", LOOK_HEADER },
	{ "^by \\S+ (?:\\xc2\\xbb|on) ", LOOK_HEADER },
	{ "^-----(?:BEGIN|END) [A-Z0-9 ]+-----$", LOOK_PEM },
	{ "^[A-Za-z0-9+/]{60,76}={0,2}$", LOOK_PEM },
	{ "^(?:\\s*(?://|/\\*|\\*/|#include|#define|#if|#endif)|"
	  "(?:const|static|void|char|int|bool|boolean|String|return|while|for|if|else|switch|case)\\b.*[;{(]|\\}|"
	  "[\\w.]+\\(.*\\);)",
	  LOOK_CODE },
	{ "^(?!(?i:AT[+$]))(?![+*]).*[^;][;{]$", LOOK_CODE },
	{ "\\\\n\\\\?$|\\\\n\\\\?\"", LOOK_CODE },
	{ "^(?:subject|issuer|depth|verify)(?:=|:)|^---$|^(?:No client certificate CA|Peer sign|Server Temp Key|"
	  "SSL handshake|Verif(?:y|ication)\\b|New, TLS|Server public key|Secure Renegotiation|Compression:|"
	  "Expansion:|No ALPN|SSL-Session:|Server certificate$|Protocol *:|Cipher *:)",
	  LOOK_OTHER },
	{ "^0[xX][0-9A-Fa-f]{4} \\S", LOOK_OTHER },
	{ "^(?:docker|openssl|sudo|apt|git|curl|wget|\\$) \\S", LOOK_OTHER },
	{ "Sahara|saharaHandle", LOOK_OTHER },
	{ "^>", LOOK_PROMPT },
	{ "^(?:OK|ERROR|\\+CM[ES] ERROR: ?.+|NO CARRIER|BUSY|NO ANSWER|NO DIALTONE|ABORTED|CONNECT(?: \\d+.*| FAIL)?)$",
	  LOOK_FINAL },
	{ "^" NAME ": ?", LOOK_ANSWER },
	{ "^" NAME "$", LOOK_ANSWER },
	{ "^(?:RDY|SMS DONE|PB DONE|RING|NORMAL POWER DOWN|VOICE CALL: .*|MISSED_CALL: .*|UNDER-VOLTAGE.*|"
	  "OVER-VOLTAGE.*|Call Ready|SMS Ready|RECV FROM:.*|\\d, (?:CONNECT OK|CLOSE OK|CLOSED|SEND OK))$",
	  LOOK_ANSWER },
	{ "^" LABEL ":", LOOK_ANSWER },
	{ "^\\$G[A-Z]{4},", LOOK_ANSWER },
	{ "^(?:SIM|A)\\d{4}\\w*_B\\d\\dV\\d\\d_\\d{6}$", LOOK_ANSWER },
	{ "^@\\S", LOOK_PROSE },
	{ "^https?://\\S+$", LOOK_PROSE },
	{ "^(?=(?:\\S+ +){2})(?=(?:.*?(?<![\\w\"])[A-Za-z]?[a-z]{2,}(?![\\w\"=])){2})", LOOK_PROSE },
	{ " #\\d+$", LOOK_PROSE },
	{ "^(?=.*[a-z]{2})(?:[A-Za-z0-9'.,:;!?()/+#&-]+)(?: [A-Za-z0-9'.,:;!?()/+#&-]+){0,5}$", LOOK_WORD },
	{ "^[A-Z][A-Z0-9_./ -]*$", LOOK_WORD },
	{ "^TLS ?\\d", LOOK_WORD },
	{ "^[.*=_~-]+$", LOOK_WORD },
};
const size_t import_look_count = COUNT(import_look_rows);

const struct import_follow_row import_follow_rows[] = {
	{ "^\\+CMQTTRX(?:TOPIC|PAYLOAD): \\d+,(?<length>\\d+)$" },
	{ "^\\+CIPRXGET: [23],\\d+,(?<length>\\d+),\\d+$" },
	{ "^\\+(?:RECEIVE,\\d+,|IPD)(?<length>\\d+):?$" },
	{ "^\\+CCHRECV: DATA,\\d+,(?<length>\\d+)$" },
	{ "^\\+(?:HTTPREAD|HTTPHEAD|CFTPSGET|CFTPSLIST|CFTRANTX): (?:DATA,)?(?:1,)?(?<length>\\d+)$" },
};
const size_t import_follow_count = COUNT(import_follow_rows);

/* Not inside quotes: an even number of them comes before. */
#define UNQUOTED "[^\"]*(?:\"[^\"]*\"[^\"]*)*?"

const struct import_comment_row import_comment_rows[] = {
	{ "^" UNQUOTED "(?<text>\\s*(?<!:)//.*)$" },
	{ "^" UNQUOTED "(?<text>\\s+\\([^()\"]*[A-Za-z]{2,} [^()\"]*\\)\\s*)$" },
	{ "^" UNQUOTED "(?<text>\\s+(?:<-+|-+>|\\xe2\\x86\\x90|#|--+)\\s.*)$" },
	{ "^(?i:AT)[+$*]" UNQUOTED "(?<text>\\s{2,}\\d{1,3})$" },
};
const size_t import_comment_count = COUNT(import_comment_rows);

#define TOKEN_COMMAND "(?i:AT)(?:[+$*](?i:[A-Z][A-Z0-9_]*)(?:=\\?|\\?|=(?:\"[^\"]*\"|[^\\s\"])+)?|I|E[01])?(?=\\s|$)"
#define TOKEN_ANSWER "\\+[A-Z][A-Z0-9]+: ?(?:\"[^\"]*\"|[^\\s\"])*(?=\\s|$)"
#define TOKEN_LABEL LABEL ":(?:.*?)(?=\\s+(?:" LABEL ":|OK$|(?:SIM|A)\\d{4}\\w*_B\\d\\dV\\d\\d_)|\\s*$)"

const char *const import_part_rows[PART_COUNT] = {
	[PART_TOKEN] = "\\G\\s*(?<text>" TOKEN_COMMAND "|(?:OK|ERROR)(?=\\s|$)|" TOKEN_LABEL "|" TOKEN_ANSWER
		       "|(?:SIM|A)\\d{4}\\w*_B\\d\\dV\\d\\d_\\d{6})",
	[PART_TOKEN_START] = "(?:^|(?<=\\s))(?=(?i:AT)[+$*](?i:[A-Z])|" LABEL ":)",
	[PART_GLUED] = "(?<=[^\\s\"'=,(+`])(?<text>AT\\+[A-Z]{3,}(?:=\\?|\\?|=(?:\"[^\"]*\"|[^\\s\"])+)?)$",
	[PART_MENTION] =
		"(?:^|(?<=[\\s\"'`(:]))(?<text>(?i:AT)\\+[A-Z]{3,}[A-Z0-9]*(?:=\\?|\\?|=(?:\"[^\"]*\"|[^\\s\"])+)?)",
};

const struct import_plain_row import_plain_rows[] = {
	{ "\xe2\x80\x9c", "\"" }, { "\xe2\x80\x9d", "\"" }, { "\xe2\x80\x9e", "\"" }, { "\xe2\x80\xb3", "\"" },
	{ "\xc2\xa0", " " },	  { "\xe2\x80\x8b", "" },   { "\xe2\x80\x93", "-" },  { "&quot;", "\"" },
	{ "&gt;", ">" },	  { "&lt;", "<" },	    { "&amp;", "&" },
};
const size_t import_plain_count = COUNT(import_plain_rows);

bool import_is_host_word(const char *p, size_t n)
{
	static const char *const words[] = { "TX", "SEND", "SENT", ">>", ">>>", "->", "-->", "=>", SSCOM_SENT };

	for (size_t i = 0; i < COUNT(words); i++) {
		if (str_ieq(p, n, words[i]))
			return true;
	}
	return false;
}
