/*
 * Redaction by rows. A stand-in has the length and the punctuation of its original: digits become digits, letters
 * letters, so that lengths at prompts, formats and comparisons stay what they were. Endings of host names that decide
 * how a broker behaves stay, as do hosts that everybody uses, and what somebody has blanked out already.
 */
#include "harness/import/import_redact.h"

#include <ctype.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "harness/import/import_regex.h"

enum redact_class {
	CLASS_DIGITS,	/* zeros, the number of the stand-in at the end */
	CLASS_TEXT,	/* letters x and digits 0, the number of the stand-in in the last of them */
	CLASS_HOST,	/* as text, the known ending stays */
	CLASS_ADDRESS,	/* a dotted IPv4 address of the same length */
	CLASS_POSITION, /* digits alone */
	CLASS_KEY	/* base64: letters and digits alone, not one entry a line */
};

struct redact_row {
	const char *regex; /* GROUP_SECRET is what is replaced */
	const char *kind;
	enum redact_class class;
	bool spreads; /* replaced wherever else it stands, too */
};

#define QUOTED "\"(?<secret>[^\"\\r\\n]{1,256})\""
#define BARE "(?<secret>[^\",\\s]{1,256})"
#define CONNECT "AT\\+CMQTTCONNECT=\\d+,\"[^\"\\r\\n]*\",\\d+, ?[01], ?"
#define HOST "(?<secret>(?:[A-Za-z0-9_-]+\\.)+[A-Za-z]{2,})"
#define ADDRESS "(?<secret>(?:\\d{1,3}\\.){3}\\d{1,3})"

static const struct redact_row rows[] = {
	{ "-----BEGIN [A-Z ]*PRIVATE KEY-----(?<secret>[^-]{1,16384})", "private key", CLASS_KEY, false },
	{ CONNECT "\"(?<secret>[^\"\\r\\n]+)\"", "user name", CLASS_TEXT, true },
	{ CONNECT "(?<secret>[^\",\\s]+)", "user name", CLASS_TEXT, true },
	{ CONNECT "(?:\"[^\"\\r\\n]*\"|[^\",\\r\\n]*), ?\"(?<secret>[^\"\\r\\n]+)\"", "password", CLASS_TEXT, true },
	{ CONNECT "(?:\"[^\"\\r\\n]*\"|[^\",\\r\\n]*), ?(?<secret>[^\",\\s]+)", "password", CLASS_TEXT, true },
	{ "AT\\+CFTPSLOGIN=\"[^\"\\r\\n]*\",\\d+,\"(?<secret>[^\"\\r\\n]+)\"", "user name", CLASS_TEXT, true },
	{ "AT\\+CFTPSLOGIN=\"[^\"\\r\\n]*\",\\d+,\"[^\"\\r\\n]*\",\"(?<secret>[^\"\\r\\n]+)\"", "password", CLASS_TEXT,
	  true },
	{ "\\+CGAUTH(?:=|: ?)\\d+,\\d,\"(?<secret>[^\"\\r\\n]+)\"", "password", CLASS_TEXT, true },
	{ "\\+CGAUTH(?:=|: ?)\\d+,\\d,\"[^\"\\r\\n]*\",\"(?<secret>[^\"\\r\\n]+)\"", "user name", CLASS_TEXT, true },
	{ "(?i:AT\\+CPIN=\"?)(?<secret>\\d{4,8})", "PIN", CLASS_DIGITS, false },
	{ "(?i:sig|signature|token|password|passwd|pwd|secret|api_?key)=(?<secret>[^&\"\\s;,]{4,512})", "token",
	  CLASS_TEXT, true },
	{ "(?i:Bearer |Basic )(?<secret>[A-Za-z0-9._~+/=-]{8,2048})", "token", CLASS_TEXT, true },
	{ "\\b(?<secret>eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*)", "token", CLASS_TEXT, true },
	{ "\\b(?<secret>89\\d{16,18}[0-9Ff]?)\\b", "ICCID", CLASS_DIGITS, true },
	{ "(?:IMEI|MEID|CGSN|SIMEI): ?\"?(?<secret>\\d{14,16})\\b", "IMEI", CLASS_DIGITS, true },
	{ "(?:CIMI|IMSI)\\D{1,8}(?<secret>\\d{14,15})\\b", "IMSI", CLASS_DIGITS, true },
	{ "(?<![\\d.,-])(?<secret>\\d{15})(?![\\d.])", "IMEI or IMSI", CLASS_DIGITS, true },
	{ "(?:CMGS|CNUM|CMT|CMGR|CMGL|CLIP|CCWA|CSCA|CUSD|CDS)(?:=|: ?)[^\\r\\n]*?\"(?<secret>\\+?\\d{5,15})\"",
	  "phone number", CLASS_DIGITS, true },
	{ "ATD(?<secret>\\+?\\d{5,15})", "phone number", CLASS_DIGITS, true },
	{ "(?<![\\w/.])(?<secret>\\+\\d{9,15})\\b", "phone number", CLASS_DIGITS, true },
	{ "[+]?(?:CGPSINFO|CGNSSINFO|CGNSINF|CLBS|CGPS)(?:=|: ?)(?<secret>[^\\r\\n]*\\d\\.\\d[^\\r\\n]*)", "position",
	  CLASS_POSITION, false },
	{ "\\$G[PNLAB](?:GGA|RMC|GLL|GNS),(?<secret>[^*\\r\\n]*)", "position", CLASS_POSITION, false },
	{ "[a-z]{2,5}://" HOST, "host name", CLASS_HOST, true },
	{ "[a-z]{2,5}://" ADDRESS, "address", CLASS_ADDRESS, false },
	{ "(?:CDNSGIP|CFTPSLOGIN|CPING|CNTP|CIPOPEN|CCHOPEN|HTTPPARA|CMQTTCONNECT|CDNSCFG)"
	  "(?:=|: ?)[^\\r\\n]*?\"" HOST "\"",
	  "host name", CLASS_HOST, true },
	{ "(?<![\\d.])" ADDRESS "(?![\\d.])", "address", CLASS_ADDRESS, false },
};

enum { TELLING_WORD = 6, TELLING_NUMBER = 10 }; /* letters and digits that are told from others by their length */

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* Endings that say what the server is like, and hosts that are everybody's. */
struct keep_row {
	const char *regex; /* GROUP_TEXT stays */
};

static const struct keep_row keeps[] = {
	{ "(?<text>\\.s\\d+\\.[a-z0-9-]+\\.hivemq\\.cloud)$" },
	{ "(?<text>\\.[a-z0-9]+(?:\\.[a-z]+-[a-z]+-\\d+)?\\.emqx(?:sl|cloud)\\.com)$" },
	{ "(?<text>\\.azure-devices(?:-provisioning)?\\.net)$" },
	{ "(?<text>(?:-ats)?\\.iot\\.[a-z0-9-]+\\.amazonaws\\.com)$" },
	{ "(?<text>\\.(?:cloud\\.shiftr\\.io|io\\.adafruit\\.com|thingsboard\\.cloud))$" },
	{ "^(?<text>(?:broker|test|mqtt|www|mqtt-dashboard)?\\.?"
	  "(?:emqx\\.io|hivemq\\.com|mosquitto\\.org|eclipseprojects\\.io|"
	  "thingspeak\\.com|google\\.com|baidu\\.com|httpbin\\.org|example\\.(?:com|org|net)))$" },
	{ "^(?<text>127\\.0\\.0\\.1|0\\.0\\.0\\.0|255(?:\\.\\d+){3}|8\\.8\\.(?:8\\.8|4\\.4)|1\\.1\\.1\\.1)$" },
	{ "^(?<text>(?:\\w+\\.)*(?:pool\\.ntp\\.org|time\\.google\\.com|ntp\\.aliyun\\.com))$" },
};

enum { KEEPS = sizeof(keeps) / sizeof(keeps[0]) };

/* Bytes as a key of a tree. */
struct word {
	const char *p;
	size_t n;
};

struct replacement {
	struct word original, stand_in;
	struct import_replaced shown;
};

enum { LENGTHS = 64, SPREAD_MAX = 256, STEPS_MAX = 50000000 };

struct redactor {
	struct import_regexes *rows, *keeps;
	struct replacement **entries;
	size_t n, cap;
	void *originals, *stand_ins; /* trees over the entries */
	size_t numbers[LENGTHS];     /* stand-ins of each length, so that no two are the same */
	struct replacement *spread[SPREAD_MAX];
	size_t n_spread;
	bool failed; /* out of memory: something is as it was */
};

struct redactor *import_redactor_new(struct err *e)
{
	struct redactor *r = calloc(1, sizeof(*r));

	if (!r) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	r->rows = import_regexes_new(rows, ROWS, sizeof(rows[0]), e);
	r->keeps = import_regexes_new(keeps, KEEPS, sizeof(keeps[0]), e);
	if (r->rows && r->keeps) {
		import_regexes_set_steps(r->rows, STEPS_MAX);
		return r;
	}
	import_redactor_free(r);
	return NULL;
}

static void free_entry(struct replacement *x)
{
	free((char *)x->original.p);
	free((char *)x->stand_in.p);
	free(x);
}

static void keep_node(void *node)
{
	(void)node; /* the entry's own */
}

void import_redactor_free(struct redactor *r)
{
	if (!r)
		return;
	tdestroy(r->originals, keep_node);
	tdestroy(r->stand_ins, keep_node);
	for (size_t i = 0; i < r->n; i++)
		free_entry(r->entries[i]);
	free(r->entries);
	import_regexes_free(r->rows);
	import_regexes_free(r->keeps);
	free(r);
}

/* --- stand-ins ------------------------------------------------------------------------------------------------ */

/* Somebody was here before: nothing but x, X, * and dots, or a word in angle brackets. */
static bool is_blanked(const char *p, size_t n)
{
	size_t letters = 0, blanks = 0;

	for (size_t i = 0; i < n; i++) {
		letters += isalnum((unsigned char)p[i]) != 0;
		blanks += p[i] == 'x' || p[i] == 'X' || p[i] == '*' || p[i] == '.';
	}
	return blanks == n || !letters || (n > 2 && p[0] == '<' && p[n - 1] == '>');
}

static char blank_of(char c)
{
	if (isdigit((unsigned char)c))
		return '0';
	return isupper((unsigned char)c) ? 'X' : islower((unsigned char)c) ? 'x' : c;
}

/* Writes number into the last letters and digits of p: base 10 in digits, base 23 (a to w) in letters. */
static void number_it(char *p, size_t n, size_t number)
{
	for (size_t i = n; i-- > 0 && number;) {
		if (p[i] == '0') {
			p[i] = (char)('0' + number % 10);
			number /= 10;
		} else if (p[i] == 'x' || p[i] == 'X') {
			p[i] = (char)((p[i] == 'x' ? 'a' : 'A') + number % 23);
			number /= 23;
		}
	}
}

/* Octets of as many digits, none above 255. */
static void fill_address(char *p, size_t n, size_t number)
{
	for (size_t i = 0; i < n; i++) {
		bool first = !i || p[i - 1] == '.';

		if (p[i] != '.')
			p[i] = first ? '1' : '0';
	}
	if (n > 1 && p[n - 2] != '.')
		p[n - 1] = (char)('0' + number % 10);
	else if (n)
		p[n - 1] = (char)('1' + number % 9);
}

/* The end of a host name that stays. */
static size_t kept_length(const struct redactor *r, const char *p, size_t n)
{
	struct import_hit hit;

	if (import_regex_first(r->keeps, p, n, &hit) == KEEPS)
		return 0;
	return hit.group[GROUP_TEXT].len;
}

static void make_stand_in(const struct redactor *r, enum redact_class class, char *p, size_t n, size_t number)
{
	size_t change = class == CLASS_HOST ? n - kept_length(r, p, n) : n;

	if (class == CLASS_ADDRESS) {
		fill_address(p, n, number);
		return;
	}
	for (size_t i = 0; i < change; i++) {
		if ((class != CLASS_POSITION && class != CLASS_DIGITS) || isdigit((unsigned char)p[i]))
			p[i] = blank_of(p[i]);
	}
	if (class != CLASS_POSITION && class != CLASS_KEY)
		number_it(p, change, number);
}

/* --- entries -------------------------------------------------------------------------------------------------- */

static int compare_words(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return memcmp(x->p, y->p, x->n);
}

/* One original has one stand-in, whatever rule finds it: a password that is a host name, too. */
static struct replacement *find_entry(const struct redactor *r, const char *p, size_t n)
{
	const struct word key = { p, n };
	struct word *const *node = tfind(&key, &r->originals, compare_words);

	/* the word is the first member of its entry */
	return node ? (struct replacement *)*node : NULL;
}

static bool is_stand_in(const struct redactor *r, const char *p, size_t n)
{
	const struct word key = { p, n };

	return tfind(&key, &r->stand_ins, compare_words) != NULL;
}

static bool keep_entry(struct redactor *r, struct replacement *x)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 32;
		struct replacement **more = reallocarray(r->entries, cap, sizeof(*more));

		if (!more)
			return false;
		r->entries = more;
		r->cap = cap;
	}
	if (!tsearch(&x->original, &r->originals, compare_words) ||
	    !tsearch(&x->stand_in, &r->stand_ins, compare_words))
		return false;
	r->entries[r->n++] = x;
	return true;
}

/* Short words and plain numbers may stand for something else elsewhere. */
static bool is_telling(const char *p, size_t n)
{
	size_t letters = 0;

	for (size_t i = 0; i < n; i++)
		letters += isalpha((unsigned char)p[i]) != 0;
	return letters ? n >= TELLING_WORD : n >= TELLING_NUMBER;
}

static struct replacement *new_entry(struct redactor *r, const struct redact_row *row, const char *p, size_t n,
				     unsigned line)
{
	size_t number = ++r->numbers[n < LENGTHS ? n : 0];
	char *original = strndup(p, n), *stand_in = strndup(p, n);
	struct replacement *x = calloc(1, sizeof(*x));

	if (!original || !stand_in || !x) {
		free(original);
		free(stand_in);
		free(x);
		return NULL;
	}
	make_stand_in(r, row->class, stand_in, n, number);
	*x = (struct replacement){ { original, n }, { stand_in, n }, { row->kind, stand_in, line, 0 } };
	if (keep_entry(r, x)) {
		if (row->spreads && is_telling(p, n) && r->n_spread < SPREAD_MAX)
			r->spread[r->n_spread++] = x;
		return x;
	}
	tdelete(&x->original, &r->originals, compare_words);
	free_entry(x);
	return NULL;
}

/* --- the text ------------------------------------------------------------------------------------------------- */

static void replace(struct redactor *r, const struct redact_row *row, char *p, size_t n, unsigned line, bool counts)
{
	size_t kept = row->class == CLASS_HOST || row->class == CLASS_ADDRESS ? kept_length(r, p, n) : 0;
	struct replacement *x;

	if (is_blanked(p, n - kept) || is_stand_in(r, p, n) || memchr(p, '\0', n))
		return;
	x = find_entry(r, p, n);
	if (!x)
		x = new_entry(r, row, p, n, line);
	if (!x) {
		r->failed = true;
		return;
	}
	x->shown.count += counts;
	memcpy(p, x->shown.stand_in, n);
}

void import_redact(struct redactor *r, char *p, size_t n, redact_line_func_t line_of, void *ctx)
{
	struct import_hit hit;

	for (size_t i = 0; i < ROWS; i++) {
		for (size_t from = 0; from < n && import_regex_find(r->rows, i, p, n, from, &hit);) {
			const struct import_span *s = &hit.group[GROUP_SECRET];

			replace(r, &rows[i], p + s->start, s->len, line_of ? line_of(s->start, ctx) : 0,
				line_of != NULL);
			from = s->start + (s->len ? s->len : 1);
		}
	}
}

static bool is_word(const char *p, size_t n, size_t at, size_t len)
{
	return (!at || !isalnum((unsigned char)p[at - 1])) && (at + len == n || !isalnum((unsigned char)p[at + len]));
}

void import_redact_known(struct redactor *r, char *p, size_t n)
{
	for (size_t i = 0; i < r->n_spread; i++) {
		struct replacement *x = r->spread[i];
		const struct word *w = &x->original;
		char *at = p;

		while ((at = memmem(at, n - (size_t)(at - p), w->p, w->n)) != NULL) {
			if (is_word(p, n, (size_t)(at - p), w->n)) {
				memcpy(at, x->stand_in.p, w->n);
				x->shown.count++;
			}
			at++;
		}
	}
}

bool import_redactor_failed(const struct redactor *r)
{
	return r->failed || import_regexes_gave_up(r->rows);
}

size_t import_redactor_count(const struct redactor *r)
{
	return r->n;
}

const struct import_replaced *import_redactor_at(const struct redactor *r, size_t i)
{
	return &r->entries[i]->shown;
}
