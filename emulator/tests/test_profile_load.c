/* Revisions: identities byte for byte, evidence of every value, wrong words with their places, one YAML file as a revision. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/embed.h"
#include "profile/profile.h"

static struct profile *must_load(const char *name)
{
	struct err e = { 0 };
	struct profile *p = profile_load(name, &e);

	ck_assert_msg(p, "%s", e.msg);
	return p;
}

/* --- identities: quirks 1.1 and at-general 4, verbatim ----------------------------------------------------------- */

static const struct {
	const char *name, *alias, *manufacturer, *model, *revision, *build, *ati_revision, *svn, *gcap, *device_info, *csub;
	enum quirk_tls_sni sni;
	enum quirk_csslcfg_row row;
} revisions[] = {
	{ "LE11B14SIM7600M22", "sim7600/LE11", "SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "LE11B14SIM7600M22", "",
	  "SIM7600M22_V1.1", "", "+CGSM", "173,170", "", QUIRK_tls_sni_absent, QUIRK_csslcfg_row_le11 },
	{ "LE20B03SIM7600M22", "sim7600/B03", "SIMCOM INCORPORATED", "SIMCOM_SIM7600G-H", "LE20B03SIM7600M22",
	  "SIM7600M22_B03V02_200828", "SIM7600M22_V2.0", "", "+CGSM", "173,170", "", QUIRK_tls_sni_broken,
	  QUIRK_csslcfg_row_sim7600 },
	{ "LE20B03V03SIM7600M22", "sim7600/B03V03", "SIMCOM INCORPORATED", "SIMCOM_SIM7600G-H", "LE20B03SIM7600M22",
	  "SIM7600M22_B03V03_210525", "SIM7600M22_V2.0", "01", "+CGSM", "173,170", "", QUIRK_tls_sni_broken,
	  QUIRK_csslcfg_row_sim7600 },
	{ "LE20B04V03SIM7600M22", "sim7600/B04", "SIMCOM INCORPORATED", "SIMCOM_SIM7600G-H", "LE20B04SIM7600M22",
	  "SIM7600M22_B04V03_210527", "SIM7600M22_V2.0", "", "+CGSM", "173,170", "", QUIRK_tls_sni_ok,
	  QUIRK_csslcfg_row_sim7600 },
	{ "LE20B04SIM7600G22", "sim7600/B04G", "SIMCOM INCORPORATED", "SIMCOM_SIM7600G-H", "LE20B04SIM7600G22", "",
	  "SIM7600G_V2.0.2", "", "+CGSM", "173,170", "", QUIRK_tls_sni_ok, QUIRK_csslcfg_row_sim7600 },
	{ "LE20B05SIM7600G22", "sim7600/B05", "SIMCOM INCORPORATED", "SIMCOM_SIM7600G-H", "LE20B05SIM7600G22", "",
	  "SIM7600G_V2.0.2", "", "+CGSM", "173,170", "B05V02\nMDM9x07_LE20_G-H_22_V1.18_240112", QUIRK_tls_sni_ok,
	  QUIRK_csslcfg_row_sim7600 },
	{ "A011B03A7670M7_F", "a7670/B03", "INCORPORATED", "A7670E-FASE", "A011B03A7670M7_F", "A7670M7_B03V02_211123",
	  "A7670M7_V1.11.1", "", "+CGSM,+FCLASS,+DS", "", "", QUIRK_tls_sni_broken, QUIRK_csslcfg_row_a7670 },
};
enum { REVISIONS = sizeof(revisions) / sizeof(revisions[0]) };

START_TEST(test_identity)
{
	struct profile *p = must_load(revisions[_i].name), *q = must_load(revisions[_i].alias);

	ck_assert_str_eq(p->name, revisions[_i].name);
	ck_assert_str_eq(q->name, revisions[_i].name);
	ck_assert_str_ne(p->summary, "");
	ck_assert_str_eq(p->id.manufacturer, revisions[_i].manufacturer);
	ck_assert_str_eq(p->id.model, revisions[_i].model);
	ck_assert_str_eq(p->id.revision, revisions[_i].revision);
	ck_assert_str_eq(p->id.build, revisions[_i].build);
	ck_assert_str_eq(p->id.ati_revision, revisions[_i].ati_revision);
	ck_assert_str_eq(p->id.svn, revisions[_i].svn);
	ck_assert_str_eq(p->id.gcap, revisions[_i].gcap);
	ck_assert_str_eq(p->id.device_info, revisions[_i].device_info);
	ck_assert_str_eq(p->id.csub, revisions[_i].csub);
	ck_assert(p->id.qcn && p->id.meid);
	ck_assert_uint_eq(strlen(p->id.imei), 15);
	ck_assert_uint_eq(strlen(p->id.imsi), 15);
	ck_assert_uint_eq(strlen(p->id.iccid), 20);
	ck_assert_int_eq(p->q.tls_sni, revisions[_i].sni);
	ck_assert_int_eq(p->q.csslcfg_row, revisions[_i].row);
	profile_free(p);
	profile_free(q);
}
END_TEST

/* Every shipped value says where it comes from; more than a guess needs evidence. */
START_TEST(test_evidence)
{
	struct profile *p = must_load(revisions[_i].name);

	for (int id = 0; id < QUIRK_COUNT; id++) {
		const struct quirk_source *s = &p->source[id];
		const char *name = quirk_info((enum quirk_id)id)->name;

		ck_assert_msg(*s->profile, "%s: %s is not stated by any profile", p->name, name);
		ck_assert_msg(!strcmp(s->confidence, "guess") || *s->evidence, "%s: %s is %s without evidence", p->name, name,
			      s->confidence);
	}
	profile_free(p);
}
END_TEST

START_TEST(test_names)
{
	const char *const *names = profile_names();
	bool has_default = false;
	int n = 0;

	for (; names[n]; n++) {
		ck_assert(!n || strcmp(names[n - 1], names[n]) < 0);
		has_default |= !strcmp(names[n], profile_default_name());
		ck_assert_str_ne(names[n], "sim7600");
		ck_assert_str_ne(names[n], "a76xx");
	}
	ck_assert_int_ge(n, REVISIONS);
	ck_assert(has_default);
	ck_assert_ptr_eq(profile_names(), names);
}
END_TEST

/*
 * Revisions that a few field reports tell of: each has a name of its own, extends its family, and says for every value
 * that differs where it was reported. What is known by one client's comment alone is never among them.
 */
START_TEST(test_field)
{
	const char *const *names = profile_names();
	int field = 0, known = 0;

	for (int n = 0; names[n]; n++) {
		struct profile *p = must_load(names[n]);
		int own = 0;

		ck_assert_int_eq(p->field, profile_field_revision(names[n]) != NULL);
		ck_assert_str_ne(p->alias, "");
		if (p->field)
			ck_assert_str_eq(p->id.revision, profile_field_revision(names[n]));
		for (int id = 0; id < QUIRK_COUNT; id++) {
			const struct quirk_source *s = &p->source[id];

			if (strcmp(s->profile, p->name))
				continue;
			own++;
			ck_assert_msg(!p->field || *s->evidence, "%s: %s has no evidence", p->name,
				      quirk_info((enum quirk_id)id)->name);
		}
		ck_assert_msg(own || !p->field, "%s differs in nothing", p->name);
		field += p->field;
		known += !p->field;
		profile_free(p);
	}
	ck_assert_int_eq(known, REVISIONS);
	ck_assert_int_ge(field, 18);
	ck_assert_ptr_null(profile_field_revision("none of this name"));
}
END_TEST

/* One revision string on two modules, and only one of them cannot do TLS (quirks Q1). */
START_TEST(test_two_modules)
{
	struct profile *e = must_load("a7670e/A124"), *g = must_load("a7670g/A124");

	ck_assert_str_eq(e->id.revision, g->id.revision);
	ck_assert_str_ne(e->id.model, g->id.model);
	ck_assert(!e->q.tls_fail_all && g->q.tls_fail_all);
	profile_free(e);
	profile_free(g);
}
END_TEST

/* --- at-ssl-mqtt 11, row by row ----------------------------------------------------------------------------------- */

static const struct { int row; const char *profile; enum quirk_id quirk; const char *value; } switches[] = {
	{ 1, "sim7600/B03", QUIRK_ID_mqtt_start_order, "by_network" },
	{ 1, "a7670/B03", QUIRK_ID_mqtt_start_order, "ok_first" },
	{ 2, "sim7600/B03", QUIRK_ID_mqtt_stop_order, "urc_first" },
	{ 2, "sim7600/B04", QUIRK_ID_mqtt_disc_order, "urc_first" },
	{ 3, "sim7600/B03", QUIRK_ID_mqtt_connect_fail, "ok_urc" },
	{ 3, "a7670/B03", QUIRK_ID_mqtt_connect_fail, "urc_error" },
	{ 4, "sim7600/B03", QUIRK_ID_mqtt_pub_fail, "ok_urc" },
	{ 4, "a7670/B03", QUIRK_ID_mqtt_pub_fail, "urc_error" },
	{ 5, "sim7600/LE11", QUIRK_ID_tls_sni, "absent" },
	{ 5, "sim7600/B03", QUIRK_ID_tls_sni, "broken" },
	{ 5, "sim7600/B04", QUIRK_ID_tls_sni, "ok" },
	{ 6, "sim7600/B03", QUIRK_ID_tls_no_sni_code_mqtt, "0" },
	{ 6, "a7670/B03", QUIRK_ID_tls_no_sni_code_mqtt, "32" },
	{ 7, "sim7600/LE11", QUIRK_ID_csslcfg_row, "le11" },
	{ 7, "a7670/B03", QUIRK_ID_csslcfg_row, "a7670" },
	{ 8, "sim7600/B03", QUIRK_ID_csslcfg_keypwd, "true" },
	{ 8, "a7670/B03", QUIRK_ID_csslcfg_keypwd, "false" },
	{ 8, "a7670/B03", QUIRK_ID_csslcfg_password_file, "true" },
	{ 9, "sim7600/LE11", QUIRK_ID_mqtt_client_id_max, "23" },
	{ 9, "sim7600/B03", QUIRK_ID_mqtt_client_id_max, "128" },
	{ 9, "sim7600/LE11", QUIRK_ID_mqtt_acq_version, "false" },
	{ 10, "sim7600/LE11", QUIRK_ID_mqtt_keepalive_min, "60" },
	{ 10, "sim7600/B03", QUIRK_ID_mqtt_keepalive_min, "1" },
	{ 10, "sim7600/LE11", QUIRK_ID_mqtt_will_max, "10240" },
	{ 10, "sim7600/B03", QUIRK_ID_mqtt_will_max, "1024" },
	{ 11, "sim7600/LE11", QUIRK_ID_mqtt_ssl_binding, "until_connect" },
	{ 11, "sim7600/B03", QUIRK_ID_mqtt_ssl_binding, "until_failed_or_disc" },
	{ 12, "sim7600/B03", QUIRK_ID_mqtt_rel_free_code, "0" },
	{ 12, "a7670/B03", QUIRK_ID_mqtt_rel_free_code, "20" },
	{ 13, "sim7600/B03", QUIRK_ID_mqtt_stop_unreleased_code, "21" },
	{ 14, "sim7600/B03", QUIRK_ID_mqtt_start_twice_code, "23" },
	{ 14, "a7670/B03", QUIRK_ID_mqtt_start_twice_code, "0" },
	{ 14, "a7670/B03", QUIRK_ID_mqtt_stop_twice_code, "0" },
	{ 15, "sim7600/B03", QUIRK_ID_mqtt_stop_nonet, "true" },
	{ 15, "sim7600/B04", QUIRK_ID_mqtt_stop_nonet, "false" },
	{ 16, "sim7600/LE11", QUIRK_ID_mqtt_error_max, "33" },
	{ 16, "sim7600/B03", QUIRK_ID_mqtt_error_max, "34" },
	{ 16, "a7670/B03", QUIRK_ID_mqtt_error_max, "35" },
	{ 17, "sim7600/LE11", QUIRK_ID_mqtt_ping_urc, "false" },
	{ 17, "sim7600/B03", QUIRK_ID_mqtt_ping_urc, "true" },
	{ 17, "a7670/B03", QUIRK_ID_mqtt_ping_urc, "false" },
	{ 18, "sim7600/B03", QUIRK_ID_csslcfg_file_check, "true" },
	{ 19, "sim7600/B03", QUIRK_ID_cftps_pwd_order, "ok_first" },
	{ 20, "sim7600/B03", QUIRK_ID_ccertdown, "ok" },
};

START_TEST(test_switch)
{
	struct profile *p = must_load(switches[_i].profile);
	char value[256];

	ck_assert_msg(!strcmp(profile_value(p, switches[_i].quirk, value, sizeof(value)), switches[_i].value),
		      "row %d, %s: %s is %s", switches[_i].row, p->name, quirk_info(switches[_i].quirk)->name, value);
	profile_free(p);
}
END_TEST

/* --- wrong files -------------------------------------------------------------------------------------------------- */

#define TOP "schema: 1\nname: x\nextends: sim7600\n"
#define Q TOP "quirks:\n  "

static const struct { const char *text, *error; } wrong[] = {
	{ "", "p.yaml:1:1: 'schema: 1' is missing" },
	{ "schema: 1\n", "p.yaml:1:1: 'name' is missing" },
	{ "schema: 2\nnew_key: 1\n", "p.yaml:1:9: schema 2 needs a newer sim7600-emu" },
	{ "schema: one\n", "p.yaml:1:9: 'one' must be a number from 1 to 1000000" },
	{ "- a\n", "p.yaml:1:1: " },
	{ "schema: 1\nname: [x]\n", "p.yaml:2:7: 'name' is missing" },
	{ "schema: 1\nname: x\nquirk: {}\n", "p.yaml:3:1: unknown key 'quirk' (did you mean 'quirks'?)" },
	{ "schema: 1\nname: x\nextends: sim7601\n", "p.yaml:3:10: no profile 'sim7601': see sim7600-emu profiles" },
	{ "schema: 1\nname: x\nextends: LE20B03SIM7600M2\n",
	  "p.yaml:3:10: no profile 'LE20B03SIM7600M2' (did you mean 'LE20B03SIM7600M22'?)" },
	{ "schema: 1\nname: x\nextends: none.yaml\n", "p.yaml:3:10: cannot read 'none.yaml'" },
	{ "schema: 1\nname: x\nextends: []\n", "p.yaml:3:10: 'extends' must be the name of a profile or a .yaml file" },
	{ "schema: 1\nname: x\nabstract: true\n", "p.yaml:1:1: this is the base of a family, not a revision: extend it" },
	{ "schema: 1\nname: x\nabstract: maybe\n", "p.yaml:3:11: 'maybe' must be true or false" },
	{ "schema: 1\nname: x\naliases: y\n", "p.yaml:3:10: must be a list" },
	{ TOP "identity: {revison: y}\n", "p.yaml:4:12: unknown key 'revison' (did you mean 'revision'?)" },
	{ TOP "identity: {revision: [y]}\n", "p.yaml:4:22: must be a value" },
	{ TOP "identity: {qcn: 1}\n", "p.yaml:4:17: '1' must be true or false" },
	{ TOP "identity: y\n", "p.yaml:4:11: must be a mapping" },
	{ TOP "quirks: []\n", "p.yaml:4:9: must be a mapping" },
	{ Q "tls_snii: ok\n", "p.yaml:5:3: unknown quirk 'tls_snii' (did you mean 'tls_sni'?)" },
	{ Q "frobnication: 1\n", "p.yaml:5:3: unknown quirk 'frobnication': see sim7600-emu quirks" },
	{ Q "tls_sni: brocken\n", "p.yaml:5:12: 'brocken' is not a value of tls_sni (one of: absent broken ok)" },
	{ Q "tls_sni: [ok]\n", "" },
	{ Q "tls_sni: [ok, ok]\n", "p.yaml:5:12: tls_sni takes one value, not a list" },
	{ Q "tls_sni: {value: no}\n", "p.yaml:5:20: 'no' is not a value of tls_sni" },
	{ Q "tls_sni: {confidence: seen}\n", "p.yaml:5:12: 'value' is missing" },
	{ Q "tls_sni: {value: ok, confidence: sure}\n", "p.yaml:5:36: unknown value 'sure' (one of: doc seen driver guess)" },
	{ Q "tls_sni: {value: ok, evidense: x}\n", "p.yaml:5:24: unknown key 'evidense' (did you mean 'evidence'?)" },
	{ Q "tls_sni: {value: ok, evidence: {a: b}}\n", "p.yaml:5:34: must be a list" },
	{ Q "tls_sni: {value: {a: b}}\n", "p.yaml:5:20: must be a value" },
	{ Q "line_max: 63\n", "p.yaml:5:13: '63' must be a number from 64 to 4096 (line_max, in characters)" },
	{ Q "line_max: 4097\n", "p.yaml:5:13: '4097' must be a number from 64 to 4096 (line_max, in characters)" },
	{ Q "line_max: 64\n", "" },
	{ Q "line_max: 4096\n", "" },
	{ Q "line_max: 12x\n", "p.yaml:5:13: '12x' must be a number" },
	{ Q "echo_data: yes\n", "p.yaml:5:14: 'yes' must be true or false (echo_data)" },
	{ Q "tls_versions: [1.2, 1.4]\n", "p.yaml:5:17: '1.4' cannot be in tls_versions" },
	{ Q "tls_versions: 1.2\n", "" },
	{ Q "tls_ciphers: [0xC02F, 0x10000]\n", "p.yaml:5:16: '0x10000' cannot be in tls_ciphers" },
	{ Q "boot_noise: [0xFF, 256]\n", "p.yaml:5:15: '256' cannot be in boot_noise" },
	{ Q "absent_commands: [\"\"]\n", "p.yaml:5:20: '' cannot be in absent_commands" },
	{ Q "absent_commands: []\n", "" },
	{ Q "absent_commands: [[a]]\n", "p.yaml:5:21: must be a value" },
	{ Q "boot_lines: [1000]\n", "p.yaml:5:15: '1000' cannot be in boot_lines" },
	{ Q "boot_lines: ['500:A', '400:B']\n", "p.yaml:5:15: '400:B' cannot be in boot_lines" },
	{ Q "boot_lines: ['500:A', '500:B: c']\n", "" },
	{ Q "absent_commands: {add: [+X], confidence: seen}\n", "" },
	{ Q "absent_commands: {add: [+X], value: [+Y]}\n", "p.yaml:5:26: 'add' and 'value' exclude each other" },
	{ Q "absent_commands: {add: +X}\n", "p.yaml:5:26: must be a list" },
	{ Q "tls_sni: {add: [ok]}\n", "p.yaml:5:18: 'add' is for lists, and tls_sni is none" },
	{ "schema: 1\nname: x\nfield: perhaps\n", "p.yaml:3:8: " },
	{ Q "boot_ready: \"\"\n", "" },
	{ Q "line_max: 64\n  line_max: 65\n", "p.yaml:6:3: key 'line_max' is given twice (first on line 5)" },
};

START_TEST(test_wrong)
{
	struct err e = { 0 };
	struct profile *p = profile_load_text("p.yaml", wrong[_i].text, strlen(wrong[_i].text), &e);

	ck_assert_int_eq(p == NULL, *wrong[_i].error != '\0');
	ck_assert_int_eq(e.code != 0, p == NULL);
	ck_assert_msg(!strncmp(e.msg, wrong[_i].error, strlen(wrong[_i].error)), "%s\nwanted %s", e.msg, wrong[_i].error);
	profile_free(p);
	profile_free(profile_load_text("p.yaml", wrong[_i].text, strlen(wrong[_i].text), NULL));
}
END_TEST

START_TEST(test_unknown_names)
{
	static const struct { const char *name; int code; const char *error; } rows[] = {
		{ "LE20B03SIM7600M2", -ENOENT, "no profile 'LE20B03SIM7600M2' (did you mean 'LE20B03SIM7600M22'?)" },
		{ "xyz", -ENOENT, "no profile 'xyz': see sim7600-emu profiles" },
		{ "", -ENOENT, "no profile '': see sim7600-emu profiles" },
		{ "sim7600/B99", -ENOENT, "sim7600/B99: No such file or directory" },
		{ "/no/such.yaml", -ENOENT, "/no/such.yaml: No such file or directory" },
		{ "/", -EISDIR, NULL },
		{ "sim7600", -EINVAL, "profile/sim7600.yaml:" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };

		ck_assert_ptr_null(profile_load(rows[i].name, &e));
		ck_assert_int_lt(e.code, 0);
		if (rows[i].error)
			ck_assert_msg(!strncmp(e.msg, rows[i].error, strlen(rows[i].error)), "%s", e.msg);
	}
}
END_TEST

/* --- files of a user ---------------------------------------------------------------------------------------------- */

static char dir[64];

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/profile-load-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void remove_dir(void)
{
	static const char *const names[] = { "new.yaml", "base.yaml", "a.yaml", "b.yaml", "c.yaml" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static struct profile *load_file(const char *name, struct err *e)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return profile_load(path, e);
}

/* A revision needs one YAML file and no C. */
START_TEST(test_new_revision)
{
	struct err e = { 0 };
	struct profile *p;
	struct why w = { .n = 0 };

	write_file("new.yaml", "schema: 1\nname: LE20B06SIM7600G22\nextends: sim7600/B05\nsummary: made up\n"
		   "identity: {revision: LE20B06SIM7600G22}\n"
		   "quirks:\n"
		   "  tls_sni: {value: broken, evidence: [\"report 1\", report 2], confidence: seen}\n"
		   "  mqtt_topic_max: 512\n"
		   "  absent_commands: [+CMQTTSTART, +CMQTTSTOP]\n"
		   "  http_para_absent: {add: [UA, READMODE], evidence: [\"report 3\"]}\n");
	p = load_file("new.yaml", &e);
	ck_assert_msg(p, "%s", e.msg);
	ck_assert_str_eq(p->name, "LE20B06SIM7600G22");
	ck_assert_str_eq(p->summary, "made up");
	ck_assert_str_eq(p->id.revision, "LE20B06SIM7600G22");
	ck_assert_str_eq(p->id.ati_revision, "SIM7600G_V2.0.2");
	ck_assert_int_eq(p->q.tls_sni, QUIRK_tls_sni_broken);
	ck_assert_int_eq(p->q.mqtt_topic_max, 512);
	ck_assert(quirk_list_has(&p->q.absent_commands, "+CMQTTSTOP"));
	ck_assert(!quirk_list_has(&p->q.absent_commands, "+CIPSTAT"));
	ck_assert(quirk_list_has(&p->q.http_para_absent, "READMODE"));
	ck_assert(quirk_list_has(&p->q.http_para_absent, "UA"));
	ck_assert_uint_eq(p->q.http_para_absent.n, 2);
	ck_assert(!quirk_list_has(&p->q.absent_commands, "+CMQTT"));
	ck_assert_str_eq(p->source[QUIRK_ID_tls_sni].evidence, "report 1, report 2");
	ck_assert_str_eq(p->source[QUIRK_ID_tls_sni].confidence, "seen");
	ck_assert_str_eq(p->source[QUIRK_ID_mqtt_topic_max].confidence, "guess");
	ck_assert_str_eq(p->source[QUIRK_ID_mqtt_topic_max].profile, "LE20B06SIM7600G22");
	ck_assert_str_eq(p->source[QUIRK_ID_netopen_ms].profile, "sim7600");
	profile_why(p, QUIRK_ID_mqtt_topic_max, &w, "R0", "topic of %d bytes", 513);
	ck_assert_str_eq(w.step[0].rule, "R0");
	ck_assert_str_eq(w.step[0].text, "topic of 513 bytes");
	ck_assert_str_eq(w.step[0].quirk, "mqtt_topic_max");
	ck_assert_str_eq(w.step[0].value, "512");
	profile_free(p);
}
END_TEST

START_TEST(test_relative_base)
{
	struct err e = { 0 };
	struct profile *p;

	write_file("base.yaml", "schema: 1\nname: base\nextends: LE20B03SIM7600M22\nabstract: true\nquirks: {line_max: 100}\n");
	write_file("new.yaml", "schema: 1\nname: new\nextends: base.yaml\n");
	p = load_file("new.yaml", &e);
	ck_assert_msg(p, "%s", e.msg);
	ck_assert_int_eq(p->q.line_max, 100);
	ck_assert_str_eq(p->id.build, "SIM7600M22_B03V02_200828");
	ck_assert_str_eq(p->summary, "");
	profile_free(p);
}
END_TEST

/* A fault in a base has the base's place. */
START_TEST(test_fault_in_base)
{
	char want[200];
	struct err e = { 0 };

	write_file("base.yaml", "schema: 1\nname: base\nquirks:\n  line_max: none\n");
	write_file("new.yaml", "schema: 1\nname: new\nextends: base.yaml\n");
	ck_assert_ptr_null(load_file("new.yaml", &e));
	snprintf(want, sizeof(want), "%s/base.yaml:4:13: 'none' must be a number", dir);
	ck_assert_msg(!strncmp(e.msg, want, strlen(want)), "%s", e.msg);
}
END_TEST

START_TEST(test_circle)
{
	static const char *const last[] = { "a.yaml", "b.yaml", "c.yaml" };
	char text[100];
	struct err e = { 0 };

	write_file("a.yaml", "schema: 1\nname: a\nextends: b.yaml\n");
	write_file("b.yaml", "schema: 1\nname: b\nextends: c.yaml\n");
	snprintf(text, sizeof(text), "schema: 1\nname: c\nextends: %s\n", last[_i]);
	write_file("c.yaml", text);
	ck_assert_ptr_null(load_file("a.yaml", &e));
	ck_assert_msg(strstr(e.msg, "c.yaml:3:10: extends runs in a circle"), "%s", e.msg);
}
END_TEST

/* --- one run's changes, and quirks.def ---------------------------------------------------------------------------- */

static const struct { const char *text, *error; enum quirk_id id; const char *value; } sets[] = {
	{ "tls_sni=ok", NULL, QUIRK_ID_tls_sni, "ok" },
	{ "line_max=0x100", NULL, QUIRK_ID_line_max, "256" },
	{ "echo_data=false", NULL, QUIRK_ID_echo_data, "false" },
	{ "boot_ready=*X: 1", NULL, QUIRK_ID_boot_ready, "*X: 1" },
	{ "boot_ready=a=b", NULL, QUIRK_ID_boot_ready, "a=b" },
	{ "tls_versions=1.2,1.3", NULL, QUIRK_ID_tls_versions, "1.2,1.3" },
	{ "absent_commands=", NULL, QUIRK_ID_absent_commands, "" },
	{ "tls_sni", "'tls_sni' must be QUIRK=VALUE", 0, NULL },
	{ "=ok", "'=ok' must be QUIRK=VALUE", 0, NULL },
	{ "", "'' must be QUIRK=VALUE", 0, NULL },
	{ "tls_sn=ok", "unknown quirk 'tls_sn' (did you mean 'tls_sni'?)", 0, NULL },
	{ "tls_sni=good", "quirk 'good' is not a value of tls_sni (one of: absent broken ok)", 0, NULL },
	{ "line_max=9999", "quirk '9999' must be a number from 64 to 4096 (line_max, in characters)", 0, NULL },
	{ "tls_versions=1.2,", NULL, QUIRK_ID_tls_versions, "1.2" },
	{ "tls_versions=,1.2", "quirk '' cannot be in tls_versions", 0, NULL },
};

START_TEST(test_set)
{
	struct profile *p = must_load("sim7600/B03");
	struct err e = { 0 };
	char value[100];
	int err = profile_set(p, sets[_i].text, &e);

	if (sets[_i].error) {
		ck_assert_int_eq(err, -EINVAL);
		ck_assert_msg(!strncmp(e.msg, sets[_i].error, strlen(sets[_i].error)), "%s", e.msg);
	} else {
		ck_assert_msg(!err, "%s", e.msg);
		ck_assert_str_eq(profile_value(p, sets[_i].id, value, sizeof(value)), sets[_i].value);
		ck_assert_str_eq(p->source[sets[_i].id].value, sets[_i].value);
		ck_assert_str_eq(p->source[sets[_i].id].evidence, "command line");
	}
	profile_free(p);
}
END_TEST

START_TEST(test_info)
{
	const struct quirk_info *sni = quirk_info(QUIRK_ID_tls_sni), *max = quirk_info(QUIRK_ID_line_max);
	char tiny[4];
	struct profile *p = must_load("sim7600/B03");

	ck_assert_str_eq(sni->name, "tls_sni");
	ck_assert_str_eq(sni->choices[QUIRK_tls_sni_broken], "broken");
	ck_assert_ptr_null(sni->choices[3]);
	ck_assert_str_eq(max->unit, "characters");
	ck_assert_int_eq(max->min, 64);
	ck_assert_int_eq(max->max, 4096);
	for (int id = 0; id < QUIRK_COUNT; id++) {
		ck_assert_str_ne(quirk_info((enum quirk_id)id)->what, "");
		profile_value(p, (enum quirk_id)id, tiny, sizeof(tiny));	/* never writes past the end */
		ck_assert_uint_lt(strlen(tiny), sizeof(tiny));
	}
	profile_free(p);
}
END_TEST

/* Two profiles of one process share nothing that one can change. */
START_TEST(test_two)
{
	struct profile *a = must_load("sim7600/B03"), *b = must_load("sim7600/B03");

	ck_assert_int_eq(profile_set(a, "tls_sni=ok", NULL), 0);
	ck_assert_int_eq(profile_set(a, "tls_ciphers=0x002F", NULL), 0);
	ck_assert_int_eq(b->q.tls_sni, QUIRK_tls_sni_broken);
	ck_assert_uint_eq(b->q.tls_ciphers.n, 18);
	profile_free(a);
	ck_assert_str_eq(b->q.tls_ciphers.word[0], "0x002F");
	profile_free(b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("profile");
	TCase *t = tcase_create("data"), *files = tcase_create("files");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, test_identity, 0, REVISIONS);
	tcase_add_loop_test(t, test_evidence, 0, REVISIONS);
	tcase_add_test(t, test_names);
	tcase_add_test(t, test_field);
	tcase_add_test(t, test_two_modules);
	tcase_add_loop_test(t, test_switch, 0, sizeof(switches) / sizeof(switches[0]));
	tcase_add_loop_test(t, test_wrong, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(t, test_unknown_names);
	tcase_add_loop_test(t, test_set, 0, sizeof(sets) / sizeof(sets[0]));
	tcase_add_test(t, test_info);
	tcase_add_test(t, test_two);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(files, make_dir, remove_dir);
	tcase_add_test(files, test_new_revision);
	tcase_add_test(files, test_relative_base);
	tcase_add_test(files, test_fault_in_base);
	tcase_add_loop_test(files, test_circle, 0, 3);
	suite_add_tcase(s, files);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
