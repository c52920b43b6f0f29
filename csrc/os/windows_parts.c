/* windows_parts.c: the allocations of Windows that a region consists of, and the views among them. */
#include "os/windows.h"

#include <stdlib.h>

/* Views by their address. Lua states in several threads have regions of their own, but this table is for all. */
enum { LISTS = 1024 };
static windows_view *views[LISTS];
static windows_view *lost;
static SRWLOCK lock = SRWLOCK_INIT;

static windows_view **list_of(uintptr_t address) { return &views[address / WINDOWS_CHUNK % LISTS]; }

static void add(windows_view **list, windows_view *view) {
  AcquireSRWLockExclusive(&lock);
  view->next = *list;
  *list = view;
  ReleaseSRWLockExclusive(&lock);
}

static void removed(windows_view **list, windows_view *view) {
  AcquireSRWLockExclusive(&lock);
  while (*list != view) list = &(*list)->next;
  *list = view->next;
  ReleaseSRWLockExclusive(&lock);
}

/* {====== Views ====== */

windows_view *windows_view_at(uintptr_t address) {
  AcquireSRWLockShared(&lock);
  windows_view *view = *list_of(address);
  while (view != NULL && view->address != address) view = view->next;
  ReleaseSRWLockShared(&lock);
  return view;
}

void windows_add_view(windows_view *view) { add(list_of(view->address), view); }

void windows_remove_view(windows_view *view) { removed(list_of(view->address), view); }

void windows_drop_mapping(windows_mapping *mapping) {
  if (InterlockedDecrement(&mapping->users) > 0) return;
  CloseHandle(mapping->file != NULL ? mapping->file : mapping->handle);
  free(mapping);
}

size_t windows_views_of(const windows_mapping *mapping, windows_view **list, size_t room) {
  size_t count = 0;
  AcquireSRWLockShared(&lock);
  for (size_t i = 0; i < LISTS; i++) {
    for (windows_view *view = views[i]; view != NULL; view = view->next) {
      if (view->mapping != mapping) continue;
      if (count < room) list[count] = view;
      count++;
    }
  }
  ReleaseSRWLockShared(&lock);
  return count;
}

void windows_free_view(windows_view *view) {
  if (view->mapping != NULL) windows_drop_mapping(view->mapping);
  free(view);
}

/* ====== } */

/* {====== Lost addresses ====== */

void windows_note_lost(windows_view *view) { add(&lost, view); }

static windows_view *lost_at(uintptr_t address) {
  AcquireSRWLockShared(&lock);
  windows_view *view = lost;
  while (view != NULL && address - view->address >= view->size) view = view->next;
  ReleaseSRWLockShared(&lock);
  return view;
}

/* Reserves lost addresses if they are free by now. */
static bool is_lost(windows_view *view) {
  if (VirtualAlloc(windows_pointer(view->address), view->size, MEM_RESERVE, PAGE_NOACCESS) == NULL)
    return true;
  removed(&lost, view);
  windows_free_view(view);
  return false;
}

vm_error windows_lost(void) {
  return windows_refuse(VM_ADDRESS_IN_USE,
                        "another thread has taken their addresses while pages of a section were "
                        "attached or given up; try again when it has ended its own allocation "
                        "there");
}

vm_error windows_refuse_part(const windows_part *part) {
  if (part->kind == WINDOWS_LOST) return windows_lost();
  return windows_refuse(
      VM_NOT_SUPPORTED,
      "on Windows the pages between the end of a section and the next multiple of 64 KiB cannot be "
      "used while that end is attached: attach less of it, or make it a multiple long");
}

/* The view before a gap, if there is one at this address. */
static const windows_view *view_before(uintptr_t gap) {
  const windows_view *view = windows_view_at(gap / WINDOWS_CHUNK * WINDOWS_CHUNK);
  return view != NULL && gap - view->address >= view->size ? view : NULL;
}

/* ====== } */

windows_part windows_last_part(uintptr_t address, size_t size) {
  windows_part part = {.address = address, .size = size, .base = address, .kind = WINDOWS_LOST};
  if (size == 0) return part;
  uintptr_t end = address + size;
  MEMORY_BASIC_INFORMATION info;
  windows_view *gone = lost_at(end - 1);
  const windows_view *before = view_before(end - 1);
  if (before != NULL) {
    part.base = before->address + before->size;
    part.kind = WINDOWS_GAP;
  } else if (gone != NULL && is_lost(gone)) {
    part.base = gone->address;
  } else if (VirtualQuery(windows_pointer(end - 1), &info, sizeof info) == sizeof info &&
             info.State != MEM_FREE) {
    part.base = (uintptr_t)info.AllocationBase;
    part.kind = info.Type != MEM_MAPPED  ? WINDOWS_MEMORY
                : windows_is_copy(&info) ? WINDOWS_COPY
                                         : WINDOWS_VIEW;
  }
  if (part.base > address) {
    part.address = part.base;
    part.size = end - part.base;
  }
  return part;
}

bool windows_end_part(const windows_part *part) {
  windows_view *view = NULL;
  if (part->kind == WINDOWS_GAP) return true; /* it ends with its view */
  if (part->kind == WINDOWS_MEMORY) return VirtualFree(windows_pointer(part->base), 0, MEM_RELEASE);
  if (part->kind == WINDOWS_LOST) {
    view = lost_at(part->address);
    if (view != NULL) removed(&lost, view);
  } else {
    if (!UnmapViewOfFile(windows_pointer(part->base))) return false;
    view = windows_view_at(part->base);
    if (view != NULL) windows_remove_view(view);
  }
  if (view != NULL) windows_free_view(view);
  return true;
}
