/*
 * Inside the fixtures: one server of a cell, from its settings to its end. A kind of server is a file that writes a
 * configuration and knows the lines of a log; starting, waiting, retrying and stopping are the same for all.
 */
#ifndef HARNESS_FIXTURE_SERVER_H
#define HARNESS_FIXTURE_SERVER_H

#include <jansson.h>

#include "base/buf.h"
#include "harness/certs.h"
#include "harness/child.h"
#include "harness/fifo.h"
#include "harness/fixture.h"
#include "harness/pool.h"

enum { SERVER_TAIL_LINES = 8, SERVER_PROGRAMS = 3, SERVER_ARGS_MAX = 24, LOG_LINE_MAX = 256 * 1024 };

/* --- logs ------------------------------------------------------------------------------------------------------ */

enum log_act {
	LOG_NOTHING, /* no row knows the line */
	LOG_SAY,     /* tell it, in our words */
	LOG_IGNORE,
	LOG_READY, /* the server can be used */
	LOG_TAKEN, /* its port is in use */
};

/* A line of a known log; the first row that matches counts. Table ends with a NULL pattern. */
struct log_row {
	const char *pattern; /* regex */
	enum log_act act;
	const char *says; /* LOG_SAY: "connect $1" */
};

struct log_table;

struct log_table *log_table_new(const struct log_row *rows);
void log_table_free(struct log_table *t);
/* What to do with a line; *said gets our words for it. */
enum log_act log_table_read(const struct log_table *t, const char *line, struct buf *said);

/* --- programs -------------------------------------------------------------------------------------------------- */

struct server;

/* Lines that come from a program, or from the pipe it takes for its log file. */
struct lines {
	struct server *server;
	struct log_table *log;		/* what they mean */
	void (*line)(struct server *s, const char *line);	/* takes them in place of the table; NULL: it does not */
	struct buf rest;		/* of a line */
};

/* One running program of a server. */
struct program {
	struct lines lines;		/* standard output and error */
	const char *name;
	struct child *child;
	bool ended;
	int status;
};

/* --- servers --------------------------------------------------------------------------------------------------- */

struct server_kind {
	struct {
		const char *program, *package; /* a name, or the path of a file; its package is named when it is not there */
	} programs[SERVER_PROGRAMS];
	/* The model's word for a server that wants a client certificate: required (tells it later) or alert. */
	const char *without_cert;
	/* As the firmware sees it, unless the fixture says otherwise. */
	unsigned (*usual_port)(const struct server *s);
	/* Writes configuration files for its ports and runs its programs. 0, -EADDRINUSE or -errno with *e filled. */
	int (*start)(struct server *s, struct err *e);
	/* Hears what a log says, in our words, before the broker stream does. NULL: it need not. */
	void (*said)(struct server *s, const char *words);
	/* Waits until what it has seen so far has been told. NULL: there is no way to know. */
	void (*settle)(struct server *s);
	/* Its programs have been killed and cannot tell what became of their clients. NULL: nothing is to be said. */
	void (*killed)(struct server *s);
	/* Adds what the model of this server is beside TLS. */
	void (*model)(const struct server *s, json_t *model);
};

struct server {
	struct fixtures *all;
	const struct fixture *fixture;
	const struct server_kind *kind;
	struct server_setup setup; /* the fixture's with all texts expanded */
	struct pool *pool;
	const char *host; /* as the firmware sees it */
	unsigned port;
	unsigned real_port, extra_port; /* on 127.0.0.1 */
	const struct server *behind;	/* front: to whom it leads */
	struct cert_order certs;
	bool tls;
	const char *openssl_conf;	/* NULL: the system's */
	struct program program[SERVER_PROGRAMS];
	struct lines log;		/* of the pipe */
	char last_quit[16];		/* FTP: the process that has said good-bye last */
	struct fifo *fifo;
	struct match *ready_line;	/* program: what it prints when it can be used */
	unsigned ready;			/* how often a log has said LOG_READY */
	bool taken, running, stopping;
	struct buf clients;		/* broker: who is connected, a line each */
	char tail[SERVER_TAIL_LINES][200];
	unsigned n_tail;
};

/* The path of a file of this server: dir/NAME-WHAT. Pool's. */
const char *server_path(struct server *s, const char *what);
int server_write_file(struct server *s, const char *what, const struct buf *text, struct err *e);

/* The rows that say what lines mean. 0 or -ENOMEM. */
int server_use_log(struct server *s, struct lines *l, const struct log_row *rows, struct err *e);

/*
 * Makes the pipe that serves as a log file; its path, the pool's, or NULL with *e filled. line NULL: the rows take its
 * lines, else line() does and may hand them to server_read_log().
 */
const char *server_open_log(struct server *s, const struct log_row *rows,
			    void (*line)(struct server *s, const char *line), struct err *e);
void server_read_log(struct server *s, const struct lines *l, const char *line);

/*
 * Starts a program (argv ends with NULL; sbin folders are searched too) and waits until a log says that it is ready. 0,
 * -EADDRINUSE, or another negative error with *e filled.
 */
int server_run(struct server *s, struct program *p, const char *const *argv, struct err *e);
/* For a program that is heard before its port accepts: waits for that, too. */
int server_wait_open(struct server *s, struct program *p, struct err *e);
/* The same for a program that says nothing when it is ready: waits until its port accepts. */
int server_run_until_open(struct server *s, struct program *p, const char *const *argv, struct err *e);
/* Waits until logs have said n more times than `before` that something is ready. 0 or a negative error. */
int server_wait_ready(struct server *s, unsigned before, unsigned n);

/*
 * Runs a program to its end, as one of the server's side that nobody watches. 0, or a negative error with *e filled when
 * it cannot be started or does not end with 0.
 */
int server_run_to_end(struct server *s, const char *const *argv, struct err *e);
/* SIGKILL for what runs, and waits for it. */
void server_kill(struct server *s);
/* Ends what runs, the last first. */
void server_halt(struct server *s);
void server_free(struct server *s);

/* Keeps a line for the case that the server does not start. */
void server_note(struct server *s, const char *line);

/* Tells one line of the broker stream. */
void server_say(struct server *s, const char *line);

/* The suites of a server with TLS, see tls_cipher_names(). */
int server_ciphers(const struct server *s, struct buf *old, struct buf *modern, struct err *e);

/* Writes the OpenSSL configuration that bounds the versions and gives it to programs that are run from now on. */
int server_bound_versions(struct server *s, struct err *e);

/* The world file of a server: where its real port is, or what it would be like. 0 or -errno with *e filled. */
int server_world(const struct server *s, unsigned port, const char *path, struct err *e);

extern const struct server_kind server_mosquitto, server_nginx, server_ftp, server_front, server_program;

/* Publishes through the observer's door. 0 or a negative error with *e filled. */
int mosquitto_publish(struct server *s, const char *topic, const char *text, int qos, bool retain, struct err *e);

/*
 * A mosquitto of its own on 127.0.0.1:port that refuses everybody with CONNACK 5, as program p of s. As server_run().
 */
int mosquitto_run_refuser(struct server *s, struct program *p, unsigned port, struct err *e);

/* --- files that are served ------------------------------------------------------------------------------------- */

/* Byte i of a file that is given by its size alone, as the modelled servers of this kind have it. */
typedef char (*file_pattern_t)(unsigned long i);

/* Writes the files of the settings below a folder of this server. Its path, or NULL with *e filled. */
const char *server_write_tree(struct server *s, file_pattern_t pattern, struct err *e);

/* --- what servers need of the whole ---------------------------------------------------------------------------- */

struct fixtures {
	struct fixtures_options o;
	const char *dir; /* absolute */
	struct pool *pool;
	struct server *server;
	size_t n_servers;
	char **worlds;
	size_t n_worlds;
	struct fixture_hooks hooks;
	struct buf early;		/* what was said before anybody listened */
	bool was_heard;
};

#endif
