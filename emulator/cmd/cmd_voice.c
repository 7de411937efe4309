/* Voice calls: what ATD does with a number that ends in ';'. */
#include "cmd/cmd.h"

enum at_status cmd_dial_voice(struct at_channel *at, const char *number)
{
	struct why why = { 0 };

	why_add(&why, "state", "nobody answers at \"%s\"", number);
	trace_why(cmd_modem(at)->trace, "dial", AT_RESULT_NO_CARRIER, "NO CARRIER", &why);
	return at_result(at, AT_RESULT_NO_CARRIER, NULL);
}
