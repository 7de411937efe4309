/* Lines of the wire are many, so they are written by hand. */
#include "harness/wire/wire_json.h"

#include <inttypes.h>

#include "base/str.h"

/* How many bytes a JSON string may hold as they are. */
static size_t plain_run(const char *s, size_t n)
{
	size_t len = 0;

	while (len < n && s[len] != '"' && s[len] != '\\' && (unsigned char)s[len] >= 0x20)
		len++;
	return len;
}

void wire_json_text(struct buf *out, const char *s, size_t n)
{
	while (n) {
		size_t plain = plain_run(s, n);

		if (plain)
			buf_add(out, s, plain);
		else if ((unsigned char)*s < 0x20)
			buf_addf(out, "\\u%04x", (unsigned char)*s);
		else
			buf_addf(out, "\\%c", *s);
		plain += !plain;
		s += plain;
		n -= plain;
	}
}

void wire_json(struct buf *out, uint64_t t_us, const char *from, bool bytes, const void *p, size_t n)
{
	struct buf view;

	buf_init(&view, 4 * n + 1);
	buf_addf(out, "\"t\":%" PRIu64 ".%06u,\"d\":\"%s\",", t_us / 1000000, (unsigned)(t_us % 1000000), from);
	if (bytes) {
		buf_adds(out, "\"hex\":\"");
		str_hex(out, p, n);
		buf_adds(out, "\",");
	}
	str_escape(&view, p, n);
	buf_adds(out, "\"text\":\"");
	wire_json_text(out, buf_str(&view), view.len);
	buf_addc(out, '"');
	buf_free(&view);
}

static const char *string_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

void wire_why(struct buf *out, const json_t *j)
{
	const json_t *step;
	size_t i;

	buf_addf(out, "%s %d %s", string_of(j, "family"), (int)json_integer_value(json_object_get(j, "code")),
		 string_of(j, "meaning"));
	json_array_foreach(json_object_get(j, "chain"), i, step) {
		buf_addf(out, " | %s %s", string_of(step, "rule"), string_of(step, "text"));
		if (*string_of(step, "quirk"))
			buf_addf(out, " (%s=%s, %s)", string_of(step, "quirk"), string_of(step, "value"),
				 string_of(step, "confidence"));
	}
}
