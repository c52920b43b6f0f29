/* region.c: the life of regions, and the rules of their pages but for commit and decommit, which
** are in commit.c. Every change goes the same way: ask the page table whether it is allowed, make
** the nodes it needs, ask the system, write it down. What fails on the way leaves no trace. */
#include <stdlib.h>
#include <string.h>

#include "core/pages.h"
#include "core/space.h"
#include "core/wipe.h"
#include "os/os.h"

/* {====== Life ====== */

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

static void free_region(vm_region *r) {
  free(r->name);
  free(r);
}

/* Where the reservation starts and ends: the base goes down to the granularity, the end up to a
** page. A base of 0 leaves the place to the system. */
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

/* What is wiped or concealed has few pages, and does with those. */
static bool is_to_be_sparse(const vm_request *request, size_t size) {
  bool plain = !request->conceal && !request->wipe;
  return plain && (request->sparse || size < os_get_limits()->sparse_below);
}

/* Missing pages of a fresh region trap from now on, where the system has that. */
static vm_error make_sparse(vm_region *r) {
  vm_error error = os_mark(r->base, r->size, VM_TRAP_MISSING);
  if (error == VM_NOT_SUPPORTED) return VM_OK;
  if (error != VM_OK) return error;
  r->trap = VM_TRAP_MISSING;
  pt_init(&r->table, r->table.pages, vm_reserved_byte(r) | VM_MARKED);
  return VM_OK;
}

vm_error vm_reserve(vm_space *space, const vm_request *request, vm_region **out) {
  uintptr_t base;
  size_t size;
  vm_error error = place(request, &base, &size);
  if (error != VM_OK) return error;
  vm_space_settle(space);
  if (!vm_space_prepare(space)) return VM_OUT_OF_MEMORY;
  vm_region *r = new_region(request);
  if (r == NULL) return VM_OUT_OF_MEMORY;
  error = os_reserve(base, size, request->top_down, request->name, &r->base);
  if (error != VM_OK) {
    free_region(r);
    return error;
  }
  r->size = size;
  r->page_shift = shift_of(os_get_limits()->page_size);
  r->watched = request->watch;
  r->concealed = r->unmarkable = request->conceal; /* markers would be gone in a child */
  r->wiped = request->wipe;
  pt_init(&r->table, size >> r->page_shift, vm_reserved_byte(r));
  r->live = true;
  r->space = space;
  vm_space_hold(space);
  vm_space_enter(space, r);
  if (is_to_be_sparse(request, size)) error = make_sparse(r);
  if (error == VM_OK && r->concealed) error = os_conceal(r->base, r->size);
  if (error == VM_OK)
    *out = r;
  else
    vm_drop(r);
  return error;
}

/* Ends the region's life as far as we know it; the shell remains for its holders. */
static void retire(vm_region *r) {
  vm_space_strike(r->space, r);
  vm_space_drop(r->space);
  r->space = NULL;
  r->recording = NULL;
  pt_free(&r->table);
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
    vm_put_back(r, all);
  return error;
}

void vm_hold(vm_region *r) { r->holders++; }

void vm_abandon(vm_region *r) {
  if (!r->live || vm_release(r) == VM_OK) return;
  bool gone = false;
  if (r->wiped) { /* it may have been that which was refused */
    vm_wipe_some(r);
    gone = os_release(r->base, r->size) == VM_OK;
  }
  if (!gone) {
    (void)os_decommit(r->base, r->size);
    vm_space_owe(r->space, r);
  }
  retire(r);
}

void vm_drop(vm_region *r) {
  if (--r->holders > 0) return;
  if (r->live) {
    r->holders = 1; /* it may have to stay a while */
    vm_abandon(r);
    r->holders--;
  }
  if (r->holders == 0) free_region(r);
}

/* ====== } */

/* {====== Protection ====== */

vm_error vm_protect(vm_region *r, size_t offset, size_t size, unsigned protection, unsigned *old) {
  vm_pages p = vm_widen(r, offset, size);
  if (!vm_all_have(r, p, VM_COMMITTED, VM_COMMITTED)) return VM_NOT_COMMITTED;
  unsigned before = pt_run_at(&r->table, p.first).byte & VM_PROTECTION;
  if (!vm_all_have(r, p, VM_PROTECTION, (uint8_t)protection)) {
    if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
    vm_error error = os_protect(vm_address(r, p.first), vm_bytes(r, p.count), protection);
    uint8_t byte = (uint8_t)(VM_COMMITTED | protection);
    error = vm_conclude(r, p, error, VM_LOCKED | VM_UNWRITTEN, byte);
    if (error != VM_OK) return error;
  }
  *old = before;
  return VM_OK;
}

vm_error vm_disarm(vm_region *r, size_t offset) {
  unsigned byte = pt_run_at(&r->table, offset >> r->page_shift).byte, old;
  return vm_protect(r, offset, 1, byte & VM_PROTECTION & ~(unsigned)VM_GUARD, &old);
}

/* ====== } */

/* {====== Pages in RAM ====== */

/* Pages with a protection of none are committed, and still nobody may touch them. */
static bool touchable(unsigned byte) { return (byte & (VM_READ | VM_GUARD)) == VM_READ; }

static vm_error refuse_untouchable(vm_region *r, vm_run run, void *with) {
  (void)r, (void)with;
  return touchable(run.byte) ? VM_OK : VM_PERMISSION_DENIED;
}

static vm_error unlock_again(vm_region *r, vm_run run, void *with) {
  (void)with;
  if ((run.byte & VM_LOCKED) == 0) (void)os_unlock(r->base + run.offset, run.size);
  return VM_OK;
}

static void undo_locks(vm_region *r, vm_pages p, vm_act_on_run *act) {
  os_give_room();
  (void)vm_each_run(r, p, VM_COMMITTED | VM_LOCKED, act, NULL);
  os_take_room();
}

static vm_error forget_lock(vm_region *r, vm_run run, void *with) {
  (void)with;
  vm_pages p = vm_widen(r, run.offset, run.size);
  if (vm_is_locked(run.byte)) pt_update(&r->table, p.first, p.count, (uint8_t)~VM_LOCKED, 0);
  return VM_OK;
}

/* A child of fork has inherited the page table, but no locks. */
static void forget_locks_of_parent(vm_region *r) {
  if (r->locked_by == 0 || r->locked_by == os_process_id()) return;
  (void)vm_each_run(r, vm_widen(r, 0, r->size), VM_COMMITTED | VM_LOCKED, forget_lock, NULL);
  r->locked_by = 0;
}

vm_error vm_lock(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  if (!vm_all_have(r, p, VM_COMMITTED, VM_COMMITTED)) return VM_NOT_COMMITTED;
  vm_error error = vm_each_run(r, p, VM_STATE, refuse_untouchable, NULL);
  if (error != VM_OK) return error;
  forget_locks_of_parent(r);
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  error = os_lock(vm_address(r, p.first), vm_bytes(r, p.count));
  if (error != VM_OK) undo_locks(r, p, unlock_again);
  if (error == VM_OK) r->locked_by = os_process_id();
  pt_update(&r->table, p.first, p.count, 0xff, error == VM_OK ? VM_LOCKED : 0);
  return error;
}

vm_error vm_unlock_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  return vm_is_locked(run.byte) ? os_unlock(r->base + run.offset, run.size) : VM_OK;
}

vm_error vm_lock_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if (vm_is_locked(run.byte)) (void)os_lock(r->base + run.offset, run.size);
  return VM_OK;
}

vm_error vm_unlock(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  if (!vm_all_have(r, p, VM_COMMITTED, VM_COMMITTED)) return VM_NOT_COMMITTED;
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  vm_error error = vm_each_run(r, p, VM_COMMITTED | VM_LOCKED, vm_unlock_run, NULL);
  if (error != VM_OK) undo_locks(r, p, vm_lock_run);
  uint8_t keep = error == VM_OK ? (uint8_t)~VM_LOCKED : 0xff;
  pt_update(&r->table, p.first, p.count, keep, 0);
  return error;
}

static vm_error prefetch_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if (!touchable(run.byte)) return VM_OK;
  return os_prefetch(r->base + run.offset, run.size, run.byte & VM_PROTECTION);
}

vm_error vm_prefetch(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  if (!vm_all_have(r, p, VM_COMMITTED, VM_COMMITTED)) return VM_NOT_COMMITTED;
  return vm_each_run(r, p, VM_STATE, prefetch_run, NULL);
}

static vm_error discard_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  vm_error error = os_discard(r->base + run.offset, run.size, run.byte);
  if (error == VM_OK && r->trap == VM_TRAP_MISSING)
    error = os_unmark(r->base + run.offset, run.size, r->trap);
  return error;
}

vm_error vm_discard(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  if (!vm_all_have(r, p, VM_COMMITTED, VM_COMMITTED)) return VM_NOT_COMMITTED;
  size_t page = vm_page_size(r);
  /* Inwards: a page of which somebody keeps a part is not ours to forget. */
  size_t from = (offset + page - 1) & ~(page - 1), to = (offset + size) & ~(page - 1);
  if (from >= to) return VM_OK;
  p = vm_widen(r, from, to - from);
  if (r->wiped) return vm_wipe_and(r, p, discard_run);
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  vm_error error = vm_refill(r, p, vm_each_run(r, p, 0xff, discard_run, NULL));
  return vm_conclude(r, p, error, 0xff, 0);
}

/* The system tells of a few reserved pages, of which none is resident, in less time than it takes to ask
** it twice. Of many it may not: Windows looks at each. */
enum { NEAR = 16 }; /* pages */

/* Committed pages that are to be asked for together, and the bytes that have been found before. */
typedef struct counted {
  size_t offset, size, bytes;
} counted;

static vm_error count_those(vm_region *r, counted *c) {
  size_t bytes = 0;
  vm_error error = c->size > 0 ? os_resident(r->base + c->offset, c->size, &bytes) : VM_OK;
  c->bytes += bytes;
  return error;
}

static vm_error count_resident(vm_region *r, vm_run run, void *with) {
  counted *c = with;
  if ((run.byte & VM_COMMITTED) == 0) return VM_OK;
  if (c->size > 0 && run.offset - (c->offset + c->size) <= vm_bytes(r, NEAR)) {
    c->size = run.offset + run.size - c->offset;
    return VM_OK;
  }
  vm_error error = count_those(r, c);
  c->offset = run.offset;
  c->size = run.size;
  return error;
}

vm_error vm_resident(vm_region *r, size_t offset, size_t size, size_t *bytes) {
  counted c = {0, 0, 0};
  vm_error error = vm_each_run(r, vm_widen(r, offset, size), VM_COMMITTED, count_resident, &c);
  if (error == VM_OK) error = count_those(r, &c);
  *bytes = c.bytes;
  return error;
}

/* ====== } */

/* {====== Write watch ====== */

bool vm_note_write(vm_region *r, size_t offset, size_t size) {
  if (!r->watched || size == 0) return true;
  vm_pages p = vm_widen(r, offset, size);
  if (vm_all_have(r, p, VM_UNWRITTEN, 0)) return true;
  if (!pt_prepare(&r->table, p.first, p.count)) return false;
  pt_update(&r->table, p.first, p.count, (uint8_t)~VM_UNWRITTEN, 0);
  return true;
}

bool vm_written(vm_region *r, size_t offset, size_t end, vm_run *run) {
  uint64_t page = offset >> r->page_shift;
  uint64_t last = (end + vm_page_size(r) - 1) >> r->page_shift;
  page += pt_span(&r->table, page, last - page, VM_UNWRITTEN, VM_UNWRITTEN);
  if (page >= last) return false;
  *run = vm_run_from(r, page, last, VM_UNWRITTEN);
  return true;
}

vm_error vm_rearm(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  if (!r->watched) return VM_NOT_SUPPORTED;
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  pt_update(&r->table, p.first, p.count, 0xff, VM_UNWRITTEN);
  return VM_OK;
}

/* ====== } */

/* {====== Asking ====== */

size_t vm_locked(vm_region *r, size_t offset, size_t size) {
  forget_locks_of_parent(r);
  vm_pages p = vm_widen(r, offset, size);
  uint8_t locked = VM_COMMITTED | VM_LOCKED; /* a reserved page has another use for the bit */
  return vm_bytes(r, pt_count(&r->table, p.first, p.count, locked, locked));
}

vm_run vm_query(vm_region *r, size_t offset) {
  return vm_run_from(r, offset >> r->page_shift, r->size >> r->page_shift, VM_STATE);
}

unsigned vm_state_at(vm_region *r, size_t offset) {
  return pt_run_at(&r->table, offset >> r->page_shift).byte & VM_STATE;
}

bool vm_is_committed(vm_region *r, size_t offset, size_t size) {
  return size == 0 || vm_all_have(r, vm_widen(r, offset, size), VM_COMMITTED, VM_COMMITTED);
}

bool vm_allows(vm_region *r, size_t offset, size_t size, unsigned need, size_t *refused) {
  if (size == 0) return true;
  vm_pages p = vm_widen(r, offset, size);
  uint64_t good = pt_span(&r->table, p.first, p.count, (uint8_t)(need | VM_GUARD), (uint8_t)need);
  if (good == p.count) return true;
  size_t start = vm_bytes(r, p.first + good);
  *refused = start > offset ? start : offset;
  return false;
}

/* ====== } */
