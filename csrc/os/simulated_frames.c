/* simulated_frames.c: which pages of the simulated machine are in frames, and which in swap. */
#include "os/simulated.h"

#include <string.h>

void simulated_drop_frame(size_t page) {
  simulated_machine *m = simulated_get();
  simulated_page *p = &m->page[page];
  p->swapped = false;
  if (p->frame == 0) return;
  m->owner[p->frame] = 0;
  p->frame = 0;
  m->used--;
}

/* The next frame whose page is not locked; 0 if there is none. */
static uint32_t find_victim(simulated_machine *m) {
  for (size_t tries = 0; tries < m->choice.frames; tries++) {
    uint32_t frame = m->next;
    m->next = frame < m->choice.frames ? frame + 1 : 1;
    if (m->owner[frame] == 0 || (m->page[m->owner[frame] - 1].byte & VM_LOCKED) == 0) return frame;
  }
  return 0;
}

bool simulated_take_frame(size_t page) {
  simulated_machine *m = simulated_get();
  simulated_page *p = &m->page[page];
  if (p->frame != 0) return true;
  uint32_t frame = find_victim(m);
  if (frame == 0) return false;
  if (m->owner[frame] != 0) {
    size_t victim = m->owner[frame] - 1;
    simulated_drop_frame(victim);
    m->page[victim].swapped = true;
  }
  if (p->swapped)
    m->major++;
  else
    m->minor++;
  p->swapped = false;
  p->frame = frame;
  m->owner[frame] = (uint32_t)page + 1;
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
