/* A file of its own since the kernel's struct termios2 and <termios.h> exclude each other. */
#include "io/tty_speed.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <sys/ioctl.h>

long tty_speed(int fd)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t))
		return 0;
	return (long)t.c_ospeed;
}

int tty_speed_set(int fd, long baud)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t))
		return -errno;
	t.c_cflag = (t.c_cflag & ~(tcflag_t)(CBAUD | CIBAUD)) | BOTHER;
	t.c_ispeed = t.c_ospeed = (speed_t)baud;
	return ioctl(fd, TCSETS2, &t) ? -errno : 0;
}
