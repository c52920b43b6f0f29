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

/* Whether the gap of pages [from, to) has a place for so many. */
static bool has_place(const reservation *rule, uint64_t from, uint64_t to) {
  uintptr_t low = fake_lowest() + from * FAKE_PAGE, high = fake_lowest() + to * FAKE_PAGE - 1;
  if (low < rule->lowest) low = rule->lowest;
  if (high > rule->highest) high = rule->highest;
  uintptr_t mask = rule->alignment - 1;
  if (low > UINTPTR_MAX - mask) return false;
  low = (low + mask) & ~mask;
  return low <= high && high - low >= rule->size - 1;
}

/* The same, for bounds and an alignment. */
static reservation somewhere(const vm_request *wanted, size_t size) {
  bool aligned = wanted->alignment > GRANULE;
  reservation rule = {.size = size,
                      .lowest = wanted->lowest,
                      .highest = wanted->highest != 0 ? wanted->highest : UINTPTR_MAX,
                      .alignment = aligned ? wanted->alignment : GRANULE};
  uint64_t from = 0;
  for (size_t i = 0; i < mappings_count(); i++) {
    const mapping *m = mappings_at(i);
    if (has_place(&rule, from, m->first)) return rule;
    from = m->end;
  }
  if (!has_place(&rule, from, FAKE_PAGES)) rule.error = VM_ADDRESS_IN_USE;
  return rule;
}

reservation reservation_by_rule(const vm_request *wanted) {
  if (wanted->size > SIZE_MAX / 2)
    return refused(wanted->fixed ? VM_INVALID_ADDRESS : VM_OUT_OF_MEMORY);
  uintptr_t base = wanted->fixed ? wanted->address / GRANULE * GRANULE : 0;
  size_t size = wanted->size + (wanted->fixed ? wanted->address - base : 0);
  size = (size + FAKE_PAGE - 1) / FAKE_PAGE * FAKE_PAGE;
  bool chosen = wanted->lowest != 0 || wanted->highest != 0 || wanted->alignment > GRANULE;
  if (!wanted->fixed) return chosen ? somewhere(wanted, size) : anywhere(size);
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
  if (rule->alignment != 0 && (region->base % rule->alignment != 0 || region->base < rule->lowest ||
                               region->base + region->size - 1 > rule->highest))
    log_mismatch("reserved %zu bytes at %zx, which was not asked for", region->size,
                 (size_t)region->base);
  if (region->size != rule->size || (rule->base != 0 && region->base != rule->base) ||
      region->base % GRANULE != 0)
    log_mismatch("reserved %zu bytes at %zx, not %zu at %zx", region->size, (size_t)region->base,
                 rule->size, (size_t)rule->base);
}
