/* memory_left.c: whether the system has memory left for a section, as /proc/meminfo says. */
#define _GNU_SOURCE /* O_CLOEXEC */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/unix.h"
#include "os/unix_section.h"

/* The number of KiB behind `name` in /proc/meminfo; 0 if it is not there. */
static uint64_t number_of(const char *text, const char *name) {
  const char *at = strstr(text, name);
  return at != NULL ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* Filling more would not be refused: the kernel would end a process instead. */
bool unix_has_memory(uint64_t size) {
  char text[4096];
  int file = unix_above_standard(open("/proc/meminfo", O_RDONLY | O_CLOEXEC));
  if (file < 0) return true;
  ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  if (got <= 0) return true;
  text[got] = 0;
  uint64_t left = number_of(text, "MemAvailable:") + number_of(text, "SwapFree:");
  return left == 0 || size / 1024 <= left;
}
