/* model.c: compares the core and the fake kernel with the model. */
#include "model.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "check_nodes.h"
#include "core/attachments.h"
#include "core/pages.h"
#include "core/snapshot.h"
#include "core/trap.h"
#include "fake_kernel.h"
#include "log.h"

model_totals model_total;

void model_begin(model *m, vm_region *region) {
  m->region = region;
  m->pages = region->size >> region->page_shift;
  m->page = calloc(m->pages, sizeof *m->page);
  m->before = calloc(m->pages, sizeof *m->before);
  m->dirty = calloc(m->pages, sizeof *m->dirty);
  m->snapshot = NULL;
  m->armed = false;
  if (m->page == NULL || m->before == NULL || m->dirty == NULL) abort();
  for (uint64_t i = 0; i < m->pages; i++) m->page[i].byte = region->watched ? VM_UNWRITTEN : 0;
}

void model_end(model *m) {
  if (m->snapshot != NULL) vm_snapshot_close(m->snapshot);
  free(m->page);
  free(m->before);
  free(m->dirty);
  *m = (model){.region = NULL};
}

bool model_is_lost(const model_page *page) {
  return page->section != NULL && page->from * FAKE_PAGE >= page->section->size;
}

uint32_t model_content(const model_page *page) {
  return page->section == NULL || page->own ? page->content : page->section->content[page->from];
}

void model_store(model_page *page, uint32_t content) {
  if (model_is_lost(page)) return;
  if (page->section != NULL && !page->copy) {
    page->section->content[page->from] = content;
    return;
  }
  page->content = content;
  page->own = page->section != NULL;
}

void model_detach(model_page *page) {
  page->content = model_content(page);
  page->section = NULL;
  page->own = page->copy = page->cut = false;
  page->attachment = 0;
  page->from = 0;
}

bool model_is_attached_alike(const model_page *a, const model_page *b) {
  return a->attachment == b->attachment;
}

bool model_is_committed(const model_page *page) { return (page->byte & VM_COMMITTED) != 0; }

bool model_allows(const model_page *page, unsigned need) {
  return model_is_committed(page) && (page->byte & VM_GUARD) == 0 && (page->byte & need) == need;
}

bool model_is_loose(const model *m) {
  for (uint64_t i = 0; i < m->pages; i++)
    if (m->page[i].loose) return true;
  return false;
}

/* The PROT_ bits that a committed page must have. */
static int wanted_protection(unsigned byte) {
  if (byte & VM_GUARD) return PROT_NONE;
  return (byte & VM_READ ? PROT_READ : 0) | (byte & VM_WRITE ? PROT_WRITE : 0) |
         (byte & VM_EXECUTE ? PROT_EXEC : 0);
}

/* One page, as page table, kernel and model have it. */
typedef struct sight {
  uint64_t index, page;         /* in the region; in the kernel */
  unsigned byte;                /* of the page table */
  bool concealed, sparse, lazy; /* the region */
  uint8_t heeded;               /* bits of a byte that are compared */
  const mapping *mapping;
  const fake_page *kernel;
  model_page *model;
  struct model *whole;
} sight;

static uint32_t content_of(const sight *s) { return fake_content(s->page, s->mapping); }

static void complain(const sight *s, const char *what) {
  log_mismatch(
      "page %llu %s: page table %02x, model %02x content %u%s%s; kernel: protection %d, %s, %s, "
      "content %u",
      (unsigned long long)s->index, what, s->byte, s->model->byte, model_content(s->model),
      s->model->loose ? " loose" : "", s->model->section != NULL ? " attached" : "",
      s->mapping->protection, fake_traps(s->page, s->mapping) ? "traps" : "does not trap",
      s->mapping->locked ? "locked" : "not locked", content_of(s));
}

/* Whether the kernel's mapping shows the page of the section, or none. */
static bool is_mapped_well(const sight *s) {
  const mapping *m = s->mapping;
  const model_page *page = s->model;
  if (page->section == NULL) return m->file == 0;
  return m->file == page->section->file && m->shared == !page->copy &&
         (uint64_t)m->shift + s->page == page->from;
}

/* Whether the kernel's mapping is exactly as the page table says; markers are not checked. */
static bool is_exact(const sight *s) {
  const mapping *m = s->mapping;
  unsigned byte = s->byte;
  if (s->lazy && m->file == 0 && (!m->noreserve || m->accounted)) return false;
  if (byte & VM_COMMITTED && s->concealed && !(m->undumped && m->fork_wiped)) return false;
  if (byte & VM_COMMITTED)
    return m->protection == wanted_protection(byte) && m->locked == ((byte & VM_LOCKED) != 0);
  int wanted = vm_is_marked(byte) ? PROT_READ | PROT_WRITE : PROT_NONE;
  return m->protection == wanted && !m->locked;
}

/* Every access that the page table allows must work, and every other must trap. Its marks must be right,
** too, because the next commit relies on them. */
static void compare_kernel(const sight *s) {
  int has = s->mapping->protection;
  /* In a sparse region a commit marks pages again that the page table has as not marked. */
  bool marks_anew = s->sparse && !(s->byte & (VM_COMMITTED | VM_MARKED));
  if (fake_traps(s->page, s->mapping) != vm_is_marked(s->byte) && !marks_anew)
    complain(s, "is marked, or should be");
  if (s->byte & VM_COMMITTED && wanted_protection(s->byte) & ~has)
    complain(s, "allows what the kernel forbids");
  if (vm_is_marked(s->byte) && has != (PROT_READ | PROT_WRITE))
    complain(s, "is marked, and its mapping is not read-write");
  if (s->concealed && s->byte & VM_COMMITTED && !(s->mapping->undumped && s->mapping->fork_wiped))
    complain(s, "is not concealed");
  if (!is_mapped_well(s)) complain(s, "shows something else");
  if (is_exact(s))
    s->model->loose = false;
  else if (!s->model->loose)
    complain(s, "is not what the kernel has");
}

/* The page has lost its contents, and so has a snapshot that has not copied them. */
static void lose_contents(const sight *s, uint32_t now) {
  model *m = s->whole;
  bool copied = m->snapshot != NULL && vm_saved_page(m->snapshot, s->index) != NULL;
  if (!copied) m->before[s->index].content = now;
  model_store(s->model, now);
}

/* If an undo was refused, changes the model's page as that allows. */
static void excuse_lowering(const sight *s, const model_excuse *e) {
  bool about = s->index >= e->first && s->index < e->end;
  model_page *m = s->model;
  if (!e->loosened || (!about && model_is_committed(m))) return;
  m->loose = true;
  if (m->section != NULL && vm_attachment_at(s->whole->region, s->index * FAKE_PAGE) == NULL)
    model_detach(m); /* a restore could not attach it again */
  if (model_is_committed(m) && !(s->byte & VM_COMMITTED)) {
    m->byte = s->byte & VM_UNWRITTEN; /* the page is lost */
    lose_contents(s, 0);
    model_total.lowered++;
    return;
  }
  if (e->lowered && e->anywhere && model_is_committed(m) && !(s->byte & VM_LOCKED))
    m->byte &= (uint8_t)~VM_LOCKED; /* a restore could not lock it again */
  unsigned byte = s->byte & s->heeded, known = m->byte & s->heeded;
  if (!e->lowered || byte == known || byte != (known & ~(unsigned)VM_PROTECTION)) return;
  m->byte &= (uint8_t)~VM_PROTECTION;
  model_total.lowered++;
}

/* What the page holds once its contents are lost. */
static uint32_t content_without(const model_page *page) {
  return page->section != NULL ? page->section->content[page->from] : 0;
}

/* Compares contents. Copies are made by locking, too, so the kernel is asked which pages are copies. Contents are lost from the first page on: no page may lose its contents after one
** that could have lost them and *kept them. */
static void compare_contents(const sight *s, const model_excuse *e, bool *kept) {
  /* A reserved page of a sparse region that is not marked is mapped anew by a commit: its contents do
  ** not matter. */
  if (s->sparse && !(s->byte & (VM_COMMITTED | VM_MARKED))) return;
  bool about = s->index >= e->lost_first && s->index < e->lost_end;
  uint32_t now = content_of(s), then = model_content(s->model);
  if (e->anywhere && now != then) {
    lose_contents(s, now);
    model_total.lost++;
  } else if (now == then) {
    if (about && then != content_without(s->model)) *kept = true;
  } else if (!about || *kept || now != content_without(s->model)) {
    complain(s, "has other contents");
  } else {
    s->model->content = 0;
    s->model->own = false;
    model_total.lost++;
  }
  s->model->own = s->model->section != NULL && s->kernel->copied;
  if (s->model->own) s->model->content = now;
}

/* A page table's byte without the mark of reserved pages, which the rules do not mention. */
static uint8_t visible(unsigned byte) {
  return (uint8_t)(byte & VM_COMMITTED ? byte : byte & ~(unsigned)VM_MARKED);
}

static void compare_page(sight *s, const model_excuse *e, bool *kept) {
  excuse_lowering(s, e);
  compare_kernel(s);
  if ((visible(s->byte) ^ s->model->byte) & s->heeded) complain(s, "is not what the rules say");
  compare_contents(s, e, kept);
}

/* How many pages from s->index on need no closer look, at most `most`. These are almost all pages. */
static uint64_t skip_good(const sight *s, uint64_t most) {
  uint8_t byte = visible(s->byte);
  bool marked = vm_is_marked(s->byte);
  uint64_t good = 0;
  if (!is_exact(s) || s->model->section != NULL || s->mapping->file != 0) return 0;
  while (good < most && ((s->model[good].byte ^ byte) & s->heeded) == 0 && !s->model[good].loose &&
         fake_traps(s->page + good, s->mapping) == marked && s->model[good].section == NULL &&
         s->kernel[good].content == s->model[good].content)
    good++;
  return good;
}

/* The traps, page by page. */
static void compare_traps(const model *m) {
  const vm_region *r = m->region;
  static const vm_trap none = {0};
  for (uint64_t i = 0; i < m->pages; i++) {
    const vm_trap *t = vm_trap_at(r, i * FAKE_PAGE);
    if (t == NULL) t = &none;
    if (t->answers == m->page[i].answers && t->functions == m->page[i].functions) continue;
    log_mismatch("page %llu is trapped as %u by %u, not as %u by %u", (unsigned long long)i,
                 t->answers, (unsigned)t->functions, m->page[i].answers, m->page[i].functions);
    return;
  }
}

void model_compare(model *m, const model_excuse *e) {
  vm_region *r = m->region;
  uint64_t base = fake_page_of(r->base);
  size_t committed = 0, at = mappings_find(base);
  bool kept = false, strict = !e->loosened && e->lost_end == 0;
  if (!mappings_hold(base, base + m->pages)) {
    log_mismatch("some pages of a region are not mapped");
    return;
  }
  for (uint64_t i = 0; i < m->pages;) {
    pt_run run = pt_run_at(&r->table, i);
    while (mappings_at(at)->end <= base + i) at++;
    uint64_t end = run.first + run.count, mapped = mappings_at(at)->end - base;
    if (end > mapped) end = mapped;
    if (run.byte & VM_COMMITTED) committed += (end - i) * FAKE_PAGE;
    while (i < end) {
      sight s = {i,
                 base + i,
                 run.byte,
                 r->concealed,
                 r->marked_by == VM_BY_MISSING,
                 r->lazy,
                 m->armed ? (uint8_t)~VM_UNWRITTEN : 0xff,
                 mappings_at(at),
                 fake_page_at(base + i),
                 &m->page[i],
                 m};
      uint64_t good = strict ? skip_good(&s, end - i) : 0;
      if (good == 0) compare_page(&s, e, &kept);
      i += good > 0 ? good : 1;
    }
  }
  compare_traps(m);
  if (!check_nodes(&r->table)) log_mismatch("the page table has a node whose entries are alike");
  if (committed != r->committed)
    log_mismatch("%zu bytes are committed, not %zu", committed, r->committed);
}
