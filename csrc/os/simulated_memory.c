/* simulated_memory.c: regions and their pages on the simulated machine. */
#include "os/simulated.h"

#include <string.h>

static vm_error refuse_outside(void) {
  return simulated_refuse(VM_INVALID_ADDRESS, "the simulated machine has no such addresses");
}

/* {====== Regions ====== */

/* How many pages from `from` on are free, `most` at most. */
static size_t count_free(const simulated_machine *m, size_t from, size_t most) {
  size_t count = 0;
  while (count < most && !m->page[from + count].reserved) count++;
  return count;
}

/* Regions begin at multiples of the granularity, so a place is free if that many pages are. */
static bool find_place(const simulated_machine *m, size_t pages, bool top_down, size_t *place) {
  size_t step = SIMULATED_GRANULARITY / m->choice.page, all = m->size / m->choice.page;
  if (pages > all) return false;
  size_t last = (all - pages) / step * step;
  for (size_t tried = 0; tried <= last;) {
    size_t at = top_down ? last - tried : tried, clear = count_free(m, at, pages);
    if (clear == pages) {
      *place = at;
      return true;
    }
    /* Upwards, everything up to the page in the way is no place either. */
    tried += top_down ? step : clear / step * step + step;
  }
  return false;
}

vm_error os_reserve(uintptr_t address, size_t size, bool top_down, const char *name,
                    uintptr_t *base) {
  (void)name;
  simulated_machine *m = simulated_get();
  simulated_range range;
  size_t pages = size / m->choice.page + (size % m->choice.page != 0), place = 0;
  if (address == 0) {
    if (!find_place(m, pages, top_down, &place))
      return simulated_refuse(
          VM_OUT_OF_MEMORY,
          "the simulated machine has no free place in its addresses that is so large");
  } else {
    if (!simulated_find(address, size, &range)) return refuse_outside();
    place = range.from;
    if (count_free(m, place, pages) != pages) return VM_ADDRESS_IN_USE;
  }
  for (size_t i = 0; i < pages; i++) m->page[place + i].reserved = true;
  *base = m->base + place * m->choice.page;
  return VM_OK;
}

/* A page loses what it holds, and becomes reserved. */
static void empty(simulated_machine *m, size_t page) {
  simulated_page *p = &m->page[page];
  if ((p->byte & VM_COMMITTED) == 0) return;
  os_wipe(m->base + page * m->choice.page, m->choice.page);
  simulated_drop_frame(page);
  m->committed--;
  p->byte = 0;
}

vm_error os_release(uintptr_t base, size_t size) {
  simulated_machine *m = simulated_get();
  simulated_range range;
  if (!simulated_find(base, size, &range)) return refuse_outside();
  for (size_t page = range.from; page < range.to; page++) {
    empty(m, page);
    m->page[page] = (simulated_page){0};
  }
  return VM_OK;
}

/* ====== } */

/* {====== Pages ====== */

vm_error os_protect(uintptr_t address, size_t size, unsigned protection) {
  simulated_machine *m = simulated_get();
  simulated_range range;
  if (!simulated_find(address, size, &range)) return refuse_outside();
  for (size_t page = range.from; page < range.to; page++) {
    simulated_page *p = &m->page[page];
    p->byte = (uint8_t)(VM_COMMITTED | (p->byte & VM_LOCKED) | (protection & VM_PROTECTION));
  }
  return VM_OK;
}

vm_error os_commit(uintptr_t address, size_t size, unsigned protection) {
  simulated_machine *m = simulated_get();
  simulated_range range;
  if (!simulated_find(address, size, &range)) return refuse_outside();
  if (++m->commits >= m->choice.refuse && m->choice.refuse > 0)
    return simulated_refuse(VM_OUT_OF_MEMORY,
                            "the simulated machine was told to refuse commits from here on");
  size_t fresh = 0;
  for (size_t page = range.from; page < range.to; page++)
    fresh += (m->page[page].byte & VM_COMMITTED) == 0;
  if (fresh > m->choice.frames + m->choice.swap - m->committed)
    return simulated_refuse(
        VM_OUT_OF_MEMORY,
        "the simulated machine has promised all of its frames and of its swap: decommit "
        "pages, or give it more");
  m->committed += fresh;
  if (m->committed > m->most_committed) m->most_committed = m->committed;
  return os_protect(address, size, protection);
}

vm_error os_decommit(uintptr_t address, size_t size) {
  simulated_machine *m = simulated_get();
  simulated_range range;
  if (!simulated_find(address, size, &range)) return refuse_outside();
  for (size_t page = range.from; page < range.to; page++) empty(m, page);
  return VM_OK;
}

bool os_charges_all(void) { return true; }

const char *os_lazy_advice(void) {
  return "the simulated machine counts every committed page, touched or not; reserve with touch = "
         "\"commit\" instead";
}

vm_error os_decommit_lazy(uintptr_t address, size_t size) { return os_decommit(address, size); }

void os_make_inaccessible(uintptr_t address, size_t size) { (void)os_decommit(address, size); }

void os_drop_spare_mappings(void) {}

void os_keep_spare_mappings(void) {}

/* ====== } */

/* {====== Pages in frames ====== */

static vm_error take_frames(uintptr_t address, size_t size, uint8_t set) {
  simulated_machine *m = simulated_get();
  simulated_range range;
  if (!simulated_find(address, size, &range)) return refuse_outside();
  for (size_t page = range.from; page < range.to; page++) {
    if (!simulated_take_frame(page))
      return simulated_refuse(VM_OUT_OF_MEMORY,
                              "all frames of the simulated machine have locked pages");
    m->page[page].byte |= set;
  }
  return VM_OK;
}

vm_error os_lock(uintptr_t address, size_t size) { return take_frames(address, size, VM_LOCKED); }

vm_error os_unlock(uintptr_t address, size_t size) {
  simulated_machine *m = simulated_get();
  simulated_range range;
  if (!simulated_find(address, size, &range)) return refuse_outside();
  for (size_t page = range.from; page < range.to; page++) m->page[page].byte &= (uint8_t)~VM_LOCKED;
  return VM_OK;
}

vm_error os_prefetch(uintptr_t address, size_t size, unsigned protection) {
  (void)protection;
  return take_frames(address, size, 0);
}

vm_error os_discard(uintptr_t address, size_t size, unsigned byte) {
  simulated_range range;
  if (!simulated_find(address, size, &range)) return refuse_outside();
  os_wipe(address, size);
  if (byte & VM_LOCKED) return VM_OK;
  for (size_t page = range.from; page < range.to; page++) simulated_drop_frame(page);
  return VM_OK;
}

vm_error os_resident(uintptr_t address, size_t size, size_t *bytes) {
  const simulated_machine *m = simulated_get();
  simulated_range range;
  if (!simulated_find(address, size, &range)) return refuse_outside();
  simulated_look(range.from, range.to);
  size_t found = 0;
  for (size_t page = range.from; page < range.to; page++) found += m->page[page].frame != 0;
  *bytes = found * m->choice.page;
  return VM_OK;
}

vm_error os_frame(uintptr_t address, uint64_t *frame) {
  const simulated_machine *m = simulated_get();
  simulated_range range;
  if (!simulated_find(address, 1, &range)) return refuse_outside();
  simulated_look(range.from, range.to);
  if (m->page[range.from].frame == 0) return VM_NOT_COMMITTED;
  *frame = m->page[range.from].frame;
  return VM_OK;
}

vm_error os_peek(uintptr_t address, void *to, size_t size) {
  const simulated_machine *m = simulated_get();
  simulated_range range;
  if (!simulated_find(address, size, &range)) return VM_INVALID_ADDRESS;
  for (size_t page = range.from; page < range.to; page++)
    if ((m->page[page].byte & (VM_READ | VM_GUARD)) != VM_READ) return VM_INVALID_ADDRESS;
  memcpy(to, (const void *)address, size); /* NOLINT(performance-no-int-to-ptr) */
  return VM_OK;
}

/* ====== } */
