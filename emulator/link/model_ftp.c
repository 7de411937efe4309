/*
 * The modelled back end of link_ftp.h: sessions of one modem with the FTP servers of its world, all of it on the clock.
 * Nothing here opens a socket, and no call reports anything before it has returned.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "link/ftp_server.h"
#include "link/model.h"

enum {
	CHUNK_BYTES = 16 * 1024, /* one piece of a data connection */
	LIST_MAX_BYTES = 1024 * 1024,
	SERVERS_MAX = 8,
	PORT_IMPLICIT = 990,
	REPLY_LOGGED_IN = 230,
	REPLY_DONE = 226,
	REPLY_PWD = 257,
	REPLY_TYPE = 200,
	REPLY_BYE = 221,
	REPLY_IDLE = 421,
	REPLY_NO_LOGIN = 530,
	REPLY_NO_AUTH = 502,
	REPLY_NO = 550,
	REPLY_FULL = 552,
};

/* A server that never greets is given up like one that never answers. */
static const uint64_t GREETING_TIMEOUT_US = 60000000;

enum phase {
	PHASE_OPENING, /* the outcome of the login is on its way */
	PHASE_READY,
	PHASE_COMMAND, /* a command is on its way to the server */
	PHASE_STREAM,  /* data flows */
	PHASE_REPLY,   /* the last reply is on its way back */
	PHASE_LOGOUT,
	PHASE_LOST, /* the owner has to be told */
	PHASE_DEAD,
};

struct ftp_conn {
	struct link_ftp base;
	TAILQ_ENTRY(ftp_conn) entry;
	struct link *link;
	link_ftp_func_t func;
	void *ctx;
	enum phase phase;
	struct timer step, idle;
	const struct host *world;
	struct ftp_server *server;
	char *host, *user;
	uint16_t port;
	struct faults faults;
	bool secure, paused;
	char cwd[FTP_PATH_SIZE];
	/* the outcome of the login, then of the operation under way */
	enum link_status status;
	int reply;
	struct why why;
	enum link_ftp_op op;
	char path[FTP_PATH_SIZE];
	uint64_t offset, size;
	link_ftp_read_func_t read;
	struct buf list;
};

static const struct latency *latency(const struct ftp_conn *c)
{
	return &c->world->model.latency;
}

static void trace(const struct ftp_conn *c, const char *what, const char *detail)
{
	trace_text(c->link->o.trace, TRACE_BROKER, "ftp %s %s", what, detail);
}

static void later(struct ftp_conn *c, enum phase phase, uint64_t delay_us)
{
	c->phase = phase;
	clock_arm(c->link->o.clock, &c->step, delay_us);
}

/* --- what the owner hears --------------------------------------------------------------------------------------- */

static void tell(struct ftp_conn *c, enum link_ftp_event_type type, const void *data, size_t len)
{
	struct why why = c->why;
	struct link_ftp_event ev = {
		.type = type,
		.status = c->status,
		.op = c->op,
		.reply = c->reply,
		.data = data,
		.len = len,
		.text = c->cwd,
		.size = c->size,
		.why = c->status ? &why : NULL,
	};

	c->func(&ev, c->ctx);
}

static bool is_muted(const struct ftp_conn *c)
{
	return c->faults.mute || c->link->mute;
}

static void watch_idle(struct ftp_conn *c)
{
	if (c->world->model.ftp->idle_us && !is_muted(c))
		clock_arm(c->link->o.clock, &c->idle, c->world->model.ftp->idle_us);
}

/* The connection is gone: what is under way ends first, then the session. */
static void die(struct ftp_conn *c, enum link_status status, int reply, const char *reason)
{
	bool busy = c->phase == PHASE_COMMAND || c->phase == PHASE_STREAM || c->phase == PHASE_REPLY;

	if (c->phase == PHASE_DEAD || c->phase == PHASE_LOST)
		return;
	timer_cancel(&c->idle);
	c->status = status;
	c->reply = reply;
	why_reset(&c->why);
	why_add(&c->why, status == LINK_NO_NETWORK ? "net" : "ftp", "%s", reason);
	if (c->server)
		trace(c, "lost", c->user);
	if (c->phase == PHASE_OPENING)
		clock_arm(c->link->o.clock, &c->step, 0);
	else
		later(c, busy ? PHASE_REPLY : PHASE_LOST, 0);
}

static void network_lost(struct link_session *s)
{
	die((struct ftp_conn *)s, LINK_NO_NETWORK, 0, "the bearer went down");
}

void model_ftp_drop(struct link *l, bool reset, unsigned *n)
{
	struct ftp_conn *c;

	TAILQ_FOREACH (c, &l->ftp_conns, entry) {
		if (c->phase == PHASE_OPENING || c->phase == PHASE_DEAD || c->phase == PHASE_LOST)
			continue;
		die(c, reset ? LINK_RESET : LINK_PEER_CLOSED, 0, "control: drop");
		++*n;
	}
}

void model_ftp_sessions(const struct link *l, struct buf *out, bool *any)
{
	const struct ftp_conn *c;

	TAILQ_FOREACH (c, &l->ftp_conns, entry) {
		if (c->phase == PHASE_OPENING || c->phase == PHASE_DEAD || c->phase == PHASE_LOST)
			continue;
		buf_addf(out, "%s%s@%s:%u", *any ? " " : "", c->user, c->host, c->port);
		*any = true;
	}
}

static void on_idle(void *ctx)
{
	struct ftp_conn *c = ctx;

	if (c->phase == PHASE_READY)
		die(c, LINK_PEER_CLOSED, REPLY_IDLE, "the server's idle timeout: 421, and it closed");
}

/* --- login ------------------------------------------------------------------------------------------------------ */

static uint64_t fail(struct ftp_conn *c, enum link_status status, int reply, uint64_t at_us)
{
	c->status = status;
	c->reply = reply;
	return at_us;
}

static uint64_t plan_fault(struct ftp_conn *c, const char *fault, enum link_status status, uint64_t at_us)
{
	why_add(&c->why, "fault", "misbehaviour %s of %.80s", fault, c->host);
	return fail(c, status, 0, at_us);
}

static bool may_log_in(const struct ftp_conn *c, const char *password)
{
	const struct model *m = &c->world->model;

	for (size_t i = 0; i < m->n_credentials; i++) {
		if (!strcmp(m->credentials[i].user, c->user) && !strcmp(m->credentials[i].password, password))
			return true;
	}
	return !m->n_credentials;
}

/* USER and PASS, two round trips. */
static uint64_t plan_user(struct ftp_conn *c, const struct link_ftp_setup *s, uint64_t at_us)
{
	at_us += 2 * latency(c)->publish;
	if (!may_log_in(c, s->password)) {
		why_add(&c->why, "ftp", "%.80s: 530, user or password are not what it knows", c->host);
		return fail(c, LINK_LOGIN, REPLY_NO_LOGIN, at_us);
	}
	return fail(c, LINK_OK, REPLY_LOGGED_IN, at_us);
}

static void trace_handshake(const struct ftp_conn *c, const struct tls_result *tls)
{
	static const char *const version[] = { "1.0", "1.1", "1.2", "1.3" };

	trace_text(c->link->o.trace, TRACE_MODEL, "%s:%u is \"%s\" (%s), sni=%s tls=%s cipher=%s", c->host, c->port,
		   c->world->match, c->world->place, tls->sni_sent ? c->host : "none",
		   tls->suite ? version[tls->version] : "none", tls->suite ? tls->suite->name : "none");
}

static uint64_t plan_tls(struct ftp_conn *c, const struct link_ftp_setup *s, uint64_t at_us)
{
	struct tls_result tls;

	if (c->faults.tls_mute)
		return plan_fault(c, "tls_mute", LINK_TIMEOUT, at_us + s->tls->negotiate_us);
	tls_negotiate(suites_ready(c->link->o.world->suites), s->tls, c->world, c->host, &tls, &c->why);
	trace_handshake(c, &tls);
	if (tls.status)
		return fail(c, tls.status, 0, at_us + latency(c)->alert);
	if (tls.close_without_cert)
		return fail(c, LINK_PEER_CLOSED, 0, at_us + latency(c)->tls);
	why_reset(&c->why);
	return plan_user(c, s, at_us + latency(c)->tls + 2 * latency(c)->publish); /* PBSZ, PROT */
}

/* What a world file leaves open follows from the port and from whether the host is described with TLS. */
static unsigned securities(const struct ftp_conn *c)
{
	const struct model *m = &c->world->model;

	if (m->ftp->security)
		return m->ftp->security;
	if (c->port == PORT_IMPLICIT)
		return 1u << LINK_FTP_IMPLICIT;
	return 1u << LINK_FTP_PLAIN | (m->tls ? 1u << LINK_FTP_AUTH_SSL | 1u << LINK_FTP_AUTH_TLS : 0);
}

static bool speaks(const struct ftp_conn *c, enum link_ftp_security security)
{
	return securities(c) >> security & 1;
}

/* The server on one side of implicit TLS, the modem on the other: neither hears what it waits for. */
static uint64_t plan_mismatch(struct ftp_conn *c, enum link_ftp_security security, uint64_t at_us)
{
	if (security == LINK_FTP_IMPLICIT) {
		why_add(&c->why, "tls", "%.80s:%u greets in clear: what comes back is no ServerHello", c->host,
			c->port);
		return fail(c, LINK_TLS_FAILED, 0, at_us + latency(c)->alert);
	}
	why_add(&c->why, "tls", "%.80s:%u speaks implicit TLS and never greets a plain client", c->host, c->port);
	return fail(c, LINK_TIMEOUT, 0, at_us + GREETING_TIMEOUT_US);
}

static uint64_t plan_server(struct ftp_conn *c, const struct link_ftp_setup *s, uint64_t tcp_up)
{
	bool implicit_port = securities(c) == 1u << LINK_FTP_IMPLICIT;
	uint64_t greeted = tcp_up + latency(c)->publish;

	if (s->security == LINK_FTP_IMPLICIT && speaks(c, LINK_FTP_IMPLICIT))
		return plan_tls(c, s, tcp_up);
	if (s->security == LINK_FTP_IMPLICIT || implicit_port)
		return plan_mismatch(c, s->security, tcp_up);
	if (!speaks(c, s->security)) {
		why_add(&c->why, "ftp",
			s->security == LINK_FTP_PLAIN ? "%.80s: 530, it wants TLS first"
						      : "%.80s: 502, it knows no such AUTH",
			c->host);
		return fail(c, s->security == LINK_FTP_PLAIN ? LINK_LOGIN : LINK_REJECTED,
			    s->security == LINK_FTP_PLAIN ? REPLY_NO_LOGIN : REPLY_NO_AUTH,
			    greeted + latency(c)->publish);
	}
	if (s->security == LINK_FTP_PLAIN)
		return plan_user(c, s, greeted);
	return plan_tls(c, s, greeted + latency(c)->publish);
}

static uint64_t plan(struct ftp_conn *c, const struct route *r, const struct link_ftp_setup *s)
{
	uint64_t tcp_up;

	if (r->status) {
		c->why = r->why;
		return fail(c, r->status, 0, r->delay_us);
	}
	c->world = r->host;
	c->faults = faults_join(&c->link->faults, &c->world->model.faults);
	tcp_up = latency(c)->dns + latency(c)->tcp;
	if (c->faults.refuse || c->link->refuse)
		return plan_fault(c, "refuse", LINK_REFUSED, tcp_up);
	if (c->faults.tcp_timeout)
		return plan_fault(c, "tcp_timeout", LINK_TIMEOUT, latency(c)->dns + MODEL_SYN_TIMEOUT_US);
	if (!c->world->model.ftp) {
		why_add(&c->why, "ftp", "%.80s:%u speaks no FTP and never greets", c->host, c->port);
		return fail(c, LINK_TIMEOUT, 0, tcp_up + GREETING_TIMEOUT_US);
	}
	if (is_muted(c))
		return plan_fault(c, "mute", LINK_TIMEOUT, tcp_up + GREETING_TIMEOUT_US);
	return plan_server(c, s, tcp_up);
}

static struct ftp_server *server_for(struct link *l, const struct ftp_conn *c)
{
	struct ftp_server *s;
	size_t n = 0;

	TAILQ_FOREACH (s, &l->ftp_servers, entry) {
		if (s->port == c->port && !strcasecmp(s->name, c->host))
			return s;
		n++;
	}
	s = n < SERVERS_MAX ? ftp_server_new(c->host, c->port, c->world->model.ftp) : NULL;
	if (s)
		TAILQ_INSERT_TAIL(&l->ftp_servers, s, entry);
	return s;
}

static void logged_in(struct ftp_conn *c)
{
	if (!c->status) {
		c->server = server_for(c->link, c);
		c->status = c->server ? LINK_OK : LINK_RESET;
	}
	c->phase = c->status ? PHASE_DEAD : PHASE_READY;
	if (!c->status) {
		trace(c, "login", c->user);
		watch_idle(c);
	}
	tell(c, LINK_FTP_LOGGED_IN, NULL, 0);
}

/* --- operations ------------------------------------------------------------------------------------------------- */

static bool is_transfer(enum link_ftp_op op)
{
	return op == LINK_FTP_LIST || op == LINK_FTP_GET || op == LINK_FTP_PUT;
}

static void finish(struct ftp_conn *c, int reply)
{
	c->reply = reply;
	if (reply >= 400) {
		c->status = LINK_REJECTED;
		why_add(&c->why, "ftp", "%.80s: %d for %.80s", c->host, reply, c->path);
	}
	later(c, PHASE_REPLY, latency(c)->publish / 2);
}

static int change_directory(struct ftp_conn *c)
{
	int reply = ftp_server_cwd(c->server, c->path);

	if (reply < 400)
		str_copy(c->cwd, sizeof(c->cwd), c->path);
	return reply;
}

static int open_get(struct ftp_conn *c)
{
	const struct ftp_node *node = ftp_server_file(c->server, c->path);

	if (!node || c->offset > node->len)
		return REPLY_NO;
	trace(c, "retr", c->path);
	return REPLY_DONE;
}

/* The command is at the server. Below 400: done, or the data connection is open. */
static int execute(struct ftp_conn *c)
{
	switch (c->op) {
	case LINK_FTP_CWD:
		return change_directory(c);
	case LINK_FTP_PWD:
		return REPLY_PWD;
	case LINK_FTP_MKD:
		trace(c, "mkd", c->path);
		return ftp_server_mkd(c->server, c->path);
	case LINK_FTP_RMD:
		trace(c, "rmd", c->path);
		return ftp_server_rmd(c->server, c->path);
	case LINK_FTP_DELE:
		trace(c, "dele", c->path);
		return ftp_server_dele(c->server, c->path);
	case LINK_FTP_TYPE:
		return REPLY_TYPE;
	case LINK_FTP_SIZE:
		return ftp_server_size(c->server, c->path, &c->size);
	case LINK_FTP_LIST:
		return ftp_server_list(c->server, c->path, &c->list);
	case LINK_FTP_GET:
		return open_get(c);
	case LINK_FTP_PUT:
		break;
	}
	return ftp_server_stor(c->server, c->path, c->offset);
}

static void command_arrived(struct ftp_conn *c)
{
	int reply = execute(c);

	if (reply < 400 && is_transfer(c->op))
		later(c, PHASE_STREAM, 0);
	else
		finish(c, reply);
}

/* --- data connections ------------------------------------------------------------------------------------------- */

static uint64_t pace(const struct ftp_conn *c, size_t n)
{
	return (uint64_t)n * 1000000 / c->server->model->bytes_s;
}

/* The next piece towards the modem, into p; 0 at the end. */
static size_t next_piece(struct ftp_conn *c, char *p, size_t n)
{
	const struct ftp_node *node;

	if (c->op == LINK_FTP_GET) {
		node = ftp_server_file(c->server, c->path);
		return node ? ftp_node_read(node, c->offset, p, n) : 0;
	}
	n = n < c->list.len - c->offset ? n : (size_t)(c->list.len - c->offset);
	if (n)
		memcpy(p, c->list.data + c->offset, n);
	return n;
}

static void send_piece(struct ftp_conn *c)
{
	char piece[CHUNK_BYTES];
	size_t n = next_piece(c, piece, sizeof(piece));

	if (!n) {
		finish(c, REPLY_DONE);
		return;
	}
	c->offset += n;
	if (!c->paused && !c->link->held)
		later(c, PHASE_STREAM, pace(c, n));
	tell(c, LINK_FTP_DATA, piece, n);
}

/* What was uploaded, and when it is short and plain, its text. */
static void trace_upload(const struct ftp_conn *c)
{
	const struct ftp_node *node = ftp_server_file(c->server, c->path);
	struct buf line;

	buf_init(&line, 4096);
	buf_addf(&line, "%s %zu", c->path, node ? node->len : 0);
	if (node && node->data && node->len <= 256) {
		buf_addc(&line, ' ');
		str_escape(&line, node->data, node->len);
	}
	trace(c, "stor", buf_str(&line));
	buf_free(&line);
}

static void take_piece(struct ftp_conn *c)
{
	char piece[CHUNK_BYTES];
	size_t n = c->read(piece, sizeof(piece), c->ctx);
	int reply = n ? ftp_server_write(c->server, c->path, piece, n) : REPLY_DONE;

	if (n && reply < 400) {
		later(c, PHASE_STREAM, pace(c, n));
		return;
	}
	if (!n)
		trace_upload(c);
	finish(c, reply);
}

/* Goes on where a pause or a host that does not read has stopped the stream. */
static void go_on(struct ftp_conn *c)
{
	if (c->phase == PHASE_STREAM && c->op != LINK_FTP_PUT && !c->paused && !c->link->held && !timer_armed(&c->step))
		later(c, PHASE_STREAM, 0);
}

static void hold(struct link_session *s, bool held)
{
	(void)held;
	go_on((struct ftp_conn *)s);
}

static void model_pause(struct link_ftp *base, bool paused)
{
	struct ftp_conn *c = (struct ftp_conn *)base;

	c->paused = paused;
	go_on(c);
}

/* --- the clock -------------------------------------------------------------------------------------------------- */

static void replied(struct ftp_conn *c)
{
	bool lost = c->status && c->status != LINK_REJECTED;

	if (lost)
		later(c, PHASE_LOST, 0);
	else
		c->phase = PHASE_READY;
	if (!lost)
		watch_idle(c);
	buf_free(&c->list);
	tell(c, LINK_FTP_DONE, NULL, 0);
}

static void end(struct ftp_conn *c, enum link_ftp_event_type type)
{
	c->phase = PHASE_DEAD;
	tell(c, type, NULL, 0);
}

static void on_step(void *ctx)
{
	struct ftp_conn *c = ctx;

	switch (c->phase) {
	case PHASE_OPENING:
		logged_in(c);
		break;
	case PHASE_COMMAND:
		command_arrived(c);
		break;
	case PHASE_STREAM:
		if (c->op == LINK_FTP_PUT)
			take_piece(c);
		else
			send_piece(c);
		break;
	case PHASE_REPLY:
		replied(c);
		break;
	case PHASE_LOGOUT:
		c->reply = REPLY_BYE;
		trace(c, "quit", c->user);
		end(c, LINK_FTP_LOGGED_OUT);
		break;
	case PHASE_LOST:
		end(c, LINK_FTP_LOST);
		break;
	case PHASE_READY:
	case PHASE_DEAD:
		break;
	}
}

/* --- calls ------------------------------------------------------------------------------------------------------ */

static int check_ready(const struct ftp_conn *c)
{
	if (c->phase == PHASE_READY)
		return 0;
	return c->phase == PHASE_DEAD || c->phase == PHASE_LOST || c->phase == PHASE_OPENING ? -ENOTCONN : -EBUSY;
}

static int model_start(struct link_ftp *base, const struct link_ftp_request *r)
{
	struct ftp_conn *c = (struct ftp_conn *)base;
	int err = check_ready(c);
	uint64_t trip, delay_us;

	if (err)
		return err;
	trip = latency(c)->publish;
	delay_us = trip / 2;
	timer_cancel(&c->idle);
	c->op = r->op;
	c->offset = r->offset;
	c->read = r->read;
	c->paused = false;
	c->size = 0;
	c->status = LINK_OK;
	why_reset(&c->why);
	if (!ftp_path(c->cwd, r->path ? r->path : "", c->path)) {
		finish(c, REPLY_NO);
		return 0;
	}
	if (is_transfer(r->op)) /* PASV, and a connection with its own handshake */
		delay_us += trip + latency(c)->tcp / 2 + (c->secure ? latency(c)->tls / 2 : 0);
	c->phase = PHASE_COMMAND;
	if (!is_muted(c))
		later(c, PHASE_COMMAND, delay_us);
	return 0;
}

static int model_logout(struct link_ftp *base)
{
	struct ftp_conn *c = (struct ftp_conn *)base;
	int err = check_ready(c);

	if (err)
		return err;
	timer_cancel(&c->idle);
	c->status = LINK_OK;
	c->phase = PHASE_LOGOUT;
	if (!is_muted(c))
		later(c, PHASE_LOGOUT, latency(c)->publish);
	return 0;
}

static void conn_free(struct ftp_conn *c)
{
	timer_cancel(&c->step);
	timer_cancel(&c->idle);
	buf_free(&c->list);
	free(c->host);
	free(c->user);
	free(c);
}

static void model_close(struct link_ftp *base)
{
	struct ftp_conn *c = (struct ftp_conn *)base;

	TAILQ_REMOVE(&c->link->ftp_conns, c, entry);
	link_session_close(c->link, &base->session);
	conn_free(c);
}

struct link_ftp *model_ftp_login(struct link *l, const struct route *r, const struct link_ftp_setup *setup,
				 link_ftp_func_t func, void *ctx)
{
	static const struct link_ftp_ops ops = { model_start, model_pause, model_logout, model_close };
	struct ftp_conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	*c = (struct ftp_conn){
		.base.ops = &ops,
		.base.session.hold = hold,
		.link = l,
		.func = func,
		.ctx = ctx,
		.port = setup->port,
		.secure = setup->tls != NULL,
		.cwd = "/",
	};
	buf_init(&c->list, LIST_MAX_BYTES);
	timer_init(&c->step, on_step, c);
	timer_init(&c->idle, on_idle, c);
	c->host = strdup(setup->host);
	c->user = strdup(setup->user);
	if (!c->host || !c->user) {
		conn_free(c);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&l->ftp_conns, c, entry);
	link_session_open(l, &c->base.session, network_lost);
	later(c, PHASE_OPENING, plan(c, r, setup));
	return &c->base;
}
