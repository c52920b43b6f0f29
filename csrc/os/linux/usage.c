/* usage.c: os_count_processors and os_get_usage, from /sys and /proc/self/statm. */
#define _GNU_SOURCE /* O_CLOEXEC */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/machine.h"
#include "os/unix.h"

/* Reads a short file and closes it. False if there is nothing in it. */
static bool read_short(int file, char *text, size_t room) {
  ssize_t got = read(file, text, room - 1);
  close(file);
  if (got <= 0) return false;
  text[got] = 0;
  return true;
}

/* The kernel's list of processors: "0-3,8-11". */
static void count_listed(const char *list, os_processors *processors) {
  uint64_t count = 0, active = 0;
  char *at = (char *)list;
  while (*at >= '0' && *at <= '9') {
    unsigned long first = strtoul(at, &at, 10), last = first;
    if (*at == '-') last = strtoul(at + 1, &at, 10);
    if (last < first) return;
    count += last - first + 1;
    for (unsigned long i = first; i <= last && i < 64; i++) active |= UINT64_C(1) << i;
    if (*at == ',') at++;
  }
  if (count > 0) *processors = (os_processors){count, active};
}

void os_count_processors(os_processors *processors) {
  char list[1024];
  *processors = (os_processors){unix_processors(), OS_UNTOLD};
  int file = unix_above_standard(open("/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC));
  if (file >= 0 && read_short(file, list, sizeof list)) count_listed(list, processors);
}

/* The kernel promises memory for writable private pages. statm counts them as data; nothing keeps their peak. */
vm_error os_get_usage(os_usage *usage) {
  char text[256];
  int file;
  *usage = (os_usage){OS_UNTOLD, unix_peak_resident(), OS_UNTOLD, OS_UNTOLD};
  vm_error error = linux_open_proc(0, "statm", &file);
  if (error == VM_NOT_SUPPORTED) return VM_OK; /* no /proc */
  if (error != VM_OK) return error;
  unsigned long long resident, data, page = os_get_limits()->page_size;
  if (!read_short(file, text, sizeof text) ||
      sscanf(text, "%*u %llu %*u %*u %*u %llu", &resident, &data) != 2)
    return VM_OK;
  usage->resident = resident * page;
  usage->committed = data * page;
  /* The kernel adds up its counters at different times. */
  if (usage->peak_resident < usage->resident) usage->peak_resident = usage->resident;
  return VM_OK;
}
