/* touching.c: the rule of touches: what an access to a reserved page commits. */
#include "touching.h"

#include "core/touch.h"
#include "fake_kernel.h"
#include "log.h"

/* Whether the policy may commit the page. */
static bool is_for_touch(const model_page *page) {
  return !model_is_committed(page) && page->answers == 0;
}

/* The policy answers an access to the first page. */
vm_error touchable(const request *q) {
  bool may = q->m->region->around > 0 && is_for_touch(&q->m->page[q->first]);
  return may ? VM_OK : VM_NOT_COMMITTED;
}

static vm_run touched;

/* What a touch commits: the whole group, or what the access needs of it. */
static bool is_of_rule(const request *q, const vm_run *run) {
  const model *m = q->m;
  uint64_t around = m->region->around, low = q->first, high = q->first;
  while (low % around != 0 && is_for_touch(&m->page[low - 1])) low--;
  do high++;
  while (high < m->pages && (high < q->end || high % around != 0) && is_for_touch(&m->page[high]));
  uint64_t needed = high < q->end ? high : q->end;
  uint64_t first = run->offset / FAKE_PAGE, end = first + run->size / FAKE_PAGE;
  return (first == low && end == high) || (first == q->first && end == needed);
}

vm_error touch(const request *q) {
  if (vm_answers_touch(q->m->region, q->offset, VM_WRITE) != (touchable(q) == VM_OK))
    log_mismatch("the policy answers what it should not, or not what it should");
  if (touchable(q) != VM_OK) return VM_NOT_COMMITTED;
  vm_error error = vm_touch(q->m->region, q->offset, q->size, &touched);
  if (error == VM_OK && !is_of_rule(q, &touched))
    log_mismatch("a touch commits neither its group nor what it needs");
  return error;
}

void reaches_group(const request *q, model_excuse *excuse) {
  uint64_t around = q->m->region->around, last = q->end - 1;
  if (around == 0) return;
  excuse->first -= q->first % around;
  excuse->end += around - 1 - last % around;
}

void becomes_touched(const request *q, uint64_t page) {
  uint64_t first = touched.offset / FAKE_PAGE, end = first + touched.size / FAKE_PAGE;
  for (uint64_t i = first; i < end && page == q->first; i++)
    q->m->page[i].byte =
        (uint8_t)((q->m->page[i].byte & VM_UNWRITTEN) | VM_COMMITTED | q->m->region->protection);
}
