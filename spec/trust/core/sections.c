/* sections.c: sections, page by page: what each holds, and where its pages are. */
#include "sections.h"

#include "core/attach.h"
#include "core/pages.h"
#include "fake_files.h"
#include "fake_kernel.h"
#include "log.h"
#include "random.h"

enum { MOST = 48 }; /* sections of a sequence */

static model_section list[MOST];
static size_t count;
static model_section *slot[SECTION_SLOTS]; /* NULL: none */
static uint32_t last_attachment;

void sections_begin(void) {
  for (size_t i = 0; i < SECTION_SLOTS; i++) slot[i] = NULL;
  count = 0;
  last_attachment = 0;
}

static void let_go(size_t i) {
  if (slot[i] == NULL) return;
  slot[i]->open = false;
  vm_section_drop(slot[i]->section);
  slot[i] = NULL;
}

void sections_end(void) {
  for (size_t i = 0; i < SECTION_SLOTS; i++) let_go(i);
}

/* {====== Arguments ====== */

static uint64_t pages_of(uint64_t size) { return (size + FAKE_PAGE - 1) / FAKE_PAGE; }

/* Sizes in bytes, some of them not whole pages. */
static uint64_t choose_size(void) {
  static const uint64_t pages[] = {1, 2, 5, 12, 40, 64, 130, 700};
  uint64_t size = pages[random_below(sizeof pages / sizeof *pages)] * FAKE_PAGE;
  return random_one_in(4) ? size - random_below(FAKE_PAGE) : size;
}

/* The range is cut where the section ends. It may leave out a part of its last page. */
static void place(request *q) {
  const model_section *s = slot[q->section];
  uint64_t pages = s != NULL ? pages_of(s->size) : 1, most;
  q->from = random_one_in(2) ? 0 : random_below(pages);
  if (s != NULL && random_one_in(4) && q->first < pages) q->from = q->first; /* neighbours go on */
  most = pages - q->from;
  if (q->end - q->first > most) q->end = q->first + most;
  q->offset = q->first * FAKE_PAGE;
  q->size = (q->end - q->first) * FAKE_PAGE;
  if (random_one_in(4)) q->size -= random_below(FAKE_PAGE);
}

void sections_choose(request *q) {
  q->section = random_below(SECTION_SLOTS);
  q->copy = random_one_in(2);
  q->bytes = choose_size();
  place(q);
}

/* ====== } */

/* {====== Making and closing ====== */

vm_error make_section(const request *q) {
  os_section_request wanted = {.size = q->bytes};
  wanted.growable = q->copy;
  wanted.executable = (q->protection & VM_EXECUTE) != 0;
  vm_section *made;
  if (count == MOST) return VM_OK;
  vm_error error = vm_section_new(&wanted, &made);
  if (error != VM_OK) return error;
  let_go(q->section);
  slot[q->section] = &list[count++];
  *slot[q->section] = (model_section){.section = made,
                                      .file = (int)made->system.handle,
                                      .number = (unsigned)count,
                                      .open = true,
                                      .growable = wanted.growable,
                                      .executable = wanted.executable,
                                      .size = wanted.size};
  return VM_OK;
}

vm_error can_close(const request *q) { return slot[q->section] != NULL ? VM_OK : VM_NOT_SUPPORTED; }

vm_error close_section(const request *q) {
  vm_error error = can_close(q);
  let_go(q->section);
  return error;
}

vm_error can_grow(const request *q) {
  const model_section *s = slot[q->section];
  if (s == NULL) return VM_NOT_SUPPORTED;
  bool may = q->bytes == s->size || (q->bytes > s->size && s->growable);
  return may ? VM_OK : VM_PERMISSION_DENIED;
}

vm_error grow_section(const request *q) {
  model_section *s = slot[q->section];
  if (s == NULL) return VM_NOT_SUPPORTED;
  vm_error error = vm_section_resize(s->section, q->bytes);
  if (error == VM_OK) s->size = q->bytes;
  return error;
}

/* ====== } */

/* {====== Attaching ====== */

bool section_allows(const model_page *page, unsigned protection) {
  unsigned never = VM_EXECUTE | VM_EXECUTE_ONLY;
  return page->section == NULL || page->section->executable || (protection & never) == 0;
}

vm_error all_attached_may(const request *q) {
  for (uint64_t i = q->first; i < q->end; i++)
    if (!section_allows(&q->m->page[i], q->protection)) return VM_PERMISSION_DENIED;
  return VM_OK;
}

vm_error can_attach(const request *q) {
  const vm_region *r = q->m->region;
  if (slot[q->section] == NULL) return VM_NOT_SUPPORTED;
  model_page page = {.section = slot[q->section]};
  if (r->wiped || r->concealed || r->marked_by == VM_BY_MISSING) return VM_NOT_SUPPORTED;
  if (!section_allows(&page, q->protection)) return VM_PERMISSION_DENIED;
  for (uint64_t i = q->first; i < q->end; i++)
    if (q->m->page[i].answers & VM_READ) return VM_IN_USE;
  return q->m->snapshot != NULL && !q->copy ? VM_IN_USE : VM_OK;
}

vm_error attach(const request *q) {
  const model_section *s = slot[q->section];
  if (s == NULL) return VM_NOT_SUPPORTED;
  last_attachment++;
  return vm_attach(q->m->region, q->offset, s->section, q->from * FAKE_PAGE, q->size, q->protection,
                   q->copy);
}

void becomes_attached(const request *q, uint64_t page) {
  model_page *m = &q->m->page[page];
  uint8_t reserved = q->m->region->watched ? VM_UNWRITTEN : 0;
  *m = (model_page){.byte = (uint8_t)(reserved | VM_COMMITTED | q->protection),
                    .loose = m->loose,
                    .answers = m->answers,
                    .functions = m->functions,
                    .section = slot[q->section],
                    .from = q->from + page - q->first,
                    .copy = q->copy,
                    .attachment = last_attachment};
}

/* ====== } */

/* {====== Comparing ====== */

static bool is_as_page(const vm_attachment *a, const model_page *page) {
  return a->section == page->section->section && a->from == page->from * FAKE_PAGE &&
         a->copy == page->copy;
}

static void compare_list(model *m) {
  size_t offset = 0;
  for (uint64_t i = 0; i < m->pages;) {
    const model_page *page = &m->page[i];
    uint64_t end = i + 1;
    if (page->section == NULL) {
      i = end;
      continue;
    }
    while (end < m->pages && model_is_attached_alike(&m->page[end], page)) end++;
    const vm_attachment *a = vm_next_attachment(m->region, offset);
    if (a == NULL || a->first != i || a->count != end - i || !is_as_page(a, page) ||
        a != vm_attachment_at(m->region, end * FAKE_PAGE - 1)) {
      log_mismatch("pages %llu to %llu are not attached as they should be", (unsigned long long)i,
                   (unsigned long long)end - 1);
      return;
    }
    page->section->shown++;
    offset = end * FAKE_PAGE;
    i = end;
  }
  if (offset < m->region->size && vm_next_attachment(m->region, offset) != NULL)
    log_mismatch("more is attached than should be");
}

static void compare_section(const model_section *s) {
  size_t holders = s->shown + s->open;
  if (fake_file_is_open(s->file) != (holders > 0) && !s->gone)
    log_mismatch("section %u has %zu holders, and a file or none", s->number, holders);
  if (holders == 0 || !fake_file_is_open(s->file)) return;
  if (s->section->holders != holders)
    log_mismatch("section %u has %zu holders, not %zu", s->number, s->section->holders, holders);
  if (os_section_size(&s->section->system) != s->size)
    log_mismatch("section %u has %llu bytes, not %llu", s->number,
                 (unsigned long long)os_section_size(&s->section->system),
                 (unsigned long long)s->size);
}

void sections_compare(model *m, size_t models) {
  for (size_t i = 0; i < count; i++) list[i].shown = 0;
  for (size_t i = 0; i < models; i++)
    if (m[i].region != NULL) compare_list(&m[i]);
  for (size_t i = 0; i < count; i++) {
    compare_section(&list[i]);
    if (list[i].shown + list[i].open == 0) list[i].gone = true; /* another may get its descriptor */
  }
}

/* ====== } */
