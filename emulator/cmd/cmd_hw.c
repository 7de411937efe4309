/* Sleep, ring pin, temperature and supply supervision: rows of numbers, checked, kept and shown; and its warnings. at-general 3, 15a. */
#include "cmd/cmd.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "modem/guard.h"
#include "modem/hw.h"

static const struct at_arg csclk_args[] = {
	{ "status", AT_ARG_INT, 0, 1, .max_quirk = QUIRK_ID_csclk_max },
};

static const struct at_arg cfgri_args[] = {
	{ "status", AT_ARG_INT, 0, 1 },
	{ "URC_time", AT_ARG_INT, 10, 6000, .optional = true },
	{ "SMS_time", AT_ARG_INT, 20, 6000, .optional = true },
};

static const struct at_arg cmte_args[] = { { "enable", AT_ARG_INT, 0, 1 } };

static const struct at_arg cpmvt_args[] = {
	{ "enable", AT_ARG_INT, 0, 1 },
	{ "low", AT_ARG_INT, 3200, 4000, .optional = true },
	{ "high", AT_ARG_INT, 4000, 4300, .optional = true },
};

static const struct at_arg cvalarm_args[] = {
	{ "enable", AT_ARG_INT, 0, 1 },
	{ "low", AT_ARG_INT, 3300, 4000, .optional = true },
	{ "high", AT_ARG_INT, 4000, 4300, .optional = true },
};

static const struct at_arg cvauxs_args[] = { { "state", AT_ARG_INT, 0, 1 } };
static const struct at_arg cvauxv_args[] = { { "voltage", AT_ARG_INT, 1700, 3050 } };

static struct hw *hw(const struct at_channel *at)
{
	return cmd_modem(at)->hw;
}

/* The first setting of the command; one more for every further argument. */
static enum hw_setting first_setting(const struct at_channel *at)
{
	static const struct {
		const char *name;
		enum hw_setting first;
	} commands[] = {
		{ "+CSCLK", HW_SLEEP },		   { "+CFGRI", HW_RING_ON },	     { "+CMTE", HW_TEMPERATURE_ON },
		{ "+CPMVT", HW_SUPPLY_OFF_ON },	   { "+CVALARM", HW_SUPPLY_WARN_ON },
		{ "+CVAUXS", HW_AUX_ON },	   { "+CVAUXV", HW_AUX_MV },
	};
	size_t i = 0, n = sizeof(commands) / sizeof(commands[0]);

	while (i < n && strcmp(commands[i].name, at_command(at)->name))
		i++;
	assert(i < n && "a row without its settings");
	return commands[i].first;
}

static enum at_status numbers_read(struct at_channel *at, const struct at_val *val)
{
	enum hw_setting first = first_setting(at);
	struct buf text;

	(void)val;
	buf_init(&text, 256);
	for (size_t i = 0; i < at_command(at)->args; i++)
		buf_addf(&text, i ? ",%ld" : "%ld", hw_get(hw(at), (enum hw_setting)(first + i)));
	at_info(at, "%s: %s", at_command(at)->name, buf_str(&text));
	buf_free(&text);
	return AT_STATUS_OK;
}

/* What is not given stays as it is [guess]. */
static enum at_status numbers_write(struct at_channel *at, const struct at_val *val)
{
	enum hw_setting first = first_setting(at);

	for (size_t i = 0; i < at_command(at)->args; i++) {
		if (val[i].given)
			hw_set(hw(at), (enum hw_setting)(first + i), (long)val[i].num);
	}
	guard_look(cmd_modem(at)->guard);
	return AT_STATUS_OK;
}

static enum at_status numbers_exec(struct at_channel *at, const struct at_val *val)
{
	enum hw_setting first = first_setting(at);

	(void)val;
	for (size_t i = 0; i < at_command(at)->args; i++)
		hw_set(hw(at), (enum hw_setting)(first + i), hw_default((enum hw_setting)(first + i)));
	return AT_STATUS_OK;
}

/* A lower limit that is not below the upper one would leave no supply to run on. */
static enum at_status limits_write(struct at_channel *at, const struct at_val *val)
{
	enum hw_setting first = first_setting(at);
	long long low = val[1].given ? val[1].num : hw_get(hw(at), (enum hw_setting)(first + 1));
	long long high = val[2].given ? val[2].num : hw_get(hw(at), (enum hw_setting)(first + 2));

	return low < high ? numbers_write(at, val) : AT_STATUS_ERROR;
}

/* In steps of 50 mV. */
static enum at_status cvauxv_write(struct at_channel *at, const struct at_val *val)
{
	return val[0].num % 50 ? AT_STATUS_ERROR : numbers_write(at, val);
}

const struct at_cmd cmd_hw[] = {
	{ "+CSCLK", AT_ARGS(csclk_args), .exec = numbers_exec, .read = numbers_read, .write = numbers_write,
	  .source = "M3 19.2, A76XX manual 10.2.7" },
	{ "+CFGRI", AT_ARGS(cfgri_args), .exec = numbers_exec, .read = numbers_read, .write = numbers_write,
	  .source = "M3 19.2, A76XX manual 10.2.10" },
	{ "+CMTE", AT_ARGS(cmte_args), .read = numbers_read, .write = numbers_write, .source = "M3 19.2" },
	{ "+CPMVT", AT_ARGS(cpmvt_args), .read = numbers_read, .write = limits_write,
	  .source = "M3 19.2, AT manual V1.12 10.7" },
	{ "+CVALARM", AT_ARGS(cvalarm_args), .read = numbers_read, .write = limits_write,
	  .source = "M3 19.2, AT manual V1.12 10.1" },
	{ "+CVAUXS", AT_ARGS(cvauxs_args), .read = numbers_read, .write = numbers_write, .source = "AT manual V1.12 10.2" },
	{ "+CVAUXV", AT_ARGS(cvauxv_args), .read = numbers_read, .write = cvauxv_write, .source = "AT manual V1.12 10.3" },
	{ 0 },
};

/* The manual's own spelling. Whoever is told a limit was passed may be switched off a moment later. */
void cmd_hw_event(struct cmd_host *h, const struct modem_event *ev)
{
	const char *side = ev->code < 0 ? "UNDER" : "OVER";

	if (ev->type == MODEM_EVENT_SUPPLY_WARNING)
		cmd_urc(h, "%s-VOLTAGE WARNNING", side);
	else if (ev->type == MODEM_EVENT_SUPPLY_OFF)
		cmd_urc(h, "%s-VOLTAGE WARNNING POWER DOWN", side);
	else
		cmd_urc(h, "+CMTE:%d", ev->code);
}
