#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// CPU_COUNT is a macro of the GNU interface.
int cplatform_scheduled_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  int count = CPU_COUNT(&set);
  return count > 0 ? count : 1;
}

void cplatform_return_code(void) {
  // The linker's names for both ends of the code.
  extern char __executable_start, etext;
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t start = (uintptr_t)&__executable_start & -page, end = (uintptr_t)&etext & -page;
  madvise((void *)start, end - start, MADV_DONTNEED);
}
