/* note.c: writes events into a recording, each with the script's line. */
#include "lua/note.h"

enum { LONGEST_NAME = 4096 }; /* of a file, in bytes */

/* The source of a script that is no file may be its whole text; short_src is then its name. */
static const char *name_of(const lua_Debug *frame) {
  bool is_file = *frame->source == '@' && frame->srclen <= LONGEST_NAME;
  return is_file ? frame->source : frame->short_src;
}

typedef struct l_writer {
  vm_recording *recording;
  uint32_t source;
} l_writer;

static int write_code(lua_State *L, const void *bytes, size_t size, void *to) {
  (void)L;
  if (size == 0) return 0; /* Lua 5.5 ends so, with bytes that are NULL */
  const l_writer *writer = to;
  return !vm_record_code(writer->recording, writer->source, bytes, size);
}

/* A script that calls load may name any file as the source. So the code of the running function is
** recorded too: vmem/recorder/lines.lua compares it with the file before a report shows the file's lines. */
static uint32_t source_of(lua_State *L, vm_recording *recording, lua_Debug *frame) {
  size_t known = recording->sources;
  uint32_t source = vm_record_source(recording, name_of(frame));
  if (recording->sources == known || *frame->source != '@') return source;
  lua_getinfo(L, "f", frame);
  l_writer writer = {recording, source};
  if (lua_dump(L, write_code, &writer, 0) != 0) vm_forget_code(recording, source);
  lua_pop(L, 1);
  return source;
}

/* Puts the script's line into an event. */
static void set_line(lua_State *L, vm_recording *recording, vm_event *event) {
  lua_Debug frame;
  if (!l_running_line(L, &frame)) return;
  event->source = source_of(L, recording, &frame);
  event->line = (uint32_t)frame.currentline;
}

void l_before_event(lua_State *L, vm_recording *recording) {
  lua_Debug frame;
  vm_record_before(recording);
  if (recording->end == VM_RECORDING && l_running_line(L, &frame))
    (void)source_of(L, recording, &frame);
}

void l_record_note(lua_State *L, vm_recording *recording, const char *text, size_t size) {
  vm_event e = {.what = VM_DID_NOTE};
  set_line(L, recording, &e);
  vm_record_note(recording, &e, text, size);
}

void l_record_event(lua_State *L, vm_recording *recording, vm_region *region,
                    const vm_event *event) {
  vm_event e = *event;
  set_line(L, recording, &e);
  if (e.what == VM_DID_RESERVE)
    vm_record_reserve(recording, region, &e);
  else
    vm_record(recording, region, &e);
}

typedef struct l_change {
  vm_event_kind what;
  unsigned byte; /* the new protection */
} l_change;

/* What has happened to the pages of two runs; VM_EVENT_KIND_COUNT: nothing. */
static l_change change_between(pt_run before, pt_run now) {
  unsigned was = before.byte & VM_STATE, is = now.byte & VM_STATE;
  if (was == is) return (l_change){VM_EVENT_KIND_COUNT, 0};
  if ((is & VM_COMMITTED) == 0) return (l_change){VM_DID_DECOMMIT, 0};
  return (l_change){was & VM_COMMITTED ? VM_DID_PROTECT : VM_DID_COMMIT, is & VM_PROTECTION};
}

void l_record_changes(lua_State *L, vm_region *region, pt_table *before) {
  uint64_t pages = before->pages, first = 0, next;
  l_change change = {VM_EVENT_KIND_COUNT, 0};
  for (uint64_t page = 0; page <= pages; page = next) {
    l_change here = {VM_EVENT_KIND_COUNT, 1}; /* at the end: like no other */
    next = page + 1;
    if (page < pages) {
      pt_run old = pt_run_at(before, page), now = pt_run_at(&region->table, page);
      here = change_between(old, now);
      next = old.first + old.count < now.first + now.count ? old.first + old.count
                                                           : now.first + now.count;
    }
    if (here.what == change.what && here.byte == change.byte) continue;
    size_t offset = (size_t)first << region->page_shift;
    size_t size = (size_t)(page - first) << region->page_shift;
    if (change.what != VM_EVENT_KIND_COUNT)
      l_record(L, region, change.what, offset, size, change.byte, VM_OK);
    change = here;
    first = page;
  }
}

void l_record_release(lua_State *L, vm_recording *recording, vm_region *region,
                      vm_release_cause how, vm_error error) {
  bool refused = error != VM_OK;
  vm_event event = {.size = region->size,
                    .what = refused ? VM_DID_REFUSED : VM_DID_RELEASE,
                    .detail = (uint8_t)(refused ? (unsigned)VM_DID_RELEASE : (unsigned)how),
                    .error = (uint8_t)error};
  l_record_event(L, recording, region, &event);
}
