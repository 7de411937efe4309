/* Modelled web sites by themselves: what a world file may say below `http:`, and what is answered to a request. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "link/model_site.h"
#include "link/world.h"

#define H "schema: 1\nhosts:\n  - {match: b.x, model: "

/* --- files -------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *text, *error;
} wrong[] = {
	{ H "{http: 1}}\n", "w.yaml:3:32: must be a mapping" },
	{ H "{service: echo, http: {}}}\n", "w.yaml:3:47: 'http' needs 'service: http'" },
	{ H "{service: http, ftp: {}}}\n", "w.yaml:3:46: 'ftp' needs 'service: ftp'" },
	{ H "{http: {}, ftp: {}}}\n", "w.yaml:3:41: a host has either 'http' or 'ftp'" },
	{ H "{http: {page: []}}}\n", "w.yaml:3:33: unknown key 'page' (did you mean 'pages'?)" },
	{ H "{http: {pages: {}}}}\n", "w.yaml:3:40: must be a list" },
	{ H "{http: {pages: [/]}}}\n", "w.yaml:3:41: must be a mapping" },
	{ H "{http: {pages: [{}]}}}\n", "w.yaml:3:41: 'path' must begin with /; * and ? are allowed in it" },
	{ H "{http: {pages: [{path: a}]}}}\n", "w.yaml:3:48: 'path' must begin with /" },
	{ H "{http: {pages: [{path: [/]}]}}}\n", "w.yaml:3:48: 'path' must begin with /" },
	{ H "{http: {pages: [{path: /, file: x}]}}}\n", "w.yaml:3:51: unknown key 'file'" },
	{ H "{http: {pages: [{path: /, status: 199}]}}}\n", "w.yaml:3:59: '199' must be a number from 200 to 599" },
	{ H "{http: {pages: [{path: /, methods: GET}]}}}\n", "w.yaml:3:60: must be a list" },
	{ H "{http: {pages: [{path: /, methods: [[]]}]}}}\n", "w.yaml:3:61: must be a value" },
	{ H "{http: {pages: [{path: /, headers: []}]}}}\n", "w.yaml:3:60: must be a mapping" },
	{ H "{http: {pages: [{path: /, headers: {A: {}}}]}}}\n", "w.yaml:3:64: must be a value" },
	{ H "{http: {pages: [{path: /, headers: {A: \"b\\nC: d\"}}]}}}\n", "w.yaml:3:64: a header cannot have a line end in it" },
	{ H "{http: {pages: [{path: /, text: a, bytes: 1}]}}}\n", "w.yaml:3:41: a page has one of text, bytes, echo and echo_head" },
	{ H "{http: {pages: [{path: /, bytes: -1}]}}}\n", "w.yaml:3:58: '-1' must be a number from 0 to 1099511627776" },
	{ H "{http: {pages: [{path: /, rate: 0}]}}}\n", "w.yaml:3:57: '0' must be a number from 1 to 1000000000" },
	{ H "{http: {pages: [{path: /, limit: 0}]}}}\n", "w.yaml:3:58: '0' must be a number from 1 to 1099511627776" },
	{ H "{http: {pages: [{path: /, delay: 5}]}}}\n", "w.yaml:3:58: '5' must be a" },
	{ H "{http: {pages: [{path: /, chunked: yes}]}}}\n", "w.yaml:3:60: 'yes' must be true or false" },
	{ H "{http: {pages: [{path: /, misbehave: closed}]}}}\n", "w.yaml:3:62: unknown value 'closed' (did you mean 'close'?)" },
	{ H "{http: {pages: [{path: /, auth: {user: u}}]}}}\n", "w.yaml:3:57: auth needs user and password" },
	{ H "{http: {pages: [{path: /, auth: {user: u, pasword: p}}]}}}\n",
	  "w.yaml:3:67: unknown key 'pasword' (did you mean 'password'?)" },
	{ H "{http: {auth: u}}}\n", "w.yaml:3:39: must be a mapping" },
	{ H "{http: {server: \"a\\r\\nb\"}}}\n", "w.yaml:3:41: a header cannot have a line end in it" },
	{ H "{http: {idle: long}}}\n", "w.yaml:3:39: 'long' must be a" },
	{ H "{http: {close: 1}}}\n", "w.yaml:3:40: '1' must be true or false" },
};

START_TEST(wrong_files)
{
	struct err e = { 0 };
	struct world *w = world_load_text("w.yaml", wrong[_i].text, strlen(wrong[_i].text), &e);

	ck_assert_ptr_null(w);
	ck_assert_msg(!strncmp(e.msg, wrong[_i].error, strlen(wrong[_i].error)), "%s\nwanted %s", e.msg, wrong[_i].error);
	ck_assert_ptr_null(world_load_text("w.yaml", wrong[_i].text, strlen(wrong[_i].text), NULL));
}
END_TEST

/* --- answers ------------------------------------------------------------------------------------------------------ */

static const char site[] =
	"schema: 1\n"
	"hosts:\n"
	"  - match: b.x\n"
	"    model:\n"
	"      http:\n"
	"        server: S\n"
	"        pages:\n"
	"          - {path: /a, text: \"0123456789\"}\n"
	"          - {path: /bytes, bytes: 100, type: a/b, headers: {X-Own: 1, X-Two: \"\"}}\n"
	"          - {path: /flat, text: \"0123456789\", ranges: false}\n"
	"          - {path: \"/dir/*.txt\", text: any}\n"
	"          - {path: \"/dir/?\", text: one}\n"
	"          - {path: /echo, echo: true, limit: 3}\n"
	"          - {path: /head, echo_head: true}\n"
	"          - {path: /in, limit: 3, status: 201, text: taken}\n"
	"          - {path: /put, methods: [PUT, DELETE], status: 204}\n"
	"          - {path: /mine, text: in, auth: {user: u, password: \"p:q\"}}\n"
	"          - {path: /close, text: bye, close: true}\n"
	"          - {path: /long, text: short, misbehave: bad_length}\n"
	"          - {path: /later, status: 503, headers: {Retry-After: 5}}\n"
	"          - {path: /odd, status: 299, text: x}\n"
	"  - match: locked.x\n"
	"    model: {http: {auth: {user: a, password: b}, close: true, server: \"\", pages: [{path: /, text: in}]}}\n";

#define TOP(status, type, length, end) \
	"HTTP/1.1 " status "\r\nServer: S\r\nContent-Type: " type "\r\nContent-Length: " length "\r\nConnection: " end "\r\n"
#define KEPT "keep-alive"
#define RANGES "Accept-Ranges: bytes\r\n"
#define PART(of) "Content-Range: bytes " of "\r\n"
#define GIVEN TOP("200 OK", "text/plain", "10", KEPT) RANGES "\r\n"
#define SOME(n, of) TOP("206 Partial Content", "text/plain", n, KEPT) PART(of) "\r\n"
#define NOT_THERE TOP("416 Requested Range Not Satisfiable", "text/html", "36", KEPT) PART("*/10") "\r\n"
#define REFUSED(status, length, more) TOP(status, "text/html", length, KEPT) more "\r\n"
#define WHO "WWW-Authenticate: Basic realm=\"model\"\r\n"

static const struct {
	const char *method, *path, *header[3], *body, *head, *answer;
} rows[] = {
	{ "GET", "/a", { NULL }, "", GIVEN, "0123456789" },
	{ "GET", "/a?b=/c#d", { NULL }, "", GIVEN, "0123456789" },
	{ "HEAD", "/a", { NULL }, "", GIVEN, "" },
	{ "get", "/a", { NULL }, "", REFUSED("405 Method Not Allowed", "23", ""), "405 Method Not Allowed\n" },
	{ "GET", "/b", { NULL }, "", REFUSED("404 Not Found", "14", ""), "404 Not Found\n" },
	{ "GET", "/a/", { NULL }, "", REFUSED("404 Not Found", "14", ""), "404 Not Found\n" },
	{ "POST", "/b", { NULL }, "x", REFUSED("404 Not Found", "14", ""), "404 Not Found\n" },
	{ "POST", "/a", { NULL }, "x", REFUSED("405 Method Not Allowed", "23", ""), "405 Method Not Allowed\n" },
	{ "GET", "/dir/x.txt", { NULL }, "", TOP("200 OK", "text/plain", "3", KEPT) RANGES "\r\n", "any" },
	{ "GET", "/dir/x", { NULL }, "", TOP("200 OK", "text/plain", "3", KEPT) RANGES "\r\n", "one" },
	{ "GET", "/dir/xy", { NULL }, "", REFUSED("404 Not Found", "14", ""), "404 Not Found\n" },
	/* ranges */
	{ "GET", "/a", { "Range: bytes=2-4" }, "", SOME("3", "2-4/10"), "234" },
	{ "HEAD", "/a", { "Range: bytes=2-4" }, "", SOME("3", "2-4/10"), "" },
	{ "GET", "/a", { "range:bytes=7-" }, "", SOME("3", "7-9/10"), "789" },
	{ "GET", "/a", { "Range: bytes=7-99" }, "", SOME("3", "7-9/10"), "789" },
	{ "GET", "/a", { "Range: bytes=-2" }, "", SOME("2", "8-9/10"), "89" },
	{ "GET", "/a", { "Range: bytes=-99" }, "", SOME("10", "0-9/10"), "0123456789" },
	{ "GET", "/a", { "Range: bytes=0-0" }, "", SOME("1", "0-0/10"), "0" },
	{ "GET", "/a", { "Range: bytes=10-" }, "", NOT_THERE, "416 Requested Range Not Satisfiable\n" },
	{ "GET", "/a", { "Range: bytes=10-12" }, "", NOT_THERE, "416 Requested Range Not Satisfiable\n" },
	{ "GET", "/a", { "Range: bytes=-0" }, "", NOT_THERE, "416 Requested Range Not Satisfiable\n" },
	{ "GET", "/a", { "Range: bytes=4-2" }, "", NOT_THERE, "416 Requested Range Not Satisfiable\n" },
	{ "GET", "/a", { "Range: bytes=x-2" }, "", NOT_THERE, "416 Requested Range Not Satisfiable\n" },
	{ "GET", "/a", { "Range: bytes=1-2,4-5" }, "", GIVEN, "0123456789" },
	{ "GET", "/a", { "Range: bytes=" }, "", GIVEN, "0123456789" },
	{ "GET", "/a", { "Range: bytes= 1-2" }, "", SOME("2", "1-2/10"), "12" },
	{ "GET", "/a", { "Range: lines=1-2" }, "", GIVEN, "0123456789" },
	{ "GET", "/a", { "Range: bytes=5" }, "", NOT_THERE, "416 Requested Range Not Satisfiable\n" },
	{ "GET", "/a", { "Range: bytes=99999999999999999999-" }, "", NOT_THERE, "416 Requested Range Not Satisfiable\n" },
	{ "GET", "/flat", { "Range: bytes=2-4" }, "", TOP("200 OK", "text/plain", "10", KEPT) "\r\n", "0123456789" },
	{ "GET", "/bytes", { "Range: bytes=14-33" }, "",
	  TOP("206 Partial Content", "a/b", "20", KEPT) PART("14-33/100") "X-Own: 1\r\nX-Two: \r\n\r\n", ".\n00000010.......\n00" },
	/* bodies */
	{ "POST", "/echo", { "Content-Type: c/d" }, "abc", TOP("200 OK", "c/d", "3", KEPT) "\r\n", "abc" },
	{ "GET", "/head", { "X: y", "Z:" }, "", TOP("200 OK", "text/plain", "21", KEPT) RANGES "\r\n", "GET /head\r\nX: y\r\nZ:\r\n" },
	{ "PUT", "/echo", { NULL }, "", TOP("200 OK", "text/plain", "0", KEPT) "\r\n", "" },
	{ "POST", "/echo", { NULL }, "abcd", REFUSED("413 Request Entity Too Large", "29", ""), "413 Request Entity Too Large\n" },
	{ "POST", "/in", { NULL }, "abc", TOP("201 Created", "text/plain", "5", KEPT) "\r\n", "taken" },
	{ "DELETE", "/in", { NULL }, "", REFUSED("405 Method Not Allowed", "23", ""), "405 Method Not Allowed\n" },
	{ "DELETE", "/put", { NULL }, "", TOP("204 No Content", "text/plain", "0", KEPT) "\r\n", "" },
	{ "GET", "/put", { NULL }, "", REFUSED("405 Method Not Allowed", "23", ""), "405 Method Not Allowed\n" },
	/* who */
	{ "GET", "/mine", { NULL }, "", REFUSED("401 Unauthorized", "17", WHO), "401 Unauthorized\n" },
	{ "GET", "/mine", { "Authorization: Basic dTpwOnE=" }, "", TOP("200 OK", "text/plain", "2", KEPT) RANGES "\r\n", "in" },
	{ "GET", "/mine", { "Accept: *", "authorization:  basic dTpwOnE=" }, "", TOP("200 OK", "text/plain", "2", KEPT) RANGES "\r\n", "in" },
	{ "GET", "/mine", { "Authorization: Basic dTpwOnF=" }, "", REFUSED("401 Unauthorized", "17", WHO), "401 Unauthorized\n" },
	{ "GET", "/mine", { "Authorization: Bearer dTpwOnE=" }, "", REFUSED("401 Unauthorized", "17", WHO), "401 Unauthorized\n" },
	/* how it ends */
	{ "GET", "/close", { NULL }, "", TOP("200 OK", "text/plain", "3", "close") RANGES "\r\n", "bye" },
	{ "GET", "/a", { "Connection: Close" }, "", TOP("200 OK", "text/plain", "10", "close") RANGES "\r\n", "0123456789" },
	{ "GET", "/long", { NULL }, "", TOP("200 OK", "text/plain", "15", "close") RANGES "\r\n", "short" },
	{ "GET", "/later", { NULL }, "", TOP("503 Service Unavailable", "text/plain", "0", KEPT) "Retry-After: 5\r\n\r\n", "" },
	{ "GET", "/odd", { NULL }, "", TOP("299 Unknown", "text/plain", "1", KEPT) "\r\n", "x" },
};

static void check(const struct http_site *s, const struct site_request *q, const char *head, const char *body)
{
	struct site_answer a;
	char got[200] = "";

	ck_assert_int_eq(site_answer(s, q, &a), 0);
	ck_assert_str_eq(buf_str(&a.head), head);
	ck_assert_uint_eq(a.bytes, strlen(body));
	site_body(&a, 0, got, (size_t)a.bytes);
	ck_assert_str_eq(got, body);
	/* Any part of it by itself is the same. */
	for (size_t i = 0; i < a.bytes; i++) {
		site_body(&a, i, got, 1);
		ck_assert_int_eq(got[0], body[i]);
	}
	site_answer_free(&a);
}

static struct world *load(const char *name, const struct http_site **s)
{
	struct err e = { 0 };
	struct world *w = world_load_text("w.yaml", site, strlen(site), &e);
	const struct host *other;

	ck_assert_msg(w, "%s", e.msg);
	*s = world_find(w, name, 80, &other)->model.http;
	ck_assert_ptr_nonnull(*s);
	return w;
}

START_TEST(answers)
{
	const struct http_site *s;
	struct world *w = load("b.x", &s);
	const struct site_request q = { .method = rows[_i].method, .path = rows[_i].path, .header = rows[_i].header,
					.body = rows[_i].body, .len = strlen(rows[_i].body) };

	check(s, &q, rows[_i].head, rows[_i].answer);
	world_free(w);
}
END_TEST

#define LOCKED(status, type, length, more) \
	"HTTP/1.1 " status "\r\nContent-Type: " type "\r\nContent-Length: " length "\r\nConnection: close\r\n" more "\r\n"

/* A login for the whole site, which does not tell who has no right what there is; and what comes before it. */
START_TEST(locked)
{
	static const char *const login[] = { "Authorization: Basic YTpi", NULL };
	const struct http_site *s;
	struct world *w = load("locked.x", &s);
	struct site_request q = { .method = "GET", .path = "/none" };

	check(s, &q, LOCKED("401 Unauthorized", "text/html", "17", WHO), "401 Unauthorized\n");
	q.header = login;
	check(s, &q, LOCKED("404 Not Found", "text/html", "14", ""), "404 Not Found\n");
	q.path = "/";
	check(s, &q, LOCKED("200 OK", "text/plain", "2", RANGES), "in");
	q.no_client_cert = true;
	check(s, &q, LOCKED("400 Bad Request", "text/html", "54", ""), "400 Bad Request: No required SSL certificate was sent\n");
	q.plain_on_tls = true;
	check(s, &q, LOCKED("400 Bad Request", "text/html", "63", ""),
	      "400 Bad Request: The plain HTTP request was sent to HTTPS port\n");
	world_free(w);
}
END_TEST

/* Nothing below `http:`: every path is one that is not there. */
START_TEST(nothing)
{
	static const char text[] = H "{service: http}}\n";
	struct err e = { 0 };
	struct world *w = world_load_text("w.yaml", text, strlen(text), &e);
	const struct site_request q = { .method = "GET", .path = "/" };
	const struct host *other;

	ck_assert_msg(w, "%s", e.msg);
	check(world_find(w, "b.x", 80, &other)->model.http, &q,
	      "HTTP/1.1 404 Not Found\r\nServer: model\r\nContent-Type: text/html\r\nContent-Length: 14\r\n"
	      "Connection: keep-alive\r\n\r\n",
	      "404 Not Found\n");
	world_free(w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("link_site");
	TCase *t = tcase_create("site");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(t, wrong_files, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_loop_test(t, answers, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, locked);
	tcase_add_test(t, nothing);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
