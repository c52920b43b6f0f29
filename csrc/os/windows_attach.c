/* windows_attach.c: pages of a region become pages of a section, and reserved again, on Windows.
**
** Windows maps a view only where nothing is reserved, unless by the placeholders of Windows 10, which Wine 8 does not
** have. So a reservation is given up, and taken again around the view. For that moment its addresses are free, and
** another thread may get them; then all is put back, and tried again. */
#include "os/windows.h"

#include <stdlib.h>
#include <string.h>

enum { PAGES = 16 /* of 4 KiB, in a view */ };

/* {====== One piece ====== */

/* A view is mapped with all that its section allows, since it cannot get more later. */
static unsigned mapped_as(const windows_view *view) {
  return VM_READ | VM_WRITE | (view->mapping->executable ? VM_EXECUTE : 0);
}

static bool map(windows_view *view) {
  DWORD access = (view->copy ? FILE_MAP_COPY : FILE_MAP_WRITE) |
                 (view->mapping->executable ? FILE_MAP_EXECUTE : 0);
  uint64_t left = view->mapping->size - view->from; /* the last page may be a part of one */
  if (MapViewOfFileEx(view->mapping->handle, access, (DWORD)(view->from >> 32), (DWORD)view->from,
                      view->size < left ? view->size : (size_t)left,
                      windows_pointer(view->address)) == NULL)
    return false;
  windows_add_view(view);
  return true;
}

/* Whether the addresses were taken; other refusals stay. */
static bool is_taken(void) { return GetLastError() == ERROR_INVALID_ADDRESS; }

/* Free addresses become a view or, without one, reserved. */
static bool fill(uintptr_t address, size_t size, windows_view *view) {
  for (DWORD tries = 0; tries < WINDOWS_TRIES; tries++) {
    if (view != NULL ? map(view) : windows_reserve_at(address, size)) return true;
    if (!is_taken()) return false;
    Sleep(tries);
  }
  return false;
}

/* ====== } */

/* {====== Pieces become views ====== */

/* A piece, and what it was. */
typedef struct piece {
  windows_view *new, *old; /* old is NULL if it was reserved */
  DWORD protection[PAGES]; /* of the old pages */
  char *contents;          /* of them, if it was a copy */
} piece;

static size_t page_size(void) { return os_get_limits()->page_size; }

/* Keeps what the old view would lose. */
static bool keep(piece *p) {
  size_t page = page_size();
  MEMORY_BASIC_INFORMATION info;
  p->contents = p->old->copy ? malloc(p->old->size) : NULL;
  if (p->old->copy && p->contents == NULL) return false;
  for (size_t i = 0; i * page < p->old->size; i++) {
    void *at = windows_pointer(p->old->address + i * page);
    if (VirtualQuery(at, &info, sizeof info) != sizeof info) return false;
    p->protection[i] = info.Protect;
    DWORD old;
    if (p->contents == NULL) continue;
    if (!VirtualProtect(at, page, PAGE_READONLY, &old)) return false;
    memcpy(p->contents + i * page, at, page);
    if (!VirtualProtect(at, page, info.Protect, &old)) return false;
  }
  return true;
}

/* After it is mapped again. Windows tells the protection "copied" from "not copied yet"; both are asked for as the
** latter. */
static void give_back(const piece *p) {
  size_t page = page_size();
  DWORD old;
  for (size_t i = 0; i * page < p->old->size; i++) {
    char *at = windows_pointer(p->old->address + i * page);
    DWORD wanted = p->protection[i];
    if (p->contents != NULL && memcmp(at, p->contents + i * page, page) != 0)
      memcpy(at, p->contents + i * page, page);
    if (p->old->copy && wanted == PAGE_READWRITE) wanted = PAGE_WRITECOPY;
    if (p->old->copy && wanted == PAGE_EXECUTE_READWRITE) wanted = PAGE_EXECUTE_WRITECOPY;
    (void)VirtualProtect(at, page, wanted, &old);
  }
}

/* Makes the addresses free. */
static void take_away(uintptr_t address, size_t size, windows_view *old) {
  if (old == NULL) {
    windows_give_up(address, size);
    return;
  }
  (void)UnmapViewOfFile(windows_pointer(address));
  windows_remove_view(old);
}

/* The old view, or reserved pages, are there again where addresses are free. False if something is lost. */
static bool put_back(piece *p) {
  uintptr_t address = p->new->address;
  size_t size = p->new->span;
  if (fill(address, size, p->old)) {
    if (p->old != NULL) give_back(p);
    return true;
  }
  if (p->old != NULL) windows_free_view(p->old);
  if (p->old != NULL && windows_reserve_at(address, size)) return false;
  windows_lose(address, size, p->new);
  p->new = NULL;
  return false;
}

static vm_error replace(piece *p, unsigned protection) {
  windows_view *new = p->new;
  take_away(new->address, new->size, p->old);
  bool mapped = fill(new->address, new->span, new);
  DWORD old, wanted = windows_protection(protection, new->copy);
  if (mapped && wanted == windows_protection(mapped_as(new), new->copy)) return VM_OK;
  if (mapped && VirtualProtect(windows_pointer(new->address), new->size, wanted, &old))
    return VM_OK;
  vm_error error = !mapped && is_taken() ? windows_lost() : windows_refusal();
  if (mapped) take_away(new->address, new->size, new);
  return put_back(p) ? error : windows_lost();
}

/* ====== } */

/* {====== os.h and section.h ====== */

bool windows_is_whole(const windows_part *part) {
  if (part->kind != WINDOWS_VIEW && part->kind != WINDOWS_COPY) return true;
  const windows_view *view = windows_view_at(part->base);
  return view != NULL && part->address == view->address && part->size == view->size;
}

vm_error windows_refuse_parts(void) {
  return windows_refuse(VM_NOT_SUPPORTED,
                        "on Windows pages of a section are attached and given up at multiples of "
                        "64 KiB only, in the region and in the section, and up to one or to the "
                        "region's end");
}

void windows_detach(const windows_part *part) {
  windows_view *view = windows_view_at(part->base);
  take_away(part->base, part->size, view);
  if (fill(part->base, view->span, NULL))
    windows_free_view(view);
  else
    windows_lose(part->base, view->span, view);
}

/* Whether the part can be pages of a section. *end: that of its last piece. */
static vm_error check_part(const windows_part *part, uintptr_t *end) {
  windows_reservation r;
  *end = 0;
  if (part->kind == WINDOWS_LOST) return windows_lost();
  if (!windows_is_whole(part)) return windows_refuse_parts();
  const windows_view *view = windows_view_at(part->address / WINDOWS_CHUNK * WINDOWS_CHUNK);
  if (view != NULL) *end = view->address + view->span;
  if (part->kind != WINDOWS_MEMORY) return VM_OK;
  if (!windows_is_reserved(part, &r))
    return windows_refuse(VM_NOT_SUPPORTED,
                          "on Windows pages can become a section's only while no page of the "
                          "reservation around them is committed "
                          "(vmem does not use placeholders, which would allow it): attach first, "
                          "commit afterwards");
  *end = r.to;
  return VM_OK;
}

/* Everything in the range becomes pieces. *end: that of the last one. */
static vm_error prepare_parts(uintptr_t address, size_t size, uintptr_t *end) {
  windows_reservation r;
  WINDOWS_EACH_PART(part, address, size) {
    uintptr_t its_end;
    vm_error error = check_part(&part, &its_end);
    if (error != VM_OK) return error;
    if (part.address + part.size == address + size) *end = its_end;
  }
  WINDOWS_EACH_PART(part, address, size) {
    if (part.kind != WINDOWS_MEMORY || !windows_is_reserved(&part, &r) || windows_is_one_piece(&r))
      continue;
    vm_error error = windows_cut(&r);
    if (error != VM_OK) return error;
  }
  return VM_OK;
}

/* The pieces are ready to be replaced, or nothing has changed. */
static bool prepare_pieces(piece *list, size_t count, const windows_view *like, uintptr_t end) {
  for (size_t i = 0; i < count; i++) {
    piece *p = &list[i];
    p->new = malloc(sizeof *p->new);
    if (p->new == NULL) return false;
    *p->new = *like;
    p->new->address += i *WINDOWS_CHUNK;
    p->new->from += i *WINDOWS_CHUNK;
    p->new->size = windows_piece_size(p->new->address, like->address + like->size);
    p->new->span = windows_piece_size(p->new->address, end);
    InterlockedIncrement(&like->mapping->users);
    p->old = windows_view_at(p->new->address);
    if (p->old != NULL && !keep(p)) return false;
  }
  return true;
}

static vm_error replace_all(piece *list, size_t count, unsigned protection) {
  vm_error error = VM_OK;
  size_t done = 0;
  while (done < count && (error = replace(&list[done], protection)) == VM_OK) done++;
  if (error == VM_OK) return VM_OK;
  while (done-- > 0) {
    const windows_view *new = list[done].new;
    take_away(new->address, new->size, list[done].new);
    if (!put_back(&list[done])) error = windows_lost();
  }
  return error;
}

/* Frees the views that are not mapped. */
static void free_pieces(piece *list, size_t count, bool replaced) {
  for (size_t i = 0; i < count; i++) {
    windows_view *idle = replaced ? list[i].old : list[i].new;
    if (idle != NULL) windows_free_view(idle);
    free(list[i].contents);
  }
  free(list);
}

vm_error os_attach(uintptr_t address, size_t size, const os_section *section, uint64_t from,
                   unsigned protection, bool copy) {
  windows_view like = {.address = address,
                       .size = size,
                       .mapping = (windows_mapping *)section->handle,
                       .from = from,
                       .copy = copy};
  if ((protection & VM_EXECUTE) && !like.mapping->executable) return VM_PERMISSION_DENIED;
  if ((address | from) % WINDOWS_CHUNK != 0) return windows_refuse_parts();
  uintptr_t end = 0;
  vm_error error = prepare_parts(address, size, &end);
  if (error != VM_OK) return error;
  size_t count = (size + WINDOWS_CHUNK - 1) / WINDOWS_CHUNK;
  piece *list = calloc(count, sizeof *list);
  if (list == NULL) return VM_OUT_OF_MEMORY;
  error = VM_OUT_OF_MEMORY;
  if (prepare_pieces(list, count, &like, end)) error = replace_all(list, count, protection);
  free_pieces(list, count, error == VM_OK);
  return error;
}

/* ====== } */
