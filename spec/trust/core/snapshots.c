/* snapshots.c: the rules of snapshots, page by page. */
#include "snapshots.h"

#include <string.h>

#include "core/snapshot.h"
#include "fake_kernel.h"
#include "log.h"
#include "sections.h"

vm_error may_have_snapshot(const request *q) {
  if (q->m->region->wiped || q->m->region->concealed) return VM_NOT_SUPPORTED;
  for (uint64_t i = 0; i < q->m->pages; i++)
    if (q->m->page[i].section != NULL && !q->m->page[i].copy) return VM_NOT_SUPPORTED;
  return VM_OK;
}

vm_error has_snapshot(const request *q) {
  return q->m->snapshot != NULL ? VM_OK : VM_NOT_SUPPORTED;
}

/* A page may be dirty although it has not changed: after calls that were refused. So the core is asked. */
static bool is_dirty(const request *q, uint64_t page) {
  return pt_run_at(&q->m->snapshot->dirty, page).byte != 0;
}

vm_error may_restore(const request *q) {
  if (q->m->snapshot == NULL) return VM_NOT_SUPPORTED;
  for (uint64_t i = 0; i < q->m->pages; i++) {
    bool copies = model_is_committed(&q->m->before[i]) && is_dirty(q, i);
    if (copies && model_is_lost(&q->m->page[i])) return VM_PAST_END;
  }
  for (uint64_t i = 0; i < q->m->pages; i++) {
    bool commits = model_is_committed(&q->m->before[i]) && !model_is_committed(&q->m->page[i]);
    if (commits && q->m->page[i].answers & VM_READ) return VM_IN_USE;
  }
  for (uint64_t i = 0; i < q->m->pages; i++) {
    const model_page *now = &q->m->page[i], *before = &q->m->before[i];
    bool protects = model_is_committed(before) && model_is_committed(now);
    if (protects && !section_allows(now, before->byte & VM_PROTECTION)) return VM_PERMISSION_DENIED;
  }
  return VM_OK;
}

vm_error take_snapshot(const request *q) {
  vm_snapshot *taken;
  vm_error error = vm_snapshot_take(q->m->region, false, &taken);
  if (error != VM_OK) return error;
  if (q->m->snapshot != NULL) vm_snapshot_close(q->m->snapshot);
  q->m->snapshot = taken;
  q->m->armed = true;
  return VM_OK;
}

void becomes_saved(const request *q, uint64_t page) {
  model_page *before = &q->m->before[page];
  *before = q->m->page[page];
  before->content = model_content(before);
  q->m->page[page].cut = false;
}

/* A copy that shows its section shows what that holds now. The snapshot keeps what it showed before its first
** write. */
static bool shows_section(const model_page *before) {
  return before->section != NULL && !before->own;
}

static uint32_t content_kept(const request *q, uint64_t page) {
  const model_page *before = &q->m->before[page];
  const vm_page_copy *copy = vm_saved_page(q->m->snapshot, page);
  uint32_t content = 0;
  if (!shows_section(before)) return before->content;
  if (!q->m->dirty[page]) return model_content(&q->m->page[page]);
  if (copy != NULL) memcpy(&content, copy->bytes, sizeof content);
  return content;
}

vm_error restore(const request *q) {
  if (has_snapshot(q) != VM_OK) return VM_NOT_SUPPORTED;
  for (uint64_t i = 0; i < q->m->pages; i++) q->m->dirty[i] = is_dirty(q, i);
  return vm_snapshot_restore(q->m->snapshot);
}

void becomes_restored(const request *q, uint64_t page) {
  model_page *m = &q->m->page[page];
  const model_page *before = &q->m->before[page];
  uint8_t reserved = q->m->region->watched ? VM_UNWRITTEN : 0;
  if (!model_is_committed(before)) {
    model_detach(m);
    *m = (model_page){
        .byte = reserved, .loose = m->loose, .answers = m->answers, .functions = m->functions};
    return;
  }
  uint8_t kept = model_is_committed(m) ? m->byte & (VM_LOCKED | VM_UNWRITTEN) : reserved;
  if (q->m->dirty[page]) kept &= (uint8_t)~VM_UNWRITTEN;
  m->byte = (uint8_t)((before->byte & VM_STATE) | kept);
  if (m->cut && !q->m->dirty[page]) return;
  m->cut = model_is_lost(m); /* nothing can be put back */
  if (q->m->dirty[page] || !shows_section(m)) model_store(m, content_kept(q, page));
}

void restore_loses(const request *q, model_excuse *excuse) {
  excuse->lost_end = q->m->pages;
  excuse->anywhere = true;
}

static bool has_changed(const request *q, uint64_t page) {
  const model_page *now = &q->m->page[page], *before = &q->m->before[page];
  if ((now->byte & VM_STATE) != (before->byte & VM_STATE)) return true;
  if (shows_section(before) || now->cut) return false; /* or the section has changed */
  return model_is_committed(now) && model_content(now) != before->content;
}

vm_error ask_changed(const request *q) {
  vm_run run = {0, 0, 0};
  uint64_t page = 0;
  if (has_snapshot(q) != VM_OK) return VM_OK;
  while (page < q->m->pages) {
    bool found = vm_snapshot_changed(q->m->snapshot, page * FAKE_PAGE, &run);
    uint64_t next = found ? run.offset / FAKE_PAGE : q->m->pages;
    for (; page < next; page++)
      if (has_changed(q, page)) log_mismatch("page %llu has changed", (unsigned long long)page);
    if (found) page += run.size / FAKE_PAGE;
  }
  return VM_OK;
}

void snapshots_lose(model *m, uint64_t page) {
  model_page *now = &m->page[page], *before = &m->before[page];
  if (now->own) now->cut = true;
  now->own = false;
  now->content = 0;
  if (m->snapshot == NULL) return;
  const vm_page_copy *copy = vm_saved_page(m->snapshot, page);
  before->content = 0;
  if (copy != NULL) memcpy(&before->content, copy->bytes, sizeof before->content);
}
