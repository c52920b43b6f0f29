/* region.c: rules 1 and 6: reserve, release, hold, abandon. */
#include <stdlib.h>
#include <string.h>

#include "core/attachments.h"
#include "core/pages.h"
#include "core/place.h"
#include "core/rollback.h"
#include "core/saved.h"
#include "core/space.h"
#include "core/sparse.h"
#include "core/trap.h"
#include "core/wipe.h"
#include "os/os.h"

static vm_region *new_region(const vm_request *request) {
  vm_region *r = calloc(1, sizeof *r);
  if (r == NULL) return NULL;
  if (request->name != NULL) {
    size_t length = strlen(request->name) + 1;
    r->name = malloc(length);
    if (r->name == NULL) {
      free(r);
      return NULL;
    }
    memcpy(r->name, request->name, length);
  }
  r->holders = 1;
  r->protection = request->protection;
  return r;
}

/* The base and size of a reservation: the base is rounded down to the granularity, the end up to a page.
** With a base of 0 the system chooses the place. */
static vm_error place(const vm_request *request, uintptr_t *base, size_t *size) {
  const os_limits *limits = os_get_limits();
  size_t page = limits->page_size, length = request->size;
  *base = 0;
  if (request->fixed) {
    if (request->address < limits->lowest) return VM_INVALID_ADDRESS;
    *base = request->address & ~(uintptr_t)(limits->granularity - 1);
    size_t before = request->address - *base;
    if (length > SIZE_MAX - before) return VM_INVALID_ADDRESS;
    length += before;
  }
  if (length > SIZE_MAX - (page - 1)) return VM_OUT_OF_MEMORY;
  length = (length + page - 1) & ~(page - 1);
  if (limits->highest != 0 && length > limits->highest && !request->fixed) return VM_OUT_OF_MEMORY;
  if (length > UINTPTR_MAX - *base) return VM_INVALID_ADDRESS;
  *size = length;
  return VM_OK;
}

static unsigned shift_of(size_t power) {
  unsigned shift = 0;
  while (power >> shift > 1) shift++;
  return shift;
}

/* Wiped and concealed regions are never sparse: they are small, and plain pages are enough. In a lazy one the
** system itself brings pages in. */
static bool is_to_be_sparse(const vm_request *request, size_t size) {
  bool plain = !request->conceal && !request->wipe && !request->lazy;
  return plain && (request->sparse || size < os_get_limits()->sparse_below);
}

vm_error vm_reserve(vm_space *space, const vm_request *request, vm_region **out) {
  uintptr_t base;
  size_t size;
  vm_error error = place(request, &base, &size);
  if (error == VM_OK && request->lazy && os_charges_all()) error = VM_NOT_SUPPORTED;
  if (error != VM_OK) return error;
  vm_space_release_pending(space);
  if (!vm_space_prepare(space)) return VM_OUT_OF_MEMORY;
  vm_region *r = new_region(request);
  if (r == NULL) return VM_OUT_OF_MEMORY;
  if (!request->fixed && vm_wants_place(request))
    error = vm_reserve_at_place(space, request, size, r);
  else
    error = os_reserve(base, size, request->top_down, request->name, &r->base);
  if (error != VM_OK) {
    vm_drop(r);
    return error;
  }
  r->size = size;
  r->page_shift = shift_of(os_get_limits()->page_size);
  r->watched = request->watch;
  r->concealed = r->markers_refused = request->conceal; /* a child of fork has no markers */
  r->wiped = request->wipe;
  r->lazy = request->lazy;
  uint64_t pages = size >> r->page_shift;
  r->around = request->around < pages ? request->around : (size_t)pages;
  pt_init(&r->table, pages, vm_reserved_byte(r));
  if (os_get_limits()->touched != NULL) pt_forget(&r->table, PT_TOLD, true);
  pt_init(&r->written, pages, 0);
  r->table.counts = VM_STATE;
  r->live = true;
  r->space = space;
  vm_space_hold(space);
  vm_space_add(space, r);
  if (is_to_be_sparse(request, size)) error = vm_begin_sparse(r);
  if (error == VM_OK && r->lazy) error = os_decommit_lazy(r->base, r->size);
  if (error == VM_OK && r->concealed) error = os_conceal(r->base, r->size);
  if (error == VM_OK)
    *out = r;
  else
    vm_drop(r);
  return error;
}

/* Ends the region in the core; the shell remains for its holders. */
static void retire(vm_region *r) {
  vm_space_remove(r->space, r);
  vm_space_drop(r->space);
  r->space = NULL;
  r->recording = NULL;
  vm_empty_snapshots(r);
  pt_free(&r->table);
  vm_end_traps(r);
  vm_set_attachments(r, &(vm_attachments){NULL, 0});
  pt_free(&r->written);
  r->committed = 0;
  r->live = false;
}

vm_error vm_release(vm_region *r) {
  vm_pages all = vm_widen(r, 0, r->size);
  vm_error error = vm_wipe(r, all);
  if (error != VM_OK) return error;
  error = os_release(r->base, r->size);
  if (error == VM_OK)
    retire(r);
  else if (r->wiped)
    vm_roll_back(r, all);
  return error;
}

void vm_hold(vm_region *r) { r->holders++; }

void vm_abandon(vm_region *r) {
  if (!r->live || vm_release(r) == VM_OK) return;
  bool gone = false;
  if (r->wiped) { /* the refusal may have come from making pages writable */
    vm_wipe_some(r);
    gone = os_release(r->base, r->size) == VM_OK;
  }
  if (!gone) {
    (void)os_decommit(r->base, r->size);
    vm_space_release_later(r->space, r);
  }
  retire(r);
}

void vm_drop(vm_region *r) {
  if (--r->holders > 0) return;
  if (r->live) {
    r->holders = 1; /* vm_abandon may keep the shell as owed */
    vm_abandon(r);
    r->holders--;
  }
  if (r->holders == 0) vm_space_free(r);
}
