/* process_ram.c: os_resident_areas: which memory of a process is in RAM.
**
** Since Linux 6.7 an ioctl on /proc/PID/pagemap (PAGEMAP_SCAN) gives the ranges that are present. Before
** that, smaps gives a figure for each mapping: the same sums, at ten times the cost. */
#define _GNU_SOURCE /* fdopen */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/unix.h"

/* {====== A list that grows ====== */

typedef struct stretch_list {
  os_stretch *item;
  size_t count, room;
} stretch_list;

static bool append(stretch_list *list, uintptr_t address, size_t size, size_t resident) {
  os_stretch *last = list->count > 0 ? &list->item[list->count - 1] : NULL;
  /* One range may come in two pieces, at the border of two calls. */
  if (last != NULL && last->address + last->size == address && last->resident == last->size &&
      resident == size) {
    last->size += size;
    last->resident += size;
    return true;
  }
  if (list->count == list->room) {
    size_t room = list->room == 0 ? 512 : list->room * 2;
    os_stretch *larger = realloc(list->item, room * sizeof *larger);
    if (larger == NULL) return false;
    list->item = larger;
    list->room = room;
  }
  list->item[list->count++] = (os_stretch){address, size, resident};
  return true;
}

/* ====== } */

/* {====== Huge pages ====== */

/* Huge pages of hugetlbfs come from a pool that Rss does not count; other huge pages count. Only the mapping
** shows which they are. */
static bool append_huge(stretch_list *list, int maps, uintptr_t from, uintptr_t to) {
  while (from < to) {
    linux_map_query query = {.size = sizeof query, .address = from};
    bool known = linux_ioctl(maps, LINUX_MAP_QUERY, &query) == 0;
    uintptr_t end = known && query.end < to ? (uintptr_t)query.end : to;
    bool counts = !known || query.page_size <= os_get_limits()->page_size;
    if (counts && !append(list, from, end - from, end - from)) return false;
    from = end;
  }
  return true;
}

/* ====== } */

/* {====== By ioctl ====== */

static vm_error scan(int pagemap, int maps, uintptr_t end, stretch_list *list) {
  enum { RANGES = 512 };
  linux_page_range range[RANGES];
  for (uint64_t at = 0; at < end;) {
    int found = linux_scan_pages(pagemap, &at, end, LINUX_IN_RAM, range, RANGES);
    if (found < 0) return errno == ESRCH ? VM_INVALID_ADDRESS : VM_NOT_SUPPORTED;
    for (int i = 0; i < found; i++) {
      uintptr_t from = (uintptr_t)range[i].start, to = (uintptr_t)range[i].end;
      bool done = range[i].kinds & LINUX_PAGE_HUGE ? append_huge(list, maps, from, to)
                                                   : append(list, from, to - from, to - from);
      if (!done) return VM_OUT_OF_MEMORY;
    }
  }
  return VM_OK;
}

static vm_error list_by_scan(long pid, stretch_list *list) {
  int pagemap, maps;
  vm_error error = linux_open_proc(pid, "pagemap", &pagemap);
  if (error != VM_OK) return error;
  error = linux_open_proc(pid, "maps", &maps);
  if (error == VM_OK) {
    const os_limits *limits = os_get_limits();
    error = VM_NOT_SUPPORTED;
    /* Without address randomisation the stack lies above limits->end, which is rounded down to a
    ** granule. */
    if (limits->end != 0)
      error = scan(pagemap, maps, limits->end + limits->granularity - limits->page_size, list);
    if (error == VM_NOT_SUPPORTED && limits->end != 0) {
      list->count = 0;
      error = scan(pagemap, maps, limits->end, list);
    }
    close(maps);
  }
  close(pagemap);
  return error;
}

const char *linux_no_page_scan(void) {
  int pagemap;
  if (linux_open_proc(0, "pagemap", &pagemap) != VM_OK)
    return "/proc/self/pagemap cannot be opened";
  close(pagemap);
  stretch_list found = {0};
  vm_error error = list_by_scan(0, &found);
  free(found.item);
  return error == VM_OK ? NULL : "this kernel has none (Linux 6.7 has)";
}

/* ====== } */

/* {====== By text ====== */

/* For each mapping smaps has a line "start-end …", and then many lines "Name:   12 kB". */
static vm_error list_by_smaps(long pid, stretch_list *list) {
  int file;
  vm_error error = linux_open_proc(pid, "smaps", &file);
  if (error != VM_OK) return error;
  FILE *smaps = fdopen(file, "r");
  if (smaps == NULL) {
    close(file);
    return VM_OUT_OF_MEMORY;
  }
  char line[8192]; /* a file name has less than 4096 bytes */
  unsigned long start = 0, end = 0, from, to, kib;
  while (error == VM_OK && fgets(line, sizeof line, smaps) != NULL) {
    if (sscanf(line, "%lx-%lx ", &from, &to) == 2) {
      start = from;
      end = to;
    } else if (sscanf(line, "Rss: %lu kB", &kib) == 1 && kib > 0) {
      if (!append(list, start, end - start, kib * 1024)) error = VM_OUT_OF_MEMORY;
    }
  }
  fclose(smaps);
  return error;
}

/* ====== } */

vm_error os_resident_areas(long pid, os_stretch **stretches, size_t *count) {
  stretch_list found = {0};
  vm_error error = VM_NOT_SUPPORTED;
  if (!linux_wants_residency("smaps")) error = list_by_scan(pid, &found);
  if (error == VM_NOT_SUPPORTED) {
    found.count = 0;
    error = list_by_smaps(pid, &found);
  }
  if (error != VM_OK) {
    free(found.item);
    if (error == VM_OUT_OF_MEMORY) error = unix_no_memory();
    return error;
  }
  *stretches = found.item;
  *count = found.count;
  return VM_OK;
}
