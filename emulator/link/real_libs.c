/*
 * Libraries by dlopen(). Both count their own users, so each link takes and gives back for itself. They stay mapped
 * until the end of the process: code of theirs may be registered with others (OpenSSL, atexit).
 */
#include "link/real_libs.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "link/session.h"

struct real_libs {
	void *mosquitto_handle, *curl_handle; /* NULL: not loaded */
	struct real_mosquitto mosquitto;
	struct real_curl curl;
};

/* A library, where each of its functions goes, and who has it. */
struct library {
	const char *file, *package;
	const struct symbol {
		const char *name;
		size_t offset;
	} *symbol;
	size_t n;
};

static const struct symbol mosquitto_symbols[] = {
#define X(name) { "mosquitto_" #name, offsetof(struct real_mosquitto, name) },
	REAL_MOSQUITTO(X)
#undef X
};

static const struct symbol curl_symbols[] = {
#define X(name) { "curl_" #name, offsetof(struct real_curl, name) },
	REAL_CURL(X)
#undef X
};

static const struct library mosquitto_library = {
	.file = "libmosquitto.so.1", .package = "libmosquitto1", .symbol = mosquitto_symbols,
	.n = sizeof(mosquitto_symbols) / sizeof(mosquitto_symbols[0]),
};

static const struct library curl_library = {
	.file = "libcurl.so.4", .package = "libcurl4", .symbol = curl_symbols,
	.n = sizeof(curl_symbols) / sizeof(curl_symbols[0]),
};

/* The message of dlerror() names the file once more. */
static void explain(const struct library *lib, struct why *why)
{
	const char *reason = dlerror();

	why_add(why, "library", "real servers are reached with %s, which cannot be loaded (%.60s): install package %s",
		lib->file, reason ? reason : "no reason given", lib->package);
}

/* Fills the table of function pointers at out. NULL with a step in why. */
static void *load(const struct library *lib, void *out, struct why *why)
{
	void *handle = dlopen(lib->file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	for (size_t i = 0; handle && i < lib->n; i++) {
		void *f = dlsym(handle, lib->symbol[i].name);

		memcpy((char *)out + lib->symbol[i].offset, &f, sizeof(f));
		if (f)
			continue;
		explain(lib, why);
		dlclose(handle);
		return NULL;
	}
	if (!handle)
		explain(lib, why);
	return handle;
}

static struct real_libs *libs_of(struct link *l, struct why *why)
{
	if (!l->libs)
		l->libs = calloc(1, sizeof(*l->libs));
	if (!l->libs)
		why_add(why, "memory", "out of memory");
	return l->libs;
}

const struct real_mosquitto *real_mosquitto(struct link *l, struct why *why)
{
	struct real_libs *libs = libs_of(l, why);

	if (!libs || libs->mosquitto_handle)
		return libs ? &libs->mosquitto : NULL;
	libs->mosquitto_handle = load(&mosquitto_library, &libs->mosquitto, why);
	if (!libs->mosquitto_handle)
		return NULL;
	libs->mosquitto.lib_init();
	return &libs->mosquitto;
}

const struct real_curl *real_curl(struct link *l, struct why *why)
{
	struct real_libs *libs = libs_of(l, why);

	if (!libs || libs->curl_handle)
		return libs ? &libs->curl : NULL;
	libs->curl_handle = load(&curl_library, &libs->curl, why);
	if (!libs->curl_handle)
		return NULL;
	libs->curl.global_init(CURL_GLOBAL_DEFAULT);
	return &libs->curl;
}

void real_libs_free(struct real_libs *libs)
{
	if (!libs)
		return;
	if (libs->mosquitto_handle) {
		libs->mosquitto.lib_cleanup();
		dlclose(libs->mosquitto_handle);
	}
	if (libs->curl_handle) {
		libs->curl.global_cleanup();
		dlclose(libs->curl_handle);
	}
	free(libs);
}
