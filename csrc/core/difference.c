/* difference.c: how a snapshot differs from the present. */
#include "core/difference.h"

#include "core/backed.h"
#include "core/loss.h"

vm_then_and_now vm_compare_states(vm_snapshot *s, uint64_t page) {
  pt_run then = pt_run_at(&s->states, page), now = pt_run_at(&s->region->table, page);
  uint64_t end = then.first + then.count, other = now.first + now.count;
  if (other < end) end = other;
  return (vm_then_and_now){{page, end - page}, then.byte & VM_STATE, now.byte & VM_STATE};
}

/* The search for a page that differs from the snapshot's. */
typedef struct search {
  vm_snapshot *snapshot;
  uint64_t alike; /* how many pages do not differ */
} search;

static bool is_alike(vm_snapshot *s, uint64_t page) {
  const vm_page_copy *then = vm_saved_page(s, page);
  return vm_has_contents(s->region, vm_bytes(s->region, page), then != NULL ? then->bytes : NULL);
}

/* Of pages that are not backed, only those differ that have a copy. */
static vm_error find_difference(vm_region *r, vm_run run, void *with) {
  search *found = with;
  vm_walk w;
  vm_stretch stretch;
  vm_walk_start(&w, vm_memory(r, run.offset), run.size);
  while (vm_walk_next(&w, &stretch)) {
    vm_pages p = vm_widen(r, stretch.from - r->base, stretch.to - stretch.from);
    for (uint64_t page = p.first, end = p.first + p.count; page < end;) {
      uint64_t skip = 0;
      if (!stretch.backed) skip = pt_span(&found->snapshot->copies.kept, page, end - page, 1, 0);
      if (skip == 0 && !is_alike(found->snapshot, page)) return VM_OK;
      if (skip == 0) skip = 1;
      found->alike += skip;
      page += skip;
    }
  }
  return VM_OK;
}

uint64_t vm_count_alike(vm_snapshot *s, vm_pages p) {
  search found = {s, 0};
  const vm_reading reading = {find_difference, &found};
  vm_run run = vm_run_from(s->region, p.first, p.first + p.count, VM_STATE);
  return vm_read_run(s->region, run, &reading) == VM_OK ? found.alike : 0;
}
