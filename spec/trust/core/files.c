/* files.c: sections of files on a disk, page by page: what is lost of them, and what is let go of. */
#include "files.h"

#include <stdio.h>

#include "core/flush.h"
#include "core/loss.h"
#include "core/past_end.h"
#include "fake_files.h"
#include "fake_kernel.h"
#include "fake_section.h"
#include "log.h"
#include "random.h"
#include "sections.h"

void files_choose(request *q) {
  sections_choose(q);
  for (size_t i = 0; i < SECTION_SLOTS && sections_file(q->section) == 0; i++)
    q->section = (q->section + 1) % SECTION_SLOTS; /* stays what it is if there is no file */
  if (random_one_in(2)) q->bytes = random_below(12) * FAKE_PAGE;
}

/* {====== Making ====== */

vm_error make_file(const request *q) {
  char path[32];
  uint64_t has = q->from * FAKE_PAGE + (q->copy ? 0 : 7);
  os_file_request wanted = {.path = path, .mode = (os_file_mode)(q->offset / FAKE_PAGE % 3)};
  if (has / FAKE_PAGE >= FAKE_FILE_PAGES - 1) has = 0;
  snprintf(path, sizeof path, "%llu", (unsigned long long)has);
  if (wanted.mode == OS_FILE_NEW) has = 0;
  if (wanted.mode != OS_FILE_READ) wanted.size = q->bytes;
  wanted.sparse = q->protection == VM_READ;
  bool copies = q->protection == 0;
  vm_section *made;
  if (sections_are_full()) return VM_OK;
  vm_error error = vm_section_file(&wanted, copies, true, &made);
  if (error != VM_OK) return error;
  put_section(q, &(model_section){.section = made,
                                  .growable = true,
                                  .disk = true,
                                  .copies = copies,
                                  .writable = wanted.mode != OS_FILE_READ,
                                  .size = wanted.size > has ? wanted.size : has});
  return VM_OK;
}

vm_error cut_file(const request *q) {
  if (section_of(q) == NULL) return VM_NOT_SUPPORTED;
  if (sections_file(q->section) != 0) fake_file_cut(sections_file(q->section), q->bytes);
  sections_look();
  return VM_OK;
}

/* ====== } */

/* {====== Pages behind the end ====== */

static bool is_attached(const request *q, uint64_t page) {
  return vm_attachment_at(q->m->region, page * FAKE_PAGE) != NULL;
}

/* Whether the attachment of the page has let go of some of its lost pages only. */
static bool is_half_done(const request *q, uint64_t page) {
  const model_page *p = &q->m->page[page];
  bool follows = page > 0 && model_is_attached_alike(p, p - 1) && model_is_lost(p - 1);
  return follows && is_attached(q, page) != is_attached(q, page - 1);
}

/* `whole`: no other process has cut the file meanwhile, which can make more pages lost than the core has seen. */
static void follow(const request *q, const model_section *s, bool whole) {
  for (uint64_t i = 0; i < q->m->pages && whole; i++)
    if (q->m->page[i].section == s && model_is_lost(&q->m->page[i]) && is_half_done(q, i))
      log_mismatch("page %llu is detached, or its neighbour", (unsigned long long)i);
  for (uint64_t i = 0; i < q->m->pages; i++) {
    model_page *page = &q->m->page[i];
    if (page->section != s || !model_is_lost(page) || is_attached(q, i)) continue;
    page->byte = q->m->region->watched ? VM_UNWRITTEN : 0;
    model_detach(page);
    page->content = 0;
  }
}

vm_error detach_past(const request *q) {
  const model_section *s = section_of(q);
  if (s == NULL) return VM_NOT_SUPPORTED;
  bool was_whole = fake_file_size(s->file) == s->size;
  vm_error error = vm_detach_past(q->m->region, s->section);
  bool whole = was_whole && fake_file_size(s->file) == s->size;
  sections_look();
  follow(q, s, whole);
  for (uint64_t i = 0; i < q->m->pages && error == VM_OK && whole; i++)
    if (q->m->page[i].section == s && model_is_lost(&q->m->page[i]))
      log_mismatch("page %llu is still attached", (unsigned long long)i);
  return error;
}

static vm_loss loss_of(const request *q) {
  return model_is_lost(&q->m->page[q->first]) ? VM_TRUNCATED : VM_NOT_LOST;
}

vm_error ask_loss(const request *q) {
  vm_loss before = loss_of(q), got = vm_loss_of(q->m->region, q->offset);
  sections_look();
  if (got == VM_UNREADABLE) return VM_IO_ERROR;
  if (got != before && got != loss_of(q))
    log_mismatch("page %llu is lost by %d", (unsigned long long)q->first, (int)got);
  return VM_OK;
}

/* ====== } */

vm_error flush_section(const request *q) {
  const model_section *s = section_of(q);
  uint64_t from = q->from * FAKE_PAGE + q->bytes % FAKE_PAGE, size = q->size;
  if (s == NULL) return VM_NOT_SUPPORTED;
  (void)fake_flushed();
  vm_error error = vm_section_flush(q->m->region->space, s->section, from, size, q->copy);
  uint64_t pages = fake_flushed(), wanted = sections_shared(s, from, from + size);
  if (pages > wanted || (error == VM_OK && pages != wanted))
    log_mismatch("%llu pages are flushed, not %llu", (unsigned long long)pages,
                 (unsigned long long)wanted);
  return error;
}
