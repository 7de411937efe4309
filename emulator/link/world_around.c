/* network:, sim: and board: of a world file. */
#include "link/world_around.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

void around_init(struct around *a)
{
	*a = (struct around){ .supply_mv = -1, .adc_mv = -1 };
}

void around_free(struct around *a)
{
	free(a->cells);
}

/* --- network ------------------------------------------------------------------------------------------------------- */

static const char *const step_keys[] = { "after", "over", "others", NULL };

static int check_step_keys(const struct yml_node *map, bool first, struct err *e)
{
	const char *keys[32];
	size_t n = 0;

	for (const char *const *k = cell_names; *k; k++)
		keys[n++] = *k;
	for (const char *const *k = step_keys; *k; k++) {
		/* other networks are there from the beginning to the end */
		if (first || strcmp(*k, "others") != 0)
			keys[n++] = *k;
	}
	keys[n] = NULL;
	return yml_check_keys(map, keys, e);
}

static int read_members(struct net_cell *c, const struct yml_node *map, struct err *e)
{
	for (size_t i = 0; cell_names[i]; i++) {
		const struct yml_node *n = yml_get(map, cell_names[i]);
		const char *want;

		if (n && yml_want(n, YML_SCALAR, e))
			return -EINVAL;
		if (n && cell_set(c, i, yml_str(n), &want))
			return yml_error(n, e, "'%s' must be %s", yml_str(n), want);
	}
	return 0;
}

static int read_other(struct cell_other *o, const struct yml_node *map, struct err *e)
{
	static const char *const keys[] = { "operator", "short", "plmn", "rat", "forbidden", NULL };
	const struct yml_node *name, *short_name, *plmn, *rat, *forbidden;
	int system;

	if (yml_want(map, YML_MAP, e) || yml_check_keys(map, keys, e))
		return -EINVAL;
	name = yml_get(map, "operator");
	short_name = yml_get(map, "short");
	plmn = yml_get(map, "plmn");
	rat = yml_get(map, "rat");
	forbidden = yml_get(map, "forbidden");
	if (!name || !plmn)
		return yml_error(map, e, "an other network needs 'operator' and 'plmn'");
	str_copy(o->name, sizeof(o->name), yml_str(name));
	str_copy(o->short_name, sizeof(o->short_name), short_name ? yml_str(short_name) : yml_str(name));
	if (!cell_plmn(yml_str(plmn), &o->mcc, &o->mnc, &o->mnc_digits))
		return yml_error(plmn, e, "'%s' must be five or six digits", yml_str(plmn));
	o->act = NET_ACT_EUTRAN;
	if (rat && !cell_rat(yml_str(rat), &o->act, &system))
		return yml_error(rat, e, "'%s' must be one of gsm, gprs, edge, wcdma, hsdpa, hsupa, hspa, lte", yml_str(rat));
	return forbidden ? yml_bool(forbidden, &o->forbidden, e) : 0;
}

static int read_others(struct cell_plan *p, const struct yml_node *list, struct err *e)
{
	if (yml_want(list, YML_SEQ, e))
		return -EINVAL;
	if (yml_size(list) > CELL_OTHERS_MAX)
		return yml_error(list, e, "more than %d other networks", CELL_OTHERS_MAX);
	for (size_t i = 0; i < yml_size(list); i++) {
		if (read_other(&p->other[i], yml_at(list, i), e))
			return -EINVAL;
		p->n_others = i + 1;
	}
	return 0;
}

/* A step says what changes; the first, when it has no time, is what there is from the beginning. */
static int read_step(struct cell_plan *p, const struct yml_node *map, struct err *e)
{
	const struct yml_node *after, *over, *others;
	struct cell_step *s = &p->step[p->n], *before = p->n ? s - 1 : NULL;

	if (yml_want(map, YML_MAP, e) || check_step_keys(map, !p->n, e))
		return -EINVAL;
	after = yml_get(map, "after");
	over = yml_get(map, "over");
	others = yml_get(map, "others");
	*s = (struct cell_step){ 0 };
	if (before)
		s->cell = before->cell;
	else
		cell_default(&s->cell);
	if (after && yml_duration_us(after, &s->after_us, e))
		return -EINVAL;
	if (over && yml_duration_us(over, &s->over_us, e))
		return -EINVAL;
	if (before && s->after_us <= before->after_us)
		return yml_error(after ? after : map, e, "'after' must grow from step to step");
	if (read_members(&s->cell, map, e) || (others && read_others(p, others, e)))
		return -EINVAL;
	p->n++;
	return 0;
}

int around_read_network(struct around *a, const struct yml_node *n, struct err *e)
{
	struct cell_plan *p;
	int err = 0;

	if (a->cells)
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(e, -ENOMEM, "out of memory");
	if (yml_kind(n) == YML_SEQ) {
		if (yml_size(n) > CELL_STEPS_MAX)
			err = yml_error(n, e, "more than %d steps", CELL_STEPS_MAX);
		for (size_t i = 0; !err && i < yml_size(n); i++)
			err = read_step(p, yml_at(n, i), e);
	} else {
		err = read_step(p, n, e);
	}
	if (err)
		free(p);
	else
		a->cells = p;
	return err;
}

/* --- sim ----------------------------------------------------------------------------------------------------------- */

static int read_code(char out[AROUND_CODE_MAX + 1], const struct yml_node *n, size_t min, struct err *e)
{
	size_t len = n ? strlen(yml_str(n)) : 0;

	if (!n)
		return 0;
	if (len < min || len > AROUND_CODE_MAX || strspn(yml_str(n), "0123456789") != len)
		return yml_error(n, e, "'%s' must be %zu to %d digits", yml_str(n), min, AROUND_CODE_MAX);
	str_copy(out, AROUND_CODE_MAX + 1, yml_str(n));
	return 0;
}

int around_read_sim(struct around *a, const struct yml_node *map, struct err *e)
{
	static const char *const keys[] = { "state", "pin", "puk", NULL };
	static const char *const states[] = { "ready", "pin", "puk", "absent", "busy", "failure", NULL };
	struct around said;
	const struct yml_node *state;
	int word;

	around_init(&said);
	if (yml_want(map, YML_MAP, e) || yml_check_keys(map, keys, e))
		return -EINVAL;
	state = yml_get(map, "state");
	if (state && yml_word(state, states, &word, e))
		return -EINVAL;
	if (state)
		str_copy(said.sim_state, sizeof(said.sim_state), states[word]);
	if (read_code(said.pin, yml_get(map, "pin"), 4, e) || read_code(said.puk, yml_get(map, "puk"), 8, e))
		return -EINVAL;
	if (a->has_sim)
		return 0;
	a->has_sim = true;
	memcpy(a->sim_state, said.sim_state, sizeof(a->sim_state));
	memcpy(a->pin, said.pin, sizeof(a->pin));
	memcpy(a->puk, said.puk, sizeof(a->puk));
	return 0;
}

/* --- board --------------------------------------------------------------------------------------------------------- */

int around_read_board(struct around *a, const struct yml_node *map, struct err *e)
{
	static const char *const keys[] = { "supply", "temperature", "adc", NULL };
	const struct yml_node *supply, *temperature, *adc;
	long long mv = -1, celsius = 0, adc_mv = -1;

	if (yml_want(map, YML_MAP, e) || yml_check_keys(map, keys, e))
		return -EINVAL;
	supply = yml_get(map, "supply");
	temperature = yml_get(map, "temperature");
	adc = yml_get(map, "adc");
	if ((supply && yml_num(supply, 2500, 5500, &mv, e)) || (temperature && yml_num(temperature, -100, 150, &celsius, e)) ||
	    (adc && yml_num(adc, 0, 5000, &adc_mv, e)))
		return -EINVAL;
	if (a->has_board)
		return 0;
	a->has_board = true;
	a->supply_mv = (long)mv;
	a->adc_mv = (long)adc_mv;
	a->temperature_c = (int)celsius;
	a->has_temperature = temperature != NULL;
	return 0;
}
