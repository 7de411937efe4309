/* World files: every wrong word with its place, order of hosts, and the built-in world. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "test_link_rig.h"

#define H "schema: 1\nhosts:\n  - {match: b.x, port: 8883, model: "

static const struct { const char *text, *error; } wrong[] = {
	{ "hosts: []\n", "w.yaml:1:1: 'schema: 1' is missing" },
	{ "", "w.yaml:1:1: 'schema: 1' is missing" },
	{ "schema: 2\nworlds: []\n", "w.yaml:1:9: schema 2 needs a newer sim7600-emu" },
	{ "schema: 0\n", "w.yaml:1:9: '0' must be a number from 1 to 1000000" },
	{ "schema: 1\n", "w.yaml:1:1: 'hosts' is missing" },
	{ "schema: 1\nhost: []\n", "w.yaml:2:1: unknown key 'host' (did you mean 'hosts'?)" },
	{ "schema: 1\nhosts: {}\n", "w.yaml:2:8: must be a list" },
	{ "schema: 1\nhosts: [b.x]\n", "w.yaml:2:9: must be a mapping" },
	{ "schema: 1\nhosts:\n  - {mach: b.x, model: {}}\n", "w.yaml:3:6: unknown key 'mach' (did you mean 'match'?)" },
	{ "schema: 1\nhosts:\n  - {model: {}}\n", "w.yaml:3:5: 'match' is missing: a host name, * and ? allowed" },
	{ "schema: 1\nhosts:\n  - {match: b.x}\n", "w.yaml:3:5: a host needs either 'model' or 'real'" },
	{ "schema: 1\nhosts:\n  - {match: b.x, real: a, model: {}}\n", "w.yaml:3:5: a host needs either 'model' or 'real'" },
	{ "schema: 1\nhosts:\n  - {match: b.x, real: \"127.0.0.1:0\"}\n",
	  "w.yaml:3:24: '127.0.0.1:0' must be an address and a port: 127.0.0.1:18883" },
	{ "schema: 1\nhosts:\n  - {match: b.x, real: \":1883\"}\n",
	  "w.yaml:3:24: ':1883' must be an address and a port: 127.0.0.1:18883" },
	{ "schema: 1\nhosts:\n  - {match: b.x, real: \"[::1:1883\"}\n",
	  "w.yaml:3:24: '[::1:1883' must be an address and a port: [::1]:18883" },
	{ "schema: 1\nhosts:\n  - {match: b.x, port: 0, model: {}}\n", "w.yaml:3:24: '0' must be a number from 1 to 65535" },
	{ "schema: 1\nhosts:\n  - {match: b.x, port: 65536, model: {}}\n",
	  "w.yaml:3:24: '65536' must be a number from 1 to 65535" },
	{ "schema: 1\nhosts:\n  - {match: b.x, confidence: sure, model: {}}\n",
	  "w.yaml:3:30: unknown value 'sure' (one of: doc seen driver guess)" },
	{ H "{nosni: ok}}\n", "w.yaml:3:38: unknown key 'nosni' (did you mean 'no_sni'?)" },
	{ H "{no_sni: connack5}}\n", "w.yaml:3:46: unknown value 'connack5' (did you mean 'connack_5'?)" },
	{ H "{tls: 1.2}}\n", "w.yaml:3:43: must be a mapping" },
	{ H "{tls: {min: 1.4}}}\n", "w.yaml:3:49: unknown value '1.4' (did you mean '1.0'?)" },
	{ H "{tls: {min: 1.3, max: 1.2}}}\n", "w.yaml:3:59: max 1.2 is below min 1.3" },
	{ H "{tls: {ciphers: [ECDHE-RSA-AES128-GCM-SHA255]}}}\n",
	  "w.yaml:3:54: unknown cipher suite 'ECDHE-RSA-AES128-GCM-SHA255' (did you mean 'ECDHE-RSA-AES128-GCM-SHA256'?)" },
	{ H "{tls: {ciphers: [0x10000]}}}\n", "w.yaml:3:54: unknown cipher suite '0x10000'" },
	{ H "{tls: {ciphers: []}}}\n", "w.yaml:3:53: the list is empty: leave it out for OpenSSL's default" },
	{ H "{chain: dsa}}\n", "w.yaml:3:45: unknown value 'dsa' (did you mean 'rsa'?)" },
	{ H "{chain: {bytes: 99}}}\n", "w.yaml:3:53: '99' must be a number from 100 to 1000000" },
	{ H "{chain: {root: {skid: 00}}}}\n", "w.yaml:3:52: 'name' is missing: the common name of the root certificate" },
	{ H "{chain: {root: {name: R, skid: 0011}}}}\n",
	  "w.yaml:3:68: '0011' must be a key identifier of 8 to 32 bytes in hex" },
	{ H "{chain: {not_before: 2020-01-01}}}\n", "w.yaml:3:45: not_before and not_after come together" },
	{ H "{chain: {not_before: 2020-01-01, not_after: soon}}}\n",
	  "w.yaml:3:81: 'soon' must be a date: 2026-01-31 or 2026-01-31T12:00:00Z" },
	{ H "{chain: {files: [no-such.pem]}}}\n", "w.yaml:3:54: no-such.pem: cannot open the file" },
	{ H "{chain: {files: [/dev/null]}}}\n", "w.yaml:3:54: /dev/null: " },
	{ H "{chain: {files: []}}}\n", "w.yaml:3:53: the list is empty" },
	{ H "{chain: {files: [a.pem], key: rsa}}}\n",
	  "w.yaml:3:53: a chain from files says all by itself: no other key beside 'files'" },
	{ H "{client_cert: yes}}\n", "w.yaml:3:51: unknown value 'yes' (one of: no required alert)" },
	{ H "{credentials: all}}\n", "w.yaml:3:51: 'all' must be any, {user, password} or a list of those" },
	{ H "{credentials: {user: u}}}\n", "w.yaml:3:51: credentials need user and password" },
	{ H "{credentials: [{user: u, pass: p}]}}\n", "w.yaml:3:62: unknown key 'pass' (one of: user password)" },
	{ H "{client_ca: a.pem}}\n", "w.yaml:3:49: client_ca needs client_cert: required or alert" },
	{ H "{client_cert: alert, client_ca: no-such.pem}}\n", "w.yaml:3:69: no-such.pem: cannot open the file" },
	{ H "{bad_login: 3}}\n", "w.yaml:3:49: '3' must be a number from 4 to 5" },
	{ H "{connack: 6}}\n", "w.yaml:3:47: '6' must be a number from 0 to 5" },
	{ H "{acl: {deny: [a]}}}\n", "w.yaml:3:44: unknown key 'deny' (one of: deny_publish deny_subscribe action)" },
	{ H "{acl: {deny_publish: a}}}\n", "w.yaml:3:58: must be a list" },
	{ H "{latency: {tls: 900}}}\n", "w.yaml:3:53: '900' must be a number with a unit: 250ms, 5s, 2m, 1h" },
	{ H "{}, ping: maybe}\n", "w.yaml:3:47: unknown value 'maybe' (one of: yes no)" },
	{ H "{latency: {tlss: 900ms}}}\n", "w.yaml:3:48: unknown key 'tlss' (did you mean 'tls'?)" },
	{ H "{misbehave: [drop_on_pubish]}}\n",
	  "w.yaml:3:50: unknown value 'drop_on_pubish' (did you mean 'drop_on_publish'?)" },
	{ H "{service: ecko}}\n", "w.yaml:3:47: unknown value 'ecko' (did you mean 'echo'?)" },
	{ H "{service: script}}\n",
	  "w.yaml:3:47: 'script' is missing: [{expect: TEXT, send: TEXT, after: 1s, close: close}]" },
	{ H "{service: echo, script: [{send: a}]}}\n", "w.yaml:3:61: a script needs 'service: script'" },
	{ H "{script: []}}\n", "w.yaml:3:46: the list is empty" },
	{ H "{script: {}}}\n", "w.yaml:3:46: must be a list" },
	{ H "{script: [{after: 1s}]}}\n", "w.yaml:3:47: a step needs expect, send or close" },
	{ H "{script: [{send: '\\q'}]}}\n",
	  "w.yaml:3:54: bad escape at character 1 (\\r \\n \\t \\e \\0 \\\\ \\\" \\xNN)" },
	{ H "{script: [{send: a, close: reste}]}}\n", "w.yaml:3:64: unknown value 'reste' (did you mean 'reset'?)" },
	{ H "{script: [{send: a, after: 1}]}}\n", "w.yaml:3:64: '1' must be a number with a unit: 250ms, 5s, 2m, 1h" },
	{ H "{script: [{sned: a}]}}\n", "w.yaml:3:48: unknown key 'sned' (did you mean 'send'?)" },
	{ H "{greeting: [a]}}\n", "w.yaml:3:48: must be a value" },
	{ H "{limits: {window: 0}}}\n", "w.yaml:3:55: '0' must be a number from 1 to 1048576" },
	{ H "{limits: {wind: 1}}}\n", "w.yaml:3:47: unknown key 'wind' (did you mean 'window'?)" },
	{ "schema: 1\nhosts:\n  - {match: b.x, match: c.x, model: {}}\n",
	  "w.yaml:3:18: key 'match' is given twice (first on line 3)" },
	{ "schema: 1\napns: {}\n", "w.yaml:2:7: must be a list" },
	{ "schema: 1\napns: [{}]\n", "w.yaml:2:8: 'match' is missing" },
	{ "schema: 1\napns: [{match: a, usr: b}]\n", "w.yaml:2:19: unknown key 'usr' (did you mean 'user'?)" },
	{ "schema: 1\napns: [{match: a, user: b}]\n", "w.yaml:2:8: 'user' and 'password' go together" },
	{ "schema: 1\napns: [{match: a, dns: []}]\n", "w.yaml:2:24: one or two addresses of name servers are wanted" },
	{ "schema: 1\napns: [{match: a, dns: [1.2.3]}]\n", "w.yaml:2:25: '1.2.3' must be an IPv4 address" },
	{ "schema: 1\napns: [{match: a, refuse: maybe}]\n", "w.yaml:2:27: " },
	{ "schema: 1\nhosts: [\n", "w.yaml:3:1: " },
};

START_TEST(test_wrong)
{
	struct err e = { 0 };
	struct world *w = world_load_text("w.yaml", wrong[_i].text, strlen(wrong[_i].text), &e);

	ck_assert_ptr_null(w);
	ck_assert_int_lt(e.code, 0);
	ck_assert_msg(!strncmp(e.msg, wrong[_i].error, strlen(wrong[_i].error)), "%s\nwanted %s", e.msg, wrong[_i].error);
	/* no error asked for: still no crash */
	ck_assert_ptr_null(world_load_text("w.yaml", wrong[_i].text, strlen(wrong[_i].text), NULL));
}
END_TEST

START_TEST(test_values)
{
	static const char text[] =
		"schema: 1\n"
		"hosts:\n"
		"  - match: \"*.s?.eu.hivemq.cloud\"\n"
		"    port: 8883\n"
		"    model:\n"
		"      no_sni: connack_5\n"
		"      tls: {min: 1.2}\n"
		"      chain: {key: ecdsa, bits: 384, bytes: 100, wildcard: true, names: [\"*.x\"], root: {name: R, skid: \"00:11:22:33:44:55:66:77\"},\n"
		"              not_before: 1970-01-02, not_after: 2026-01-31T12:00:01Z}\n"
		"      client_cert: required\n"
		"      credentials: any\n"
		"      connack: 0\n"
		"      latency: {dns: 1ms, tcp: 2ms, tls: 3ms, alert: 4ms, mqtt: 5ms, publish: 6ms, subscribe: 7ms}\n"
		"      misbehave: [mute, refuse]\n";
	struct err e = { 0 };
	struct world *w = world_load_text("w.yaml", text, strlen(text), &e);
	const struct host *h, *other;

	ck_assert_msg(w, "%s", e.msg);
	h = world_find(w, "x.s2.eu.hivemq.cloud", 8883, &other);
	ck_assert_ptr_nonnull(h);
	ck_assert_ptr_null(world_find(w, "x.s22.eu.hivemq.cloud", 8883, &other));
	ck_assert_ptr_null(other);
	ck_assert_ptr_null(world_find(w, "x.s2.eu.hivemq.cloud", 8884, &other));
	ck_assert_ptr_eq(other, h);
	ck_assert_str_eq(h->place, "w.yaml:3");
	ck_assert(h->model.tls && h->model.server.client_cert);
	ck_assert_int_eq(h->model.server.no_sni, NO_SNI_CONNACK_5);
	ck_assert_uint_eq(h->model.server.min, 2);
	ck_assert_uint_eq(h->model.server.max, 3);
	ck_assert_int_eq(h->model.server.chain.key, KEY_ECDSA);
	ck_assert_uint_eq(h->model.server.chain.bits, 384);
	ck_assert_uint_eq(h->model.server.chain.bytes, 100);
	ck_assert_uint_eq(h->model.server.chain.skid_len, 8);
	ck_assert_uint_eq(h->model.server.chain.skid[7], 0x77);
	ck_assert_int_eq(h->model.server.chain.not_before, 86400);
	ck_assert_int_eq(h->model.server.chain.not_after, 1769860801);
	ck_assert_int_eq(h->model.connack, 0);
	ck_assert_uint_eq(h->model.latency.dns, 1000);
	ck_assert_uint_eq(h->model.latency.subscribe, 7000);
	ck_assert(h->model.faults.mute && h->model.faults.refuse && !h->model.faults.tls_mute);
	world_free(w);
}
END_TEST

/* User files come first, in the order given, and the built-in world behind them. */
START_TEST(test_order)
{
	static const char *const texts[] = {
		"schema: 1\nhosts: [{match: broker.emqx.io, model: {}}, {match: \"*.one\", port: 1, model: {}}]\n",
		"schema: 1\nhosts: [{match: \"*.one\", real: \"127.0.0.1:1\"}]\n",
	};
	char dir[] = "/tmp/link-world-XXXXXX", path[2][64];
	const char *paths[] = { path[0], path[1] };
	const struct host *h, *other;
	struct err e = { 0 };
	struct world *w;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (int i = 0; i < 2; i++) {
		FILE *f;

		snprintf(path[i], sizeof(path[i]), "%s/%d.yaml", dir, i);
		f = fopen(path[i], "w");
		fputs(texts[i], f);
		fclose(f);
	}
	w = world_load(paths, 2, &e);
	ck_assert_msg(w, "%s", e.msg);
	h = world_find(w, "broker.emqx.io", 8883, &other);
	ck_assert(!h->model.tls);
	ck_assert_ptr_null(world_find(w, "a.one", 1, &other)->real);
	ck_assert_str_eq(world_find(w, "a.one", 2, &other)->real, "127.0.0.1");
	ck_assert_int_eq(world_find(w, "a.one", 2, &other)->real_port, 1);
	ck_assert_ptr_nonnull(world_find(w, "x.hivemq.cloud", 8883, &other));
	world_free(w);
	paths[1] = "/no/such/world.yaml";
	ck_assert_ptr_null(world_load(paths, 2, &e));
	ck_assert_int_eq(e.code, -ENOENT);
	ck_assert_str_eq(e.msg, "/no/such/world.yaml: No such file or directory");
	unlink(path[0]);
	unlink(path[1]);
	rmdir(dir);
}
END_TEST

/* The keys of the built-in roots are those of the real certificates. */
START_TEST(test_builtin_roots)
{
	static const struct { const char *host, *root; unsigned char first, last; } rows[] = {
		{ "x.hivemq.cloud", "ISRG Root X1", 0x79, 0x6E },
		{ "x.emqxsl.com", "DigiCert Global Root CA", 0x03, 0x55 },
		{ "broker.emqx.io", "DigiCert Global Root CA", 0x03, 0x55 },
		{ "x.azure-devices.net", "DigiCert Global Root G2", 0x4E, 0x39 },
		{ "x.amazonaws.com", "Amazon Root CA 1", 0x84, 0x08 },
		{ "emqx.docker.example", "ISRG Root X1", 0x79, 0x6E },
	};
	struct world *w = world_load(NULL, 0, NULL);
	const struct host *h, *other;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		h = world_find(w, rows[i].host, 8883, &other);
		ck_assert_ptr_nonnull(h);
		ck_assert_str_eq(h->model.server.chain.root_name, rows[i].root);
		ck_assert_uint_eq(h->model.server.chain.skid_len, 20);
		ck_assert_uint_eq(h->model.server.chain.skid[0], rows[i].first);
		ck_assert_uint_eq(h->model.server.chain.skid[19], rows[i].last);
		ck_assert_ptr_nonnull(h->evidence);
	}
	ck_assert_int_eq(world_find(w, "emqx.docker.example", 8883, &other)->model.server.chain.key, KEY_ECDSA);
	ck_assert_uint_eq(world_find(w, "x.amazonaws.com", 8883, &other)->model.server.chain.bytes, 5495);
	world_free(w);
}
END_TEST

START_TEST(test_suites)
{
	struct suites s = { 0 };

	ck_assert_int_eq(suites_load(&s), 0);
	ck_assert_str_eq(suite_by_number(&s, 0xC02F)->name, "ECDHE-RSA-AES128-GCM-SHA256");
	ck_assert_str_eq(suite_by_number(&s, 0xC02F)->standard, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
	ck_assert_uint_eq(suite_by_name(&s, "AES128-SHA")->number, 0x002F);
	ck_assert_uint_eq(suite_by_name(&s, "TLS_AES_128_GCM_SHA256")->number, 0x1301);
	ck_assert_uint_eq(suite_by_name(&s, "0xc02b")->number, 0xC02B);
	ck_assert_int_eq(suite_by_name(&s, "0xc02b")->key, SUITE_ECDSA);
	ck_assert_int_eq(suite_by_number(&s, 0x1301)->key, SUITE_ANY_KEY);
	ck_assert_uint_eq(suite_by_number(&s, 0x1301)->min, 3);
	ck_assert_uint_eq(suite_by_number(&s, 0x009C)->min, 2);
	ck_assert_uint_eq(suite_by_number(&s, 0x002F)->min, 0);
	ck_assert_uint_eq(suite_by_number(&s, 0x002F)->max, 2);
	ck_assert_ptr_null(suite_by_number(&s, 0xFFFF));
	ck_assert_ptr_null(suite_by_name(&s, "AES127-SHA"));
	ck_assert_str_eq(suite_nearest(&s, "AES127-SHA"), "AES128-SHA");
	ck_assert_uint_gt(s.n_default, 10);
	suites_free(&s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("link world");
	TCase *t = tcase_create("world");

	tcase_add_loop_test(t, test_wrong, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(t, test_values);
	tcase_add_test(t, test_order);
	tcase_add_test(t, test_builtin_roots);
	tcase_add_test(t, test_suites);
	suite_add_tcase(s, t);
	return rig_main(s);
}
