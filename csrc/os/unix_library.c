/* unix_library.c: clocks, the process's number, and files, as the C library of every Unix has them; the simulated machine
** takes them from there, too. */
#define _GNU_SOURCE /* fseeko, clock_gettime */

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"

/* False if there is no such clock. */
static bool read_clock(clockid_t clock, uint64_t *nanoseconds) {
  struct timespec now;
  if (clock_gettime(clock, &now) != 0) return false;
  *nanoseconds = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
  return true;
}

uint64_t os_now(void) {
  uint64_t now;
  return read_clock(CLOCK_MONOTONIC, &now) ? now : 0;
}

/* A browser has no such clock: there the time that passes must do. */
uint64_t os_thread_time(void) {
  uint64_t used;
  return read_clock(CLOCK_THREAD_CPUTIME_ID, &used) ? used : os_now();
}

uint64_t os_process_id(void) { return (uint64_t)getpid(); }

uint64_t os_file_size(const char *path) {
  struct stat facts;
  return stat(path, &facts) == 0 && S_ISREG(facts.st_mode) ? (uint64_t)facts.st_size : 0;
}

bool os_seek(FILE *file, int64_t position) { return fseeko(file, position, SEEK_SET) == 0; }

int64_t os_skip(FILE *file, size_t bytes) {
  int64_t at = ftello(file);
  bool can = at >= 0 && bytes <= (uint64_t)(INT64_MAX - at);
  return can && os_seek(file, at + (int64_t)bytes) ? at : -1;
}

int64_t os_seek_end(FILE *file) { return fseeko(file, 0, SEEK_END) == 0 ? ftello(file) : -1; }

void os_make_sparse(FILE *file) { (void)file; }
