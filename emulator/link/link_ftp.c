/* FTP sessions: which back end plays the server is decided here, once, when the session starts. */
#include "link/session.h"

struct link_ftp *link_ftp_login(struct link *l, const struct link_ftp_setup *setup, link_ftp_func_t func, void *ctx)
{
	struct route r;

	route_find(l, setup->host, setup->port, &r);
	return (r.real ? real_ftp_login : model_ftp_login)(l, &r, setup, func, ctx);
}

int link_ftp_start(struct link_ftp *f, const struct link_ftp_request *r)
{
	return f->ops->start(f, r);
}

void link_ftp_pause(struct link_ftp *f, bool paused)
{
	f->ops->pause(f, paused);
}

int link_ftp_logout(struct link_ftp *f)
{
	return f->ops->logout(f);
}

void link_ftp_close(struct link_ftp *f)
{
	if (f)
		f->ops->close(f);
}
