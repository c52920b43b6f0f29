/* windows_shrink.c: views lose their last pages on Windows, because these are given up, or their file becomes shorter. */
#include "os/windows.h"

#include <stdlib.h>

/* {====== The last pages of a view are given up ====== */

/* The view that begins before the range and ends in it. */
static windows_view *view_to_shorten(uintptr_t address, size_t size) {
  windows_view *view = windows_view_at(address / WINDOWS_CHUNK * WINDOWS_CHUNK);
  if (view == NULL || view->address == address) return NULL;
  uintptr_t end = view->address + view->size;
  return address < end && end <= address + size ? view : NULL;
}

vm_error windows_shorten(uintptr_t address, size_t size) {
  windows_view *old = view_to_shorten(address, size);
  if (old == NULL) return VM_OK;
  windows_piece p = {.old = old, .new = malloc(sizeof *p.new)};
  if (p.new == NULL) return VM_OUT_OF_MEMORY;
  *p.new = *old;
  p.new->size = address - old->address;
  InterlockedIncrement(&old->mapping->users);
  vm_error error = windows_keep(&p) ? windows_replace(&p, 0) : VM_OUT_OF_MEMORY;
  windows_view *idle = error == VM_OK ? p.old : p.new;
  if (idle != NULL) windows_free_view(idle);
  free(p.contents);
  return error;
}

/* ====== } */

/* {====== A file becomes shorter ====== */

/* Windows refuses that while a view of the file exists. So all views of the section are taken away, and come back. */
typedef struct taken {
  windows_piece
      *piece; /* its old view is the one that comes back; NULL if its addresses are lost */
  size_t count;
} taken;

static bool find_views(const windows_mapping *mapping, taken *t) {
  t->count = windows_views_of(mapping, NULL, 0);
  windows_view **list = calloc(t->count + 1, sizeof(windows_view *));
  t->piece = calloc(t->count + 1, sizeof *t->piece);
  bool done = list != NULL && t->piece != NULL;
  if (done) (void)windows_views_of(mapping, list, t->count);
  for (size_t i = 0; done && i < t->count; i++) {
    t->piece[i].old = list[i];
    done = windows_keep(&t->piece[i]);
  }
  free((void *)list);
  return done;
}

static void free_views(const taken *t) {
  for (size_t i = 0; t->piece != NULL && i < t->count; i++) free(t->piece[i].contents);
  free(t->piece);
}

/* Nobody else gets the addresses meanwhile, or all is to be undone. */
static vm_error take_views_away(const taken *t) {
  vm_error error = VM_OK;
  for (size_t i = 0; i < t->count && error == VM_OK; i++) {
    windows_piece *p = &t->piece[i];
    windows_take_away(p->old->address, p->old->span, p->old);
    p->is_away = true;
    p->is_free = !windows_fill(p->old->address, p->old->span, NULL);
    if (p->is_free) error = windows_lost();
  }
  return error;
}

static vm_error bring_back(windows_piece *p) {
  windows_view *view = p->old;
  if (!p->is_free) windows_give_up(view->address, view->span);
  if (windows_fill(view->address, view->span, view) ||
      windows_fill(view->address, view->span, view)) {
    windows_give_back(p, view->size, 0, 0);
    return VM_OK;
  }
  if (windows_reserve_at(view->address, view->span))
    windows_free_view(view);
  else
    windows_lose(view->address, view->span, view);
  return windows_lost();
}

/* The pages that hold a byte of so long a file. Others stay reserved. */
static vm_error bring_views_back(const taken *t, uint64_t size) {
  size_t page = os_get_limits()->page_size;
  vm_error error = VM_OK;
  for (size_t i = 0; i < t->count; i++) {
    windows_view *view = t->piece[i].old;
    if (!t->piece[i].is_away) continue;
    if (size <= view->from) {
      windows_free_view(view);
      continue;
    }
    uint64_t left = size - view->from;
    if (left < view->size) view->size = ((size_t)left + page - 1) / page * page;
    vm_error failed = bring_back(&t->piece[i]);
    if (failed != VM_OK) error = failed;
  }
  return error;
}

vm_error windows_shrink(windows_mapping *mapping, uint64_t size) {
  taken t = {NULL, 0};
  vm_error error = find_views(mapping, &t) ? VM_OK : VM_OUT_OF_MEMORY;
  if (error == VM_OK) {
    error = take_views_away(&t);
    if (error == VM_OK) error = windows_set_end(mapping->file, size);
    bool opened = windows_open_mapping(mapping) == VM_OK; /* once for all views */
    vm_error late = bring_views_back(&t, error == VM_OK ? size : UINT64_MAX);
    if (opened) windows_close_mapping(mapping);
    if (error == VM_OK) error = late;
  }
  free_views(&t);
  return error;
}

/* ====== } */
