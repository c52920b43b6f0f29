/* windows_attach.c: pages of a region become pages of a section, and reserved again, on Windows.
**
** Windows maps a view only where nothing is reserved, unless by the placeholders of Windows 10, which Wine 8 does not
** have. So a reservation is given up, and taken again around the view. For that moment its addresses are free, and
** another thread may get them; then all is put back, and tried again. */
#include "os/windows.h"

#include <stdlib.h>

bool windows_is_whole(const windows_part *part) {
  if (part->kind != WINDOWS_VIEW && part->kind != WINDOWS_COPY) return true;
  const windows_view *view = windows_view_at(part->base);
  return view != NULL && part->address == view->address && part->size == view->size;
}

bool windows_is_end(const windows_part *part) {
  const windows_view *view = windows_view_at(part->base);
  return view != NULL && part->address + part->size == view->address + view->size;
}

vm_error windows_refuse_parts(void) {
  return windows_refuse(VM_NOT_SUPPORTED,
                        "on Windows pages of a section are attached and given up at multiples of "
                        "64 KiB only, in the region and in the section, and up to one or to the "
                        "region's end");
}

void windows_detach(const windows_part *part) {
  windows_view *view = windows_view_at(part->base);
  windows_take_away(part->base, view->span, view);
  if (windows_fill(part->base, view->span, NULL))
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

/* Views of one attachment. */
typedef struct attachment {
  windows_view all;   /* the pages of all views, as if they were one */
  size_t kept_before; /* bytes at its beginning that are attached already, and stay as they are */
  size_t kept_behind; /* and at its end */
  uintptr_t end;      /* of the last piece */
  unsigned protection;
  windows_piece *piece;
  size_t pieces;
} attachment;

/* Whether a view shows at its pages what it would show if they belonged to the attachment. */
static bool continues(const windows_view *view, const windows_view *all) {
  return view != NULL && view->mapping == all->mapping && view->copy == all->copy &&
         view->from - view->address == all->from - all->address;
}

/* A view can only become another one as a whole. So if a part of it is attached anew, or pages behind it are, the view
** that comes instead has its other pages, too. */
static bool widen(attachment *a) {
  windows_view *all = &a->all;
  uintptr_t first = all->address / WINDOWS_CHUNK * WINDOWS_CHUNK;
  uintptr_t end = all->address + all->size;
  const windows_view *before = windows_view_at(first);
  const windows_view *last = windows_view_at((end - 1) / WINDOWS_CHUNK * WINDOWS_CHUNK);
  if (continues(last, all) && last->address + last->size > end)
    a->kept_behind = last->address + last->size - end;
  if (first < all->address) {
    if (!continues(before, all) || before->address + before->size < all->address) return false;
    a->kept_before = all->address - first;
  }
  all->address -= a->kept_before;
  all->from -= a->kept_before;
  all->size += a->kept_before + a->kept_behind;
  return all->from % WINDOWS_CHUNK == 0;
}

/* The pieces are ready to be replaced, or nothing has changed. */
static bool prepare_pieces(attachment *a) {
  for (size_t i = 0; i < a->pieces; i++) {
    windows_piece *p = &a->piece[i];
    p->new = malloc(sizeof *p->new);
    if (p->new == NULL) return false;
    *p->new = a->all;
    p->new->address += i *WINDOWS_CHUNK;
    p->new->from += i *WINDOWS_CHUNK;
    p->new->size = windows_piece_size(p->new->address, a->all.address + a->all.size);
    p->new->span = windows_piece_size(p->new->address, a->end);
    p->from = i == 0 ? a->kept_before : 0;
    p->to = p->new->size - (i == a->pieces - 1 ? a->kept_behind : 0);
    InterlockedIncrement(&a->all.mapping->users);
    p->old = windows_view_at(p->new->address);
    if (p->old != NULL && !windows_keep(p)) return false;
  }
  return true;
}

static vm_error replace_all(const attachment *a) {
  vm_error error = windows_open_mapping(a->all.mapping); /* once for all views */
  if (error != VM_OK) return error;
  size_t done = 0;
  while (done < a->pieces && (error = windows_replace(&a->piece[done], a->protection)) == VM_OK)
    done++;
  windows_close_mapping(a->all.mapping);
  if (error == VM_OK) return VM_OK;
  while (done-- > 0) {
    windows_view *new = a->piece[done].new;
    windows_take_away(new->address, new->span, new);
    if (!windows_put_back(&a->piece[done])) error = windows_lost();
  }
  return error;
}

/* Frees the views that are not mapped. */
static void free_pieces(const attachment *a, bool replaced) {
  for (size_t i = 0; i < a->pieces; i++) {
    windows_view *idle = replaced ? a->piece[i].old : a->piece[i].new;
    if (idle != NULL) windows_free_view(idle);
    free(a->piece[i].contents);
  }
  free(a->piece);
}

vm_error os_attach(uintptr_t address, size_t size, const os_section *section, uint64_t from,
                   unsigned protection, bool copy) {
  windows_mapping *mapping = (windows_mapping *)section->handle;
  attachment a = {
      .all = {.address = address, .size = size, .mapping = mapping, .from = from, .copy = copy},
      .protection = protection};
  if (protection & VM_WRITE & ~windows_mapped_as(&a.all)) return VM_PERMISSION_DENIED;
  if ((protection & VM_EXECUTE) && !mapping->executable) return VM_PERMISSION_DENIED;
  if (mapping->file != NULL &&
      windows_file_size(mapping) <= from + size - os_get_limits()->page_size)
    return VM_PAST_END;
  if (!widen(&a)) return windows_refuse_parts();
  vm_error error = prepare_parts(a.all.address, a.all.size, &a.end);
  if (error != VM_OK) return error;
  a.pieces = (a.all.size + WINDOWS_CHUNK - 1) / WINDOWS_CHUNK;
  a.piece = calloc(a.pieces, sizeof *a.piece);
  if (a.piece == NULL) return VM_OUT_OF_MEMORY;
  error = prepare_pieces(&a) ? replace_all(&a) : VM_OUT_OF_MEMORY;
  free_pieces(&a, error == VM_OK);
  return error;
}
