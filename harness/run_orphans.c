/* Children of this process as the kernel lists them; see prctl(2), PR_SET_CHILD_SUBREAPER, and proc(5). */
#include "harness/run_orphans.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

void orphans_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static bool is_known(pid_t pid, const pid_t *known, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (known[i] == pid)
			return true;
	}
	return false;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

unsigned orphans_kill(const pid_t *known, size_t n)
{
	char path[64], word[32];
	unsigned killed = 0;
	FILE *list;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	list = fopen(path, "re");
	while (list && fscanf(list, "%31s", word) == 1) {
		long long pid;

		if (str_to_num(word, strlen(word), 1, INT_MAX, &pid) || is_known((pid_t)pid, known, n))
			continue;
		end_child((pid_t)pid);
		killed++;
	}
	if (list)
		fclose(list);
	return killed;
}
