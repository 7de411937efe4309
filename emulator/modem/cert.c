/*
 * The certificate store over the modem's persistent store. Content is bytes: whether a file is a certificate shows
 * only when a TLS session wants it, as on the module. Facts at-ssl-mqtt 7.2 and 7.3.
 */
#include "modem/cert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "modem/fs.h"

static const char folder[] = "cert";

/* What a reset clears; the files are in the store and survive (struct cert has no other state). */
struct cert_boot {
	char *announced;
};

struct cert {
	struct modem *modem;
	struct cert_boot boot;
};

struct cert *cert_new(struct modem *m)
{
	struct cert *c = calloc(1, sizeof(*c));

	if (c)
		c->modem = m;
	return c;
}

void cert_reset(struct cert *c)
{
	free(c->boot.announced);
	c->boot = (struct cert_boot){ 0 };
}

void cert_free(struct cert *c)
{
	if (!c)
		return;
	cert_reset(c);
	free(c);
}

bool cert_name_ok(const struct cert *c, const char *name)
{
	size_t n = strlen(name);

	return n >= CERT_NAME_MIN && n <= (size_t)c->modem->profile->q.cert_name_max && store_name_ok(name);
}

bool cert_name_has_suffix(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && (!strcasecmp(name + n - 4, ".pem") || !strcasecmp(name + n - 4, ".der"));
}

int cert_put(struct cert *c, const char *name, const void *data, size_t len)
{
	int err;

	if (!cert_name_ok(c, name))
		return -EINVAL;
	err = store_put(c->modem->store, folder, name, data, len);
	trace_text(c->modem->trace, TRACE_NOTE, "cert: \"%s\", %zu bytes%s%s", name, len, err ? " refused: " : "",
		   err ? strerror(-err) : "");
	return err;
}

int cert_move(struct cert *c, const char *path)
{
	enum fs_err fs_err;
	const struct store_file *file = fs_file(c->modem->fs, path, &fs_err);
	const char *name = path + strlen(path);
	int err;

	if (!file)
		return -ENOENT;
	while (name > path && name[-1] != '/' && name[-1] != ':')
		name--;
	err = cert_put(c, name, file->data, file->len);
	return !err && fs_delete(c->modem->fs, path) ? -EIO : err;
}

const struct store_file *cert_get(const struct cert *c, const char *name)
{
	return store_get(c->modem->store, folder, name);
}

int cert_delete(struct cert *c, const char *name)
{
	return store_delete(c->modem->store, folder, name);
}

const struct store_file *cert_at(const struct cert *c, size_t i)
{
	return store_at(c->modem->store, folder, i);
}

int cert_announce(struct cert *c, const char *name)
{
	char *copy;

	if (!cert_name_ok(c, name) || !cert_name_has_suffix(name))
		return -EINVAL;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	free(c->boot.announced);
	c->boot.announced = copy;
	return 0;
}

int cert_take(struct cert *c, const void *data, size_t len)
{
	int err = c->boot.announced ? cert_put(c, c->boot.announced, data, len) : -EINVAL;

	cert_reset(c);
	return err;
}
