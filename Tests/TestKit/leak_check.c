// Preloaded into a proxy built with the address sanitizer: on SIGRTMIN it looks for memory that
// nothing refers to any more, while all that is in use still has its owners. It waits until every other
// thread waits for something: what a thread is working on may be referred to by nothing but an enum,
// whose case Swift keeps in bits of the address, which the sanitizer then does not take for one.

#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// The sanitizer's own, exported by the executable.
extern int __lsan_do_recoverable_leak_check(void);

static sigset_t asked;

// Whether the thread sleeps, or is gone.
static bool waits(int thread) {
  char path[64], state = 'S';
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
  FILE *file = fopen(path, "r");
  if (!file) return true;
  if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1) state = 'R';
  fclose(file);
  return state == 'S';
}

static bool all_others_wait(void) {
  DIR *threads = opendir("/proc/self/task");
  if (!threads) return true;
  bool all_wait = true;
  for (struct dirent *entry; (entry = readdir(threads));) {
    int thread = atoi(entry->d_name);
    if (thread && thread != gettid() && !waits(thread)) all_wait = false;
  }
  closedir(threads);
  return all_wait;
}

static void wait_for_quiet(void) {
  for (int look = 0, quiet = 0; look < 2000 && quiet < 3; look++) {
    quiet = all_others_wait() ? quiet + 1 : 0;
    usleep(1000);
  }
}

static void *check_when_asked(void *argument) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  for (;;) {
    int number;
    sigwait(&asked, &number);
    wait_for_quiet();
    dprintf(2, "leak check: %s\n", __lsan_do_recoverable_leak_check() ? "leaks" : "none");
  }
  return argument;
}

// The C library's allocator is never used here, the sanitizer having taken its place, and two threads that trim
// it at once meet half of its beginnings.
int malloc_trim(size_t pad) {
  (void)pad;
  return 0;
}

__attribute__((constructor)) static void start(void) {
  sigemptyset(&asked);
  sigaddset(&asked, SIGRTMIN);
  pthread_sigmask(SIG_BLOCK, &asked, NULL);
  pthread_t thread;
  pthread_create(&thread, NULL, check_when_asked, NULL);
}
