/* A file of its own since the kernel's struct termios2 and <termios.h> exclude each other. */
#include "io/tty_speed.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <sys/ioctl.h>

long tty_speed(int fd)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t))
		return 0;
	return (long)t.c_ospeed;
}
