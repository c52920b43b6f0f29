/* sections.c: sections, page by page: what each holds, and where its pages are. */
#include "sections.h"

#include "core/attach.h"
#include "core/pages.h"
#include "fake_files.h"
#include "fake_kernel.h"
#include "log.h"
#include "random.h"
#include "snapshots.h"

enum { MOST = 48 }; /* sections of a sequence */

static model_section list[MOST];
static size_t count;
static model_section *slot[SECTION_SLOTS]; /* NULL: none */
static uint32_t last_attachment;
static model *known; /* all regions that there are */
static size_t known_count;

void sections_begin(void) {
  for (size_t i = 0; i < SECTION_SLOTS; i++) slot[i] = NULL;
  count = 0;
  last_attachment = 0;
  known_count = 0;
}

void sections_know(model *all, size_t many) {
  known = all;
  known_count = many;
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
  uint64_t pages = s != NULL && s->size > 0 ? pages_of(s->size) : 1, most;
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

/* {====== Files that become shorter, or longer ====== */

static void set_length(model_section *s, uint64_t size) {
  bool shorter = size < s->size;
  s->size = size;
  for (uint64_t page = pages_of(size); page < FAKE_FILE_PAGES; page++) s->content[page] = 0;
  for (size_t i = 0; i < known_count && shorter; i++)
    for (uint64_t page = 0; known[i].region != NULL && page < known[i].pages; page++)
      if (known[i].page[page].section == s && model_is_lost(&known[i].page[page]))
        snapshots_lose(&known[i], page);
}

void sections_look(void) {
  for (size_t i = 0; i < count; i++) {
    model_section *s = &list[i];
    bool cut = s->disk && !s->gone && fake_file_is_open(s->file) && fake_file_was_cut(s->file);
    if (cut) set_length(s, fake_file_size(s->file));
  }
}

int sections_file(size_t at) { return slot[at] != NULL && slot[at]->disk ? slot[at]->file : 0; }

bool sections_have_file(void) {
  for (size_t i = 0; i < SECTION_SLOTS; i++)
    if (sections_file(i) != 0) return true;
  return false;
}

uint64_t sections_shared(const model_section *s, uint64_t from, uint64_t to) {
  uint64_t pages = 0;
  for (size_t i = 0; i < known_count; i++)
    for (uint64_t page = 0; known[i].region != NULL && page < known[i].pages; page++) {
      const model_page *p = &known[i].page[page];
      uint64_t at = p->from * FAKE_PAGE;
      pages += p->section == s && !p->copy && at < to && at + FAKE_PAGE > from;
    }
  return pages;
}

/* ====== } */

/* {====== Making and closing ====== */

model_section *section_of(const request *q) { return slot[q->section]; }
bool sections_are_full(void) { return count == MOST; }

void put_section(const request *q, const model_section *made) {
  let_go(q->section);
  model_section *s = slot[q->section] = &list[count++];
  *s = *made;
  s->file = (int)made->section->system.handle;
  s->number = (unsigned)count;
  s->open = true;
}

vm_error make_section(const request *q) {
  os_section_request wanted = {.size = q->bytes};
  wanted.growable = q->copy;
  wanted.executable = (q->protection & VM_EXECUTE) != 0;
  vm_section *made;
  if (sections_are_full()) return VM_OK;
  vm_error error = vm_section_new(&wanted, &made);
  if (error != VM_OK) return error;
  put_section(q, &(model_section){.section = made,
                                  .growable = wanted.growable,
                                  .executable = wanted.executable,
                                  .writable = true,
                                  .size = wanted.size});
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
  bool may = q->bytes == s->size || (s->writable && s->growable && (q->bytes > s->size || s->disk));
  return may ? VM_OK : VM_PERMISSION_DENIED;
}

vm_error grow_section(const request *q) {
  model_section *s = slot[q->section];
  if (s == NULL) return VM_NOT_SUPPORTED;
  vm_error error = vm_section_resize(s->section, q->bytes);
  sections_look();
  if (error == VM_OK && fake_file_size(s->file) == q->bytes) set_length(s, q->bytes);
  return error;
}

/* ====== } */

/* {====== Attaching ====== */

bool section_allows(const model_page *page, unsigned protection) {
  unsigned never = 0;
  if (page->section == NULL) return true;
  if (!page->section->executable) never |= VM_EXECUTE | VM_EXECUTE_ONLY;
  if (!page->section->writable && !page->copy) never |= VM_WRITE;
  return (protection & never) == 0;
}

vm_error all_attached_may(const request *q) {
  for (uint64_t i = q->first; i < q->end; i++)
    if (!section_allows(&q->m->page[i], q->protection)) return VM_PERMISSION_DENIED;
  return VM_OK;
}

/* Callers of vm_attach have looked at the section's end. Others may make it shorter after that. */
static bool holds_range(const request *q) {
  const model_section *s = slot[q->section];
  return s != NULL && q->from + (q->end - q->first) <= pages_of(s->size);
}

static bool is_copy(const request *q) { return q->copy || slot[q->section]->copies; }

vm_error can_attach(const request *q) {
  const vm_region *r = q->m->region;
  if (!holds_range(q)) return VM_NOT_SUPPORTED;
  model_page page = {.section = slot[q->section], .copy = is_copy(q)};
  if (r->wiped || r->concealed || r->marked_by == VM_BY_MISSING) return VM_NOT_SUPPORTED;
  if (!section_allows(&page, q->protection)) return VM_PERMISSION_DENIED;
  for (uint64_t i = q->first; i < q->end; i++)
    if (q->m->page[i].answers & VM_READ) return VM_IN_USE;
  return q->m->snapshot != NULL && !is_copy(q) ? VM_IN_USE : VM_OK;
}

vm_error attach(const request *q) {
  const model_section *s = slot[q->section];
  if (!holds_range(q)) return VM_NOT_SUPPORTED;
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
                    .copy = is_copy(q),
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
