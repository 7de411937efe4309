/* A JSON object of seconds by target and cell; and the longest-first rule of sharing. */
#include "harness/estimates.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "harness/select.h"
#include "harness/wire/whole_file.h"

struct estimates {
	json_t *seconds; /* "inproc /path/of/file.yaml::cell" -> real */
};

struct estimates *estimates_load(const char *path, struct err *e)
{
	struct estimates *s = calloc(1, sizeof(*s));
	json_error_t why;

	if (!s) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	if (path && !access(path, F_OK)) {
		s->seconds = json_load_file(path, 0, &why);
		if (!json_is_object(s->seconds)) {
			err_set(e, -EINVAL, "%s:%d:%d: no list of durations: %s", path, s->seconds ? 1 : why.line,
				s->seconds ? 1 : why.column, s->seconds ? "must be an object" : why.text);
			estimates_free(s);
			return NULL;
		}
	}
	if (!s->seconds)
		s->seconds = json_object();
	return s;
}

void estimates_free(struct estimates *s)
{
	if (!s)
		return;
	json_decref(s->seconds);
	free(s);
}

static void key_of(struct buf *key, const char *target, const char *file, const char *id)
{
	buf_init(key, 64 * 1024);
	buf_addf(key, "%s ", target);
	cell_key(key, file, id);
}

double estimates_of(const struct estimates *s, const char *target, const char *file, const char *id)
{
	struct buf key;
	json_t *j;

	key_of(&key, target, file, id);
	j = json_object_get(s->seconds, buf_str(&key));
	buf_free(&key);
	return json_is_number(j) ? json_number_value(j) : -1;
}

void estimates_note(struct estimates *s, const char *target, const char *file, const char *id, double seconds)
{
	double before = estimates_of(s, target, file, id);
	struct buf key;

	key_of(&key, target, file, id);
	json_object_set_new(s->seconds, buf_str(&key), json_real(before < 0 ? seconds : (before + seconds) / 2));
	buf_free(&key);
}

static int write_seconds(FILE *f, void *ctx)
{
	return json_dumpf(ctx, f, JSON_INDENT(0) | JSON_REAL_PRECISION(6) | JSON_SORT_KEYS) ? -EIO : 0;
}

int estimates_save(const struct estimates *s, const char *path)
{
	return whole_file_fill(path, write_seconds, s->seconds, NULL);
}

/* So that cells that take no time are shared out as well. */
static const double handing_over = 0.001;

/* --- sharing --------------------------------------------------------------------------------------------------- */

struct share {
	double cost;
	size_t i;
};

static int by_cost(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	if (x->cost > y->cost || x->cost < y->cost)
		return x->cost < y->cost ? 1 : -1;
	return (x->i > y->i) - (x->i < y->i);
}

static double mean_of(const double *cost, size_t n)
{
	double sum = 0;
	size_t known = 0;

	for (size_t i = 0; i < n; i++) {
		sum += cost[i] < 0 ? 0 : cost[i];
		known += cost[i] >= 0;
	}
	return known && sum > 0 ? sum / (double)known : 1;
}

static size_t least(const double *load, size_t n)
{
	size_t k = 0;

	for (size_t i = 1; i < n; i++)
		k = load[i] < load[k] ? i : k;
	return k;
}

void estimates_share(const double *cost, size_t n, size_t n_shards, size_t *of)
{
	struct share *order = calloc(n + 1, sizeof(*order));
	double *load = calloc(n_shards, sizeof(*load)), mean = mean_of(cost, n);

	if (!order || !load)
		abort();
	for (size_t i = 0; i < n; i++)
		order[i] = (struct share){ (cost[i] < 0 ? mean : cost[i]) + handing_over, i };
	qsort(order, n, sizeof(*order), by_cost);
	for (size_t i = 0; i < n; i++) {
		size_t k = least(load, n_shards);

		of[order[i].i] = k;
		load[k] += order[i].cost;
	}
	free(order);
	free(load);
}
