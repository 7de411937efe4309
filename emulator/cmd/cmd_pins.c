/* Pins and what hangs on them: AT+CGDRT, AT+CGSETV, AT+CGGETV, AT+CADC; AT+CUSBPIDSWITCH. at-general 15a. */
#include "cmd/cmd.h"

#include <string.h>

#include "base/str.h"
#include "modem/hw.h"
#include "modem/power.h"
#include "modem/store.h"

static struct hw *hw(const struct at_channel *at)
{
	return cmd_modem(at)->hw;
}

/* --- general purpose pins ------------------------------------------------------------------------------------------ */

#define PINS_TEXT "(1,2,3,6,12,14,16,18,22,41,43,63,77)"

static const struct at_arg pin_args[] = {
	{ "gpio", AT_ARG_INT, 1, 77, .range_text = PINS_TEXT },
	{ "value", AT_ARG_INT, 0, 1 },
	{ "save", AT_ARG_INT, 0, 1, .optional = true },
};
static const struct at_arg get_args[] = { { "gpio", AT_ARG_INT, 1, 77, .range_text = PINS_TEXT } };

static enum at_status cgdrt_write(struct at_channel *at, const struct at_val *val)
{
	int pin = hw_pin((long)val[0].num);

	if (pin < 0)
		return AT_STATUS_ERROR;
	hw_pin_direct(hw(at), pin, val[1].num != 0);
	return AT_STATUS_OK;
}

/* Guess: an input cannot be driven. */
static enum at_status cgsetv_write(struct at_channel *at, const struct at_val *val)
{
	int pin = hw_pin((long)val[0].num);

	return pin >= 0 && hw_pin_drive(hw(at), pin, val[1].num != 0) ? AT_STATUS_OK : AT_STATUS_ERROR;
}

static enum at_status cggetv_write(struct at_channel *at, const struct at_val *val)
{
	int pin = hw_pin((long)val[0].num);

	if (pin < 0)
		return AT_STATUS_ERROR;
	at_info(at, "+CGGETV: %d,%d", (int)val[0].num, hw_pin_level(hw(at), pin));
	return AT_STATUS_OK;
}

/* --- AT+CADC ------------------------------------------------------------------------------------------------------- */

static const struct at_arg cadc_args[] = { { "adc", AT_ARG_INT, 0, 2, .range_text = "(0,2)" } };

/* The raw value and that in mV; guess: one is the other. */
static enum at_status cadc_write(struct at_channel *at, const struct at_val *val)
{
	if (val[0].num == 1)
		return AT_STATUS_ERROR;
	at_info(at, "+CADC: %ld", hw(at)->adc_mv);
	return AT_STATUS_OK;
}

/* --- AT+CUSBPIDSWITCH ---------------------------------------------------------------------------------------------- */

#define USB_IDS                                                                                                       \
	"9000,9001,9002,9003,9004,9005,9006,9007,9011,9016,9018,9019,901A,901B,9020,9021,9022,9023,9024,9025,9026,9027,"  \
	"9028,9029,902A,902B"
#define USB_ID_KEY "hw.usb_id"
#define USB_ID_DEFAULT "9001"

static const struct at_arg usb_args[] = {
	{ "pid", AT_ARG_STR, 4, 4, .range_text = "(" USB_IDS ")" },
	{ "reserve1", AT_ARG_INT, 0, 1 },
	{ "reserve2", AT_ARG_INT, 0, 1 },
};

static const char *usb_id(const struct at_channel *at)
{
	return store_text(cmd_modem(at)->store, USB_ID_KEY, USB_ID_DEFAULT);
}

static enum at_status usb_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CUSBPIDSWITCH: %s", usb_id(at));
	return AT_STATUS_OK;
}

/* Four characters between the commas of the list; kept as the list spells them. */
static bool find_id(const char *text, char id[5])
{
	for (const char *p = USB_IDS; ; p += 5) {
		memcpy(id, p, 4);
		id[4] = '\0';
		if (str_ieq(text, 4, id))
			return true;
		if (!p[4])
			return false;
	}
}

/* Another one than now takes a reset, after which all ports of the USB are new. */
static enum at_status usb_write(struct at_channel *at, const struct at_val *val)
{
	char id[5];

	if (!find_id(val[0].str, id))
		return AT_STATUS_ERROR;
	if (!strcmp(id, usb_id(at)))
		return AT_STATUS_OK;
	store_set_text(cmd_modem(at)->store, USB_ID_KEY, id);
	power_down(cmd_modem(at)->power, true);
	return AT_STATUS_OK;
}

const struct at_cmd cmd_pins[] = {
	{ "+CGDRT", AT_ARGS(pin_args), .write = cgdrt_write, .source = "M3 19.2; pins guess" },
	{ "+CGSETV", AT_ARGS(pin_args), .write = cgsetv_write, .source = "M3 19.2; pins guess" },
	{ "+CGGETV", AT_ARGS(get_args), .write = cggetv_write, .source = "M3 19.2; pins guess" },
	{ "+CADC", AT_ARGS(cadc_args), .write = cadc_write, .source = "AT manual V1.12 10.4" },
	{ "+CUSBPIDSWITCH", AT_ARGS(usb_args), .read = usb_read, .write = usb_write,
	  .source = "AT manual V1.12 4.23" },
	{ 0 },
};
