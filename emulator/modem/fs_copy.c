/* AT+FSCOPY: one copy at a time, block by block on the clock. Manual V3.00 20.2.10. */

#include "modem/fs_impl.h"

enum {
	COPY_BLOCK_BYTES = 64 * 1024,
	FIRST_PROGRESS = 10, /* thousandths: the manual's example starts with 1.0 */
	ALL = 1000,
};

static enum fs_err check_source(const struct fs *f, const struct fs_place *from)
{
	if (fs_is_directory(f, from))
		return FS_FORBID_RMDIR;
	return from->slash || !fs_get(f, from) ? FS_NO_FILE : FS_OK;
}

static enum fs_err check(const struct fs *f, const struct fs_place *from, const struct fs_place *to)
{
	enum fs_err err = check_source(f, from);

	if (err)
		return err;
	if ((from->drive == FS_DRIVE_C) != (to->drive == FS_DRIVE_C))
		return FS_BAD_PATH; /* between C: and the others nothing is copied */
	err = fs_check_place(f, to);
	if (err)
		return err;
	if (fs_get(f, to))
		return FS_FILE_EXISTS;
	if (f->copying.busy)
		return FS_CREATE;
	return fs_check_room(f, to, fs_get(f, from)->len);
}

enum fs_err fs_copy(struct fs *f, const char *from, const char *to)
{
	struct fs_copying *c = &f->copying;
	struct fs_place source, target;
	enum fs_err err = fs_take_apart(f, from, &source);

	if (!err)
		err = fs_take_apart(f, to, &target);
	if (!err)
		err = check(f, &source, &target);
	if (err)
		return err;
	c->from = source;
	c->to = target;
	c->done = 0;
	c->total = fs_get(f, &source)->len;
	c->begun = false;
	c->busy = true;
	clock_arm(f->modem->clock, &c->timer, 0);
	return FS_OK;
}

static void finish(struct fs *f, enum fs_err err)
{
	if (err)
		fs_remove(f, &f->copying.to);
	f->copying.busy = false;
	modem_emit_code(f->modem, MODEM_EVENT_FS_COPIED, 0, (int)err);
}

static enum fs_err copy_block(struct fs *f)
{
	struct fs_copying *c = &f->copying;
	const struct store_file *file = fs_get(f, &c->from);
	size_t n = c->total - c->done;
	enum fs_err err;

	if (!file || file->len < c->total)
		return FS_READ; /* changed while it was read */
	n = n < COPY_BLOCK_BYTES ? n : COPY_BLOCK_BYTES;
	err = fs_add(f, &c->to, (const char *)file->data + c->done, n);
	c->done += n;
	return err;
}

static uint64_t block_us(const struct fs *f)
{
	return (uint64_t)COPY_BLOCK_BYTES * 1000000 / ((uint64_t)f->modem->profile->q.fs_copy_kb_s * 1024);
}

static void tick(void *ctx)
{
	struct fs *f = ctx;
	struct fs_copying *c = &f->copying;
	enum fs_err err = FS_OK;
	int progress = FIRST_PROGRESS;

	if (c->begun) {
		err = copy_block(f);
		progress = c->total ? (int)(c->done * ALL / c->total) : ALL;
	}
	c->begun = true;
	if (err) {
		finish(f, err);
		return;
	}
	if (progress < ALL)
		clock_arm(f->modem->clock, &c->timer, block_us(f));
	modem_emit_code(f->modem, MODEM_EVENT_FS_PROGRESS, 0, progress);
	if (progress == ALL)
		finish(f, FS_OK);
}

void fs_copy_init(struct fs *f)
{
	timer_init(&f->copying.timer, tick, f);
}

void fs_copy_stop(struct fs *f)
{
	timer_cancel(&f->copying.timer);
	f->copying.busy = false;
}
