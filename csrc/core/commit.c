/* commit.c: how pages come and go, rules 2 and 3.
**
** The plain way opens pages by changing the protection of their mapping, and takes them away by mapping
** anew. A system keeps a mapping for each change along a region, so scattered commits are slow, and
** their number is limited. Where the system has markers, a chunk of pages that sees a few small
** commits is marked: its mapping becomes read-write, and a marker on each reserved page traps. From
** then on a commit takes markers off, and a decommit puts some on, and no mapping is ever cut.
** The page table knows of each page which way it is reserved, so both ways mix freely.
** A sparse region is all marked from the start: its pages trap as missing. A page there costs more to
** commit, but however far the next one is, nothing is marked in between. */
#include "core/pages.h"
#include "core/space.h"
#include "core/wipe.h"
#include "os/os.h"

enum {
  BESIDE = 32, /* how far to look for signs of work in the next chunk */
  SMALL = 64,  /* up to here markers are cheaper than a change of the mapping (measured) */
  JOIN = VM_CHUNK * VM_CHUNK /* how far to look for a mapping that can be made longer */
};

/* {====== What a range is made of ====== */

/* Pages of a range. */
typedef struct survey {
  uint64_t committed, locked, marked;
  uint64_t writable; /* by their mapping: marked, or committed as "rw" */
} survey;

static vm_error look(vm_region *r, vm_run run, void *with) {
  survey *s = with;
  uint64_t count = run.size >> r->page_shift;
  if (run.byte & VM_COMMITTED) s->committed += count;
  if (run.byte & VM_COMMITTED && run.byte & VM_LOCKED) s->locked += count;
  if (vm_is_marked(run.byte)) s->marked += count;
  if (vm_is_marked(run.byte) || vm_maps_writable(run.byte)) s->writable += count;
  return VM_OK;
}

static survey look_at(vm_region *r, vm_pages p) {
  survey s = {0, 0, 0, 0};
  (void)vm_each_run(r, p, (uint8_t)~VM_UNWRITTEN, look, &s);
  return s;
}

/* ====== } */

/* {====== Marking ====== */

static bool is_sparse(const vm_region *r) { return r->trap == VM_TRAP_MISSING; }

static bool may_mark(const vm_region *r) {
  return !is_sparse(r) && !r->unmarkable && vm_can_mark(r);
}

/* Marks a run that is reserved and not marked yet. A system that refuses is not asked again. */
static vm_error mark_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if (run.byte != 0) return VM_OK;
  vm_pages p = vm_widen(r, run.offset, run.size);
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  vm_error error = os_mark(r->base + run.offset, run.size, r->trap);
  if (error == VM_NOT_SUPPORTED) r->unmarkable = true;
  return vm_conclude(r, p, error, 0xff, VM_MARKED);
}

static vm_error mark(vm_region *r, vm_pages p) {
  return vm_each_run(r, p, VM_COMMITTED | VM_MARKED, mark_run, NULL);
}

static vm_pages chunk_of(const vm_region *r, uint64_t page) {
  uint64_t pages = r->size >> r->page_shift, first = page / VM_CHUNK * VM_CHUNK;
  return (vm_pages){first, pages - first < VM_CHUNK ? pages - first : VM_CHUNK};
}

/* Whether pages beside a chunk are marked and in use: work that comes along will do the same here. */
static bool is_busy_beside(vm_region *r, vm_pages beside) {
  survey s = look_at(r, beside);
  return s.marked > 0 && s.committed >= os_get_limits()->mark_after;
}

/* Whether it is time to mark the chunk: the work on it pays from the next few commits on. */
static bool is_busy(vm_region *r, vm_pages chunk) {
  size_t least = os_get_limits()->mark_after;
  uint64_t end = chunk.first + chunk.count, pages = r->size >> r->page_shift;
  if (pt_count(&r->table, chunk.first, chunk.count, VM_COMMITTED, VM_COMMITTED) >= least)
    return true;
  return (chunk.first > 0 && is_busy_beside(r, (vm_pages){chunk.first - BESIDE, BESIDE})) ||
         (pages - end >= BESIDE && is_busy_beside(r, (vm_pages){end, BESIDE}));
}

/* Before a small commit of p. When nothing comes of it, the plain way serves. */
static void mark_busy_chunks(vm_region *r, vm_pages p) {
  for (uint64_t page = p.first; page < p.first + p.count && may_mark(r);) {
    vm_pages chunk = chunk_of(r, page);
    if (is_busy(r, chunk)) (void)mark(r, chunk);
    page = chunk.first + chunk.count;
  }
}

/* Goes from a reserved page away from it, down or up, as far as pages are reserved and not marked;
** gives those up to a writable mapping. False if none is near. */
static bool find_gap(vm_region *r, vm_pages p, bool down, vm_pages *gap) {
  uint64_t pages = r->size >> r->page_shift;
  uint64_t low = p.first, high = p.first + p.count;
  while (high - low < JOIN) {
    if (down ? low == 0 : high == pages) return false;
    pt_run run = pt_run_at(&r->table, down ? low - 1 : high);
    if (vm_is_marked(run.byte) || vm_maps_writable(run.byte)) {
      *gap = (vm_pages){low, high - low};
      return true;
    }
    if (run.byte & VM_COMMITTED) return false;
    if (down)
      low = run.first;
    else
      high = run.first + run.count;
  }
  return false;
}

/* Where there is no room for another mapping: makes one that is near reach as far as p, which takes
** none, by marking all that lies between. False when that cannot be. */
static bool join(vm_region *r, vm_pages p) {
  vm_pages below, above;
  bool down = find_gap(r, p, true, &below), up = find_gap(r, p, false, &above);
  if (down && (!up || below.count <= above.count)) return mark(r, below) == VM_OK;
  return up && mark(r, above) == VM_OK;
}

/* ====== } */

/* {====== Commit ====== */

/* Marked pages of a range come to be committed with this byte. */
static vm_error unmark_run(vm_region *r, vm_run run, void *with) {
  vm_pages p = vm_widen(r, run.offset, run.size);
  if (vm_is_marked(run.byte))
    pt_update(&r->table, p.first, p.count, VM_UNWRITTEN, *(const uint8_t *)with);
  return VM_OK;
}

static vm_error fill_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  return vm_is_marked(run.byte) ? os_unmark(r->base + run.offset, run.size, r->trap) : VM_OK;
}

/* Other code may have written there while nothing trapped: should it have closed what watches. */
static vm_error empty_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if (!vm_is_marked(run.byte)) return VM_OK;
  return os_mark_committed(r->base + run.offset, run.size, r->trap);
}

/* In sparse regions, unless there are many, what is there already would be looked at page by page. */
static vm_error unmark(vm_region *r, vm_pages p) {
  if (is_sparse(r) && p.count <= VM_CHUNK)
    return vm_each_run(r, p, VM_COMMITTED | VM_MARKED, fill_run, NULL);
  vm_error error = VM_OK;
  if (is_sparse(r)) error = vm_each_run(r, p, VM_COMMITTED | VM_MARKED, empty_run, NULL);
  if (error != VM_OK) return error;
  return os_unmark(vm_address(r, p.first), vm_bytes(r, p.count), r->trap);
}

/* Asks the system, once or twice. */
static vm_error open_pages(vm_region *r, vm_pages p, const survey *s, unsigned protection) {
  vm_error error = VM_OK;
  uintptr_t address = vm_address(r, p.first);
  size_t size = vm_bytes(r, p.count);
  /* Again: whatever has mapped these pages anew has lost it. */
  if (r->concealed && s->committed < p.count) error = os_conceal(address, size);
  if (error == VM_OK && (!vm_maps_writable(protection) || s->writable < p.count))
    error = os_commit(address, size, protection);
  if (error == VM_OK && s->marked > 0) error = unmark(r, p);
  return error;
}

/* Whether the system had no room for another mapping, and nothing has been released since. */
static bool is_crowded(vm_region *r) {
  if (r->crowded && r->crowded_at != vm_space_releases(r->space)) r->crowded = false;
  return r->crowded;
}

static bool become_crowded(vm_region *r) {
  if (is_crowded(r)) return false;
  r->crowded = true;
  r->crowded_at = vm_space_releases(r->space);
  return true;
}

/* Before a commit of pages that are not open yet: whatever makes it cheaper, or possible at all. */
static void prepare_mapping(vm_region *r, vm_pages p, const survey *s) {
  if (!may_mark(r)) return;
  if (p.count <= SMALL) mark_busy_chunks(r, p);
  if (!is_crowded(r)) return;
  if (s->writable > 0)
    (void)mark(r, p);
  else
    (void)join(r, p);
}

vm_error vm_commit(vm_region *r, size_t offset, size_t size, unsigned protection) {
  vm_pages p = vm_widen(r, offset, size);
  uint8_t byte = (uint8_t)(VM_COMMITTED | protection);
  if (vm_all_have(r, p, VM_STATE, byte)) return VM_OK;
  vm_error error = is_sparse(r) ? mark(r, p) : VM_OK; /* where a failure has left plain pages */
  if (error != VM_OK) return error;
  survey s = look_at(r, p);
  if (s.writable < p.count && vm_maps_writable(protection)) {
    prepare_mapping(r, p, &s);
    s = look_at(r, p);
  }
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  error = open_pages(r, p, &s, protection);
  /* Of the bit that says locked, or marked, only the former meaning stays. */
  uint8_t keep = s.locked > 0 ? VM_LOCKED | VM_UNWRITTEN : VM_UNWRITTEN;
  if (error == VM_OK) {
    r->committed += vm_bytes(r, p.count - s.committed);
    if (s.locked > 0 && s.marked > 0)
      (void)vm_each_run(r, p, (uint8_t)~VM_UNWRITTEN, unmark_run, &byte);
  }
  error = vm_conclude(r, p, error, keep, byte);
  if (error != VM_TOO_MANY_MAPPINGS || !vm_maps_writable(protection) || !may_mark(r) ||
      !become_crowded(r))
    return error;
  return vm_commit(r, offset, size, protection);
}

/* ====== } */

/* {====== Decommit ====== */

/* Where a marker can take a committed page away; the contents stay. */
static vm_error open_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if ((run.byte & VM_COMMITTED) == 0 || vm_maps_writable(run.byte)) return VM_OK;
  return os_protect(r->base + run.offset, run.size, VM_READ | VM_WRITE);
}

static vm_error close_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if ((run.byte & VM_COMMITTED) == 0) return VM_OK;
  return os_mark_committed(r->base + run.offset, run.size, r->trap);
}

/* Of a sparse region all at once, reserved pages in between too: so a refusal comes before anything is
** lost. */
static vm_error close_pages(vm_region *r, vm_pages p) {
  if (is_sparse(r)) return os_mark_committed(vm_address(r, p.first), vm_bytes(r, p.count), r->trap);
  return vm_each_run(r, p, VM_COMMITTED, close_run, NULL);
}

static vm_error note_closed_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if ((run.byte & VM_COMMITTED) == 0) return VM_OK;
  vm_pages p = vm_widen(r, run.offset, run.size);
  r->committed -= run.size;
  pt_update(&r->table, p.first, p.count, 0, vm_reserved_byte(r) | VM_MARKED);
  return VM_OK;
}

/* For a prepared range, when the system has no room to map anew, and in sparse regions. Nothing is
** written down before all of it is done: until then every page is committed, and can be made so
** again. */
static vm_error decommit_in_place(vm_region *r, vm_pages p) {
  vm_error error = vm_each_run(r, p, VM_STATE, open_run, NULL);
  if (error == VM_OK) error = close_pages(r, p);
  if (error == VM_OK) (void)vm_each_run(r, p, VM_COMMITTED, note_closed_run, NULL);
  error = vm_refill(r, p, error);
  return vm_conclude(r, p, error, 0xff, 0);
}

static vm_error decommit_locked(vm_region *r, vm_pages p) {
  vm_error error = vm_each_run(r, p, VM_COMMITTED | VM_LOCKED, vm_unlock_run, NULL);
  error = error == VM_OK ? decommit_in_place(r, p) : vm_conclude(r, p, error, 0xff, 0);
  if (error == VM_OK) return VM_OK;
  os_give_room();
  (void)vm_each_run(r, p, VM_COMMITTED | VM_LOCKED, vm_lock_run, NULL);
  os_take_room();
  return error;
}

vm_error vm_decommit(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  survey s = look_at(r, p);
  if (s.committed == 0) return VM_OK;
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  vm_error error = vm_wipe(r, p);
  if (error != VM_OK) return error;
  error = VM_NOT_SUPPORTED;
  uintptr_t address = vm_address(r, p.first);
  uint8_t byte = vm_reserved_byte(r);
  if (is_sparse(r)) return s.locked > 0 ? decommit_locked(r, p) : decommit_in_place(r, p);
  if (p.count <= SMALL && s.writable == p.count && s.locked == 0 && may_mark(r))
    error = os_mark_committed(address, vm_bytes(r, p.count), r->trap);
  if (error == VM_OK) {
    byte |= VM_MARKED;
  } else {
    error = os_decommit(address, vm_bytes(r, p.count));
    if (error == VM_TOO_MANY_MAPPINGS && s.locked == 0 && may_mark(r))
      return decommit_in_place(r, p);
  }
  if (error == VM_OK) r->committed -= vm_bytes(r, s.committed);
  return vm_conclude(r, p, error, 0, byte);
}

/* ====== } */
