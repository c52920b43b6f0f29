/* areas.c: os_areas: lists the address space of a process from /proc/PID/maps.
**
** Since Linux 6.11 an ioctl on that file (PROCMAP_QUERY) gives the area at one address, in a time that
** does not depend on the number of mappings. It serves when one area is asked for. Longer lists are read
** as text, which takes about half the time of an ioctl for each area. Before 6.11 there is only the
** text. For tests, VMEM_AREAS in the environment chooses one way for all: "query" or "text". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/area_list.h"
#include "os/linux/linux.h"
#include "os/unix.h"

/* A reservation is private memory without a name and without access. */
static bool looks_reserved(const os_area *area, const char *name) {
  return area->protection == 0 && !area->shared && *name == '\0';
}

typedef enum way { UNKNOWN, FASTER, QUERY, TEXT } way;

static way wanted_way(void) {
  static _Atomic way known = UNKNOWN;
  if (known != UNKNOWN) return known;
  const char *word = getenv("VMEM_AREAS");
  way wanted = FASTER;
  if (word != NULL && strcmp(word, "query") == 0) wanted = QUERY;
  if (word != NULL && strcmp(word, "text") == 0) wanted = TEXT;
  known = wanted;
  return wanted;
}

/* {====== The stack's room ====== */

/* The part of a free place [from, to) into which the stack may grow. Empty when `end` is not above
** `start`. */
static unix_room room_within(uintptr_t from, uintptr_t to) {
  unix_room room = unix_stack_room();
  if (room.start < from) room.start = from;
  if (room.end > to) room.end = to;
  return room;
}

/* Lists the stack's room as Windows does: as a reserved area of the stack. */
static vm_error add_room(os_list *list, unix_room room) {
  static const char name[] = "[stack]";
  char *place = os_list_place(list, sizeof name - 1);
  if (place == NULL) return VM_OUT_OF_MEMORY;
  memcpy(place, name, sizeof name);
  os_area area = {.address = room.start, .size = room.end - room.start, .reserved = true};
  os_list_add(list, &area);
  return VM_OK;
}

/* ====== } */

/* {====== By ioctl ====== */

enum {
  QUERY_READ = 1,
  QUERY_WRITE = 2,
  QUERY_EXECUTE = 4,
  QUERY_SHARED = 8,
  QUERY_OR_NEXT = 16, /* the next one above, if none holds the address */
  QUERY_NAME = 4096   /* the longest name in bytes, with its NUL */
};

static void add_queried(os_list *list, const linux_map_query *query, char *name) {
  uint64_t bits = query->protection;
  os_area area = {.address = (uintptr_t)query->start,
                  .size = (size_t)(query->end - query->start),
                  .protection = (bits & QUERY_READ ? VM_READ : 0U) |
                                (bits & QUERY_WRITE ? VM_WRITE : 0U) |
                                (bits & QUERY_EXECUTE ? VM_EXECUTE : 0U),
                  .shared = (bits & QUERY_SHARED) != 0};
  if (query->name_size == 0) *name = '\0';
  area.reserved = looks_reserved(&area, name);
  os_list_add(list, &area);
}

/* VM_NOT_SUPPORTED where the text must be read: before Linux 6.11, for a name that is too long, and when
** `from` lies in a free place of the stack's room, whose start is not known here. */
static vm_error list_by_query(int maps, bool own, uintptr_t from, size_t most, os_list *list) {
  uintptr_t first = from;
  while (list->count < most) {
    char *name = os_list_place(list, QUERY_NAME);
    if (name == NULL) return VM_OUT_OF_MEMORY;
    linux_map_query query = {.size = sizeof query,
                             .flags = QUERY_OR_NEXT,
                             .address = from,
                             .name_size = QUERY_NAME,
                             .name = (uintptr_t)name};
    if (linux_ioctl(maps, LINUX_MAP_QUERY, &query) != 0) {
      if (errno == ENOENT) return VM_OK; /* no area above */
      return linux_is_gone(errno) ? VM_INVALID_ADDRESS : VM_NOT_SUPPORTED;
    }
    unix_room room = room_within(from, (uintptr_t)query.start);
    if (own && room.start < room.end) {
      if (room.start == first && from == first) return VM_NOT_SUPPORTED;
      vm_error error = add_room(list, room);
      if (error != VM_OK) return error;
      from = room.end;
      continue; /* asks again: the room's name has overwritten that of the area */
    }
    add_queried(list, &query, name);
    from = (uintptr_t)query.end;
  }
  return VM_OK;
}

const char *linux_no_map_query(void) {
  int maps;
  if (linux_open_proc(0, "maps", &maps) != VM_OK) return "/proc/self/maps cannot be opened";
  linux_map_query query = {.size = sizeof query, .flags = QUERY_OR_NEXT};
  bool has = linux_ioctl(maps, LINUX_MAP_QUERY, &query) == 0;
  close(maps);
  return has ? NULL : "this kernel has none (Linux 6.11 has)";
}

/* ====== } */

/* {====== By text ====== */

/* Reads the whole file: into `buffer`, or into more memory if it is longer. *text is for free() if it is not
** `buffer`. Files of /proc do not give their size. */
static vm_error read_whole(int file, char *buffer, size_t room, char **text) {
  size_t used = 0;
  *text = buffer;
  for (;;) {
    ssize_t got = read(file, *text + used, room - used - 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return linux_is_gone(errno) ? VM_INVALID_ADDRESS : unix_error(errno);
    if (got == 0) break;
    used += (size_t)got;
    if (room - used > 4096) continue;
    char *larger = realloc(*text != buffer ? *text : NULL, room *= 4);
    if (larger == NULL) return VM_OUT_OF_MEMORY;
    if (*text == buffer) memcpy(larger, buffer, used);
    *text = larger;
  }
  (*text)[used] = '\0';
  return used > 0 ? VM_OK : VM_INVALID_ADDRESS; /* the process has ended */
}

/* Reads a hexadecimal number and moves *at behind it. */
static uintptr_t read_number(const char **at) {
  uintptr_t value = 0;
  for (;; ++*at) {
    char c = **at;
    if (c >= '0' && c <= '9')
      value = value << 4 | (uintptr_t)(c - '0');
    else if (c >= 'a' && c <= 'f')
      value = value << 4 | (uintptr_t)(c - 'a' + 10);
    else
      return value;
  }
}

static const char *skip_word(const char *at) {
  while (*at != ' ' && *at != '\0') at++;
  while (*at == ' ') at++;
  return at;
}

/* Reads a line "start-end rwxp offset device inode    name". Returns the name; NULL if the line is
** another. */
static const char *read_area(const char *line, os_area *area) {
  const char *at = line;
  area->address = read_number(&at);
  if (*at++ != '-') return NULL;
  area->size = read_number(&at) - area->address;
  if (*at++ != ' ' || strlen(at) < 4) return NULL;
  area->protection = (at[0] == 'r' ? VM_READ : 0U) | (at[1] == 'w' ? VM_WRITE : 0U) |
                     (at[2] == 'x' ? VM_EXECUTE : 0U);
  area->shared = at[3] == 's';
  for (int words = 0; words < 4; words++) at = skip_word(at); /* bits, offset, device, inode */
  area->reserved = looks_reserved(area, at);
  return at;
}

/* The text lists these pages of the kernel in every process; the ioctl does not. */
static bool belongs_to_kernel(const char *name) {
  return strcmp(name, "[vsyscall]") == 0 || strcmp(name, "[vectors]") == 0;
}

/* The text writes a newline in a name as \012 and escapes nothing else. So a name with these four characters
** looks the same. */
static bool is_ambiguous(const char *name) { return strstr(name, "\\012") != NULL; }

/* Asks the ioctl for the name of an area, into a place of QUERY_NAME bytes. False when it does not give
** it. */
static bool ask_name(int maps, const os_area *area, char *place) {
  linux_map_query query = {.size = sizeof query,
                           .address = area->address,
                           .name_size = QUERY_NAME,
                           .name = (uintptr_t)place};
  return linux_ioctl(maps, LINUX_MAP_QUERY, &query) == 0 && query.start == area->address &&
         query.name_size > 0;
}

/* Copies a name from the text. Here \012 becomes a newline, which it mostly is. */
static void copy_name(char *to, const char *name) {
  while (*name != '\0') {
    bool escaped = *name == '\\' && strncmp(name, "\\012", 4) == 0;
    *to = *name;
    if (escaped) *to = '\n';
    to++;
    name += escaped ? 4 : 1;
  }
  *to = '\0';
}

/* Appends the area of one line, and before it the stack's room where that lies between. *last is the end
** of the previous area, and becomes the end of this one; NULL if the room is not to be listed. `maps` is
** -1 if the ioctl must not be used for names. */
static vm_error add_line(os_list *list, const char *line, uintptr_t from, uintptr_t *last,
                         int maps) {
  os_area area = {0};
  const char *name = read_area(line, &area);
  if (name == NULL || belongs_to_kernel(name)) return VM_OK;
  if (last != NULL) {
    unix_room room = room_within(*last, area.address);
    *last = area.address + area.size;
    vm_error error = room.start < room.end && room.end > from ? add_room(list, room) : VM_OK;
    if (error != VM_OK) return error;
  }
  if (area.address + area.size <= from) return VM_OK;
  bool ask = maps != -1 && is_ambiguous(name);
  size_t length = strlen(name);
  char *place = os_list_place(list, ask && length < QUERY_NAME ? QUERY_NAME : length);
  if (place == NULL) return VM_OUT_OF_MEMORY;
  if (!ask || !ask_name(maps, &area, place)) copy_name(place, name);
  os_list_add(list, &area);
  return VM_OK;
}

static vm_error list_by_text(int maps, bool own, uintptr_t from, size_t most, os_list *list) {
  char buffer[16384], *text; /* as area_list.h says: malloc would be in the answer */
  uintptr_t last = 0;
  vm_error error = read_whole(maps, buffer, sizeof buffer, &text);
  char *end;
  for (char *line = text; error == VM_OK && (end = strchr(line, '\n')) != NULL; line = end + 1) {
    if (list->count >= most) break;
    *end = '\0';
    error = add_line(list, line, from, own ? &last : NULL, wanted_way() == TEXT ? -1 : maps);
  }
  if (list->count > most) list->count = most; /* the last line has added the stack's room as well */
  if (text != buffer) free(text);
  return error;
}

/* ====== } */

static bool uses_query(size_t most) {
  way wanted = wanted_way();
  return wanted == QUERY || (wanted == FASTER && most == 1);
}

vm_error os_areas(long pid, uintptr_t from, size_t most, os_area **areas, size_t *count) {
  int maps; /* opened each time: after a fork an open one would still be the parent's */
  vm_error error = linux_open_proc(pid, "maps", &maps);
  if (error != VM_OK) return error;
  os_list list = {0};
  error = VM_NOT_SUPPORTED;
  if (uses_query(most)) error = list_by_query(maps, pid == 0, from, most, &list);
  if (error == VM_NOT_SUPPORTED) {
    list.count = list.used = 0;
    error = list_by_text(maps, pid == 0, from, most, &list);
  }
  close(maps);
  error = os_list_end(&list, error, areas, count);
  return error == VM_OUT_OF_MEMORY ? unix_no_memory()
                                   : error; /* malloc of a long list needs a mapping */
}
