/* /proc of Linux, and the trend of a row of numbers. */
#include "harness/resources.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

enum { TREND_SAMPLES_MIN = 6 };

/* statm: total, resident ... in pages */
static int add_memory(pid_t pid, struct resources *sum)
{
	char path[64], text[256] = "", *resident;
	long long pages;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	in = fopen(path, "re");
	if (!in)
		return -errno;
	if (!fgets(text, sizeof(text), in))
		text[0] = '\0';
	fclose(in);
	resident = strchr(text, ' ');
	if (!resident || str_to_num(resident + 1, strcspn(resident + 1, " \n"), 0, 1LL << 40, &pages))
		return -EIO;
	sum->memory_bytes += (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return 0;
}

static int add_descriptors(pid_t pid, struct resources *sum)
{
	char path[64];
	struct dirent *entry;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	if (!d)
		return -errno;
	while ((entry = readdir(d)) != NULL)
		sum->descriptors += entry->d_name[0] != '.';
	closedir(d);
	if (pid == getpid())
		sum->descriptors--; /* the one that looked */
	return 0;
}

int resources_add(pid_t pid, struct resources *sum)
{
	struct resources one = { 0 };
	int err = add_memory(pid, &one);

	if (!err)
		err = add_descriptors(pid, &one);
	if (err)
		return err;
	sum->memory_bytes += one.memory_bytes;
	sum->descriptors += one.descriptors;
	return 0;
}

/* --- the trend ------------------------------------------------------------------------------------------------- */

static void forget_half(struct trend *t)
{
	t->n /= 2;
	for (size_t i = 0; i < t->n; i++)
		t->sample[i] = t->sample[2 * i];
	t->stride *= 2;
}

void trend_add(struct trend *t, uint64_t value)
{
	if (!t->stride)
		t->stride = 1;
	if (++t->passed_over < t->stride)
		return;
	t->passed_over = 0;
	if (t->n == TREND_SAMPLES_MAX)
		forget_half(t);
	t->sample[t->n++] = value;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t middle(const uint64_t *p, size_t n)
{
	uint64_t sorted[TREND_SAMPLES_MAX];

	memcpy(sorted, p, n * sizeof(*p));
	qsort(sorted, n, sizeof(*sorted), compare);
	return sorted[n / 2];
}

enum trend_verdict trend_judge(const struct trend *t, uint64_t slack, uint64_t *first, uint64_t *last)
{
	size_t third = t->n / 3;
	uint64_t between;

	*first = t->n ? t->sample[0] : 0;
	*last = t->n ? t->sample[t->n - 1] : 0;
	if (t->n < TREND_SAMPLES_MIN)
		return TREND_UNKNOWN;
	*first = middle(t->sample, third);
	between = middle(t->sample + third, third);
	*last = middle(t->sample + t->n - third, third);
	return *first < between && between<*last && * last - *first> slack ? TREND_GROWS : TREND_STEADY;
}
