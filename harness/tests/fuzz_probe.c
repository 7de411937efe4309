/*
 * Bytes as what a modem says to whoever asks it what it is: an answer to each command, separated by 0x00, then OK for
 * ever. Held: no crash, an end, the same text however the bytes are cut, and a profile that can be read.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/probe/yaml_out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

struct modem {
	struct talk *talk;
	const char *data;
	size_t size;
	bool cut;
};

static void say(struct modem *m, const char *p, size_t n)
{
	for (size_t i = 0; m->cut && i < n; i++)
		talk_bytes(m->talk, p + i, 1);
	if (!m->cut)
		talk_bytes(m->talk, p, n);
}

static void on_command(const void *p, size_t n, void *ctx)
{
	struct modem *m = ctx;
	const char *end = memchr(m->data, 0, m->size);
	size_t len = end ? (size_t)(end - m->data) : m->size;

	(void)p;
	(void)n;
	if (!m->size) {
		say(m, "\r\nOK\r\n", 6);
		return;
	}
	say(m, m->data, len);
	len += end != NULL;
	m->data += len;
	m->size -= len;
}

/* Read once: most of the time would go there. */
static const struct emu_revision *parent_revision(void)
{
	static struct emu_revision *parent;

	if (!parent)
		parent = emu_revision_load(emu_default_profile(), NULL);
	must(parent != NULL);
	return parent;
}

static void check_profile(const struct probe_result *r)
{
	const struct yaml_options o = { .extends = emu_default_profile(), .all = true, .ids = true };
	struct emu_revision *found;
	struct err e = { 0 };
	struct buf text;

	buf_init(&text, 1 << 20);
	must(!yaml_out(r, parent_revision(), &o, &text));
	found = emu_revision_parse("found", buf_str(&text), text.len, &e);
	if (!found)
		fprintf(stderr, "%s\n%s", e.msg, buf_str(&text));
	must(found != NULL);
	emu_revision_free(found);
	buf_free(&text);
}

static int ask(const uint8_t *data, size_t size, bool cut, struct probe_result *r)
{
	struct modem m = { .data = (const char *)data, .size = size, .cut = cut };
	struct clock *clock = clock_new_virtual();
	const struct talk_io io = { .write = on_command, .ctx = &m, .clock = clock };
	const struct probe_options o = { .allowed = 0 };
	struct err e = { 0 };
	int err;

	must(clock != NULL);
	m.talk = talk_new(&io);
	must(m.talk != NULL);
	err = probe_run(m.talk, &o, r, &e);
	must(!err || e.msg[0]);
	talk_free(m.talk);
	clock_free(clock);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct probe_result whole, cut;

	must(ask(data, size, false, &whole) == ask(data, size, true, &cut));
	for (size_t i = 0; whole.value && i < whole.n; i++) {
		must(whole.value[i].state == cut.value[i].state);
		must(!whole.value[i].value == !cut.value[i].value);
		must(!whole.value[i].value || !strcmp(whole.value[i].value, cut.value[i].value));
	}
	if (whole.value)
		check_profile(&whole);
	probe_result_free(&whole);
	probe_result_free(&cut);
	return 0;
}
