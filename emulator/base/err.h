/* An error with its place, carried up to whoever prints it once. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

struct err {
	int code;		/* 0 or -errno */
	char msg[512];		/* one line, "file:line:column: what" where there is a place */
};

/* Fills *e (e may be NULL) and returns code, so that a caller can `return err_set(...)`. The first error stays. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
