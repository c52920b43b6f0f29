/* check_queries.c: checks vm_query, vm_state_at, vm_is_committed, vm_allows, vm_written, vm_locked and vm_resident
** against the model, page by page. */
#include "check_queries.h"

#include "core/trap.h"
#include "fake_kernel.h"
#include "log.h"
#include "others.h"

static bool trapped_alike(const model_page *a, const model_page *b) {
  return a->answers == b->answers && a->functions == b->functions;
}

static void ask_query(const request *q) {
  const model *m = q->m;
  unsigned byte = m->page[q->first].byte & VM_STATE;
  uint64_t end = q->first;
  while (end < m->pages && (m->page[end].byte & VM_STATE) == byte &&
         trapped_alike(&m->page[end], &m->page[q->first]) &&
         model_is_attached_alike(&m->page[end], &m->page[q->first]))
    end++;
  vm_run run = vm_query(m->region, q->offset);
  size_t from = q->first * FAKE_PAGE, size = (end - q->first) * FAKE_PAGE;
  if (run.offset != from || run.size != size || run.byte != byte)
    log_mismatch("query gives %zu, %zu, %02x instead of %zu, %zu, %02x", run.offset, run.size,
                 run.byte, from, size, byte);
  if (vm_state_at(m->region, q->offset) != byte) log_mismatch("another state alone than in a run");
}

/* Of one page or two. Some looks move the cache. */
static void ask_uncached(const request *q, unsigned need, bool allowed) {
  bool expected = allowed && !q->m->region->table.forgets;
  for (uint64_t page = q->first; page < q->end && need == VM_WRITE; page++) {
    unsigned byte = q->m->page[page].byte;
    if (q->m->armed) byte = pt_run_at(&q->m->region->table, page).byte; /* by snapshots, too */
    if ((byte & VM_UNWRITTEN) != 0) expected = false;                   /* is to be noted */
  }
  for (int looks = 0; looks < 3; looks++)
    if (vm_allows_uncached(q->m->region, q->offset, q->size, need) != expected)
      log_mismatch("access %u is allowed by a look: %d", need, !expected);
}

static void ask_traps(const request *q) {
  const model_page *first = &q->m->page[q->first];
  const vm_trap *trap = vm_trap_at(q->m->region, q->offset);
  if ((trap != NULL ? trap->answers : 0) != first->answers ||
      (trap != NULL && trap->functions != first->functions))
    log_mismatch("page %llu has another trap", (unsigned long long)q->first);
  bool reads = false;
  for (uint64_t i = q->first; i < q->end; i++)
    reads = reads || (q->m->page[i].answers & VM_READ) != 0;
  if (vm_traps_reads(q->m->region, q->offset, q->size) != reads)
    log_mismatch("reads are trapped, or not");
}

static void ask_allows(const request *q, unsigned need) {
  uint64_t page = q->first;
  while (page < q->end && model_allows(&q->m->page[page], need)) page++;
  size_t refused = 0, first = page * FAKE_PAGE > q->offset ? page * FAKE_PAGE : q->offset;
  bool allowed = vm_allows(q->m->region, q->offset, q->size, need, &refused);
  if (allowed != (page == q->end) || (!allowed && refused != first))
    log_mismatch("access %u allowed: %d, first refused %zu, not %zu", need, allowed, refused,
                 first);
  if (vm_allows_cached(q->m->region, q->offset, q->size, need) && !allowed)
    log_mismatch("access %u is allowed by the last answer alone", need);
  if (q->end - q->first <= 2) ask_uncached(q, need, allowed);
}

/* The number of committed pages with (byte & mask) == want. */
static uint64_t count(const request *q, unsigned mask, unsigned want) {
  uint64_t found = 0;
  for (uint64_t i = q->first; i < q->end; i++)
    found += model_is_committed(&q->m->page[i]) && (q->m->page[i].byte & mask) == want;
  return found;
}

static void ask_committed(const request *q) {
  bool committed = vm_is_committed(q->m->region, q->offset, q->size);
  if (committed != (count(q, 0, 0) == q->end - q->first))
    log_mismatch("all are committed: %d", committed);
  if (vm_allows_cached(q->m->region, q->offset, q->size, VM_COMMITTED) && !committed)
    log_mismatch("all are committed by the last answer alone");
}

static void ask_counts(const request *q) {
  size_t locked = count(q, VM_LOCKED, VM_LOCKED) * FAKE_PAGE,
         got = vm_locked(q->m->region, q->offset, q->size);
  if (got != locked) log_mismatch("%zu bytes are locked, not %zu", got, locked);
}

vm_error ask_resident(const request *q) {
  size_t resident = 0, got;
  for (uint64_t i = q->first; i < q->end; i++)
    if (model_is_committed(&q->m->page[i]) && model_content(&q->m->page[i]) != 0)
      resident += FAKE_PAGE;
  vm_error error = vm_resident(q->m->region, q->offset, q->size, &got);
  if (error == VM_OK && got != resident && !others_did())
    log_mismatch("%zu bytes are resident, not %zu", got, resident);
  return error;
}

static void ask_written(const request *q) {
  if (!q->m->region->watched) return;
  size_t written = 0, end = q->offset + q->size;
  vm_run run = {q->first * FAKE_PAGE, 0, 0};
  while (run.offset + run.size < end && vm_written(q->m->region, run.offset + run.size, end, &run))
    written += run.size;
  if (written != count(q, VM_UNWRITTEN, 0) * FAKE_PAGE)
    log_mismatch("%zu bytes are written", written);
}

vm_error ask(const request *q) {
  ask_query(q);
  ask_traps(q);
  ask_allows(q, VM_READ);
  ask_allows(q, VM_WRITE);
  ask_committed(q);
  ask_counts(q);
  ask_written(q);
  return VM_OK;
}
