#include <curl/curl.h>

// What libcurl declares with a variable number of arguments, which Swift does not call.

typedef size_t (*curl_receiver)(char *bytes, size_t size, size_t count, void *target);

static inline CURLcode curl_set_text(CURL *call, CURLoption option, const char *text) {
  return curl_easy_setopt(call, option, text);
}

static inline CURLcode curl_set_number(CURL *call, CURLoption option, long number) {
  return curl_easy_setopt(call, option, number);
}

static inline CURLcode curl_set_headers(CURL *call, struct curl_slist *headers) {
  return curl_easy_setopt(call, CURLOPT_HTTPHEADER, headers);
}

static inline CURLcode curl_set_receiver(CURL *call, curl_receiver receiver, void *target) {
  CURLcode code = curl_easy_setopt(call, CURLOPT_WRITEFUNCTION, receiver);
  return code != CURLE_OK ? code : curl_easy_setopt(call, CURLOPT_WRITEDATA, target);
}

static inline long curl_response_status(CURL *call) {
  long status = 0;
  curl_easy_getinfo(call, CURLINFO_RESPONSE_CODE, &status);
  return status;
}
