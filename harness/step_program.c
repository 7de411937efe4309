/* Programs of others as steps: their files, their start, what is typed at them, and how they must end. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "harness/step.h"
#include "harness/vars.h"

enum {
	KEYS_MAX_BYTES = 4096,
	FILE_MAX_PATH = 1024,
	CLOSED_WITHIN_US = 1000000, /* somebody else may have the port, too */
};

bool file_name_is_good(const char *name)
{
	static const char inside[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	return *name && !name[strspn(name, inside)] && strcmp(name, ".") && strcmp(name, "..");
}

static int write_file(struct play *p, const struct program_setup *setup, const struct binding *file)
{
	char *text = play_expand(p, file->value, &setup->place), path[FILE_MAX_PATH];
	FILE *f;
	bool good;

	if (!text)
		return -1;
	snprintf(path, sizeof(path), "%s/%s", rig_program_dir(p->rig), file->name);
	f = fopen(path, "we");
	good = f && fputs(text, f) >= 0;
	if (f && fclose(f))
		good = false;
	free(text);
	return good ? 0 : play_fail(p, OUTCOME_ERROR, &setup->place, "%s: %s", path, strerror(errno));
}

static int start(struct play *p, const struct program_setup *setup)
{
	char **argv = calloc(setup->n_run + 1, sizeof(*argv));
	struct err e = { 0 };
	size_t n = 0;
	int err = -1;

	while (argv && n < setup->n_run && (argv[n] = play_expand(p, setup->run[n], &setup->place)) != NULL)
		n++;
	if (argv && n == setup->n_run) {
		err = rig_program_start(p->rig, argv, setup->terminal, &e);
		if (err)
			play_fail(p, OUTCOME_ERROR, &setup->place, "%s", e.msg);
	}
	for (size_t i = 0; i < n; i++)
		free(argv[i]);
	free(argv);
	return err ? -1 : 0;
}

int step_program(struct play *p, const struct step *s)
{
	const struct program_setup *setup = s->program;

	if (vars_set(p->cell, "port", rig_program_port(p->rig)) ||
	    vars_set(p->cell, "scratch", rig_program_dir(p->rig)))
		return play_fail(p, OUTCOME_ERROR, &s->place, "out of memory");
	for (size_t i = 0; i < setup->n_files; i++) {
		if (write_file(p, setup, &setup->files[i]))
			return -1;
	}
	if (start(p, setup))
		return -1;
	p->program = setup->background ? NULL : s;
	return 0;
}

static bool port_is_closed(void *ctx)
{
	return !rig_program_has_port(ctx);
}

enum rig_wait program_wait_closed(struct play *p)
{
	enum rig_wait how = play_wait(p, rig_now_us(p->rig) + CLOSED_WITHIN_US, port_is_closed, p->rig);

	return how == RIG_TIMEOUT ? RIG_DONE : how;
}

/* Told once: what it was to print will not come any more. */
bool program_has_failed(struct play *p)
{
	const struct step *s = p->program;
	int status;

	if (!s || rig_client_running(p->rig) || !rig_client_status(p->rig, &status))
		return false;
	p->program = NULL;
	if (status == s->program->exit)
		return false;
	play_fail(p, OUTCOME_FAIL, &s->place, "%s ended with status %d, wanted %ld", s->program->run[0], status,
		  s->program->exit);
	return true;
}

int step_program_end(struct play *p, const struct step *s, uint64_t until_us)
{
	enum rig_wait how = play_wait(p, until_us, client_has_ended, p->rig);

	if (how == RIG_DONE)
		how = program_wait_closed(p);
	if (how == RIG_DONE)
		return 0;
	play_fail_wait(p, how, &s->place, until_us - p->step_us, "the program to exit");
	if (how == RIG_TIMEOUT)
		rig_client_stop(p->rig);
	return -1;
}

int step_type(struct play *p, const struct step *s)
{
	char *text = play_expand(p, s->text, &s->place);
	struct buf keys;
	int err = -1;

	if (!text)
		return -1;
	buf_init(&keys, KEYS_MAX_BYTES);
	if (str_unescape(&keys, text))
		play_fail(p, OUTCOME_ERROR, &s->place, "bad escape in what is typed");
	else if (rig_program_type(p->rig, keys.data, keys.len))
		play_fail(p, OUTCOME_FAIL, &s->place, "no program runs at a terminal, or it does not read");
	else
		err = 0;
	buf_free(&keys);
	free(text);
	return err;
}
