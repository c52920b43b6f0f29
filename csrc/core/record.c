/* record.c: a recording: its events, regions, notes and sources. */
#include "core/record.h"

#include <string.h>

#include "core/attachments.h"
#include "core/record_bytes.h"
#include "core/record_looks.h"
#include "core/record_room.h"
#include "core/space.h"
#include "core/trap.h"
#include "os/os.h"

/* {====== Growing arrays ====== */

VM_DEFINE_GROW(block, blocks) /* NOLINT(bugprone-sizeof-expression): it is an array of pointers */
VM_DEFINE_GROW(met, mets)
VM_DEFINE_GROW(run, runs)
VM_DEFINE_GROW(source, sources)
VM_DEFINE_GROW(chapter, chapters)

/* Where the next event goes; NULL when there is no memory. */
static vm_event *new_event(vm_recording *g) {
  if (g->events == g->blocks * VM_EVENT_BLOCK) {
    if (!grow_block(g)) return NULL;
    g->block[g->blocks] = malloc(VM_EVENT_BLOCK * sizeof(vm_event));
    if (g->block[g->blocks] == NULL) return NULL;
    g->blocks++;
  }
  return vm_event_at(g, g->events);
}

static char *copy_of(const char *text) {
  size_t length = strlen(text) + 1;
  char *copy = malloc(length);
  return copy != NULL ? memcpy(copy, text, length) : NULL;
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
  vm_record_look(g);
  each_region(space, g);
  vm_space_record(space, g);
  g->started = os_now();
  g->used_before = os_thread_time();
  return g;
}

void vm_recording_stop(vm_recording *g) {
  if (g->end != VM_RECORDING) return;
  vm_record_settle(g);
  vm_record_look(g);
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
  vm_event *last = vm_event_at(g, g->events - 1);
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
  if (ahead) vm_record_look_in_time(g, now, VM_LOOK_AT_EVENT);
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
  if (r != NULL) vm_record_bytes(g, r, event);
  if (!ahead) vm_record_look_in_time(g, now, VM_LOOK_AT_EVENT);
}

void vm_record(vm_recording *g, vm_region *r, const vm_event *event) {
  if (g->end == VM_RECORDING) add(g, r, event);
}

void vm_record_before(vm_recording *g) {
  vm_record_settle(g);
  if (g->end == VM_RECORDING) vm_record_look_in_time(g, os_now() - g->started, VM_LOOK_BEFORE_CALL);
}

void vm_record_note(vm_recording *g, const vm_event *event, const char *text, size_t size) {
  if (g->end != VM_RECORDING) return;
  vm_record_before(g); /* later the look would be the note's, not the last event's */
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
