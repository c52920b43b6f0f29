/* fake_guard.c: os/guard.h for the fake kernel. A leaf is run only if no page of its ranges is lost. */
#include "os/guard.h"

#include "fake_kernel.h"

vm_error os_guard(void) { return VM_OK; }

static bool is_lost(const os_range *range, uintptr_t *lost) {
  if (range->from < fake_lowest() || range->from >= fake_highest()) return false;
  for (uintptr_t at = range->from; at < range->to; at += FAKE_PAGE - at % FAKE_PAGE) {
    uint64_t page = fake_page_of(at);
    *lost = at;
    if (fake_is_lost(page, mappings_at(mappings_find(page)))) return true;
  }
  return false;
}

bool os_guarded(os_leaf *leaf, void *with, const os_range ranges[2], uintptr_t *lost) {
  if (is_lost(&ranges[0], lost) || is_lost(&ranges[1], lost)) return false;
  leaf(with);
  return true;
}
