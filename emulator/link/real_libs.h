/*
 * libmosquitto and libcurl, loaded when something real is first reached: linked, they would cost every start 4 MB and
 * 2.4 ms. The headers give the types, so that a call through the table is checked like any other:
 *
 *	const struct real_mosquitto *lib = real_mosquitto(l, &why);
 *	lib->loop_read(mosq, 1);	// mosquitto_loop_read(mosq, 1)
 */
#ifndef LINK_REAL_LIBS_H
#define LINK_REAL_LIBS_H

#include <curl/curl.h>
#include <mosquitto.h>

#include "link/link.h"

/* Functions of each library without their prefix. Add what you call. */
#define REAL_MOSQUITTO(X) \
	X(lib_init) X(lib_cleanup) X(new) X(destroy) X(int_option) X(void_option) X(username_pw_set) X(will_set) \
	X(connect_async) X(socket) X(want_write) X(loop_read) X(loop_write) X(loop_misc) X(disconnect) X(publish) \
	X(subscribe_multiple) X(unsubscribe_multiple) X(connect_callback_set) X(disconnect_callback_set) \
	X(publish_callback_set) X(subscribe_callback_set) X(unsubscribe_callback_set) X(message_callback_set) \
	X(log_callback_set) X(strerror)

#define REAL_CURL(X) \
	X(global_init) X(global_cleanup) X(easy_init) X(easy_cleanup) X(easy_reset) X(easy_setopt) X(easy_getinfo) \
	X(easy_pause) X(easy_send) X(easy_recv) X(easy_strerror) X(multi_init) X(multi_cleanup) X(multi_setopt) X(multi_add_handle) \
	X(multi_remove_handle) X(multi_socket_action) X(multi_info_read) X(multi_assign) X(multi_strerror) \
	X(slist_append) X(slist_free_all) X(url) X(url_cleanup) X(url_set) X(url_get)

struct real_mosquitto {
#define X(name) __typeof__(mosquitto_##name) *name;
	REAL_MOSQUITTO(X)
#undef X
};

struct real_curl {
#define X(name) __typeof__(curl_##name) *name;
	REAL_CURL(X)
#undef X
};

/*
 * Loaded, initialised and the link's until link_free(). NULL when it cannot be had: why names the Debian package that
 * has it, and whatever was to be reached fails as LINK_REFUSED.
 */
const struct real_mosquitto *real_mosquitto(struct link *l, struct why *why);
const struct real_curl *real_curl(struct link *l, struct why *why);

struct real_libs;
/* Of link_free(). NULL is fine. */
void real_libs_free(struct real_libs *libs);

#endif
