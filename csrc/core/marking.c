/* marking.c: when and how a chunk of reserved pages is marked, so that commits there cut no mapping.
**
** The plain way commits pages by changing the protection of their mapping, and decommits them by mapping
** anew. The system keeps a mapping for each change of protection along a region, so scattered commits are
** slow, and their number is limited. Where the system has markers, a chunk that gets a few small commits is
** marked: its mapping becomes read-write, and a marker on each reserved page traps. From then on a commit
** takes markers off and a decommit puts them on, and no mapping is cut. The page table knows for each page
** whether it is marked, so both ways can be mixed.
**
** A sparse region is marked as a whole from the start: its pages trap as missing. A commit there costs
** more, but nothing has to be marked between pages that are far apart. */
#include "core/marking.h"

#include "core/attachments.h"
#include "core/rollback.h"
#include "os/os.h"

enum {
  BESIDE = 32,               /* pages of a neighbouring chunk to look at */
  JOIN = VM_CHUNK * VM_CHUNK /* within how many pages to look for a mapping to extend */
};

bool vm_may_mark(const vm_region *r) {
  return !vm_is_sparse(r) && !r->markers_refused && vm_can_mark(r);
}

/* Marks a run if it is reserved and not marked yet. A system that has no markers is not asked again. */
static vm_error mark_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if (run.byte != 0) return VM_OK;
  vm_pages p = vm_widen(r, run.offset, run.size);
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  vm_error error = os_mark(r->base + run.offset, run.size, r->marked_by);
  if (error == VM_NOT_SUPPORTED) r->markers_refused = true;
  return vm_finish_change(r, p, error, 0xff, VM_MARKED);
}

vm_error vm_mark(vm_region *r, vm_pages p) {
  return vm_each_run(r, p, VM_COMMITTED | VM_MARKED, mark_run, NULL);
}

static vm_pages chunk_of(const vm_region *r, uint64_t page) {
  uint64_t pages = r->size >> r->page_shift, first = page / VM_CHUNK * VM_CHUNK;
  return (vm_pages){first, pages - first < VM_CHUNK ? pages - first : VM_CHUNK};
}

/* Whether the neighbouring pages of a chunk are marked and in use: then the chunk will be used next. */
static bool is_busy_beside(vm_region *r, vm_pages beside) {
  vm_summary s = vm_summarise(r, beside);
  return s.marked > 0 && s.committed >= os_get_limits()->mark_after;
}

/* Whether the page is in a read-write mapping of the region's own, which can grow. */
static bool is_read_write(vm_region *r, uint64_t page) {
  unsigned byte = pt_run_at(&r->table, page).byte;
  if (vm_attachment_at(r, vm_bytes(r, page)) != NULL) return false;
  return vm_is_marked(byte) || vm_maps_writable(byte);
}

/* Whether a mapping beside the pages is read-write, so that a commit of all of them makes it grow. */
static bool extends_mapping(vm_region *r, vm_pages p) {
  uint64_t end = p.first + p.count, pages = r->size >> r->page_shift;
  return (p.first > 0 && is_read_write(r, p.first - 1)) || (end < pages && is_read_write(r, end));
}

/* Whether marking the chunk will pay, that is, whether a few more commits are likely. Where touches commit, they
** are: a chunk without a committed page takes one call to mark, one with a few takes one for each gap. */
static bool is_busy(vm_region *r, vm_pages chunk) {
  if (r->around > 0) return true;
  size_t least = os_get_limits()->mark_after;
  uint64_t end = chunk.first + chunk.count, pages = r->size >> r->page_shift;
  if (pt_count(&r->table, chunk.first, chunk.count, VM_COMMITTED, VM_COMMITTED) >= least)
    return true;
  return (chunk.first > 0 && is_busy_beside(r, (vm_pages){chunk.first - BESIDE, BESIDE})) ||
         (pages - end >= BESIDE && is_busy_beside(r, (vm_pages){end, BESIDE}));
}

void vm_mark_busy_chunks(vm_region *r, vm_pages p) {
  if (r->around > 0 && extends_mapping(r, p)) return; /* touched page after page */
  for (uint64_t page = p.first; page < p.first + p.count && vm_may_mark(r);) {
    vm_pages chunk = chunk_of(r, page);
    if (is_busy(r, chunk)) (void)vm_mark(r, chunk);
    page = chunk.first + chunk.count;
  }
}

/* Looks for a read-write mapping below or above the reserved pages `p`, with only reserved pages
** between. *gap is those and `p`. False if no such mapping is near. */
static bool find_gap(vm_region *r, vm_pages p, bool down, vm_pages *gap) {
  uint64_t pages = r->size >> r->page_shift;
  uint64_t low = p.first, high = p.first + p.count;
  while (high - low < JOIN) {
    if (down ? low == 0 : high == pages) return false;
    uint64_t next = down ? low - 1 : high;
    pt_run run = pt_run_at(&r->table, next);
    if (is_read_write(r, next)) {
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

bool vm_extend_near_mapping(vm_region *r, vm_pages p) {
  vm_pages below, above;
  bool down = find_gap(r, p, true, &below), up = find_gap(r, p, false, &above);
  if (down && (!up || below.count <= above.count)) return vm_mark(r, below) == VM_OK;
  return up && vm_mark(r, above) == VM_OK;
}
