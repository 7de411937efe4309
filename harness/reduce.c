/* Big pieces first, then smaller ones, again from the beginning as long as something went. */
#include "harness/reduce.h"

#include <stdlib.h>
#include <string.h>

static bool try_now(struct reduce *r)
{
	if (!r->tries)
		return false;
	r->tries--;
	return r->holds(r->root, r->ctx);
}

static bool is_one_of(const char *const *words, const char *key)
{
	for (; key && *words; words++) {
		if (!strcmp(*words, key))
			return true;
	}
	return false;
}

/* Short runs come in every length and overlap: an option and its value are two, a character may be several bytes. */
enum { SHORT = 4 };

static size_t shorter(size_t n)
{
	return n > SHORT ? n / 2 : n - 1;
}

static size_t step_of(size_t n)
{
	return n > SHORT ? n : 1;
}

/* --- lists ---------------------------------------------------------------------------------------------------- */

static bool cut_list(struct reduce *r, json_t *list, size_t at, size_t n)
{
	json_t *out = json_array();
	bool gone;

	for (size_t i = 0; i < n; i++) {
		json_array_append(out, json_array_get(list, at));
		json_array_remove(list, at);
	}
	gone = try_now(r);
	for (size_t i = 0; !gone && i < n; i++)
		json_array_insert(list, at + i, json_array_get(out, i));
	json_decref(out);
	return gone;
}

/* Runs of entries, longest first and from the end. */
static bool thin_list(struct reduce *r, json_t *list)
{
	bool any = false;

	for (size_t n = json_array_size(list); n > 0; n = shorter(n)) {
		size_t step = step_of(n), at = json_array_size(list);

		while (at >= n) {
			bool gone = cut_list(r, list, at - n, n);

			any = any || gone;
			at -= gone ? n : step;
		}
	}
	return any;
}

/* --- objects -------------------------------------------------------------------------------------------------- */

/* Keys keep their order, whatever is tried. */
static bool drop_key(struct reduce *r, json_t *map, const char *key)
{
	json_t *before = json_copy(map);
	bool gone;

	json_object_del(map, key);
	gone = try_now(r);
	if (!gone) {
		json_object_clear(map);
		json_object_update(map, before);
	}
	json_decref(before);
	return gone;
}

static bool reduce_value(struct reduce *r, json_t *v, const char *key);

static bool reduce_map(struct reduce *r, json_t *map)
{
	json_t *keys = json_array(), *value, *name;
	const char *key;
	bool any = false;
	size_t i;

	json_object_foreach (map, key, value)
		json_array_append_new(keys, json_string(key));
	json_array_foreach (keys, i, name) {
		key = json_string_value(name);
		if (is_one_of(r->kept, key))
			continue;
		if (drop_key(r, map, key))
			any = true;
		else
			any = reduce_value(r, json_object_get(map, key), key) || any;
	}
	json_decref(keys);
	return any;
}

/* --- texts and numbers ---------------------------------------------------------------------------------------- */

static bool set_text(json_t *v, const char *s, size_t at, size_t n, size_t len)
{
	char *text = malloc(len - n + 1);
	bool ok;

	if (!text)
		return false;
	memcpy(text, s, at);
	memcpy(text + at, s + at + n, len - at - n);
	ok = !json_string_setn(v, text, len - n); /* it refuses half a character */
	free(text);
	return ok;
}

/* A text is data, an option is not. */
static bool thin_text(struct reduce *r, json_t *v)
{
	char *s = strdup(json_string_value(v));
	size_t len = s ? strlen(s) : 0;
	bool any = false;

	for (size_t n = len; n > 0 && *s != '-'; n = shorter(n)) {
		for (size_t at = len; at >= n;) {
			bool gone = set_text(v, s, at - n, n, len) && try_now(r);

			if (gone) {
				memmove(s + at - n, s + at, len - at + 1);
				len -= n;
				any = true;
			} else {
				json_string_set(v, s);
			}
			at -= gone ? n : step_of(n);
		}
	}
	free(s);
	return any;
}

static bool shrink(struct reduce *r, json_t *v)
{
	bool any = false, again = true;

	while (again) {
		json_int_t was = json_integer_value(v);
		const json_int_t smaller[] = { 0, 1, was / 2, was - 1 };

		again = false;
		for (size_t i = 0; !again && i < 4; i++) {
			if (smaller[i] < 0 || smaller[i] >= was)
				continue;
			json_integer_set(v, smaller[i]);
			again = try_now(r);
		}
		if (!again)
			json_integer_set(v, was);
		any = any || again;
	}
	return any;
}

/* --- the walk ------------------------------------------------------------------------------------------------- */

static bool reduce_list(struct reduce *r, json_t *list, const char *key)
{
	bool any = thin_list(r, list);
	json_t *item;
	size_t i;

	json_array_foreach (list, i, item)
		any = reduce_value(r, item, key) || any;
	return any;
}

static bool reduce_value(struct reduce *r, json_t *v, const char *key)
{
	if (json_is_array(v))
		return reduce_list(r, v, key);
	if (json_is_object(v))
		return reduce_map(r, v);
	if (json_is_string(v) && is_one_of(r->data, key))
		return thin_text(r, v);
	return json_is_integer(v) && shrink(r, v);
}

void reduce_json(struct reduce *r)
{
	while (reduce_value(r, r->root, NULL) && r->tries)
		;
}
