/* windows_piece.c: views are mapped and taken away on Windows; what they would lose by that is kept, and given back. */
#include "os/windows.h"

#include <stdlib.h>

/* {====== The section object of a file ====== */

vm_error windows_open_mapping(windows_mapping *mapping) {
  LARGE_INTEGER size;
  if (mapping->file == NULL || mapping->opened++ > 0) return VM_OK;
  DWORD protection = mapping->writable ? PAGE_READWRITE : PAGE_WRITECOPY;
  mapping->handle = CreateFileMappingW(mapping->file, NULL, protection, 0, 0, NULL);
  if (mapping->handle != NULL && GetFileSizeEx(mapping->file, &size)) {
    mapping->size = (uint64_t)size.QuadPart;
    return VM_OK;
  }
  vm_error error = windows_refusal();
  windows_close_mapping(mapping);
  return error;
}

void windows_close_mapping(windows_mapping *mapping) {
  if (mapping->file == NULL || --mapping->opened > 0) return;
  DWORD error = GetLastError();
  if (mapping->handle != NULL) CloseHandle(mapping->handle);
  mapping->handle = NULL;
  SetLastError(error);
}

/* ====== } */

/* {====== Views ====== */

unsigned windows_mapped_as(const windows_view *view) {
  const windows_mapping *mapping = view->mapping;
  return VM_READ | (mapping->writable || view->copy ? VM_WRITE : 0U) |
         (mapping->executable ? VM_EXECUTE : 0U);
}

static bool map(windows_view *view) {
  windows_mapping *mapping = view->mapping;
  DWORD access = view->copy ? FILE_MAP_COPY : mapping->writable ? FILE_MAP_WRITE : FILE_MAP_READ;
  if (mapping->executable) access |= FILE_MAP_EXECUTE;
  if (windows_open_mapping(mapping) != VM_OK) return false;
  /* The last page may be a part of one. */
  uint64_t left = mapping->size > view->from ? mapping->size - view->from : 1;
  bool mapped = MapViewOfFileEx(mapping->handle, access, (DWORD)(view->from >> 32),
                                (DWORD)view->from, view->size < left ? view->size : (size_t)left,
                                windows_pointer(view->address)) != NULL;
  windows_close_mapping(mapping);
  if (mapped) windows_add_view(view);
  return mapped;
}

bool windows_is_taken(void) { return GetLastError() == ERROR_INVALID_ADDRESS; }

bool windows_fill(uintptr_t address, size_t size, windows_view *view) {
  for (DWORD tries = 0; tries < WINDOWS_TRIES; tries++) {
    if (view != NULL ? map(view) : windows_reserve_at(address, size)) return true;
    if (!windows_is_taken()) return false;
    Sleep(tries);
  }
  return false;
}

void windows_take_away(uintptr_t address, size_t size, windows_view *old) {
  if (old == NULL) {
    windows_give_up(address, size);
    return;
  }
  (void)UnmapViewOfFile(windows_pointer(address));
  windows_remove_view(old);
}

/* ====== } */

/* {====== What a view would lose ====== */

bool windows_keep(windows_piece *p) {
  size_t page = os_get_limits()->page_size;
  MEMORY_BASIC_INFORMATION info;
  p->contents = p->old->copy ? calloc(1, p->old->size) : NULL;
  if (p->old->copy && p->contents == NULL) return false;
  for (size_t i = 0; i * page < p->old->size; i++) {
    void *at = windows_pointer(p->old->address + i * page);
    if (VirtualQuery(at, &info, sizeof info) != sizeof info) return false;
    p->protection[i] = info.Protect;
    DWORD old;
    if (p->contents == NULL) continue;
    if (!VirtualProtect(at, page, PAGE_READONLY, &old)) return false;
    p->lost[i] = !windows_copy(p->contents + i * page, at, page);
    if (!VirtualProtect(at, page, info.Protect, &old)) return false;
  }
  return true;
}

/* Windows tells the protection "copied" from "not copied yet"; both are asked for as the latter. */
void windows_give_back(const windows_piece *p, size_t size, size_t from, size_t to) {
  size_t page = os_get_limits()->page_size;
  DWORD old;
  for (size_t at = 0; at < size && at < p->old->size; at += page) {
    if (at >= from && at < to) continue;
    char *to_page = windows_pointer(p->old->address + at);
    DWORD wanted = p->protection[at / page];
    if (p->contents != NULL && !p->lost[at / page])
      (void)windows_copy(to_page, p->contents + at, page);
    if (p->old->copy && wanted == PAGE_READWRITE) wanted = PAGE_WRITECOPY;
    if (p->old->copy && wanted == PAGE_EXECUTE_READWRITE) wanted = PAGE_EXECUTE_WRITECOPY;
    (void)VirtualProtect(to_page, page, wanted, &old);
  }
}

/* ====== } */

/* {====== A view, or reserved pages, instead of others ====== */

/* The old view, or reserved pages, are there again where addresses are free. False if something is lost. */
bool windows_put_back(windows_piece *p) {
  uintptr_t address = p->new->address;
  size_t span = p->new->span;
  if (windows_fill(address, span, p->old)) {
    if (p->old != NULL) windows_give_back(p, p->old->size, 0, 0);
    return true;
  }
  if (p->old != NULL) windows_free_view(p->old);
  if (p->old != NULL && windows_reserve_at(address, span)) return false;
  windows_lose(address, span, p->new);
  p->new = NULL;
  return false;
}

/* Pages outside of [from, to) stay as they were in the old view, the others get the protection. */
static bool finish(const windows_piece *p, unsigned protection) {
  const windows_view *new = p->new;
  DWORD old, wanted = windows_protection(protection, new->copy);
  if (p->old != NULL) windows_give_back(p, new->size, p->from, p->to);
  return p->from == p->to || wanted == windows_protection(windows_mapped_as(new), new->copy) ||
         VirtualProtect(windows_pointer(new->address + p->from), p->to - p->from, wanted, &old);
}

vm_error windows_replace(windows_piece *p, unsigned protection) {
  windows_view *new = p->new;
  windows_take_away(new->address, new->span, p->old);
  bool mapped = windows_fill(new->address, new->span, new);
  if (mapped && finish(p, protection)) return VM_OK;
  vm_error error = !mapped && windows_is_taken() ? windows_lost() : windows_refusal();
  if (mapped) windows_take_away(new->address, new->span, new);
  return windows_put_back(p) ? error : windows_lost();
}

/* ====== } */
