/* record.c: a recording: its events, regions, sources and samples of residency. */
#include "core/record.h"

#include <stdlib.h>
#include <string.h>

#include "core/attachments.h"
#include "core/pages.h"
#include "core/space.h"
#include "core/trap.h"
#include "os/os.h"

enum { BLOCK = 1024 }; /* events */

/* Looks at residency may take a 20th of the time, plus 2 ms; those before a call a quarter. It is processor
** time that a look takes, so that a busy machine changes nothing. The first looks are made in any case. */
enum { LOOKING_PART = 20, LOOKING_BEFORE_PART = 4, LOOKING_AT_ONCE = 2000000, LOOKS_FREE = 256 };

/* {====== Growing arrays ====== */

/* The array with room for one more item; NULL when there is no memory, and the array is as it was. */
static void *grow(void *array, size_t *room, size_t count, size_t item) {
  if (count < *room) return array;
  size_t larger = *room == 0 ? 16 : *room * 2;
  void *moved = larger > SIZE_MAX / item ? NULL : realloc(array, larger * item);
  if (moved != NULL) *room = larger;
  return moved;
}

/* Defines a function that makes room in one of the recording's arrays. */
#define DEFINE_GROW(array, count)                                               \
  static bool grow_##array(vm_recording *g) {                                   \
    void *moved = grow(g->array, &g->array##_room, g->count, sizeof *g->array); \
    if (moved != NULL) g->array = moved;                                        \
    return moved != NULL;                                                       \
  }
DEFINE_GROW(block, blocks) /* NOLINT(bugprone-sizeof-expression): it is an array of pointers */
DEFINE_GROW(met, mets)
DEFINE_GROW(run, runs)
DEFINE_GROW(sample, samples)
DEFINE_GROW(look, looks)
DEFINE_GROW(source, sources)
DEFINE_GROW(chapter, chapters)
DEFINE_GROW(bytes, shown)

const vm_event *vm_event_at(const vm_recording *g, size_t place) {
  return &g->block[place / BLOCK][place % BLOCK];
}

/* Where the next event goes; NULL when there is no memory. */
static vm_event *new_event(vm_recording *g) {
  if (g->events == g->blocks * BLOCK) {
    if (!grow_block(g)) return NULL;
    g->block[g->blocks] = malloc(BLOCK * sizeof(vm_event));
    if (g->block[g->blocks] == NULL) return NULL;
    g->blocks++;
  }
  return &g->block[g->events / BLOCK][g->events % BLOCK];
}

static char *copy_of(const char *text) {
  size_t length = strlen(text) + 1;
  char *copy = malloc(length);
  return copy != NULL ? memcpy(copy, text, length) : NULL;
}

/* ====== } */

/* {====== Bytes of writes ====== */

/* Copies bytes of one page. A page that nothing is behind reads as zeros: looking there would give it a frame, or count
** as a fault. */
static bool copy_in_page(vm_region *r, size_t offset, size_t size, char *to) {
  uintptr_t page = vm_page_size(r), from = (r->base + offset) & ~(page - 1);
  if (vm_attachment_at(r, offset) == NULL) {
    os_range range;
    size_t backed;
    if (os_backed(from, from + page, &range, 1, &backed) == from + page && backed == 0) {
      memset(to, 0, size);
      return true;
    }
  }
  return os_peek(r->base + offset, to, size) == VM_OK;
}

/* Copies the first bytes of a range, and gives how many: 0 where they may not be read. Nothing is committed, no trap
** or handler is asked, and what is wiped or concealed stays secret. */
static uint8_t copy_bytes(vm_region *r, uint64_t offset, uint64_t size, char to[VM_BYTES_SHOWN]) {
  size_t wanted = size < VM_BYTES_SHOWN ? (size_t)size : VM_BYTES_SHOWN, refused, part;
  if (r->wiped || r->concealed || !vm_allows(r, offset, wanted, VM_READ, &refused)) return 0;
  for (size_t done = 0; done < wanted; done += part) {
    size_t at = (size_t)offset + done, left = vm_page_size(r) - at % vm_page_size(r);
    part = wanted - done < left ? wanted - done : left;
    if (!copy_in_page(r, at, part, to + done)) return 0;
  }
  return (uint8_t)wanted;
}

void vm_record_settle(vm_recording *g) {
  if (!g->has_pending || g->end != VM_RECORDING) return;
  g->has_pending = false;
  vm_written_bytes *bytes = &g->bytes[g->shown - 1];
  const vm_event *event = vm_event_at(g, (size_t)bytes->event);
  vm_region *r = vm_at(g->space, g->met[event->region - 1].base);
  if (r != NULL && r->recorded_as == event->region)
    bytes->after_size = copy_bytes(r, event->offset, event->size, bytes->after);
}

/* Before a write, which is the last event. Bytes may be left out. */
static void keep_bytes(vm_recording *g, vm_region *r, const vm_event *event) {
  if (!g->wants_bytes || event->what != VM_DID_WRITE || !grow_bytes(g)) return;
  vm_written_bytes *bytes = &g->bytes[g->shown++];
  *bytes = (vm_written_bytes){.event = g->events - 1, .offset = event->offset};
  if (event->detail == 0)
    bytes->before_size = copy_bytes(r, event->offset, event->size, bytes->before);
  g->has_pending = true;
}

const vm_written_bytes *vm_recorded_bytes(vm_recording *g, uint64_t event) {
  vm_record_settle(g);
  size_t low = 0, high = g->shown;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (g->bytes[middle].event < event)
      low = middle + 1;
    else
      high = middle;
  }
  return low < g->shown && g->bytes[low].event == event ? &g->bytes[low] : NULL;
}

/* ====== } */

/* {====== Beginning and end ====== */

static bool wants_accesses(const vm_recording *g) { return g->reads || g->writes; }

static void each_region(vm_space *space, vm_recording *recording) {
  for (vm_region *r = vm_next(space, 0); r != NULL; r = vm_next(space, r->base + 1)) {
    r->recording = recording;
    pt_forget(&r->table, PT_RECORDED, recording != NULL && wants_accesses(recording));
  }
}

static void finish(vm_recording *g, vm_recording_end end) {
  g->end = end;
  g->duration = os_now() - g->started;
  each_region(g->space, NULL);
  vm_space_record(g->space, NULL);
}

static bool meet(vm_recording *g, vm_region *r, bool before) {
  if (g->mets >= UINT32_MAX - 1 || !grow_met(g)) return false;
  vm_recorded_region met = {r->base, r->size, r->page_shift, r->protection, before, NULL, 0};
  if (r->name != NULL && (met.name = copy_of(r->name)) == NULL) return false;
  g->met[g->mets++] = met;
  r->recorded_as = (uint32_t)g->mets;
  return true;
}

static bool meet_pages(vm_recording *g, vm_region *r) {
  for (size_t offset = 0; offset < r->size;) {
    vm_run run = vm_query(r, offset);
    const vm_trap *trap = vm_trap_at(r, offset);
    const vm_attachment *a = vm_attachment_at(r, offset);
    unsigned attached = a == NULL ? 0 : a->copy ? 2 : 1;
    offset = run.offset + run.size;
    if ((run.byte & VM_COMMITTED) == 0 && trap == NULL) continue;
    if (!grow_run(g)) return false;
    g->run[g->runs++] =
        (vm_start_run){r->recorded_as, trap != NULL ? trap->answers : 0, attached, run};
  }
  return true;
}

/* Tells the last event what was seen after it. */
static void show_last(vm_recording *g) {
  if (g->events == 0) return;
  vm_event *last = &g->block[(g->events - 1) / BLOCK][(g->events - 1) % BLOCK];
  if (last->region != 0 && last->what != VM_DID_RELEASE)
    last->resident = g->met[last->region - 1].resident;
}

/* Adds a sample of each region whose residency has changed. */
static void sample_residency(vm_recording *g) {
  uint64_t start = os_thread_time();
  if (g->looks == 0 || g->look[g->looks - 1].event != g->events) {
    if (!grow_look(g)) return; /* a look may be left out */
    g->look[g->looks++].event = g->events;
  }
  for (vm_region *r = vm_next(g->space, 0); r != NULL; r = vm_next(g->space, r->base + 1)) {
    vm_recorded_region *met = &g->met[r->recorded_as - 1];
    size_t bytes;
    vm_error error = vm_resident(r, 0, r->size, &bytes);
    if (error == VM_NOT_SUPPORTED || error == VM_PERMISSION_DENIED) { /* and so it will stay */
      g->residency = false;
      g->looks = 0;
      return;
    }
    if (error != VM_OK || bytes == met->resident) continue;
    if (!grow_sample(g)) break;
    g->sample[g->samples++] = (vm_sample){g->events, r->recorded_as, bytes};
    met->resident = bytes;
  }
  show_last(g);
  g->last_look = os_thread_time() - start;
}

/* The same, if it is wanted and there is time for it. */
static void look_in_time(vm_recording *g, uint64_t now, unsigned part) {
  if (!g->residency) return;
  bool is_free = g->looks < LOOKS_FREE;
  if (!is_free && g->looking + g->last_look > LOOKING_AT_ONCE + now / part) return;
  sample_residency(g);
  if (!is_free) g->looking += g->last_look;
}

vm_recording *vm_recording_new(vm_space *space, const vm_record_options *options) {
  vm_recording *g = calloc(1, sizeof *g);
  if (g == NULL) return NULL;
  g->space = space;
  vm_space_hold(space);
  g->reads = options->reads;
  g->writes = options->writes;
  g->merge = options->merge;
  g->wants_bytes = options->bytes;
  g->residency = options->residency;
  g->limit = options->limit;
  for (vm_region *r = vm_next(space, 0); r != NULL; r = vm_next(space, r->base + 1)) {
    if (!meet(g, r, true) || !meet_pages(g, r)) {
      vm_recording_free(g);
      return NULL;
    }
  }
  if (g->residency) sample_residency(g);
  each_region(space, g);
  vm_space_record(space, g);
  g->started = os_now();
  return g;
}

void vm_recording_stop(vm_recording *g) {
  if (g->end != VM_RECORDING) return;
  vm_record_settle(g);
  if (g->residency) sample_residency(g);
  finish(g, VM_STOPPED);
}

void vm_recording_free(vm_recording *g) {
  if (vm_recording_of(g->space) == g) finish(g, VM_STOPPED);
  vm_space_drop(g->space);
  for (size_t i = 0; i < g->blocks; i++) free(g->block[i]);
  for (size_t i = 0; i < g->mets; i++) free(g->met[i].name);
  for (size_t i = 0; i < g->sources; i++) {
    free(g->source[i].name);
    free(g->source[i].code);
  }
  for (size_t i = 0; i < g->chapters; i++) free(g->chapter[i].text);
  free(g->chapter);
  free(g->bytes);
  free(g->block);
  free(g->met);
  free(g->run);
  free(g->sample);
  free(g->look);
  free(g->source);
  free(g);
}

/* ====== } */

/* {====== Events ====== */

uint32_t vm_record_source(vm_recording *g, const char *name) {
  uint32_t hash = 2166136261u; /* FNV-1a */
  for (const char *c = name; *c != '\0'; c++) hash = (hash ^ (unsigned char)*c) * 16777619u;
  uint32_t *list = &g->list[(hash ^ hash >> 16) % VM_SOURCE_LISTS];
  for (uint32_t i = *list; i != 0; i = g->source[i - 1].next)
    if (strcmp(g->source[i - 1].name, name) == 0) return i;
  if (g->sources >= UINT32_MAX - 1 || !grow_source(g)) return 0;
  char *copy = copy_of(name);
  if (copy == NULL) return 0;
  g->source[g->sources++] = (vm_source){.name = copy, .next = *list};
  *list = (uint32_t)g->sources;
  return *list;
}

bool vm_record_code(vm_recording *g, uint32_t source, const void *bytes, size_t size) {
  vm_source *s = &g->source[source - 1];
  if (s->code_room - s->code_size < size) {
    size_t room = s->code_room * 2 + size;
    char *moved = realloc(s->code, room);
    if (moved == NULL) return false;
    s->code = moved;
    s->code_room = room;
  }
  memcpy(s->code + s->code_size, bytes, size);
  s->code_size += size;
  return true;
}

void vm_forget_code(vm_recording *g, uint32_t source) {
  vm_source *s = &g->source[source - 1];
  free(s->code);
  s->code = NULL;
  s->code_size = s->code_room = 0;
}

static bool is_access(const vm_event *event) {
  return event->what == VM_DID_READ || event->what == VM_DID_WRITE;
}

/* Whether two accesses are of the same kind, line and pages. */
static bool are_alike(const vm_region *r, const vm_event *a, const vm_event *b) {
  return a->what == b->what && a->access == b->access && a->region == r->recorded_as &&
         a->line == b->line && a->source == b->source && a->count < UINT32_MAX &&
         a->offset >> r->page_shift == b->offset >> r->page_shift &&
         (a->offset + a->size - 1) >> r->page_shift == (b->offset + b->size - 1) >> r->page_shift;
}

/* Whether the access becomes a part of the last event. */
static bool merge(vm_recording *g, const vm_region *r, const vm_event *event) {
  bool may_merge = is_access(event) || event->what == VM_DID_ANSWER;
  if (!g->merge || !may_merge || g->events == 0) return false;
  if (g->wants_bytes && event->what == VM_DID_WRITE) return false;
  vm_event *last = &g->block[(g->events - 1) / BLOCK][(g->events - 1) % BLOCK];
  if (!are_alike(r, last, event)) return false;
  uint64_t end = last->offset + last->size, new_end = event->offset + event->size;
  if (event->offset < last->offset) last->offset = event->offset;
  last->size = (end > new_end ? end : new_end) - last->offset;
  last->count++;
  return true;
}

static void add(vm_recording *g, vm_region *r, const vm_event *event) {
  vm_record_settle(g);
  if (r != NULL && merge(g, r, event)) return;
  if (g->events == g->limit) {
    finish(g, VM_AT_LIMIT);
    return;
  }
  uint64_t now = os_now() - g->started;
  /* Reads, writes and faults are recorded before they happen, so the residency now belongs to the
  ** previous event. */
  bool ahead = is_access(event) || event->what == VM_DID_FAULT;
  if (ahead) look_in_time(g, now, LOOKING_PART);
  vm_event *place = new_event(g);
  if (place == NULL) {
    finish(g, VM_NO_ROOM);
    return;
  }
  *place = *event;
  place->time = now;
  place->count = 1;
  place->resident = VM_NOT_SEEN;
  if (r != NULL) {
    place->region = r->recorded_as;
    if (event->what != VM_DID_RESERVE)
      place->committed = r->committed; /* vmem.allocate is two events */
    bool has_ended = event->what == VM_DID_RELEASE;
    if (g->residency) place->resident = has_ended ? 0 : g->met[r->recorded_as - 1].resident;
  }
  g->events++;
  if (r != NULL) keep_bytes(g, r, event);
  if (!ahead) look_in_time(g, now, LOOKING_PART);
}

void vm_record(vm_recording *g, vm_region *r, const vm_event *event) {
  if (g->end == VM_RECORDING) add(g, r, event);
}

void vm_record_note(vm_recording *g, const vm_event *event, const char *text, size_t size) {
  if (g->end != VM_RECORDING) return;
  char *copy = grow_chapter(g) ? malloc(size + 1) : NULL; /* malloc(0) may give NULL */
  if (copy == NULL) {
    finish(g, VM_NO_ROOM);
    return;
  }
  memcpy(copy, text, size);
  uint64_t place = g->events;
  add(g, NULL, event);
  if (g->end != VM_RECORDING) {
    free(copy);
    return;
  }
  g->chapter[g->chapters++] = (vm_chapter){place, copy, size};
}

void vm_record_before(vm_recording *g) {
  vm_record_settle(g);
  if (g->end == VM_RECORDING) look_in_time(g, os_now() - g->started, LOOKING_BEFORE_PART);
}

void vm_record_reserve(vm_recording *g, vm_region *r, const vm_event *event) {
  if (g->end != VM_RECORDING) return;
  if (g->events == g->limit) {
    finish(g, VM_AT_LIMIT);
    return;
  }
  if (!meet(g, r, false)) {
    finish(g, VM_NO_ROOM);
    return;
  }
  r->recording = g;
  pt_forget(&r->table, PT_RECORDED, wants_accesses(g));
  add(g, r, event);
}

/* ====== } */
