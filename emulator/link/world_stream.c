/* The keys of a modelled host that is no MQTT broker: which service answers, its greeting, its script, its limits. */
#include "link/world_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "link/world.h"

static const char *const step_keys[] = { "expect", "send", "after", "close", NULL };
static const char *const limit_keys[] = { "window", "rate", "close_after", "reset_after", NULL };
static const char *const end_words[] = { "close", "reset", NULL };
static const char *const service_words[] = {
	[SERVICE_MQTT] = "mqtt",       [SERVICE_ECHO] = "echo",	    [SERVICE_DISCARD] = "discard",
	[SERVICE_CHARGEN] = "chargen", [SERVICE_DAYTIME] = "daytime", [SERVICE_SCRIPT] = "script",
	[SERVICE_HTTP] = "http",       [SERVICE_FTP] = "ftp",	    [SERVICE_NTP] = "ntp",
	[SERVICE_NTP + 1] = NULL,
};

const char *service_name(enum service service)
{
	return service_words[service];
}

/* Text with \r \n \xNN escapes, which may stand beside those of YAML. */
static int read_text(struct text *t, const struct yml_node *n, struct err *e)
{
	struct buf bytes;
	size_t bad;

	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	buf_init(&bytes, MODEL_WINDOW_BYTES);
	bad = str_unescape(&bytes, yml_str(n));
	if (bad) {
		buf_free(&bytes);
		return yml_error(n, e, "bad escape at character %zu (\\r \\n \\t \\e \\0 \\\\ \\\" \\xNN)", bad);
	}
	free(t->data);
	*t = (struct text){ bytes.data, bytes.len };
	return 0;
}

static int read_step(struct stream_step *s, const struct yml_node *map, struct err *e)
{
	const struct yml_node *expect = yml_get(map, "expect"), *send = yml_get(map, "send");
	const struct yml_node *after = yml_get(map, "after"), *end = yml_get(map, "close");
	int word;

	if (yml_check_keys(map, step_keys, e))
		return -EINVAL;
	if (!expect && !send && !end)
		return yml_error(map, e, "a step needs expect, send or close");
	if ((expect && read_text(&s->expect, expect, e)) || (send && read_text(&s->send, send, e)))
		return -EINVAL;
	if (after && yml_duration_us(after, &s->after_us, e))
		return -EINVAL;
	if (!end)
		return 0;
	if (yml_word(end, end_words, &word, e))
		return -EINVAL;
	s->end = word ? LINK_RESET : LINK_PEER_CLOSED;
	return 0;
}

static int read_script(struct stream_model *m, const struct yml_node *list, struct err *e)
{
	if (yml_want(list, YML_SEQ, e))
		return -EINVAL;
	if (!yml_size(list))
		return yml_error(list, e, "the list is empty");
	m->step = calloc(yml_size(list), sizeof(*m->step));
	if (!m->step)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < yml_size(list); i++) {
		m->n_steps = i + 1;
		if (read_step(&m->step[i], yml_at(list, i), e))
			return -EINVAL;
	}
	return 0;
}

static int read_limits(struct stream_model *m, const struct yml_node *map, struct err *e)
{
	uint64_t *const to[] = { &m->window, &m->rate, &m->close_after, &m->reset_after };
	long long v;

	if (yml_check_keys(map, limit_keys, e))
		return -EINVAL;
	for (size_t i = 0; limit_keys[i]; i++) {
		const struct yml_node *n = yml_get(map, limit_keys[i]);

		if (!n)
			continue;
		if (yml_num(n, 1, to[i] == &m->window ? MODEL_WINDOW_MAX : 1000000000, &v, e))
			return -EINVAL;
		*to[i] = (uint64_t)v;
	}
	return 0;
}

int world_read_stream(struct stream_model *m, enum service *service, const struct yml_node *map, struct err *e)
{
	const struct yml_node *name = yml_get(map, "service"), *greeting = yml_get(map, "greeting");
	const struct yml_node *script = yml_get(map, "script"), *limits = yml_get(map, "limits");
	int word = SERVICE_MQTT;

	if (name && yml_word(name, service_words, &word, e))
		return -EINVAL;
	if (script && !name)
		word = SERVICE_SCRIPT;
	if (script && word != SERVICE_SCRIPT)
		return yml_error(script, e, "a script needs 'service: script'");
	if (!script && word == SERVICE_SCRIPT)
		return yml_error(name, e, "'script' is missing: [{expect: TEXT, send: TEXT, after: 1s, close: close}]");
	*service = (enum service)word;
	if ((greeting && read_text(&m->greeting, greeting, e)) || (script && read_script(m, script, e)))
		return -EINVAL;
	return limits ? read_limits(m, limits, e) : 0;
}

void stream_model_free(struct stream_model *m)
{
	free(m->greeting.data);
	for (size_t i = 0; i < m->n_steps; i++) {
		free(m->step[i].expect.data);
		free(m->step[i].send.data);
	}
	free(m->step);
}
