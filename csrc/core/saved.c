/* saved.c: copies of pages that snapshots keep, made before the pages change. */
#include "core/saved.h"

#include <stdlib.h>
#include <string.h>

#include "core/backed.h"
#include "core/loss.h"
#include "core/rollback.h"
#include "os/os.h"

/* {====== Copies by page ====== */

typedef struct vm_copy_entry {
  uint64_t page;
  vm_page_copy *copy; /* NULL: the entry is free */
} vm_copy_entry;

enum { FIRST_BITS = 4 };

static size_t room_of(const vm_page_copies *c) { return c->bits > 0 ? (size_t)1 << c->bits : 0; }

/* The entry of the page, or the free one where it belongs. There is a free one. */
static vm_copy_entry *entry_of(const vm_page_copies *c, uint64_t page) {
  size_t mask = room_of(c) - 1;
  size_t at = (size_t)(page * UINT64_C(0x9E3779B97F4A7C15) >> (64 - c->bits));
  while (c->entry[at].copy != NULL && c->entry[at].page != page) at = (at + 1) & mask;
  return &c->entry[at];
}

static vm_page_copy *find(const vm_page_copies *c, uint64_t page) {
  return c->count > 0 ? entry_of(c, page)->copy : NULL;
}

const vm_page_copy *vm_saved_page(const vm_snapshot *s, uint64_t page) {
  return find(&s->copies, page);
}

static bool grow(vm_page_copies *c) {
  vm_page_copies larger = *c;
  if (c->bits >= 60) return false; /* there is no memory for so many */
  larger.bits = c->bits > 0 ? c->bits + 1 : FIRST_BITS;
  larger.entry = calloc((size_t)1 << larger.bits, sizeof *larger.entry);
  if (larger.entry == NULL) return false;
  for (size_t i = 0; i < room_of(c); i++)
    if (c->entry[i].copy != NULL) *entry_of(&larger, c->entry[i].page) = c->entry[i];
  free(c->entry);
  *c = larger;
  return true;
}

/* The page has no copy yet. */
static bool add(vm_page_copies *c, uint64_t page, vm_page_copy *copy) {
  if (c->count >= room_of(c) / 4 * 3 && !grow(c)) return false;
  if (!pt_prepare(&c->kept, page, 1)) return false;
  pt_update(&c->kept, page, 1, 0, 1);
  *entry_of(c, page) = (vm_copy_entry){page, copy};
  c->count++;
  copy->holders++;
  return true;
}

static void drop(vm_page_copy *copy) {
  if (copy->holders <= 1)
    free(copy);
  else
    copy->holders--;
}

static void drop_all(vm_page_copies *c) {
  for (size_t i = 0; i < room_of(c); i++)
    if (c->entry[i].copy != NULL) drop(c->entry[i].copy);
  free(c->entry);
  pt_free(&c->kept);
  c->entry = NULL;
  c->bits = 0;
  c->count = 0;
}

static vm_page_copy *new_copy(const vm_region *r, uint64_t page) {
  size_t size = vm_page_size(r);
  vm_page_copy *copy = malloc(sizeof *copy + size);
  if (copy == NULL) return NULL;
  copy->holders = 0;
  vm_copy_page(r, vm_bytes(r, page), copy->bytes);
  return copy;
}

/* ====== } */

/* {====== Saving ====== */

vm_error vm_read_run(vm_region *r, vm_run run, const vm_reading *reading) {
  if (vm_is_touchable(run.byte)) return reading->act(r, run, reading->with);
  vm_pages p = vm_widen(r, run.offset, run.size);
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  uintptr_t address = r->base + run.offset;
  vm_error error = os_protect(address, run.size, VM_READ);
  if (error == VM_OK) error = reading->act(r, run, reading->with);
  vm_error back = os_protect(address, run.size, run.byte & VM_PROTECTION);
  if (back == VM_OK)
    pt_update(&r->table, p.first, p.count, 0xff, 0);
  else
    vm_roll_back(r, p);
  bool lowered = !vm_all_have(r, p, VM_STATE, (uint8_t)run.byte);
  return error == VM_OK && lowered ? back : error;
}

static bool is_dirty(vm_snapshot *s, vm_pages p) {
  return pt_span(&s->dirty, p.first, p.count, 1, 1) == p.count;
}

static bool had_committed(vm_snapshot *s, uint64_t page) {
  return (pt_run_at(&s->states, page).byte & VM_COMMITTED) != 0;
}

/* Gives a copy of the page to each snapshot that needs one. They share it. */
static vm_error save_page(vm_region *r, uint64_t page) {
  vm_page_copy *copy = NULL;
  for (vm_snapshot *s = r->snapshots; s != NULL; s = s->next) {
    if (is_dirty(s, (vm_pages){page, 1})) break;
    if (s->all || !had_committed(s, page)) continue;
    vm_page_copy *kept = find(&s->copies, page);
    if (kept != NULL) {
      copy = kept;
      continue;
    }
    if (copy == NULL) copy = new_copy(r, page);
    if (copy == NULL) return VM_OUT_OF_MEMORY;
    if (add(&s->copies, page, copy)) continue;
    if (copy->holders == 0) free(copy);
    return VM_OUT_OF_MEMORY;
  }
  return VM_OK;
}

static vm_error save_readable_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  vm_walk w;
  vm_stretch stretch;
  vm_error error = VM_OK;
  vm_walk_start(&w, vm_memory(r, run.offset), run.size);
  while (error == VM_OK && vm_walk_next(&w, &stretch)) {
    if (!stretch.backed) continue; /* zeros need no copy */
    vm_pages p = vm_widen(r, stretch.from - r->base, stretch.to - stretch.from);
    for (uint64_t i = 0; i < p.count && error == VM_OK; i++) error = save_page(r, p.first + i);
  }
  return error;
}

static vm_error save_run(vm_region *r, vm_run run, void *with) {
  static const vm_reading reading = {save_readable_run, NULL};
  (void)with;
  if ((run.byte & VM_COMMITTED) == 0) return VM_OK;
  if (is_dirty(r->snapshots, vm_widen(r, run.offset, run.size))) return VM_OK;
  return vm_read_run(r, run, &reading);
}

vm_error vm_save_copies(vm_region *r, vm_pages p) {
  return vm_each_run(r, p, VM_STATE, save_run, NULL);
}

static bool make_room(vm_snapshot *s) {
  if (s->notes < s->note_room) return true;
  size_t room = s->note_room == 0 ? 16 : s->note_room * 2;
  vm_pages *larger = realloc(s->noted, room * sizeof *larger);
  if (larger == NULL) return false;
  s->noted = larger;
  s->note_room = room;
  return true;
}

/* The range is prepared, and there is room. */
static void note_dirty(vm_snapshot *s, vm_pages p) {
  vm_pages *last = s->notes > 0 ? &s->noted[s->notes - 1] : NULL;
  pt_update(&s->dirty, p.first, p.count, 0xff, 1);
  if (last != NULL && last->first + last->count == p.first)
    last->count += p.count;
  else
    s->noted[s->notes++] = p;
}

vm_error vm_save(vm_region *r, vm_pages p) {
  if (r->snapshots == NULL || is_dirty(r->snapshots, p)) return VM_OK;
  vm_error error = vm_save_copies(r, p);
  return error == VM_OK ? vm_note_lost(r, p) : error;
}

vm_error vm_note_lost(vm_region *r, vm_pages p) {
  vm_error error = VM_OK;
  vm_snapshot *end = r->snapshots;
  for (; end != NULL && !is_dirty(end, p) && error == VM_OK; end = end->next)
    if (!make_room(end) || !pt_prepare(&end->dirty, p.first, p.count)) error = VM_OUT_OF_MEMORY;
  for (vm_snapshot *s = r->snapshots; s != end; s = s->next) {
    if (error == VM_OK)
      note_dirty(s, p);
    else
      pt_update(&s->dirty, p.first, p.count, 0xff, 0);
  }
  return error;
}

/* ====== } */

/* {====== Snapshots of a region ====== */

static void link_in_front(vm_snapshot *s) {
  s->previous = NULL;
  s->next = s->region->snapshots;
  if (s->next != NULL) s->next->previous = s;
  s->region->snapshots = s;
}

static void take_out(vm_snapshot *s) {
  if (s->previous != NULL)
    s->previous->next = s->next;
  else
    s->region->snapshots = s->next;
  if (s->next != NULL) s->next->previous = s->previous;
}

vm_snapshot *vm_snapshot_new(vm_region *r) {
  vm_snapshot *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  if (!pt_copy(&s->states, &r->table)) {
    free(s);
    return NULL;
  }
  pt_init(&s->dirty, r->table.pages, 0);
  pt_init(&s->copies.kept, r->table.pages, 0);
  s->changes = r->table.changes;
  s->region = r;
  link_in_front(s);
  return s;
}

void vm_snapshot_renew(vm_snapshot *s) {
  take_out(s);
  link_in_front(s);
  pt_free(&s->dirty);
  s->notes = 0;
  s->changes = s->region->table.changes;
}

static void free_contents(vm_snapshot *s) {
  drop_all(&s->copies);
  pt_free(&s->states);
  pt_free(&s->dirty);
  free(s->noted);
  s->noted = NULL;
  s->region = NULL;
}

/* Without snapshots, only a watched region has armed pages. */
static void disarm(vm_region *r) {
  if (r->snapshots == NULL && !r->watched)
    pt_update(&r->table, 0, r->table.pages, (uint8_t)~VM_UNWRITTEN, 0);
}

void vm_snapshot_empty(vm_snapshot *s) {
  vm_region *r = s->region;
  if (r == NULL) return;
  take_out(s);
  disarm(r);
  free_contents(s);
}

void vm_empty_snapshots(vm_region *r) {
  for (vm_snapshot *s = r->snapshots, *next; s != NULL; s = next) {
    next = s->next;
    free_contents(s);
  }
  r->snapshots = NULL;
}

/* ====== } */
