/* The other end of a PTY for measurements: a closed-loop client, and the barest responder there can be (the floor). */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A process that answers "\r\nOK\r\n" to each CR on n PTYs, poll() and read(): what no emulator can beat. */
struct floor {
	pid_t pid;
	int n;
	char path[64][64];
};

/* A running sim7600-emu. */
struct emulator {
	pid_t pid;
	int out;		/* its stdout */
	int n;
	char path[512][64];
	double ready_ms;	/* fork to the last ready line */
};

/* Round trips of one client. */
struct trips {
	double per_second;
	double p50_us, p99_us;
};

uint64_t now_us(void);

/*
 * Both exit(1) with a message when something does not start. pace_us > 0: the answer comes so long after the question,
 * by an absolute deadline: the barest paced line there can be.
 */
void floor_start(struct floor *f, int n, unsigned pace_us);
void floor_stop(struct floor *f);

/* args: NULL-terminated options after the program name. Waits for n ready lines. */
void emulator_start(struct emulator *e, const char *program, const char *const *args, int n);
void emulator_stop(struct emulator *e);

/* Opens a PTY path raw at 115200. */
int peer_open(const char *path);

/* Sends command and waits for wanted answer bytes, count times. */
struct trips peer_trips(int fd, const char *command, const char *end, int count);

/* The same from n clients in n processes at once; the sum of their rates. */
double peer_trips_total(char (*path)[64], int n, const char *command, const char *end, int count);

/* Sends commands in bursts of burst without waiting; answers counted by their end. Commands per second. */
double peer_pipelined(int fd, const char *command, const char *end, int count, int burst);

/* Reads until end was seen, at most timeout_ms. 0 or -1. */
int peer_wait(int fd, const char *end, int timeout_ms);

#endif
