/* Rules about bytes alone (V.250 5.2, 5.7; manual 1.4, 2.2.16). Knows neither a modem nor a story. */
#include "tests/commands/judge.h"

#include <string.h>

enum at { HUNTING, SAW_A, IN_LINE };

struct reader {
	const struct judge_line *how;
	enum at at;
	unsigned lines; /* that are complete */
	bool last;	/* the last byte completed one */
};

/* true: the byte belongs to a line, and comes back. */
static bool read_byte(struct reader *r, char c)
{
	bool is_a = c == 'A' || c == 'a', is_t = c == 'T' || c == 't';

	r->last = false;
	switch (r->at) {
	case HUNTING:
		r->at = is_a ? SAW_A : HUNTING;
		return is_a;
	case SAW_A:
		r->last = c == '/';
		r->lines += r->last;
		r->at = is_t ? IN_LINE : is_a ? SAW_A : HUNTING;
		return is_t || is_a || r->last;
	case IN_LINE:
		break;
	}
	if (c == r->how->end) {
		r->at = HUNTING;
		r->lines++;
		r->last = true;
		return true;
	}
	return c == r->how->rub || !((unsigned char)c < 0x20 || c == 0x7f);
}

bool judge_is_one_line(const char *text, size_t n, const struct judge_line *how)
{
	struct reader r = { .how = how };

	if (n > 1 && text[n - 1] == '\n' && how->end != '\n')
		n--;
	for (size_t i = 0; i < n; i++)
		read_byte(&r, text[i]);
	return r.lines == 1 && r.last;
}

void judge_echo(const char *text, size_t n, const struct judge_line *how, struct buf *echo)
{
	struct reader r = { .how = how };

	for (size_t i = 0; i < n; i++) {
		if (read_byte(&r, text[i]))
			buf_addc(echo, text[i]);
	}
}

enum class { CLASS_RESULT, CLASS_CONNECT, CLASS_OTHER };

static const struct {
	const char *words;
	bool prefix;
	enum class class;
} finals[] = {
	{ "OK", false, CLASS_RESULT },		{ "ERROR", false, CLASS_RESULT },
	{ "+CME ERROR: ", true, CLASS_RESULT }, { "+CMS ERROR: ", true, CLASS_RESULT },
	{ "CONNECT", true, CLASS_CONNECT },	{ "NO CARRIER", false, CLASS_OTHER },
	{ "NO DIALTONE", false, CLASS_OTHER },	{ "NO ANSWER", false, CLASS_OTHER },
	{ "BUSY", false, CLASS_OTHER },
};

static void count_line(struct judge_finals *f, const char *line, size_t n)
{
	unsigned *const count[] = {
		[CLASS_RESULT] = &f->results, [CLASS_CONNECT] = &f->connects, [CLASS_OTHER] = &f->others
	};

	for (size_t i = 0; i < sizeof(finals) / sizeof(finals[0]); i++) {
		size_t want = strlen(finals[i].words);

		if ((finals[i].prefix ? n >= want : n == want) && !memcmp(line, finals[i].words, want)) {
			++*count[finals[i].class];
			return;
		}
	}
}

struct judge_finals judge_finals(const char *text, size_t n)
{
	struct judge_finals f = { 0 };
	size_t begin = 0;

	for (size_t i = 0; i + 1 < n; i++) {
		if (text[i] != '\r' || text[i + 1] != '\n')
			continue;
		while (begin < i && (text[begin] == '\r' || text[begin] == '\n'))
			begin++;
		count_line(&f, text + begin, i - begin);
		begin = i + 2;
	}
	return f;
}
