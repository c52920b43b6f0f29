/* reservation.c: rule 1, computed in pages of the fake address space. */
#include "reservation.h"

#include "fake_kernel.h"
#include "log.h"

enum { GRANULE = 65536 };

static reservation refused(vm_error error) { return (reservation){.error = error}; }

static reservation anywhere(size_t size) {
  reservation rule = {.size = size};
  uint64_t first;
  rule.doubtful = !mappings_gap(size / FAKE_PAGE + GRANULE / FAKE_PAGE, FAKE_PAGES, &first);
  return rule;
}

reservation reservation_by_rule(const vm_request *wanted) {
  if (wanted->size > SIZE_MAX / 2)
    return refused(wanted->fixed ? VM_INVALID_ADDRESS : VM_OUT_OF_MEMORY);
  uintptr_t base = wanted->fixed ? wanted->address / GRANULE * GRANULE : 0;
  size_t size = wanted->size + (wanted->fixed ? wanted->address - base : 0);
  size = (size + FAKE_PAGE - 1) / FAKE_PAGE * FAKE_PAGE;
  if (!wanted->fixed) return anywhere(size);
  if (base == 0 || base >= fake_highest() || size > fake_highest() - base)
    return refused(VM_INVALID_ADDRESS);
  uint64_t first = fake_page_of(base);
  if (base < fake_lowest() || !mappings_are_none(first, first + size / FAKE_PAGE))
    return refused(VM_ADDRESS_IN_USE);
  return (reservation){.base = base, .size = size};
}

void reservation_compare(const reservation *rule, vm_error error, const vm_region *region,
                         bool has_failed) {
  bool vast = rule->error == VM_INVALID_ADDRESS && error == VM_OUT_OF_MEMORY;
  if (rule->error != VM_OK && error != rule->error && !vast && !has_failed)
    log_mismatch("the rules say no by %d, reserve says %d", (int)rule->error, (int)error);
  if (rule->error != VM_OK && error == VM_OK) log_mismatch("reserve takes what it must not have");
  if (rule->error == VM_OK && error != VM_OK && !has_failed && !rule->doubtful)
    log_mismatch("reserve says no by %d, for no reason", (int)error);
  if (error != VM_OK) return;
  if (region->size != rule->size || (rule->base != 0 && region->base != rule->base) ||
      region->base % GRANULE != 0)
    log_mismatch("reserved %zu bytes at %zx, not %zu at %zx", region->size, (size_t)region->base,
                 rule->size, (size_t)rule->base);
}
