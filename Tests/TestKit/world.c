// Preloaded into a proxy under test, which then sees a world of the test's making:
//   TEST_NAME_SERVER  address:port of the DNS server asked, whatever /etc/resolv.conf says
//   TEST_CLOCK_STEP   names a file; once it is there, the wall clock is a day ahead

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// c-ares 1.18 takes no port from resolv.conf, and only root may listen on port 53.
int ares_init_options(void **channel, void *options, int mask) {
  int (*real)(void **, void *, int) = dlsym(RTLD_NEXT, "ares_init_options");
  int (*set_servers)(void *, const char *) = dlsym(RTLD_NEXT, "ares_set_servers_ports_csv");
  int status = real(channel, options, mask);
  const char *server = getenv("TEST_NAME_SERVER");
  return status == 0 && server ? set_servers(*channel, server) : status;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, now);
  const char *step = getenv("TEST_CLOCK_STEP");
  if (clock == CLOCK_REALTIME && step && access(step, F_OK) == 0) now->tv_sec += 24 * 60 * 60;
  return result;
}
