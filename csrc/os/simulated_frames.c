/* simulated_frames.c: which pages of the simulated machine are in frames, and which in swap. */
#include "os/simulated.h"

#include <string.h>

void simulated_drop_frame(size_t page) {
  simulated_machine *m = simulated_get();
  simulated_page *p = &m->page[page];
  p->swapped = false;
  if (p->frame == 0) return;
  simulated_frame *f = &m->frame[p->frame];
  m->frame[f->before].behind = f->behind;
  m->frame[f->behind].before = f->before;
  *f = (simulated_frame){.behind = m->free};
  m->free = p->frame;
  p->frame = 0;
  m->used--;
}

/* The page that has had its frame longest, and is not locked, goes to swap. False if all are locked. */
static bool swap_out(simulated_machine *m) {
  uint32_t frame = m->frame[0].behind;
  while (frame != 0 && (m->page[m->frame[frame].owner - 1].byte & VM_LOCKED) != 0)
    frame = m->frame[frame].behind;
  if (frame == 0) return false;
  size_t page = m->frame[frame].owner - 1;
  simulated_drop_frame(page);
  m->page[page].swapped = true;
  return true;
}

/* A frame that no page has: there is one. */
static uint32_t find_free(simulated_machine *m) {
  uint32_t frame = m->free;
  if (frame == 0 && m->touched < m->choice.frames) return (uint32_t)++m->touched;
  if (frame != 0) m->free = m->frame[frame].behind;
  return frame;
}

bool simulated_take_frame(size_t page) {
  simulated_machine *m = simulated_get();
  simulated_page *p = &m->page[page];
  if (p->frame != 0) return true;
  if (m->used == m->choice.frames && !swap_out(m)) return false;
  if (p->swapped)
    m->major++;
  else
    m->minor++;
  p->swapped = false;
  p->frame = find_free(m);
  uint32_t last = m->frame[0].before;
  m->frame[p->frame] = (simulated_frame){.owner = (uint32_t)page + 1, .before = last};
  m->frame[last].behind = m->frame[0].before = p->frame;
  m->used++;
  if (m->used > m->most_used) m->most_used = m->used;
  return true;
}

static bool holds_anything(const char *bytes, size_t size) {
  return bytes[0] != 0 || memcmp(bytes, bytes + 1, size - 1) != 0;
}

void simulated_look(size_t from, size_t to) {
  simulated_machine *m = simulated_get();
  for (size_t page = from; page < to; page++) {
    const simulated_page *p = &m->page[page];
    bool known = (p->byte & VM_COMMITTED) == 0 || p->frame != 0 || p->swapped;
    if (!known && holds_anything(simulated_bytes(m, page), m->choice.page))
      (void)simulated_take_frame(page);
  }
}

void simulated_touch(uintptr_t address, size_t size, bool write) {
  const simulated_machine *m = simulated_get();
  simulated_range range;
  if (!simulated_find(address, size, &range)) return;
  for (size_t page = range.from; page < range.to; page++)
    if (write || m->page[page].swapped) (void)simulated_take_frame(page);
}
