/*
 * Two tables of clues. One has the texts that name a revision, worth more the nearer to the chosen lines and their
 * author they stand; the other has shapes of answers, each tied to the quirk that makes them.
 */
#include "harness/reproduce/revision.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/buf.h"
#include "clock/clock.h"
#include "harness/target.h"

enum { TEXT_MAX_BYTES = 1 << 20, IDENTITY_US = 1000000, FAMILY_MAX = 32 };

enum subject { SUBJECT_REVISION, SUBJECT_NAME, SUBJECT_BUILD, SUBJECT_MODEL };
enum reach { REACH_TEXT, REACH_COMMENT }; /* how far away from the chosen lines it still counts */

static const struct text_clue {
	const char *before; /* stands right before it */
	enum subject subject;
	int points;
	enum reach reach;
	const char *what;
} text_clues[] = {
	{ "+CGMR: ", SUBJECT_REVISION, 10, REACH_TEXT, "the answer to AT+CGMR" },
	{ "Revision: ", SUBJECT_REVISION, 8, REACH_TEXT, "the answer to AT+SIMCOMATI" },
	{ "", SUBJECT_REVISION, 5, REACH_TEXT, "named" },
	{ "", SUBJECT_NAME, 5, REACH_TEXT, "named" },
	/* Two builds have one revision: of which the other lines of a thread speak is not known. */
	{ "", SUBJECT_BUILD, 12, REACH_COMMENT, "its build" },
	{ "Model: ", SUBJECT_MODEL, 4, REACH_COMMENT, "its model" },
};

enum { PLACE_CHOSEN = 4, PLACE_COMMENT = 3, PLACE_AUTHOR = 2, PLACE_ELSEWHERE = 1 };

static const struct shape_clue {
	const char *regex; /* on the conversation, a line a line; multi-line */
	const char *quirk, *value;
	int equal, other; /* points of a revision that has this value, or another */
	const char *what;
} shape_clues[] = {
	{ "^\\+CSSLCFG: \\d(,[^,\\n]*){10}$", "csslcfg_row", "sim7600", 2, -10, "AT+CSSLCFG? has 11 columns" },
	{ "^\\+CSSLCFG: \\d(,[^,\\n]*){9}$", "csslcfg_row", "a7670", 2, -10, "AT+CSSLCFG? has 10 columns" },
	{ "^AT\\+CSSLCFG=\"enableSNI\".*\\nOK$", "csslcfg_sni", "true", 1, -10, "enableSNI is a tag" },
	{ "^AT\\+CSSLCFG=\"ciphersuites\".*\\nOK$", "csslcfg_ciphersuites", "true", 1, -10, "ciphersuites is a tag" },
	{ "^AT\\+CMQTTACCQ=\\d,\"[^\"\\n]*\",\\d,\\d\\nOK$", "mqtt_acq_version", "true", 1, -5,
	  "AT+CMQTTACCQ takes a version" },
	{ "^\\+CMQTTCONNECT: \\d,[1-9]\\d*\\nERROR$", "mqtt_connect_fail", "urc_error", 6, -6,
	  "a failing connect ends in ERROR" },
	{ "^OK\\n\\+CMQTTCONNECT: \\d,[1-9]\\d*$", "mqtt_connect_fail", "ok_urc", 1, -6,
	  "a failing connect begins with OK" },
	{ "^\\+CMQTTSTART: 0\\nOK$", "mqtt_start_order", "ok_first", -4, 1, "+CMQTTSTART comes before OK" },
	{ "^\\+CMQTTSTOP: 0\\nOK\\n\\+CMQTTNONET$", "mqtt_stop_nonet", "true", 4, -4,
	  "+CMQTTNONET follows AT+CMQTTSTOP" },
	{ "^\\+CMQTTSTOP: 0\\nOK\\n(?!\\+CMQTTNONET)", "mqtt_stop_nonet", "false", 2, -2,
	  "no +CMQTTNONET follows AT+CMQTTSTOP" },
	{ "^\\*ATREADY", "boot_ready", "*ATREADY: 1", 6, -4, "it boots with *ATREADY" },
	{ "^RDY$", "boot_ready", "RDY", 1, -6, "it boots with RDY" },
};

/* --- the shipped revisions ------------------------------------------------------------------------------------- */

static void take_bytes(const void *p, size_t n, void *ctx)
{
	buf_add(ctx, p, n);
}

static void take_event(const struct target_event *ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static void take_end(const char *why, void *ctx)
{
	(void)why;
	(void)ctx;
}

/* What stands behind word on its line, the pool's. next: the line below instead. */
static const char *after(struct pool *pool, const char *text, const char *word, bool next)
{
	const char *s = strstr(text, word);

	if (!s)
		return "";
	s += strlen(word);
	if (next)
		s += strcspn(s, "\n") + strspn(s + strcspn(s, "\n"), "\n");
	return pool_copy(pool, s, strcspn(s, "\r\n"));
}

static void read_identity(struct pool *pool, struct revision *r, const char *answer)
{
	r->model = after(pool, answer, "Model: ", false);
	r->build = after(pool, answer, "Revision: ", true);
	if (strchr(r->build, ':'))
		r->build = "";
}

static int ask(struct pool *pool, struct play_cache *cache, const char *name, struct revision *r, struct err *e)
{
	static const char question[] = "ATE0\rAT+SIMCOMATI\r";
	const struct modem_setup modem = { .profile = name };
	struct clock *clock = clock_new_virtual();
	struct buf answer, settings;
	struct target_options o = { .modem = &modem,
				    .clock = clock,
				    .hooks = { take_bytes, take_event, take_end, &answer } };
	struct target *t;

	buf_init(&answer, TEXT_MAX_BYTES);
	buf_init(&settings, TEXT_MAX_BYTES);
	o.setup = play_cache_get(cache, name, e);
	t = clock && o.setup ? target_inproc_new(&o, e) : NULL;
	if (t) {
		target_control(t, "profile", &settings);
		target_write(t, question, sizeof(question) - 1);
		clock_advance_to(clock, IDENTITY_US);
		r->name = pool_strdup(pool, name);
		r->settings = pool_strdup(pool, buf_str(&settings));
		r->revision = after(pool, r->settings, "\nrevision=", false);
		r->field = target_field_revision(name) != NULL;
		read_identity(pool, r, buf_str(&answer));
	}
	target_free(t);
	clock_free(clock);
	buf_free(&answer);
	buf_free(&settings);
	return t ? 0 : -EINVAL;
}

int revisions_load(struct pool *pool, struct play_cache *cache, bool field, struct revisions *out, struct err *e)
{
	int err = 0;

	*out = (struct revisions){ 0 };
	for (const char *const *name = target_profiles(); !err && *name; name++) {
		if (!field && target_field_revision(*name))
			continue;
		out->items = pool_grow(pool, out->items, out->n, sizeof(*out->items));
		err = ask(pool, cache, *name, &out->items[out->n++], e);
	}
	return err;
}

const struct revision *revisions_get(struct pool *pool, struct play_cache *cache, struct revisions *all,
				     const char *name, struct err *e)
{
	const struct revision *known = revisions_find(all, name);
	struct revision r;

	if (known)
		return known;
	if (ask(pool, cache, name, &r, e))
		return NULL;
	known = revisions_find(all, after(pool, r.settings, "name=", false));
	if (known)
		return known;
	all->items = pool_grow(pool, all->items, all->n, sizeof(*all->items));
	all->items[all->n] = r;
	return &all->items[all->n++];
}

const struct revision *revisions_find(const struct revisions *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++) {
		if (!strcmp(all->items[i].name, name))
			return &all->items[i];
	}
	return NULL;
}

const char *revision_quirk(const struct revision *r, struct pool *pool, const char *quirk, const char **confidence,
			   const char **evidence)
{
	size_t n = strlen(quirk);

	for (const char *s = r->settings; *s; s += strcspn(s, "\n"), s += *s == '\n') {
		const char *word[4] = { 0 };
		size_t k = 0;

		if (strncmp(s, quirk, n) || s[n] != '=')
			continue;
		for (const char *p = s + n + 1; k < 4; k++, p += *p == '\t') {
			size_t len = strcspn(p, "\t\n");

			word[k] = pool_copy(pool, p, len);
			p += len;
		}
		if (confidence)
			*confidence = word[1];
		if (evidence)
			*evidence = word[3];
		return word[0];
	}
	return NULL;
}

const char *revision_family(const struct revision *r, struct pool *pool)
{
	const char *s = strstr(r->revision, "SIM");
	size_t n;

	if (!s)
		s = strstr(r->revision, "A7");
	if (!s)
		return "";
	n = strcspn(s, "_");
	return pool_copy(pool, s, n < FAMILY_MAX ? n : FAMILY_MAX);
}

/* --- clues in the text ----------------------------------------------------------------------------------------- */

static const char *subject_of(const struct revision *r, enum subject s)
{
	switch (s) {
	case SUBJECT_REVISION:
		return r->revision;
	case SUBJECT_NAME:
		return r->name;
	case SUBJECT_BUILD:
		return r->build;
	case SUBJECT_MODEL:
		return r->model;
	}
	return "";
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Whether line holds before and needle behind it, as a word of its own. */
static bool holds(const char *line, const char *before, const char *needle)
{
	size_t b = strlen(before), n = strlen(needle);

	for (const char *s = line; (s = strcasestr(s, needle)) != NULL; s++) {
		if (is_word(s[n]) || (s > line && is_word(s[-1])))
			continue;
		if (!b || ((size_t)(s - line) >= b && !strncasecmp(s - b, before, b)))
			return true;
	}
	return false;
}

bool revisions_names_field(const struct log *l)
{
	for (const char *const *name = target_profiles(); *name; name++) {
		const char *revision = target_field_revision(*name);

		for (unsigned n = l->first; revision && n < l->first + l->n_lines; n++) {
			if (holds(log_line_at(l, n)->text, "", revision))
				return true;
		}
	}
	return false;
}

static bool same_author(const struct log_line *a, const struct log_line *b)
{
	return a->author && b->author && !strcmp(a->author, b->author) && !a->quoted;
}

static int place_of(const struct log *l, unsigned line, enum reach reach)
{
	const struct log_line *at = log_line_at(l, line), *own = log_line_at(l, l->from);

	if (line >= l->from && line <= l->to)
		return PLACE_CHOSEN;
	if (at->comment == own->comment)
		return PLACE_COMMENT;
	if (reach == REACH_COMMENT)
		return 0;
	return same_author(at, own) ? PLACE_AUTHOR : PLACE_ELSEWHERE;
}

static unsigned distance(const struct log *l, unsigned line)
{
	return line < l->from ? l->from - line : line > l->to ? line - l->to : 0;
}

static void add_clue(struct ranked *r, struct pool *pool, const struct clue *c)
{
	struct clue *list = pool_grow(pool, (void *)r->clues, r->n_clues, sizeof(*list));

	list[r->n_clues++] = *c;
	r->clues = list;
	r->score += c->points;
}

/* The best place where this clue is found; of equal ones the nearest. */
static void look_for(struct ranked *r, const struct log *l, const struct text_clue *row)
{
	const char *needle = subject_of(r->revision, row->subject);
	bool twice = row->subject == SUBJECT_NAME && !strcmp(needle, r->revision->revision);
	unsigned best = 0;
	int place = 0;

	for (unsigned n = l->first; *needle && !twice && n < l->first + l->n_lines; n++) {
		int p = holds(log_line_at(l, n)->text, row->before, needle) ? place_of(l, n, row->reach) : 0;

		if (!p || p < place || (p == place && distance(l, n) >= distance(l, best)))
			continue;
		best = n;
		place = p;
	}
	if (!place)
		return;
	r->named = true;
	add_clue(r, l->pool, &(struct clue){ row->what, needle, best, row->points * place });
}

/* --- clues in the answers -------------------------------------------------------------------------------------- */

static void write_talk(const struct conversation *talk, struct buf *out)
{
	for (size_t i = 0; i < conversation_size(talk); i++) {
		const struct exchange *x = conversation_at(talk, i);

		if (x->command)
			buf_addf(out, "%s\n", x->command);
		for (size_t k = 0; k < x->n_lines; k++)
			buf_addf(out, "%s\n", x->lines[k].text);
	}
}

static bool has_shape(const struct shape_clue *row, const struct buf *talk)
{
	int code;
	PCRE2_SIZE at;
	pcre2_code *re =
		pcre2_compile((PCRE2_SPTR)row->regex, PCRE2_ZERO_TERMINATED, PCRE2_MULTILINE, &code, &at, NULL);
	pcre2_match_data *md = re ? pcre2_match_data_create_from_pattern(re, NULL) : NULL;
	bool hit = md && pcre2_match(re, (PCRE2_SPTR)buf_str(talk), talk->len, 0, 0, md, NULL) >= 0;

	pcre2_match_data_free(md);
	pcre2_code_free(re);
	return hit;
}

static void judge_shape(struct ranked *r, struct pool *pool, const struct shape_clue *row)
{
	const char *value = revision_quirk(r->revision, pool, row->quirk, NULL, NULL);
	bool equal = value && !strcmp(value, row->value);

	add_clue(r, pool, &(struct clue){ row->what, "", 0, PLACE_CHOSEN * (equal ? row->equal : row->other) });
}

/* --- ranks ----------------------------------------------------------------------------------------------------- */

static unsigned nearest(const struct ranked *r)
{
	unsigned line = 0;

	for (size_t i = 0; i < r->n_clues; i++)
		line = r->clues[i].line > line ? r->clues[i].line : line;
	return line;
}

/*
 * By points; of equal ones the one that was named last, then the default, what more than a few reports know, what runs on
 * its module, and the name.
 */
static int by_score(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	unsigned nx = nearest(x), ny = nearest(y);
	bool dx = !strcmp(x->revision->name, target_default_profile()),
	     dy = !strcmp(y->revision->name, target_default_profile());

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (nx != ny)
		return nx > ny ? -1 : 1;
	if (dx != dy)
		return dx ? -1 : 1;
	if (x->revision->field != y->revision->field)
		return x->revision->field ? 1 : -1;
	return x->kin != y->kin ? (x->kin ? -1 : 1) : strcmp(x->revision->name, y->revision->name);
}

struct ranked *revisions_rank(const struct revisions *all, const struct log *l, const struct conversation *talk)
{
	struct ranked *list = pool_alloc(l->pool, (all->n + 1) * sizeof(*list));
	const struct revision *plain = revisions_find(all, target_default_profile());
	struct buf text;

	buf_init(&text, TEXT_MAX_BYTES);
	write_talk(talk, &text);
	for (size_t i = 0; i < all->n; i++) {
		list[i].revision = &all->items[i];
		list[i].kin =
			plain && !strcmp(revision_family(&all->items[i], l->pool), revision_family(plain, l->pool));
		for (size_t k = 0; k < sizeof(text_clues) / sizeof(text_clues[0]); k++)
			look_for(&list[i], l, &text_clues[k]);
	}
	for (size_t k = 0; k < sizeof(shape_clues) / sizeof(shape_clues[0]); k++) {
		for (size_t i = 0; has_shape(&shape_clues[k], &text) && i < all->n; i++)
			judge_shape(&list[i], l->pool, &shape_clues[k]);
	}
	buf_free(&text);
	qsort(list, all->n, sizeof(*list), by_score);
	return list;
}
