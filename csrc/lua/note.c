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

void l_record_event(lua_State *L, vm_recording *recording, vm_region *region,
                    const vm_event *event) {
  vm_event e = *event;
  lua_Debug frame;
  if (l_running_line(L, &frame)) {
    e.source = source_of(L, recording, &frame);
    e.line = (uint32_t)frame.currentline;
  }
  if (e.what == VM_DID_RESERVE)
    vm_record_reserve(recording, region, &e);
  else
    vm_record(recording, region, &e);
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
