/*
 * mqtt-node-qemu: mqtt-node.elf in QEMU, with the command line, the log and the exit code of the host's mqtt-node. The
 * options become the provisioning page; UART1 is the modem's port, UART0 the console.
 */
#include "port/cortex-m/provision.h"
#include "port/host/options.h"
#include "port/host/plug.h"
#include "port/host/signals.h"
#include "port/qemu/page.h"
#include "port/qemu/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_PORT 3
#define EOT '\x04'

struct machine {
	struct node_options options;
	pid_t pid;
	int console; /* what UART0 says */
	struct relay relay; /* between UART1 and the port */
	int signals;
	char line[1024];
	size_t length;
	int code; /* -1 until it has ended */
};

/* The image lies beside this program. */
static int image_path(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (n < 0)
		return -1;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash || (size_t)(slash - path) + sizeof("/mqtt-node.elf") > size)
		return -1;
	memcpy(slash, "/mqtt-node.elf", sizeof("/mqtt-node.elf"));
	return access(path, R_OK);
}

/* A file without a name that QEMU inherits; the descriptor, or -1. */
static int page_file(const struct node_options *o)
{
	static uint8_t page[PROVISION_MAX];
	size_t size;
	int fd;

	if (page_make(o, page, &size)) {
		errno = ENOSPC;
		return -1;
	}
	fd = memfd_create("page", 0);
	if (fd >= 0 && write(fd, page, size) != (ssize_t)size) {
		close(fd);
		return -1;
	}
	return fd;
}

static void become_qemu(const char *image, int page, int uart, int console)
{
	char loader[96], modem[64];
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(console, STDOUT_FILENO);
	snprintf(loader, sizeof(loader), "loader,file=/dev/fd/%d,addr=0x%x,force-raw=on", page, PROVISION_ADDRESS);
	snprintf(modem, sizeof(modem), "socket,id=modem,fd=%d", uart);
	execlp("qemu-system-arm", "qemu-system-arm", "-M", "mps2-an385", "-nic", "user,restrict=on", "-monitor", "none",
	       "-display", "none", "-kernel", image, "-device", loader, "-chardev", "stdio,id=console,signal=off",
	       "-serial", "chardev:console", "-chardev", modem, "-serial", "chardev:modem", (char *)NULL);
	fprintf(stderr, "mqtt-node-qemu: qemu-system-arm: %s\n", strerror(errno));
	_exit(EXIT_PORT);
}

static int start(struct machine *m)
{
	char image[4096];
	int ends[2], uart[2], nothing, page;

	if (image_path(image, sizeof(image))) {
		fprintf(stderr, "mqtt-node-qemu: mqtt-node.elf is not beside this program (make firmware-arm)\n");
		return EXIT_PORT;
	}
	page = page_file(&m->options);
	nothing = open("/dev/null", O_RDONLY);
	if (page < 0 || nothing < 0 || pipe2(ends, O_CLOEXEC) || socketpair(AF_UNIX, SOCK_STREAM, 0, uart)) {
		fprintf(stderr, "mqtt-node-qemu: provisioning page: %s\n", strerror(errno));
		return EXIT_PORT;
	}
	m->pid = fork();
	if (!m->pid) {
		dup2(nothing, STDIN_FILENO);
		close(uart[0]);
		become_qemu(image, page, uart[1], ends[1]);
	}
	close(uart[1]);
	close(ends[1]);
	close(nothing);
	close(page);
	m->console = ends[0];
	m->relay.uart = uart[0];
	return m->pid < 0 ? EXIT_PORT : 0;
}

/* "exit 0 stack 612 lost 0" behind EOT is not the client's: it ends the machine. */
static void take_line(struct machine *m)
{
	char *end = m->line + 6;

	m->line[m->length] = '\0';
	m->length = 0;
	if (m->line[0] != EOT || strncmp(m->line + 1, "exit ", 5) != 0) {
		puts(m->line);
		fflush(stdout);
		return;
	}
	m->code = (int)strtol(end, &end, 10);
	if (m->options.verbose)
		fprintf(stderr, "mqtt-node-qemu:%s\n", end);
}

static void take_console(struct machine *m)
{
	char bytes[512];
	ssize_t n = read(m->console, bytes, sizeof(bytes));

	if (n <= 0 && errno != EINTR)
		m->code = EXIT_PORT;
	for (ssize_t i = 0; i < n && m->code < 0; i++) {
		if (bytes[i] == '\n' || m->length == sizeof(m->line) - 1)
			take_line(m);
		if (bytes[i] != '\n')
			m->line[m->length++] = bytes[i];
	}
}

static void stop(struct machine *m)
{
	kill(m->pid, SIGKILL);
	while (waitpid(m->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int run(struct machine *m)
{
	struct pollfd fds[4] = { { m->console, POLLIN, 0 }, { m->signals, POLLIN, 0 } };
	int signo;

	while (m->code < 0) {
		relay_wants(&m->relay, &fds[2]);
		if (poll(fds, 4, plug_wait_ms(&m->relay.plug, 60000)) < 0 && errno != EINTR)
			return EXIT_PORT;
		signo = fds[1].revents ? signals_caught(m->signals) : 0;
		if (signo)
			return 128 + signo;
		if (fds[0].revents)
			take_console(m);
		relay_move(&m->relay, &fds[2]);
		plug_look(&m->relay.plug);
	}
	return m->code;
}

static int play(struct machine *m)
{
	char err[256];
	int code;

	if (!m->options.port) {
		fprintf(stderr, "mqtt-node-qemu: --port is missing\n");
		return EXIT_USAGE;
	}
	if (plug_open(&m->relay.plug, m->options.port, m->options.baud, err, sizeof(err))) {
		fprintf(stderr, "mqtt-node-qemu: %s\n", err);
		return EXIT_PORT;
	}
	m->signals = signals_open();
	code = start(m);
	if (code)
		return code;
	code = run(m);
	stop(m);
	plug_close(&m->relay.plug);
	return code;
}

int main(int argc, char **argv)
{
	static struct machine m = { .code = -1 };
	char err[256];
	int code = EXIT_USAGE;

	switch (node_options_parse(argc, argv, &m.options, err, sizeof(err))) {
	case OPTIONS_HELP:
		fputs(node_options_help(), stdout);
		code = 0;
		break;
	case OPTIONS_VERSION:
		puts("mqtt-node-qemu " MQTT_NODE_VERSION);
		code = 0;
		break;
	case OPTIONS_RUN:
		code = play(&m);
		break;
	default:
		fprintf(stderr, "mqtt-node-qemu: %s\n", err);
		break;
	}
	node_options_free(&m.options);
	return code;
}
