/* simulated.c: what the simulated machine tells of its areas and of its process. */
#include "os/simulated.h"

#include <stdlib.h>

#include "os/area_list.h"
#include "os/guard.h"
#include "os/machine.h"

/* {====== Its addresses ====== */

static bool is_alike(const simulated_page *a, const simulated_page *b) {
  return a->reserved == b->reserved && a->byte == b->byte;
}

vm_error os_areas(long pid, uintptr_t from, size_t most, os_area **areas, size_t *count) {
  const simulated_machine *m = simulated_get();
  if (pid != 0) return VM_INVALID_ADDRESS;
  size_t all = m->size / m->choice.page, page = 0;
  if (from > m->base) page = (from - m->base) / m->choice.page;
  os_list list = {0};
  vm_error error = VM_OK;
  while (page < all && list.count < most && error == VM_OK) {
    const simulated_page *p = &m->page[page];
    size_t start = page;
    while (start > 0 && p->reserved && is_alike(p, &m->page[start - 1])) start--;
    while (page < all && is_alike(&m->page[page], p)) page++;
    if (!p->reserved) continue;
    char *name = os_list_place(&list, 0);
    os_area area = {m->base + start * m->choice.page,
                    (page - start) * m->choice.page,
                    p->byte & (VM_READ | VM_WRITE | VM_EXECUTE),
                    (p->byte & VM_COMMITTED) == 0,
                    false,
                    ""};
    if (name == NULL) {
      error = VM_OUT_OF_MEMORY;
    } else {
      *name = '\0';
      os_list_add(&list, &area);
    }
  }
  return os_list_end(&list, error, areas, count);
}

vm_error os_resident_areas(long pid, os_stretch **stretches, size_t *count) {
  const simulated_machine *m = simulated_get();
  if (pid != 0) return VM_INVALID_ADDRESS;
  size_t all = m->size / m->choice.page, found = 0, at = 0;
  simulated_look(0, all);
  os_stretch *list = malloc((m->used + 1) * sizeof *list);
  if (list == NULL) return VM_OUT_OF_MEMORY;
  for (; at < all && found < m->used; at++) {
    if (m->page[at].frame == 0) continue;
    list[found++] = (os_stretch){m->base + at * m->choice.page, m->choice.page, m->choice.page};
  }
  *stretches = list;
  *count = found;
  return VM_OK;
}

/* ====== } */

/* {====== Nothing takes its pages away ====== */

bool os_guarded(os_leaf *leaf, void *with, const os_range ranges[2], uintptr_t *lost) {
  (void)ranges, (void)lost;
  leaf(with);
  return true;
}

vm_error os_guard(void) { return VM_OK; }

/* ====== } */

/* {====== The process ====== */

vm_error os_faults(uint64_t *minor, uint64_t *major) {
  const simulated_machine *m = simulated_get();
  simulated_look(0, m->size / m->choice.page);
  *minor = m->minor;
  *major = m->major;
  return VM_OK;
}

void os_count_processors(os_processors *processors) { *processors = (os_processors){1, 1}; }

vm_error os_get_usage(os_usage *usage) {
  const simulated_machine *m = simulated_get();
  simulated_look(0, m->size / m->choice.page);
  *usage = (os_usage){m->used * m->choice.page, m->most_used * m->choice.page,
                      m->committed * m->choice.page, m->most_committed * m->choice.page};
  return VM_OK;
}

size_t os_terminal_width(void) { return 0; }

/* ====== } */
