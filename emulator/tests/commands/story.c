/* Stories as data and as text. Plays nothing. */
#include "tests/commands/story.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { LINE_MAX_BYTES = 1 << 20 };

static const char *const act_names[ACT_COUNT] = {
	[ACT_LINE] = "line",   [ACT_SEND] = "send", [ACT_WAIT] = "wait", [ACT_CONTROL] = "control",
	[ACT_CLOSE] = "close", [ACT_OPEN] = "open", [ACT_STOP] = "stop", [ACT_GO] = "go",
};

static void *need(void *p)
{
	if (!p) {
		fprintf(stderr, "out of memory\n");
		exit(2);
	}
	return p;
}

void story_add(struct story *s, const struct act *a)
{
	struct act *mine;

	if (!(s->n & (s->n - 1))) /* full at each power of two */
		s->act = need(realloc(s->act, (s->n ? s->n * 2 : 1) * sizeof(*s->act)));
	mine = &s->act[s->n++];
	*mine = *a;
	mine->text = need(malloc(a->len + 1));
	if (a->len)
		memcpy(mine->text, a->text, a->len);
	mine->text[a->len] = '\0';
}

struct story story_part(const struct story *s, const bool *keep)
{
	struct story part = *s;

	part.act = NULL;
	part.n = 0;
	for (size_t i = 0; i < s->n; i++) {
		if (keep[i])
			story_add(&part, &s->act[i]);
	}
	return part;
}

void story_free(struct story *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->act[i].text);
	free(s->act);
	s->act = NULL;
	s->n = 0;
}

/* --- text -------------------------------------------------------------------------------------------------------- */

void act_print(const struct act *a, FILE *f)
{
	struct buf text;

	buf_init(&text, LINE_MAX_BYTES);
	str_escape(&text, a->text, a->len);
	fputs(act_names[a->kind], f);
	if (a->kind == ACT_WAIT)
		fprintf(f, " %lluus\n", (unsigned long long)a->us);
	else if (a->kind == ACT_CONTROL)
		fprintf(f, " %s\n", buf_str(&text));
	else if (a->len)
		fprintf(f, " %s %s\n", emu_port_name(a->port), buf_str(&text));
	else
		fprintf(f, " %s\n", emu_port_name(a->port));
	buf_free(&text);
}

void story_print(const struct story *s, FILE *f)
{
	fprintf(f, "profile %s\nseed %llu\n", s->profile, (unsigned long long)s->seed);
	for (size_t i = 0; i < s->n_quirks; i++)
		fprintf(f, "quirk %s\n", s->quirk[i]);
	for (int i = EMU_PORT_UART + 1; i < EMU_PORT_COUNT; i++) {
		if (s->has_port[i])
			fprintf(f, "port %s\n", emu_port_name(i));
	}
	if (s->baud)
		fprintf(f, "baud %ld\n", s->baud);
	if (s->cold)
		fprintf(f, "cold\n");
	for (size_t i = 0; i < s->n; i++)
		act_print(&s->act[i], f);
}

static int find_port(const char *name, size_t n)
{
	for (int i = 0; i < EMU_PORT_COUNT; i++) {
		if (strlen(emu_port_name(i)) == n && !memcmp(emu_port_name(i), name, n))
			return i;
	}
	return -1;
}

/* What stands behind the word of a line; false: it is wrong. */
static bool read_act(struct story *s, enum act_kind kind, const char *rest)
{
	struct act a = { .kind = kind };
	struct buf text;
	bool good = true;
	int port;

	buf_init(&text, LINE_MAX_BYTES);
	if (kind == ACT_WAIT) {
		good = !str_to_duration_us(rest, &a.us);
	} else {
		if (kind != ACT_CONTROL) {
			size_t n = strcspn(rest, " ");

			port = find_port(rest, n);
			good = port >= 0;
			a.port = good ? (enum emu_port_role)port : EMU_PORT_UART;
			rest += n + (rest[n] == ' ');
		}
		good = good && !str_unescape(&text, rest);
		a.text = text.data;
		a.len = text.len;
	}
	if (good)
		story_add(s, &a);
	buf_free(&text);
	return good;
}

static bool read_number(const char *text, long long max, long long *out)
{
	return !str_to_num(text, strlen(text), 0, max, out);
}

static bool read_setting(struct story *s, const char *word, const char *rest)
{
	long long num;
	int port;

	if (!strcmp(word, "profile"))
		return str_copy(s->profile, sizeof(s->profile), rest);
	if (!strcmp(word, "quirk") && s->n_quirks < STORY_QUIRKS_MAX)
		return str_copy(s->quirk[s->n_quirks++], sizeof(s->quirk[0]), rest);
	if (!strcmp(word, "cold"))
		return s->cold = true;
	if (!strcmp(word, "port")) {
		port = find_port(rest, strlen(rest));
		if (port > 0)
			s->has_port[port] = true;
		return port > 0;
	}
	if (strcmp(word, "seed") && strcmp(word, "baud"))
		return false;
	if (!read_number(rest, 1LL << 62, &num))
		return false;
	if (word[0] == 's')
		s->seed = (uint64_t)num;
	else
		s->baud = (long)num;
	return true;
}

static bool read_line(struct story *s, char *line)
{
	size_t n = strcspn(line, " ");
	const char *rest = line + n + (line[n] == ' ');

	line[n] = '\0';
	if (!*line || *line == '#')
		return true;
	for (int kind = 0; kind < ACT_COUNT; kind++) {
		if (!strcmp(line, act_names[kind]))
			return read_act(s, kind, rest);
	}
	return read_setting(s, line, rest);
}

int story_read(struct story *s, const char *path, struct err *e)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;
	int number = 0, err = 0;
	ssize_t n;

	if (!f)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	memset(s, 0, sizeof(*s));
	while (!err && (n = getline(&line, &cap, f)) >= 0) {
		number++;
		if (n && line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (!read_line(s, line))
			err = err_set(e, -EINVAL, "%s:%d: not understood: %s", path, number, line);
	}
	free(line);
	fclose(f);
	return err;
}
