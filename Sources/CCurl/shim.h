// libcurl, with fixed-arity wrappers of its variadic calls: Swift can't call those.
#pragma once
#include <curl/curl.h>

static inline CURLcode shim_setopt_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_setopt_ptr(CURL *easy, CURLoption option, const void *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_setopt_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}
typedef size_t (*shim_data_callback)(char *data, size_t size, size_t count, void *context);
static inline CURLcode shim_setopt_data_callback(CURL *easy, CURLoption option, shim_data_callback callback) {
  return curl_easy_setopt(easy, option, callback);
}
static inline CURLcode shim_getinfo_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode shim_getinfo_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(easy, info, value);
}
/// CURLOPT_PRIVATE's pointer, which libcurl types as a string.
static inline void *shim_private(CURL *easy) {
  char *context = NULL;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &context);
  return context;
}
/// CURLINFO_REDIRECT_URL(3): libcurl's own until the handle is used again; NULL where nothing leads on.
static inline const char *shim_redirect_url(CURL *easy) {
  char *url = NULL;
  curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &url);
  return url;
}
/// curl_easy_pause(3) in both directions: macros in parentheses that Swift does not import.
static inline CURLcode shim_unpause(CURL *easy) { return curl_easy_pause(easy, CURLPAUSE_CONT); }
static inline CURLMcode shim_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
static inline CURLcode shim_message_result(const CURLMsg *message) { return message->data.result; }
