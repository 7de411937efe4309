/*
 * The memories of the phone book. What is in them is in the store, too, one file an entry: type, number and name with
 * tabs between. A modem that has never been on takes its contents from the world file, and its own number from the
 * profile.
 */
#include "modem/phonebook.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/store.h"

#define FOLDER "phonebook"

enum { FILE_NAME_MAX = 16, TAIL_DIGITS = 7 };

static const char *const emergency[] = { "112", "911" };
enum { EMERGENCY_N = sizeof(emergency) / sizeof(emergency[0]) };

uint8_t pb_type(const char *number)
{
	return *number == '+' ? PB_TYPE_INTERNATIONAL : PB_TYPE_NATIONAL;
}

/* NULL: no such place, or a memory that never had an entry. */
static struct pb_entry *place_of(const struct pb *p, enum book memory, int place)
{
	const struct pb_memory *m = &p->memory[memory];

	return m->entry && place >= 1 && place <= m->slots ? &m->entry[place - 1] : NULL;
}

/* The same for writing: room is made with the first entry. */
static struct pb_entry *make_place(struct pb *p, enum book memory, int place)
{
	struct pb_memory *m = &p->memory[memory];

	if (!m->entry && m->slots)
		m->entry = calloc((size_t)m->slots, sizeof(*m->entry));
	return place_of(p, memory, place);
}

/* --- the store --------------------------------------------------------------------------------------------------- */

static const char *file_name(char *name, enum book memory, int place)
{
	snprintf(name, FILE_NAME_MAX, "%s-%d", book_words[memory], place);
	return name;
}

static int save(struct pb *p, enum book memory, int place)
{
	const struct pb_entry *entry = place_of(p, memory, place);
	char name[FILE_NAME_MAX], text[PHONE_NUMBER_MAX + PB_NAME_BYTES + 8];
	int n;

	file_name(name, memory, place);
	if (!entry->used)
		return store_delete(p->modem->store, FOLDER, name);
	n = snprintf(text, sizeof(text), "%d\t%s\t%s", entry->type, entry->number, entry->name);
	return store_put(p->modem->store, FOLDER, name, text, (size_t)n);
}

/* false: no entry. The name is what is left, whatever is in it. */
static bool parse(const char *text, size_t n, struct pb_entry *entry)
{
	const char *number = memchr(text, '\t', n), *end = text + n, *name;
	long long type;

	if (!number || str_to_num(text, (size_t)(number - text), 128, 255, &type))
		return false;
	number++;
	name = memchr(number, '\t', (size_t)(end - number));
	if (!name || (size_t)(name - number) >= sizeof(entry->number) ||
	    (size_t)(end - name - 1) >= sizeof(entry->name))
		return false;
	*entry = (struct pb_entry){ .used = true, .type = (uint8_t)type };
	memcpy(entry->number, number, (size_t)(name - number));
	memcpy(entry->name, name + 1, (size_t)(end - name - 1));
	return !*entry->number || phone_number_ok(entry->number);
}

/* "SM-3". */
static struct pb_entry *place_of_file(struct pb *p, const char *name)
{
	const char *dash = strchr(name, '-');
	long long place;

	for (int i = 0; dash && i < BOOKS; i++) {
		if (str_ieq(name, (size_t)(dash - name), book_words[i]) &&
		    !str_to_num(dash + 1, strlen(dash + 1), 1, p->memory[i].slots, &place))
			return make_place(p, (enum book)i, (int)place);
	}
	return NULL;
}

static void load(struct pb *p)
{
	const struct store_file *f;
	size_t pos = 0;

	while ((f = store_next(p->modem->store, FOLDER, &pos)) != NULL) {
		struct pb_entry *entry = place_of_file(p, f->name);

		if (entry && parse(f->data, f->len, entry))
			continue;
		if (entry)
			*entry = (struct pb_entry){ 0 };
		trace_text(p->modem->trace, TRACE_NOTE, "phone book: %s is no entry", f->name);
	}
}

/* --- first contents ---------------------------------------------------------------------------------------------- */

static void fill_one(struct pb *p, const struct book_entry *b)
{
	struct pb_entry entry = { .used = true, .type = pb_type(b->number) };
	int place = b->index ? b->index : pb_free_place(p, b->memory);

	if (place < 1 || place > p->memory[b->memory].slots) {
		trace_text(p->modem->trace, TRACE_NOTE, "phone book: %s has no place %d for %s", book_words[b->memory],
			   place, b->number);
		return;
	}
	str_copy(entry.number, sizeof(entry.number), b->number);
	str_copy(entry.name, sizeof(entry.name), b->name ? b->name : "");
	pb_put(p, b->memory, place, &entry);
}

static void fill(struct pb *p)
{
	const struct phones *world = link_phones(p->modem->link);
	const char *own = p->modem->profile->id.msisdn;

	if (store_num(p->modem->store, "phonebook.filled", 0))
		return;
	for (size_t i = 0; i < world->n_entries; i++)
		fill_one(p, &world->entry[i]);
	if (phone_number_ok(own) && !pb_used(p, BOOK_ON))
		fill_one(p, &(struct book_entry){ .memory = BOOK_ON, .number = (char *)own });
	store_set_num(p->modem->store, "phonebook.filled", 1);
}

static void fill_emergency(struct pb *p)
{
	for (int i = 0; i < EMERGENCY_N; i++) {
		struct pb_entry *entry = make_place(p, BOOK_EN, i + 1);

		if (!entry)
			return;
		*entry = (struct pb_entry){ .used = true, .type = PB_TYPE_NATIONAL };
		str_copy(entry->number, sizeof(entry->number), emergency[i]);
	}
}

/* --- life -------------------------------------------------------------------------------------------------------- */

static void size_memories(struct pb *p)
{
	const struct quirks *q = &p->modem->profile->q;
	const long slots[BOOKS] = {
		[BOOK_SM] = q->pb_sm_slots,   [BOOK_ME] = q->pb_me_slots,   [BOOK_FD] = q->pb_fd_slots,
		[BOOK_ON] = q->pb_on_slots,   [BOOK_DC] = q->pb_call_slots, [BOOK_RC] = q->pb_call_slots,
		[BOOK_MC] = q->pb_call_slots, [BOOK_LD] = q->pb_call_slots, [BOOK_EN] = EMERGENCY_N,
	};

	for (int i = 0; i < BOOKS; i++)
		p->memory[i].slots = (int)slots[i];
}

struct pb *pb_new(struct modem *m)
{
	struct pb *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->modem = m;
	size_memories(p);
	load(p);
	fill(p);
	fill_emergency(p);
	return p;
}

void pb_reset(struct pb *p)
{
	memset(&p->boot, 0, sizeof(p->boot));
}

void pb_free(struct pb *p)
{
	if (!p)
		return;
	for (int i = 0; i < BOOKS; i++)
		free(p->memory[i].entry);
	free(p);
}

/* --- entries ----------------------------------------------------------------------------------------------------- */

void pb_select(struct pb *p, enum book memory)
{
	p->boot.selected = memory;
}

int pb_slots(const struct pb *p, enum book memory)
{
	return p->memory[memory].slots;
}

int pb_used(const struct pb *p, enum book memory)
{
	int used = 0;

	for (int i = 1; i <= p->memory[memory].slots; i++)
		used += pb_get(p, memory, i) != NULL;
	return used;
}

int pb_free_place(const struct pb *p, enum book memory)
{
	for (int i = 1; i <= p->memory[memory].slots; i++) {
		if (!pb_get(p, memory, i))
			return i;
	}
	return 0;
}

const struct pb_entry *pb_get(const struct pb *p, enum book memory, int place)
{
	const struct pb_entry *entry = place_of(p, memory, place);

	return entry && entry->used ? entry : NULL;
}

int pb_put(struct pb *p, enum book memory, int place, const struct pb_entry *entry)
{
	struct pb_entry *to, before;
	int err;

	if (!entry->used && !pb_get(p, memory, place))
		return 0;
	to = make_place(p, memory, place);
	if (!to)
		return -EIO;
	before = *to;
	*to = *entry;
	err = save(p, memory, place);
	if (!err || err == -ENOENT)
		return 0;
	*to = before;
	return -EIO;
}

/* The list moves by one, its oldest falls out. */
void pb_note_call(struct pb *p, enum book memory, const char *number)
{
	struct pb_entry *entry = make_place(p, memory, 1);
	int slots = p->memory[memory].slots, used = pb_used(p, memory);

	if (!entry)
		return;
	used = used < slots ? used : slots - 1;
	memmove(entry + 1, entry, (size_t)used * sizeof(*entry));
	*entry = (struct pb_entry){ .used = true, .type = pb_type(number) };
	str_copy(entry->number, sizeof(entry->number), number);
	for (int i = 1; i <= used + 1; i++)
		save(p, memory, i);
}

/* Equal, or one of them lacks what is in front: a country, a zero. */
static bool same_number(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), n = na < nb ? na : nb;

	if (na == nb)
		return !strcmp(a, b);
	return n >= TAIL_DIGITS && !strcmp(a + na - TAIL_DIGITS, b + nb - TAIL_DIGITS);
}

const char *pb_name(const struct pb *p, const char *number)
{
	static const enum book books[] = { BOOK_SM, BOOK_ME };

	for (size_t b = 0; *number && b < sizeof(books) / sizeof(books[0]); b++) {
		const struct pb_memory *m = &p->memory[books[b]];

		for (int i = 0; m->entry && i < m->slots; i++) {
			if (m->entry[i].used && *m->entry[i].name && same_number(m->entry[i].number, number))
				return m->entry[i].name;
		}
	}
	return NULL;
}

bool pb_is_emergency(const struct pb *p, const char *number)
{
	for (int i = 1; i <= p->memory[BOOK_EN].slots; i++) {
		const struct pb_entry *entry = pb_get(p, BOOK_EN, i);

		if (entry && !strcmp(entry->number, number))
			return true;
	}
	return false;
}
