/* ATD: which numbers are calls to people and which are data, refusals and why. at-general 12 and 13. */
#include "tests/rig.h"

#define B05 "LE20B05SIM7600G22"
#define NO_CARRIER "\r\nNO CARRIER\r\n"

static const struct {
	const char *in, *out;
} refused[] = {
	{ "ATD\r", RIG_ERROR },	      { "ATDT\r", RIG_ERROR },
	{ "ATD10086\r", NO_CARRIER }, { "ATDT 555-0100\r", NO_CARRIER },
	{ "ATD?\r", NO_CARRIER },
};

START_TEST(test_refused)
{
	struct rig *r = rig_new(B05);

	rig_row(r, refused[_i].in, refused[_i].out);
	rig_why(r, "\"family\":\"dial\"");
	rig_free(r);
}
END_TEST

static const char *const unregistered[] = { "ATD*99#\r", "ATD*99***1#\r", "ATDT10086\r" };

START_TEST(test_unregistered)
{
	struct rig *r = rig_new(B05);

	rig_row(r, "AT+COPS=2\r", RIG_OK);
	rig_row(r, unregistered[_i], RIG_ERROR);
	rig_why(r, "not registered");
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_refused, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_loop_test(tc, test_unregistered, 0, sizeof(unregistered) / sizeof(unregistered[0]));
}

int main(void)
{
	return rig_main("cmd_dial", add);
}
