/* Options by getopt_long; every mistake is one line on stderr and exit code 2. */
#include "app/cli.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define VERSION "0.1.0"

static const struct option long_options[] = {
	{ "profile", required_argument, NULL, 'p' },
	{ "world", required_argument, NULL, 'w' },
	{ "quirk", required_argument, NULL, 'q' },
	{ "link", required_argument, NULL, 'l' },
	{ "listen", required_argument, NULL, 'L' },
	{ "port", required_argument, NULL, 'P' },
	{ "control", required_argument, NULL, 'c' },
	{ "baud", required_argument, NULL, 'b' },
	{ "speed", required_argument, NULL, 'x' },
	{ "boot", required_argument, NULL, 'B' },
	{ "trace", required_argument, NULL, 't' },
	{ "seed", required_argument, NULL, 's' },
	{ "count", required_argument, NULL, 'n' },
	{ "state", required_argument, NULL, 'S' },
	{ "allow-network", no_argument, NULL, 'N' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void usage(void)
{
	puts("sim7600-emu [OPTION]...            a SIM7600 on a PTY, of a chosen firmware revision\n"
	     "sim7600-emu profiles               the revisions it can be\n"
	     "sim7600-emu quirks [--profile P]   how revisions differ, with evidence\n"
	     "sim7600-emu commands [WORD]...     the AT commands it answers (+CGD, sms ...), and those it does not, with reason\n"
	     "sim7600-emu explain CODE [--profile P]   what a result means and where it comes from\n"
	     "\n"
	     "  --profile NAME|FILE    firmware revision (see profiles)\n"
	     "  --world FILE           hosts and brokers, before the built-in ones; may be repeated\n"
	     "  --quirk NAME=VALUE     change one quirk of the profile; may be repeated\n"
	     "  --link PATH            symbolic link to the PTY\n"
	     "  --listen ADDRESS       tcp:127.0.0.1:PORT, unix:PATH or abstract:NAME instead of a PTY\n"
	     "  --port NAME[:WHERE]    one more port: at, modem (commands) or nmea; WHERE is a link to a PTY or an ADDRESS\n"
	     "  --control PATH         control socket (try: socat - UNIX:PATH, then help)\n"
	     "  --baud N               pace the line in both directions, 8N1\n"
	     "  --speed X              run the modem's clock X times faster\n"
	     "  --boot warm|cold       warm: booted and registered; cold: silence, RDY ... PB DONE\n"
	     "  --trace FILE           everything on the wire and why, JSON lines\n"
	     "  --seed N               seed of everything random (1)\n"
	     "  --count N              so many modems in one process; paths get .0 .1 ...\n"
	     "  --state DIR            keep certificates and non-volatile settings there\n"
	     "  --json                 profiles, quirks, commands: one JSON object a line\n"
	     "  --allow-network        reach real hosts beyond this machine: names the world does not know, real: addresses\n"
	     "  --help, --version\n"
	     "\n"
	     "Prints one line when a modem can be used: ready /dev/pts/7 link=/tmp/modem profile=LE20B03SIM7600M22");
}

static int bad(const char *option, const char *value, const char *want)
{
	fprintf(stderr, "sim7600-emu: --%s %s: must be %s\n", option, value, want);
	return 2;
}

static int add_word(const char **list, unsigned *n, const char *word, const char *option)
{
	if (*n == CLI_LIST_MAX)
		return bad(option, word, "given at most 16 times");
	list[(*n)++] = word;
	return -1;
}

static int take_number(const char *option, const char *text, long long min, long long max, long long *out)
{
	char want[64];

	if (!str_to_num(text, strlen(text), min, max, out))
		return -1;
	snprintf(want, sizeof(want), "a number from %lld to %lld", min, max);
	return bad(option, text, want);
}

static int take_speed(const char *text, double *speed)
{
	char *end;

	*speed = strtod(text, &end);
	if (end != text && !*end && *speed >= 0.001 && *speed <= 1e6)
		return -1;
	return bad("speed", text, "a number from 0.001 to 1000000");
}

/* "at", "at:/tmp/at", "nmea:tcp:127.0.0.1:0" */
static int take_port(const char *text, struct cli *o)
{
	size_t n = strcspn(text, ":");
	int role = EMU_PORT_UART + 1;

	while (role < EMU_PORT_COUNT && (strlen(emu_port_name(role)) != n || strncmp(emu_port_name(role), text, n)))
		role++;
	if (role == EMU_PORT_COUNT || (text[n] && !text[n + 1]))
		return bad("port", text, "at, modem or nmea, alone or with :PATH or :ADDRESS");
	if (o->port[role])
		return bad("port", text, "given once for each port");
	o->port[role] = text[n] ? text + n + 1 : "";
	return -1;
}

/* The whole range, since hil derives a seed for each cell. */
static int take_seed(const char *text, uint64_t *seed)
{
	char *end;

	errno = 0;
	*seed = strtoull(text, &end, 10);
	return isdigit((unsigned char)*text) && !*end && !errno ? -1 : bad("seed", text, "a number of 64 bits");
}

static int take_boot(const char *text, bool *cold)
{
	*cold = !strcmp(text, "cold");
	return *cold || !strcmp(text, "warm") ? -1 : bad("boot", text, "warm or cold");
}

static int take_option(int key, struct cli *o)
{
	long long n;
	int code = -1;

	switch (key) {
	case 'p': o->profile = optarg; break;
	case 'w': return add_word(o->world, &o->n_worlds, optarg, "world");
	case 'q': return add_word(o->quirk, &o->n_quirks, optarg, "quirk");
	case 'l': o->link = optarg; break;
	case 'L': o->listen = optarg; break;
	case 'P': return take_port(optarg, o);
	case 'c': o->control = optarg; break;
	case 't': o->trace = optarg; break;
	case 'S': o->state_dir = optarg; break;
	case 'N': o->allow_network = true; break;
	case 'j': o->json = true; break;
	case 'x': return take_speed(optarg, &o->speed);
	case 'B': return take_boot(optarg, &o->cold);
	case 'b':
		code = take_number("baud", optarg, 0, 10000000, &n);
		o->baud = (long)n;
		break;
	case 's':
		code = take_seed(optarg, &o->seed);
		break;
	case 'n':
		code = take_number("count", optarg, 1, 10000, &n);
		o->count = (unsigned)n;
		break;
	case 'h':
		usage();
		return 0;
	case 'V':
		puts("sim7600-emu " VERSION);
		return 0;
	default:
		return 2;
	}
	return code;
}

/* getopt has said that the option is unknown; add the nearest one. */
static void suggest(const char *word)
{
	const char *names[sizeof(long_options) / sizeof(long_options[0])];
	const char *near;

	for (size_t i = 0; i < sizeof(long_options) / sizeof(long_options[0]); i++)
		names[i] = long_options[i].name;
	near = word && !strncmp(word, "--", 2) ? str_nearest(word + 2, names) : NULL;
	if (near)
		fprintf(stderr, "sim7600-emu: did you mean --%s?\n", near);
}

static int check_verb(struct cli *o, int argc, char **argv)
{
	static const char *const verbs[] = { "profiles", "quirks", "commands", "explain", NULL };
	const char *near;

	if (optind == argc)
		return -1;
	o->verb = argv[optind];
	o->args = argv + optind + 1;
	o->n_args = argc - optind - 1;
	for (int i = 0; verbs[i]; i++) {
		if (!strcmp(verbs[i], o->verb))
			return -1;
	}
	near = str_nearest(o->verb, verbs);
	fprintf(stderr, "sim7600-emu: unknown word '%s'%s%s\n", o->verb, near ? ", did you mean " : " (see --help)",
		near ? near : "");
	return 2;
}

int cli_parse(int argc, char **argv, struct cli *o)
{
	int key, code;

	*o = (struct cli){ .speed = 1, .seed = 1, .count = 1 };
	while ((key = getopt_long(argc, argv, "hV", long_options, NULL)) != -1) {
		code = take_option(key, o);
		if (key == '?')
			suggest(argv[optind - 1]);
		if (code >= 0)
			return code;
	}
	return check_verb(o, argc, argv);
}
