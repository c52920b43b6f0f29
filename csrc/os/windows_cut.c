/* windows_cut.c: reservations of Windows are cut into pieces, which can become views. */
#include "os/windows.h"

#include <stdlib.h>

bool windows_reserve_at(uintptr_t address, size_t size) {
  return size == 0 ||
         VirtualAlloc(windows_pointer(address), size, MEM_RESERVE, PAGE_NOACCESS) != NULL;
}

void windows_give_up(uintptr_t address, size_t size) {
  if (size > 0) (void)VirtualFree(windows_pointer(address), 0, MEM_RELEASE);
}

void windows_lose(uintptr_t address, size_t size, windows_view *note) {
  windows_mapping *mapping = note->mapping;
  *note = (windows_view){.address = address, .size = size};
  windows_note_lost(note);
  if (mapping != NULL) windows_drop_mapping(mapping);
}

bool windows_is_reserved(const windows_part *part, windows_reservation *r) {
  MEMORY_BASIC_INFORMATION info;
  *r = (windows_reservation){part->base, part->address, part->address + part->size, part->base};
  while (VirtualQuery(windows_pointer(r->end), &info, sizeof info) == sizeof info &&
         info.State != MEM_FREE && (uintptr_t)info.AllocationBase == r->base) {
    if (info.State == MEM_COMMIT) return false;
    r->end += info.RegionSize;
  }
  uintptr_t up = (r->to + WINDOWS_CHUNK - 1) / WINDOWS_CHUNK * WINDOWS_CHUNK;
  r->to = up < r->end ? up : r->end; /* the last piece is whole, or ends with the reservation */
  return true;
}

bool windows_is_one_piece(const windows_reservation *r) {
  return r->base == r->from && r->end == r->to && r->to - r->from <= WINDOWS_CHUNK;
}

/* All of it, or nothing. */
static bool reserve_pieces(const windows_reservation *r) {
  uintptr_t at = r->from;
  if (!windows_reserve_at(r->base, r->from - r->base)) return false;
  if (windows_reserve_at(r->to, r->end - r->to)) {
    while (at < r->to && windows_reserve_at(at, windows_piece_size(at, r->to))) at += WINDOWS_CHUNK;
    if (at >= r->to) return true;
    DWORD error = GetLastError();
    windows_give_up(r->to, r->end - r->to);
    SetLastError(error);
  }
  DWORD error = GetLastError();
  while (at > r->from) windows_give_up(at -= WINDOWS_CHUNK, WINDOWS_CHUNK);
  windows_give_up(r->base, r->from - r->base);
  SetLastError(error);
  return false;
}

/* Its pages stay reserved, whatever happens. The notes are for what may be lost: before, in, and behind the pieces. */
static vm_error cut(const windows_reservation *r, windows_view **note) {
  bool whole = true;
  for (DWORD tries = 0; tries < WINDOWS_TRIES; tries++) {
    if (whole) windows_give_up(r->base, r->end - r->base);
    if (reserve_pieces(r)) return VM_OK;
    vm_error refused_by_system = windows_is_taken() ? VM_OK : windows_refusal();
    whole = windows_reserve_at(r->base, r->end - r->base);
    if (whole && refused_by_system != VM_OK) return refused_by_system;
    Sleep(tries);
  }
  const uintptr_t border[] = {r->base, r->from, r->to, r->end};
  for (int i = 0; i < 3 && !whole; i++) {
    if (windows_reserve_at(border[i], border[i + 1] - border[i])) continue;
    windows_lose(border[i], border[i + 1] - border[i], note[i]);
    note[i] = NULL;
  }
  return windows_refuse(VM_ADDRESS_IN_USE,
                        "other threads have taken addresses of the region each time that it was "
                        "tried; attach before they begin");
}

vm_error windows_cut(const windows_reservation *r) {
  windows_view *note[] = {calloc(1, sizeof **note), calloc(1, sizeof **note),
                          calloc(1, sizeof **note)};
  vm_error error = VM_OUT_OF_MEMORY;
  if (note[0] != NULL && note[1] != NULL && note[2] != NULL) error = cut(r, note);
  for (int i = 0; i < 3; i++) free(note[i]);
  return error;
}
