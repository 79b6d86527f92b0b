// Preloaded into a proxy under test: while the file that TEST_CLOCK_STEP names is there, its wall clock
// is a day ahead.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, now);
  const char *step = getenv("TEST_CLOCK_STEP");
  if (clock == CLOCK_REALTIME && step && access(step, F_OK) == 0) now->tv_sec += 24 * 60 * 60;
  return result;
}
