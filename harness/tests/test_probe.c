/*
 * hil probe: every shipped revision, asked everything, gives itself back, and so does one that nobody has seen. What
 * may not be done is not done, and what answers nothing or nonsense is told apart.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/probe/commands.h"
#include "harness/probe/read.h"
#include "harness/probe/rows.h"
#include "harness/probe/script.h"
#include "harness/probe/yaml_out.h"
#include "harness/target.h"
#include "harness/verbs.h"

enum { ALL = PROBE_WRITE | PROBE_NETWORK | PROBE_BOOT, YAML_MAX = 1 << 20 };

/* --- a modem in this process ---------------------------------------------------------------------------------- */

struct rig {
	struct clock *clock;
	struct target *target;
	struct talk *talk;
	struct probe_result r;
	struct buf sent; /* all that the modem was sent */
};

static void on_bytes(const void *p, size_t n, void *ctx)
{
	talk_bytes(((struct rig *)ctx)->talk, p, n);
}

static void on_event(const struct target_event *ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static void on_gone(const char *why, void *ctx)
{
	talk_gone(((struct rig *)ctx)->talk, why);
}

static void to_modem(const void *p, size_t n, void *ctx)
{
	struct rig *rig = ctx;

	buf_add(&rig->sent, p, n);
	target_write(rig->target, p, n);
}

static void begin(struct rig *rig, const char *profile)
{
	static const char *const worlds[] = { "probe" };
	const struct modem_setup setup = { .profile = profile, .worlds = worlds, .n_worlds = 1 };
	struct target_options to = { .modem = &setup, .seed = 1, .hooks = { on_bytes, on_event, on_gone, rig } };
	struct talk_io io = { .write = to_modem, .ctx = rig };
	struct err e = { 0 };

	*rig = (struct rig){ .clock = clock_new_virtual() };
	buf_init(&rig->sent, 8 << 20);
	ck_assert_ptr_nonnull(rig->clock);
	to.clock = io.clock = rig->clock;
	rig->talk = talk_new(&io);
	ck_assert_ptr_nonnull(rig->talk);
	rig->target = target_inproc_new(&to, &e);
	ck_assert_msg(rig->target != NULL, "%s", e.msg);
}

static void end(struct rig *rig)
{
	probe_result_free(&rig->r);
	target_free(rig->target);
	talk_free(rig->talk);
	clock_free(rig->clock);
	buf_free(&rig->sent);
}

static void probe(struct rig *rig, unsigned allowed)
{
	const struct probe_options o = { .allowed = allowed };
	struct err e = { 0 };

	ck_assert_msg(!probe_run(rig->talk, &o, &rig->r, &e), "%s", e.msg);
	ck_assert_str_eq(buf_str(&rig->r.notes), "");
}

static const struct probe_value *seen(const struct rig *rig, const char *name)
{
	return &rig->r.value[emu_value_find(name)];
}

/* --- the profile that comes of it ----------------------------------------------------------------------------- */

/* What was seen is what the modem was made from. */
static void check_seen(const struct rig *rig, const struct emu_revision *rev, const char *name)
{
	for (size_t i = 0; i < rig->r.n; i++) {
		const struct probe_value *v = &rig->r.value[i];

		ck_assert_msg(v->state != PROBE_SEEN || !strncmp(v->evidence, "probe:AT", 8), "%s: %s",
			      emu_value_info(i).name, v->evidence);
		ck_assert_msg(!probe_differs(&rig->r, i, rev), "%s: %s seen as '%s' (%s), is '%s'", name,
			      emu_value_info(i).name, rig->r.value[i].value, rig->r.value[i].evidence,
			      emu_revision_value(rev, i));
	}
}

/* The YAML that is written, read again, has all values of rev, what was not seen included. */
static void check_yaml(const struct rig *rig, const struct emu_revision *rev, const char *name,
		       const char *parent_wanted)
{
	struct yaml_options yo = { .name = "found", .allowed = ALL, .ids = true };
	struct emu_revision *parent, *found;
	struct err e = { 0 };
	struct buf text;
	size_t n;

	parent = probe_nearest(&rig->r, &yo.extends, &n);
	ck_assert_ptr_nonnull(parent);
	ck_assert(!parent_wanted || !strcmp(yo.extends, parent_wanted));
	buf_init(&text, YAML_MAX);
	ck_assert_int_eq(yaml_out(&rig->r, parent, &yo, &text), 0);
	found = emu_revision_parse("found", buf_str(&text), text.len, &e);
	ck_assert_msg(found != NULL, "%s", e.msg);
	for (size_t i = 0; i < rig->r.n; i++) {
		struct emu_value_info info = emu_value_info(i);
		const char *is = emu_revision_value(found, i), *was = emu_revision_value(rev, i);

		ck_assert_msg(value_same(&info, is, was, rig->r.value[i].within), "%s: %s is '%s' and was '%s'", name,
			      info.name, is, was);
	}
	emu_revision_free(found);
	emu_revision_free(parent);
	buf_free(&text);
}

static void gives_itself_back(const char *name)
{
	struct emu_revision *rev = emu_revision_load(name, NULL);
	struct rig rig;

	begin(&rig, name);
	probe(&rig, ALL);
	check_seen(&rig, rev, name);
	check_yaml(&rig, rev, name, name);
	end(&rig);
	emu_revision_free(rev);
}

/* Of those of field reports the ones that differ most from their family; PROBE_ALL=1 takes all of them. */
static bool is_taken(const char *name)
{
	static const char *const odd[] = { "23110B01A7670M4A", "2374B02SIM767XM5A_M", "A50C4B11A7600M7", "A7670C-V11.0.01" };
	bool taken = !emu_field_revision(name) || getenv("PROBE_ALL");

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		taken |= !strcmp(odd[i], name);
	return taken;
}

START_TEST(test_shipped)
{
	size_t n = 0;

	for (const char *const *name = emu_profile_names(); *name; name++) {
		if (!is_taken(*name))
			continue;
		gives_itself_back(*name);
		n++;
	}
	ck_assert_uint_ge(n, 11);
}
END_TEST

/* Whoever wrote this one had another modem in mind. */
static const char never_seen[] = "schema: 1\n"
				 "name: LE99X07SIM7699Z42\n"
				 "summary: none\n"
				 "extends: LE20B04V03SIM7600M22\n"
				 "identity: {manufacturer: \"Some: \\\"INC\\\"\", model: SIM7699, revision: "
				 "LE99X07SIM7699Z42, build: '', ati_revision: '',\n"
				 "           svn: \"07\", gcap: \"+CGSM,+FCLASS\", device_info: '', csub: "
				 "\"B07\\nMDM\\nx\", qcn: false, imei: \"999999999999999\"}\n"
				 "quirks:\n"
				 "  tls_sni: broken\n"
				 "  tls_sni_fail_ms: 1234\n"
				 "  tls_open_fail_ms: 77\n"
				 "  tls_fail_ms: 5000\n"
				 "  tls_versions: [\"1.2\"]\n"
				 "  tls_ciphers: [\"0x009C\", \"0xC02F\", \"0xC02B\"]\n"
				 "  tls_wildcard: false\n"
				 "  tls_ec_bits_max: 256\n"
				 "  tls_sni_http: same\n"
				 "  tls_fail_code_mqtt: 3\n"
				 "  tls_untrusted_code_http: 701\n"
				 "  tls_no_sni_code_mqtt: 15\n"
				 "  ca_crlf: open_fail\n"
				 "  ca_generalized_time: open_fail\n"
				 "  csslcfg_row: a7670\n"
				 "  csslcfg_keypwd: false\n"
				 "  csslcfg_persist: true\n"
				 "  cert_name_max: 31\n"
				 "  ccertmove: true\n"
				 "  mqtt_start_order: urc_first\n"
				 "  mqtt_stop_order: ok_first\n"
				 "  mqtt_connect_fail: urc_error\n"
				 "  mqtt_start_twice_code: 0\n"
				 "  mqtt_not_started_code: 11\n"
				 "  mqtt_reads_before_start: false\n"
				 "  mqtt_acq_version: false\n"
				 "  mqtt_client_id_max: 23\n"
				 "  mqtt_keepalive_min: 30\n"
				 "  mqtt_payload_max: 5000\n"
				 "  mqtt_disc_timeout_min: 7\n"
				 "  mqtt_ssl_binding: until_connect\n"
				 "  mqtt_sslcfg_unbound: zero\n"
				 "  mqtt_rx_chunk: 300\n"
				 "  reset_lines: network\n"
				 "  cclk_long_year: true\n"
				 "  mqtt_rx_empty_line: true\n"
				 "  mqtt_connect_userpass: false\n"
				 "  mqtt_start_ms: 321\n"
				 "  mqtt_sub_busy: 1700\n"
				 "  http_para_absent: [UA, BREAK, BREAKEND]\n"
				 "  http_recv_timeout_s: 37\n"
				 "  http_userdata_max: 100\n"
				 "  http_user_agent: hal/1.0 (x)\n"
				 "  http_keep_alive: false\n"
				 "  http_head_order: ok_first\n"
				 "  http_tail_loss_bytes: 17\n"
				 "  http_read_block: 500\n"
				 "  http_places: [cert, \"E:\", \"D:\"]\n"
				 "  http_range_length_zero: true\n"
				 "  cgmr_prefix: false\n"
				 "  creg_quoted: false\n"
				 "  cops_no_service_error: true\n"
				 "  cmee_default: 0\n"
				 "  echo_default: false\n"
				 "  echo_data: false\n"
				 "  line_max: 700\n"
				 "  chain_max: 12\n"
				 "  type_ahead_bytes: 99\n"
				 "  prompt_timeout_ms: 20000\n"
				 "  reply_delay_ms: 20\n"
				 "  prompt_crlf: crlf\n"
				 "  boot_ready: HELLO\n"
				 "  boot_ready_ms: 3456\n"
				 "  boot_noise: [\"0xFF\", \"0x00\", \"0x4D\"]\n"
				 "  boot_pb_done_ms: 0\n"
				 "  boot_cgev: true\n"
				 "  cpin_early: 13\n"
				 "  power_off_ms: 2500\n"
				 "  power_detach_ms: 777\n"
				 "  netopen_order: line_first\n"
				 "  netopen_cold_ms: 2222\n"
				 "  netclose_sockets: refuse\n"
				 "  absent_commands: [+CIPACK, +HTTPPOSTFILE, +CPMUTEMP]\n"
				 "  cftps_state_code: 9\n"
				 "  cftps_chunk: 512\n"
				 "  fs_sd_card: true\n"
				 "  fs_d_bytes: 4096\n"
				 "  fs_e_bytes: 8388608\n"
				 "  fs_copy_kb_s: 333\n"
				 "  cch_start_order: ok_first\n"
				 "  cch_open_order: urc_first\n"
				 "  cch_open_fail_close: true\n"
				 "  cch_cache_bytes: 4000\n"
				 "  cch_recv_chunk: 200\n"
				 "  cch_lost_urc: error\n"
				 "  cping_ttl: reply\n"
				 "  cntp_server: time.example\n"
				 "  cntp_zone: -8\n"
				 "  cops_abort: error\n"
				 "  dns_fail_code: 3\n"
				 "  cipopen_fail: urc_error\n"
				 "  cipclose_udp_order: by_receive_mode\n"
				 "  ciprxget_urc: each\n"
				 "  cip_recv_from: plus\n"
				 "  cip_push_max_bytes: 512\n"
				 "  cipsend_ms: 60\n";

START_TEST(test_never_seen)
{
	char path[] = "/tmp/hil-probe-XXXXXX.yaml";
	int fd = mkstemps(path, 5);
	struct emu_revision *rev;
	struct err e = { 0 };
	struct rig rig;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, never_seen, sizeof(never_seen) - 1), (long)sizeof(never_seen) - 1);
	close(fd);
	rev = emu_revision_load(path, &e);
	ck_assert_msg(rev != NULL, "%s", e.msg);
	begin(&rig, path);
	probe(&rig, ALL);
	check_seen(&rig, rev, "never seen");
	check_yaml(&rig, rev, "never seen", NULL);
	end(&rig);
	emu_revision_free(rev);
	unlink(path);
}
END_TEST

/* --- the rows ------------------------------------------------------------------------------------------------- */

static bool is_asked(const char *name)
{
	for (const struct experiment *const *table = probe_tables(); *table; table++) {
		for (const struct experiment *x = *table; x->ask; x++) {
			for (size_t i = 0; i < READINGS_MAX && x->read[i].name; i++) {
				if (!strcmp(x->read[i].name, name))
					return true;
			}
		}
	}
	return !strcmp(name, "absent_commands");
}

static bool is_unseen(const char *name)
{
	for (const struct unseen_row *row = probe_unseen; row->name; row++) {
		if (!strcmp(row->name, name))
			return true;
	}
	return false;
}

/* Each value is asked for or has a reason not to be, and not both; a new quirk needs a decision. */
START_TEST(test_every_quirk_is_decided)
{
	for (size_t i = 0; i < emu_value_count(); i++) {
		const char *name = emu_value_info(i).name;

		ck_assert_msg(is_asked(name) != is_unseen(name), "%s is %s", name,
			      is_asked(name) ? "asked for, and has a reason not to be"
					     : "neither asked for nor in probe_unseen");
	}
	for (const struct unseen_row *row = probe_unseen; row->name; row++)
		ck_assert_msg(emu_value_find(row->name) < emu_value_count(), "%s is no quirk", row->name);
}
END_TEST

static void check_reading(const struct reading *row)
{
	struct emu_value_info info = emu_value_info(emu_value_find(row->name));
	struct buf out;

	buf_init(&out, 4096);
	ck_assert_msg(emu_value_find(row->name) < emu_value_count(), "%s is no value", row->name);
	ck_assert_msg(read_groups("", row->match, "", &out) >= 0, "%s: %s", row->name, row->match);
	ck_assert_msg(!row->from || read_groups("", row->from, "", &out) >= 0, "%s: %s", row->name, row->from);
	if (row->kind == READ_VALUE && row->value && *row->value && !strchr(row->value, '$'))
		ck_assert_msg(value_fits(&info, row->value), "%s cannot be %s", row->name, row->value);
	buf_free(&out);
}

START_TEST(test_rows_make_sense)
{
	for (const struct experiment *const *table = probe_tables(); *table; table++) {
		for (const struct experiment *x = *table; x->ask; x++) {
			ck_assert_ptr_nonnull(x->read[0].name);
			for (size_t i = 0; i < READINGS_MAX && x->read[i].name; i++)
				check_reading(&x->read[i]);
		}
	}
}
END_TEST

/* --- what is not allowed -------------------------------------------------------------------------------------- */

/* Commands beside test and read forms that a modem is sent without any flag; each changes the session at most. */
static bool is_harmless(const char *line, size_t n)
{
	static const char *const whole[] = {
		"AT",	     "ATI",	    "ATE0",	   "ATE1",	  "AT+CMEE",   "AT+CMEE=0",    "AT+CMEE=1",
		"AT+CMEE=2", "AT+CGMI",	    "AT+CGMM",	   "AT+CGMR",	  "AT+GCAP",   "AT+SIMCOMATI", "AT+CSUB",
		"AT+CGSN",   "AT+CIMI",	    "AT+CICCID",   "AT+CNUM",	  "AT+IPADDR", "AT+CGPADDR",   "AT+CPMUTEMP",
		"AT+FSMEM",  "AT+FSCD=C:/", "AT+FSCD=D:/", "AT+FSCD=F:/", "AT+CESQ",  "AT+CRSM=176,12258,0,0,10",
	};

	if (line[n - 1] == '?')
		return true;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		if (strlen(whole[i]) == n && !memcmp(whole[i], line, n))
			return true;
	}
	return strspn(line + 2, "E0") + 2 == n || strspn(line + 2, " ") + 2 == n;
}

static void ask_one(struct rig *rig, const char *command, const char *wanted)
{
	char line[64];

	talk_begin(rig->talk);
	snprintf(line, sizeof(line), "%s\r", command);
	talk_send(rig->talk, line, strlen(line), command, NULL, 1000000);
	ck_assert_msg(strstr(talk_text(rig->talk), wanted) != NULL, "%s: %s", command, talk_text(rig->talk));
}

START_TEST(test_read_only)
{
	struct rig rig;
	size_t not_allowed = 0;

	begin(&rig, "LE20B03SIM7600M22");
	ask_one(&rig, "AT+CMEE=2", "OK");
	ask_one(&rig, "AT+FSCD=F:/", "OK");
	buf_reset(&rig.sent);
	probe(&rig, 0);
	for (const char *line = buf_str(&rig.sent); *line;) {
		size_t n = strcspn(line, "\r");

		ck_assert_msg(n && is_harmless(line, n), "sent without leave: %.*s", (int)n, line);
		line += n + (line[n] == '\r');
	}
	ask_one(&rig, "AT+CMEE?", "+CMEE: 2");
	ask_one(&rig, "AT+FSCD?", "+FSCD: F:/");
	ck_assert_msg(strstr(talk_raw(rig.talk), "AT+FSCD?") != NULL, "the echo did not come back");
	for (size_t i = 0; i < rig.r.n; i++)
		not_allowed += rig.r.value[i].state == PROBE_NOT_ALLOWED;
	ck_assert_uint_gt(not_allowed, 100);
	ck_assert_int_eq(seen(&rig, "mqtt_stop_order")->state, PROBE_NOT_ALLOWED);
	ck_assert_uint_eq(seen(&rig, "mqtt_stop_order")->needs, PROBE_WRITE);
	ck_assert_str_eq(seen(&rig, "csslcfg_row")->value, "sim7600");
	end(&rig);
}
END_TEST

/* What may be written is put back. */
START_TEST(test_write_puts_back)
{
	static const struct {
		const char *set, *ask, *wanted;
	} rows[] = {
		{ "AT+CREG=1", "AT+CREG?", "+CREG: 1," },
		{ "AT+CGREG=2", "AT+CGREG?", "+CGREG: 2," },
		{ "AT+CCHSET=1,1", "AT+CCHSET?", "+CCHSET: 1,1" },
		{ "AT+CIPCCFG=5,,,1", "AT+CIPCCFG?", "+CIPCCFG: 5,0,0,1" },
		{ "AT+CSSLCFG=\"sslversion\",0,3", "AT+CSSLCFG=0", "+CSSLCFG: 0,3,0," },
		{ "AT", "AT+CFUN?", "+CFUN: 1" },
		{ "AT", "AT+NETOPEN?", "+NETOPEN: 0" },
		{ "AT", "AT+CCERTLIST", "> AT+CCERTLIST\n< OK" },
	};
	struct rig rig;

	begin(&rig, "LE20B04V03SIM7600M22");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ask_one(&rig, rows[i].set, "OK");
	probe(&rig, PROBE_WRITE | PROBE_NETWORK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ask_one(&rig, rows[i].ask, rows[i].wanted);
	ask_one(&rig, "AT+FSCD=C:/", "OK");
	ask_one(&rig, "AT+FSLS", "> AT+FSLS\n< OK");
	end(&rig);
}
END_TEST

/* --- what is no modem, or not ready --------------------------------------------------------------------------- */

/* A port that answers each write with the same bytes. */
struct dumb {
	struct talk *talk;
	struct clock *clock;
	const char *answer;
	bool goes;
};

static void to_dumb(const void *p, size_t n, void *ctx)
{
	struct dumb *d = ctx;

	(void)p;
	(void)n;
	if (d->goes)
		talk_gone(d->talk, "the port has gone");
	else
		talk_bytes(d->talk, d->answer, strlen(d->answer));
}

static const struct {
	const char *answer;
	bool goes;
	int code;
	const char *says;
} dumb_rows[] = {
	{ "", false, -EPROTO, "nothing answers AT" },
	{ "\x80\xfe\x91\x83\xff", false, -EPROTO, "is the line speed right?" },
	{ "login: \r\n", false, -EPROTO, "is no modem" },
	{ "", true, -EIO, "the port has gone" },
};

START_TEST(test_no_modem)
{
	struct dumb d = { .clock = clock_new_virtual(), .answer = dumb_rows[_i].answer, .goes = dumb_rows[_i].goes };
	const struct talk_io io = { .write = to_dumb, .ctx = &d, .clock = d.clock };
	const struct probe_options o = { 0 };
	struct probe_result r;
	struct err e = { 0 };

	d.talk = talk_new(&io);
	ck_assert_int_eq(probe_run(d.talk, &o, &r, &e), dumb_rows[_i].code);
	ck_assert_msg(strstr(e.msg, dumb_rows[_i].says) != NULL, "%s", e.msg);
	probe_result_free(&r);
	talk_free(d.talk);
	clock_free(d.clock);
}
END_TEST

/* A modem that dies after so many commands. */
struct mortal {
	struct talk *talk;
	unsigned left;
	uint64_t died_us;
};

static void to_mortal(const void *p, size_t n, void *ctx)
{
	struct mortal *m = ctx;

	if (!memchr(p, '\r', n) || !m->left)
		return;
	m->left--;
	m->died_us = talk_now(m->talk);
	talk_bytes(m->talk, "\r\nOK\r\n", 6);
}

static const struct {
	unsigned commands;
	const char *says;
} mortal_rows[] = {
	{ 20, "the last it was asked is whether it knows a command" },
	{ 300, "the modem has stopped answering; the last it was asked is AT+" },
};

START_TEST(test_dies)
{
	struct mortal m = { .left = mortal_rows[_i].commands };
	struct talk_io io = { .write = to_mortal, .ctx = &m, .clock = clock_new_virtual() };
	const struct probe_options o = { .allowed = ALL };
	struct probe_result r;
	struct err e = { 0 };

	m.talk = talk_new(&io);
	ck_assert_int_eq(probe_run(m.talk, &o, &r, &e), -EIO);
	ck_assert_msg(strstr(e.msg, mortal_rows[_i].says) != NULL, "%s", e.msg);
	/* the longest waits of three questions; which ones they are depends on how many commands were asked for before */
	ck_assert_uint_lt((clock_now_us(io.clock) - m.died_us) / 1000000, 660);
	probe_result_free(&r);
	talk_free(m.talk);
	clock_free(io.clock);
}
END_TEST

/* --- what is heard, however it comes -------------------------------------------------------------------------- */

struct pieces {
	struct talk *talk;
	const char *bytes;
	size_t n, cut; /* cut > n: byte by byte */
};

static void to_pieces(const void *p, size_t n, void *ctx)
{
	struct pieces *c = ctx;

	(void)p;
	(void)n;
	for (size_t i = 0; c->cut > c->n && i < c->n; i++)
		talk_bytes(c->talk, c->bytes + i, 1);
	if (c->cut > c->n)
		return;
	talk_bytes(c->talk, c->bytes, c->cut);
	talk_bytes(c->talk, c->bytes + c->cut, c->n - c->cut);
}

#define ROW(bytes, end, text) \
	{ \
		bytes, sizeof(bytes) - 1, end, "> AT+X\n" text \
	}
static const struct {
	const char *bytes;
	size_t n;
	enum talk_end end;
	const char *text;
} heard_rows[] = {
	ROW("AT+X\r\r\n+X: 1\r\n\r\nOK\r\n", TALK_OK, "< +X: 1\n< OK\n"),
	ROW("\r\n+X: AT+X\r\n\r\nERROR\r\n", TALK_ERROR, "< +X: AT+X\n< ERROR\n"),
	ROW("\r\n+CME ERROR: 14\r\n", TALK_ERROR, "< +CME ERROR: 14\n"),
	ROW("\r\nCONNECT 115200\r\n", TALK_OK, "< CONNECT 115200\n"),
	ROW("\r\n>", TALK_PROMPT, "< >\n"),
	ROW("\r\n> ", TALK_PROMPT, "< >\n"),
	ROW("\r\n>\r\n", TALK_PROMPT, "< >\n"),
	ROW("\r\n>x\r\n\r\nOK\r\n", TALK_OK, "< >x\n< OK\n"),
	ROW("\xff\x00\x1b\r\nOK\r\n", TALK_OK, "< \\xff\\x00\\x1b\n< OK\n"),
	ROW("\nOK\n", TALK_OK, "< OK\n"),
	ROW("\r\nOKAY\r\n", TALK_SILENT, "< OKAY\n"),
	ROW("", TALK_SILENT, ""),
};

START_TEST(test_heard)
{
	for (size_t cut = 0; cut <= heard_rows[_i].n + 1; cut++) {
		struct pieces c = { .bytes = heard_rows[_i].bytes, .n = heard_rows[_i].n, .cut = cut };
		struct talk_io io = { .write = to_pieces, .ctx = &c, .clock = clock_new_virtual() };

		c.talk = talk_new(&io);
		ck_assert_int_eq(talk_send(c.talk, "AT+X\r", 5, "AT+X", NULL, 1000000), heard_rows[_i].end);
		ck_assert_str_eq(talk_text(c.talk), heard_rows[_i].text);
		talk_free(c.talk);
		clock_free(io.clock);
	}
}
END_TEST

/* What somebody else has left behind: half a command, an open prompt, an answer that is still to come. */
static const char *const left_rows[] = { "AT+CPI", "AT+CCERTDOWN=\"a.pem\",5\r", "AT+HTTPINIT\r", "AT+COPS=?\r" };

START_TEST(test_left_behind)
{
	struct rig rig;

	begin(&rig, "LE20B03SIM7600M22");
	to_modem(left_rows[_i], strlen(left_rows[_i]), &rig);
	probe(&rig, 0);
	ck_assert_str_eq(seen(&rig, "revision")->value, "LE20B03SIM7600M22");
	ck_assert_str_eq(seen(&rig, "absent_commands")->value, "+CTCPKA,+CIPSTAT,+CDNSCFG,+CGNSSPWR");
	end(&rig);
}
END_TEST

/* A prompt that wants more than a few letters is not filled with rubbish. */
START_TEST(test_open_prompt)
{
	static const char prompt[] = "AT+CCERTDOWN=\"a.pem\",500\r";
	const struct probe_options o = { 0 };
	struct err e = { 0 };
	struct rig rig;

	begin(&rig, "LE20B03SIM7600M22");
	to_modem(prompt, strlen(prompt), &rig);
	ck_assert_int_eq(probe_run(rig.talk, &o, &rig.r, &e), -EPROTO);
	ck_assert_msg(strstr(e.msg, "the data of a prompt") != NULL, "%s", e.msg);
	end(&rig);
}
END_TEST

/* --- the verb ------------------------------------------------------------------------------------------------- */

static int hil_probe(const char *const *flags)
{
	char *argv[12] = { "hil", "probe" };
	struct options o;
	struct err e = { 0 };
	int argc = 2, code = HIL_EXIT_USAGE, nothing = open("/dev/null", O_WRONLY);
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);

	for (; flags[argc - 2]; argc++)
		argv[argc] = (char *)(uintptr_t)flags[argc - 2];
	fflush(NULL);
	dup2(nothing, STDOUT_FILENO);
	dup2(nothing, STDERR_FILENO);
	if (!options_parse(&o, argc, argv, &e))
		code = verb_probe(&o);
	options_free(&o);
	fflush(NULL);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(nothing);
	close(out);
	close(err);
	return code;
}

static const struct {
	const char *flags[10];
	int code;
} verb_rows[] = {
	{ { "--port", "inproc:sim7600/B03", "--diff", "LE20B03SIM7600M22" }, HIL_EXIT_PASS },
	{ { "--port", "inproc:sim7600/B03", "--diff", "a7670/B03" }, HIL_EXIT_FAIL },
	{ { "--port", "inproc:sim7600/B03", "--diff", "none" }, HIL_EXIT_USAGE },
	{ { "--port", "inproc:sim7600/B03", "--diff", "a7670/B03", "--name", "x" }, HIL_EXIT_USAGE },
	{ { "--port", "inproc:sim7600/B03", "--peer", "tls-13" }, HIL_EXIT_USAGE },
	{ { "--port", "inproc:sim7600/B03", "--peer", "sl=a.example:1" }, HIL_EXIT_USAGE },
	{ { "--port", "inproc:none" }, HIL_EXIT_USAGE },
	{ { "--port", "/dev/null" }, HIL_EXIT_ERROR },
	{ { "--write" }, HIL_EXIT_USAGE },
};

START_TEST(test_verb)
{
	ck_assert_int_eq(hil_probe(verb_rows[_i].flags), verb_rows[_i].code);
}
END_TEST

/* What the verb writes is a profile as it stands, whatever it is told to extend. */
START_TEST(test_verb_writes)
{
	char path[] = "/tmp/hil-probe-XXXXXX.yaml";
	const char *const flags[] = { "--port", "inproc:a7670/B03", "--extends", "sim7600", "--all", "-o", path, NULL };
	int fd = mkstemps(path, 5);
	struct emu_revision *rev;
	struct err e = { 0 };

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(hil_probe(flags), HIL_EXIT_PASS);
	rev = emu_revision_load(path, &e);
	ck_assert_msg(rev != NULL, "%s", e.msg);
	ck_assert_str_eq(emu_revision_value(rev, emu_value_find("model")), "A7670E-FASE");
	ck_assert_str_eq(emu_revision_value(rev, emu_value_find("csslcfg_row")), "a7670");
	ck_assert_str_eq(emu_revision_value(rev, emu_value_find("imei")), "860000000000017");
	emu_revision_free(rev);
	unlink(path);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("probe");
	TCase *tc = tcase_create("probe");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_shipped);
	tcase_add_test(tc, test_never_seen);
	tcase_add_test(tc, test_every_quirk_is_decided);
	tcase_add_test(tc, test_rows_make_sense);
	tcase_add_test(tc, test_read_only);
	tcase_add_test(tc, test_write_puts_back);
	tcase_add_test(tc, test_open_prompt);
	tcase_add_loop_test(tc, test_no_modem, 0, sizeof(dumb_rows) / sizeof(dumb_rows[0]));
	tcase_add_loop_test(tc, test_dies, 0, sizeof(mortal_rows) / sizeof(mortal_rows[0]));
	tcase_add_loop_test(tc, test_heard, 0, sizeof(heard_rows) / sizeof(heard_rows[0]));
	tcase_add_loop_test(tc, test_left_behind, 0, sizeof(left_rows) / sizeof(left_rows[0]));
	tcase_add_loop_test(tc, test_verb, 0, sizeof(verb_rows) / sizeof(verb_rows[0]));
	tcase_add_test(tc, test_verb_writes);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
