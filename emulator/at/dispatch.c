/*
 * Runs a command line: one command after the other, waiting where one stays open, and exactly one final result at the
 * end. Owns that result; handlers only return a status.
 */
#include "at/at_internal.h"

#include <assert.h>
#include <string.h>

static void run_rest(struct at_channel *at);

/* The only place that ends a line. */
static void line_end(struct at_channel *at, enum at_status status)
{
	assert(at->state != LINE_IDLE && "a second final result for one command line");
	assert(status != AT_STATUS_PENDING);
	at->state = LINE_IDLE;
	at->over = true;
	at->tag = 0;
	at->abort = NULL;
	at->rows_open = false;
	if (status != AT_STATUS_SILENT)
		reply_final(at, status);
	if (at->mode == AT_MODE_LINE)
		reply_release_urcs(at);
}

static enum at_status run_test(struct at_channel *at, const struct at_cmd *cmd)
{
	struct buf text;

	if (cmd->test)
		return cmd->test(at, NULL);
	if (cmd->no_test)
		return AT_STATUS_ERROR;
	if (cmd->args) {
		buf_init(&text, 4096);
		args_print_test(at, cmd, &text);
		at_info(at, "%s", buf_str(&text));
		buf_free(&text);
	}
	return AT_STATUS_OK;
}

static enum at_status run_write(struct at_channel *at, const struct at_cmd *cmd, const struct at_found *f)
{
	if (!cmd->write && !cmd->refuse)
		return AT_STATUS_ERROR;
	if (!args_parse(at, cmd, at->line + f->args, f->args_end - f->args))
		return cmd->refuse ? cmd->refuse(at, at->val) : AT_STATUS_ERROR;
	return cmd->write ? cmd->write(at, at->val) : AT_STATUS_ERROR;
}

static enum at_status run_extended(struct at_channel *at, const struct at_cmd *cmd, const struct at_found *f)
{
	switch (f->form) {
	case AT_FORM_EXEC:
		return cmd->exec ? cmd->exec(at, NULL) : AT_STATUS_ERROR;
	case AT_FORM_READ:
		return cmd->read ? cmd->read(at, NULL) : AT_STATUS_ERROR;
	case AT_FORM_TEST:
		return run_test(at, cmd);
	case AT_FORM_WRITE:
		break;
	}
	return run_write(at, cmd, f);
}

static bool basic_number_fits(struct at_channel *at, const struct at_cmd *cmd, const struct at_found *f)
{
	size_t row = f->generic_s ? 1 : 0;

	if (f->generic_s && (!cmd->args || !args_number(at, &cmd->arg[0], f->reg)))
		return false;
	if (!f->numbered)
		return f->form != AT_FORM_WRITE;
	return cmd->args > row ? args_number(at, &cmd->arg[row], f->num) : f->num == 0;
}

/* val[0] is the number, or register and number for the row "S". */
static void basic_values(struct at_channel *at, const struct at_found *f)
{
	struct at_val *v = at->val;

	memset(at->val, 0, sizeof(at->val));
	if (f->generic_s)
		*v++ = (struct at_val){ .given = true, .num = f->reg, .str = "" };
	*v = (struct at_val){ .given = f->numbered, .num = f->num, .str = "" };
}

static enum at_status run_basic(struct at_channel *at, const struct at_cmd *cmd, const struct at_found *f)
{
	at_handler_t handler = f->numbered ? cmd->write : cmd->exec;

	if (f->args_end || (cmd->args && cmd->arg[0].type != AT_ARG_INT)) {
		if (!args_parse(at, cmd, at->line + f->args, f->args_end - f->args))
			return cmd->refuse ? cmd->refuse(at, at->val) : AT_STATUS_ERROR;
	} else if (!basic_number_fits(at, cmd, f)) {
		return AT_STATUS_ERROR;
	} else {
		basic_values(at, f);
	}
	if (f->form == AT_FORM_READ)
		handler = cmd->read;
	else if (!handler && f->form == AT_FORM_EXEC && !f->generic_s)
		handler = cmd->exec ? cmd->exec : cmd->write;
	return handler ? handler(at, at->val) : AT_STATUS_ERROR;
}

/* A row may ask for a state of the device that the owner checks in one place. */
static enum at_status gate(struct at_channel *at, const struct at_cmd *cmd)
{
	if (!at->hooks.gate || at->form == AT_FORM_TEST)
		return AT_STATUS_OK;
	return at->hooks.gate(at, cmd, at->hooks.ctx);
}

static enum at_status run_found(struct at_channel *at, const struct at_found *f)
{
	enum at_status status;

	if (!f->cmd)
		return AT_STATUS_ERROR;
	at->cmd = f->cmd;
	at->form = f->form;
	at->rows_open = false;
	at->tag = 0;
	at->finished_early = false;
	status = gate(at, f->cmd);
	if (status != AT_STATUS_OK)
		return status;
	return f->basic ? run_basic(at, f->cmd, f) : run_extended(at, f->cmd, f);
}

/* A handler returned PENDING. true: it is over already, with *status. */
static bool pending_is_over(struct at_channel *at, enum at_status *status)
{
	if (at->mode == AT_MODE_PROMPT_LENGTH && !at->entry_len) {
		at->mode = AT_MODE_LINE;
		timer_cancel(&at->watchdog);
		*status = at->done(at, "", 0, at->done_tag);
	}
	if (*status == AT_STATUS_PENDING && at->finished_early) {
		at->finished_early = false;
		*status = at->early_status;
	}
	return *status != AT_STATUS_PENDING;
}

/* What a handler returned, settled: true when the line goes on or ends with it, false when it waits or was reset. */
static bool settle(struct at_channel *at, unsigned epoch, enum at_status *status)
{
	if (at->epoch != epoch)
		return false;
	if (*status == AT_STATUS_PENDING && !pending_is_over(at, status)) {
		if (at->epoch == epoch)
			at->state = LINE_WAITING;
		return false;
	}
	return at->epoch == epoch;
}

static void run_rest(struct at_channel *at)
{
	enum at_status status = AT_STATUS_OK;
	unsigned epoch = at->epoch;
	struct at_found f;

	at->state = LINE_RUNNING;
	while (at->pos < at->line_len) {
		if (!line_next(at, at->line, at->line_len, at->pos, &f)) {
			status = AT_STATUS_ERROR;
			break;
		}
		at->pos = f.next;
		status = run_found(at, &f);
		if (!settle(at, epoch, &status))
			return;
		if (status != AT_STATUS_OK)
			break;
	}
	line_end(at, status);
}

/* Goes on after the open command ended with status. */
static void go_on(struct at_channel *at, enum at_status status)
{
	at->tag = 0;
	if (status == AT_STATUS_OK)
		run_rest(at);
	else
		line_end(at, status);
}

static void execute(struct at_channel *at)
{
	at->state = LINE_RUNNING;
	at->pos = 0;
	while (at->line[at->pos] == ' ')
		at->pos++;
	if (fault_answers(at))
		line_end(at, AT_STATUS_SILENT);
	else if (at->line_long || line_too_many(at))
		line_end(at, AT_STATUS_ERROR);
	else
		run_rest(at);
}

void dispatch_line(struct at_channel *at)
{
	long ms = at->profile->q.reply_delay_ms;

	assert(at->state == LINE_IDLE);
	if (ms > 0) {
		at->state = LINE_DELAYED;
		clock_arm(at->clock, &at->delay, (uint64_t)ms * 1000);
	} else {
		execute(at);
	}
}

void dispatch_delay_over(void *ctx)
{
	struct at_channel *at = ctx;

	at_turn_begin(at);
	execute(at);
	at_turn_end(at);
}

enum at_status at_wait(struct at_channel *at, int tag)
{
	assert(tag > 0);
	at->tag = tag;
	at->abort = NULL;
	return AT_STATUS_PENDING;
}

enum at_status at_wait_abortable(struct at_channel *at, int tag, at_abort_func_t abort)
{
	enum at_status status = at_wait(at, tag);

	at->abort = abort;
	at->abort_from_us = clock_now_us(at->clock) + ABORT_GUARD_US;
	return status;
}

bool at_waiting(const struct at_channel *at, int tag)
{
	return at->tag == tag && tag > 0 && (at->state == LINE_WAITING || at->state == LINE_RUNNING);
}

/* Back to LINE; what was entered is left to the caller. */
static void prompt_close(struct at_channel *at)
{
	if (at->mode == AT_MODE_DATA)
		return;
	at->mode = AT_MODE_LINE;
	timer_cancel(&at->watchdog);
}

void at_finish(struct at_channel *at, enum at_status status)
{
	assert(at->tag && "at_finish() without an open command: a second final result");
	if (at->state == LINE_RUNNING) {
		assert(!at->finished_early);
		at->finished_early = true;
		at->early_status = status;
		return;
	}
	at_turn_begin(at);
	prompt_close(at);
	go_on(at, status);
	at_turn_end(at);
}

/* The prompt is complete, or given up (data NULL). The mode is LINE again before the handler is called. */
void dispatch_prompt_done(struct at_channel *at, const char *data, size_t n)
{
	unsigned epoch = at->epoch;
	enum at_status status;

	assert(at->state == LINE_WAITING);
	prompt_close(at);
	at->state = LINE_RUNNING;
	at->tag = 0;
	at->finished_early = false;
	status = at->done(at, data, n, at->done_tag);
	if (!settle(at, epoch, &status)) {
		if (at->epoch == epoch && at->mode == AT_MODE_LINE)
			reply_release_urcs(at);
		return;
	}
	go_on(at, status);
}

void dispatch_prompt_failed(struct at_channel *at)
{
	prompt_close(at);
	line_end(at, AT_STATUS_ERROR);
}

bool dispatch_can_abort(const struct at_channel *at)
{
	return at->abort && at->state == LINE_WAITING && at->mode == AT_MODE_LINE;
}

void dispatch_abort(struct at_channel *at)
{
	at_abort_func_t abort = at->abort;
	unsigned epoch = at->epoch;
	enum at_status status;

	if (clock_now_us(at->clock) < at->abort_from_us)
		return;
	trace_text(at->trace, TRACE_NOTE, "a byte aborts %s", at->cmd->name);
	at->abort = NULL;
	status = abort(at, at->tag);
	if (at->epoch != epoch)
		return;
	at->pos = at->line_len;
	at_finish(at, status);
}
