/*
 * Transfers of the FTP(S) client: from and to files of the user drives, the certificate store, and the host. Which
 * operation may begin is ftps.c's. Manual V3.00 12.2; facts at-ssl-mqtt 8.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "modem/cert.h"
#include "modem/ftps_impl.h"

enum {
	CERT_MAX_BYTES = 1024 * 1024,
	CACHE_MAX_BYTES = 64 * 1024, /* holds a piece that was under way when the server was told to wait */
	CACHE_HIGH_BYTES = 10 * 1024,
	CACHE_LOW_BYTES = 4 * 1024,
};

void ftps_transfer_clear(struct ftps_transfer *t)
{
	buf_free(&t->bytes);
	*t = (struct ftps_transfer){ .place = FTPS_PLACE_CACHE };
	buf_init(&t->bytes, CERT_MAX_BYTES);
}

/* --- the modem's own files -------------------------------------------------------------------------------------- */

/* The last part of a path is the local name. */
static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum fs_err resolve(struct ftps *f, const char *path, enum ftps_place place)
{
	static const char drive[] = { [FTPS_PLACE_CACHE] = 'F', [FTPS_PLACE_SD] = 'D', [FTPS_PLACE_DATA] = 'E' };
	struct ftps_transfer *t = &f->boot.transfer;
	char full[FTPS_TEXT_MAX + 8];

	snprintf(full, sizeof(full), "%c:/%s", drive[place], last_part(path));
	return fs_resolve(f->modem->fs, full, t->local);
}

static const struct store_file *local_file(const struct ftps *f, enum fs_err *err)
{
	const struct ftps_transfer *t = &f->boot.transfer;

	*err = FS_OK;
	if (t->place != FTPS_PLACE_CERT)
		return fs_file(f->modem->fs, t->local, err);
	if (!cert_get(f->modem->cert, t->local))
		*err = FS_NO_FILE;
	return cert_get(f->modem->cert, t->local);
}

static int fail_local(struct ftps *f, enum fs_err err)
{
	why_add(&f->boot.why, "fs", "%.60s: %s", f->boot.transfer.local, fs_err_text(err));
	return ftps_code_fs(err);
}

/* Where a download goes; 0 or the code it fails with. A later part needs the earlier ones. */
static int prepare_local(struct ftps *f, const char *path)
{
	struct ftps_transfer *t = &f->boot.transfer;
	const struct store_file *file;
	enum fs_err err = FS_OK;

	str_copy(t->local, sizeof(t->local), last_part(path));
	if (t->place != FTPS_PLACE_CERT)
		err = resolve(f, path, t->place);
	else if (!cert_name_ok(f->modem->cert, t->local))
		err = FS_BAD_NAME;
	if (err || !t->offset)
		return err ? fail_local(f, err) : 0;
	file = local_file(f, &err);
	if (!file || file->len < t->offset)
		return fail_local(f, file ? FS_NO_FILE : err);
	if (t->place == FTPS_PLACE_CERT && buf_add(&t->bytes, file->data, (size_t)t->offset))
		return fail_local(f, FS_FULL);
	return 0;
}

static void begin_local(struct ftps *f)
{
	struct ftps_transfer *t = &f->boot.transfer;
	enum fs_err err;

	if (t->begun || t->place == FTPS_PLACE_CERT)
		return;
	t->begun = true;
	if (t->offset)
		err = fs_truncate(f->modem->fs, t->local, (size_t)t->offset);
	else
		err = fs_write(f->modem->fs, t->local, NULL, 0);
	t->failed = err ? fail_local(f, err) : 0;
}

static void keep(struct ftps *f, const void *data, size_t len)
{
	struct ftps_transfer *t = &f->boot.transfer;
	enum fs_err err;

	begin_local(f);
	if (t->failed)
		return;
	if (t->place == FTPS_PLACE_CERT)
		err = buf_add(&t->bytes, data, len) ? FS_FULL : FS_OK;
	else
		err = fs_append(f->modem->fs, t->local, data, len);
	t->failed = err ? fail_local(f, err) : 0;
}

/* All is here. An empty file is one too. */
static int finish_local(struct ftps *f)
{
	struct ftps_transfer *t = &f->boot.transfer;
	int err = 0;

	begin_local(f);
	if (!t->failed && t->place == FTPS_PLACE_CERT)
		err = cert_put(f->modem->cert, t->local, buf_str(&t->bytes), t->bytes.len);
	if (err)
		t->failed = fail_local(f, err == -ENOSPC ? FS_FULL : FS_WRITE);
	return t->failed;
}

/* --- downloads -------------------------------------------------------------------------------------------------- */

static void give_to_host(struct ftps *f, const void *data, size_t len)
{
	const struct modem_event ev = {
		.type = MODEM_EVENT_FTPS_DATA,
		.index = FTPS_OP_GET,
		.payload = data,
		.payload_len = len,
	};

	modem_emit(f->modem, &ev);
}

/* The host reads when it likes; a full cache makes the server wait, and nobody's patience ends meanwhile. */
static void give_to_cache(struct ftps *f, const void *data, size_t len)
{
	struct ftps_transfer *t = &f->boot.transfer;
	bool tell = !t->told;

	if (buf_add(&t->bytes, data, len)) {
		t->failed = FTPS_ERR_MEMORY;
		why_add(&f->boot.why, "memory", "out of memory");
		return;
	}
	if (t->bytes.len > CACHE_HIGH_BYTES) {
		link_ftp_pause(f->boot.link, true);
		timer_cancel(&f->guard);
	}
	t->told = true;
	if (tell)
		modem_emit_code(f->modem, MODEM_EVENT_FTPS_CACHED, 0, 0);
}

void ftps_take_data(struct ftps *f, const void *data, size_t len)
{
	if (f->boot.op == FTPS_OP_GETFILE)
		keep(f, data, len);
	else if (f->boot.transfer.cached)
		give_to_cache(f, data, len);
	else
		give_to_host(f, data, len);
}

void ftps_transfer_over(struct ftps *f, int code)
{
	struct ftps_transfer *t = &f->boot.transfer;

	if (f->boot.op == FTPS_OP_GETFILE && !code)
		code = finish_local(f);
	else if (!code)
		code = t->failed;
	if (t->cached && t->bytes.len) {
		t->over = true;
		f->boot.result = code;
		timer_cancel(&f->guard);
		return;
	}
	ftps_transfer_clear(t);
	ftps_finish(f, code, NULL, 0);
}

size_t ftps_cache_len(const struct ftps *f)
{
	return f->boot.transfer.cached ? f->boot.transfer.bytes.len : 0;
}

size_t ftps_cache_peek(const struct ftps *f, const char **data)
{
	size_t n = ftps_cache_len(f);

	*data = buf_str(&f->boot.transfer.bytes);
	return n < FTPS_CACHE_READ_MAX ? n : FTPS_CACHE_READ_MAX;
}

void ftps_cache_drop(struct ftps *f, size_t n)
{
	struct ftps_transfer *t = &f->boot.transfer;
	int code = f->boot.result;

	if (!t->cached || !n)
		return;
	buf_drop(&t->bytes, n);
	t->told = t->bytes.len > 0;
	if (t->over && !t->bytes.len) {
		ftps_transfer_clear(t);
		ftps_finish_later(f, code, 0);
	} else if (!t->over && t->bytes.len < CACHE_LOW_BYTES && f->boot.link) {
		link_ftp_pause(f->boot.link, false);
		ftps_progress(f);
	}
}

/* --- uploads ---------------------------------------------------------------------------------------------------- */

/* A file that is cut or deleted meanwhile ends there; the host hears of it. */
static size_t read_file(struct ftps *f, void *p, size_t n)
{
	struct ftps_transfer *t = &f->boot.transfer;
	enum fs_err err;
	const struct store_file *file = local_file(f, &err);

	if (!file || file->len < t->pos) {
		t->failed = fail_local(f, FS_READ);
		return 0;
	}
	n = n < file->len - t->pos ? n : file->len - t->pos;
	memcpy(p, (const char *)file->data + t->pos, n);
	t->pos += n;
	return n;
}

static size_t read_bytes(struct ftps_transfer *t, void *p, size_t n)
{
	n = n < t->bytes.len - t->pos ? n : t->bytes.len - t->pos;
	if (n)
		memcpy(p, t->bytes.data + t->pos, n);
	t->pos += n;
	return n;
}

static size_t on_read(void *p, size_t n, void *ctx)
{
	struct ftps *f = ctx;

	ftps_progress(f);
	return f->boot.op == FTPS_OP_PUTFILE ? read_file(f, p, n) : read_bytes(&f->boot.transfer, p, n);
}

/* --- calls ------------------------------------------------------------------------------------------------------ */

static enum ftps_err ask(struct ftps *f, enum ftps_op op)
{
	const struct ftps_transfer *t = &f->boot.transfer;
	bool up = op == FTPS_OP_PUT || op == FTPS_OP_PUTFILE;
	const struct link_ftp_request r = {
		.op = up ? LINK_FTP_PUT : LINK_FTP_GET,
		.path = t->path,
		.offset = t->offset,
		.read = on_read,
	};

	return ftps_request(f, op, &r);
}

/* The modem's own side fails before the server is asked; told as if it had been [guess]. */
static enum ftps_err begin_failed(struct ftps *f, enum ftps_op op, int code)
{
	struct why why = f->boot.why;

	ftps_begin(f, op);
	f->boot.why = why;
	ftps_transfer_clear(&f->boot.transfer);
	ftps_finish_later(f, code, 1);
	return FTPS_ERR_NONE;
}

static enum ftps_err prepare(struct ftps *f, enum ftps_op op, const char *path, uint64_t offset)
{
	struct ftps_transfer *t = &f->boot.transfer;
	enum ftps_err err = ftps_may(f, op);

	if (err)
		return err;
	ftps_transfer_clear(t);
	why_reset(&f->boot.why);
	t->offset = offset;
	str_copy(t->path, sizeof(t->path), path);
	return FTPS_ERR_NONE;
}

enum ftps_err ftps_get_file(struct ftps *f, const char *path, enum ftps_place place, uint64_t offset)
{
	enum ftps_err err = prepare(f, FTPS_OP_GETFILE, path, offset);
	int code;

	if (err)
		return err;
	f->boot.transfer.place = place;
	code = prepare_local(f, path);
	return code ? begin_failed(f, FTPS_OP_GETFILE, code) : ask(f, FTPS_OP_GETFILE);
}

enum ftps_err ftps_put_file(struct ftps *f, const char *path, enum ftps_place place, uint64_t rest)
{
	struct ftps_transfer *t = &f->boot.transfer;
	enum ftps_err err = prepare(f, FTPS_OP_PUTFILE, path, rest);
	const struct store_file *file;
	enum fs_err fs_err;

	if (err)
		return err;
	t->place = place;
	str_copy(t->local, sizeof(t->local), last_part(path));
	fs_err = resolve(f, path, place);
	file = fs_err ? NULL : local_file(f, &fs_err);
	if (file && file->len < rest)
		fs_err = FS_NO_FILE;
	if (fs_err)
		return begin_failed(f, FTPS_OP_PUTFILE, fail_local(f, fs_err));
	t->pos = (size_t)rest;
	return ask(f, FTPS_OP_PUTFILE);
}

enum ftps_err ftps_get(struct ftps *f, const char *path, uint64_t rest, bool cached)
{
	enum ftps_err err = prepare(f, FTPS_OP_GET, path, rest);

	if (err)
		return err;
	f->boot.transfer.cached = cached;
	buf_init(&f->boot.transfer.bytes, CACHE_MAX_BYTES);
	return ask(f, FTPS_OP_GET);
}

enum ftps_err ftps_announce_put(struct ftps *f, const char *path, uint64_t rest)
{
	return prepare(f, FTPS_OP_PUT, path, rest);
}

/* The session may have ended while the host typed. */
enum ftps_err ftps_put(struct ftps *f, const char *data, size_t len)
{
	enum ftps_err err = ftps_may(f, FTPS_OP_PUT);

	if (err)
		return err;
	if (buf_add(&f->boot.transfer.bytes, data, len))
		return ftps_refuse(f, FTPS_ERR_MEMORY, "out of memory");
	return ask(f, FTPS_OP_PUT);
}
