/* note.h: writes events into a recording, with the script's line. */
#ifndef LUA_NOTE_H
#define LUA_NOTE_H

#include "core/record.h"
#include "lua/base.h"

/* Records an event with the script's line. `region` may be NULL. Runs no Lua, also no finalizers, so all pointers stay
** valid. For the first event of a script, Lua 5.5 takes memory, and may raise an error for want of it. */
void l_record_event(lua_State *L, vm_recording *recording, vm_region *region,
                    const vm_event *event);

/* Records a note of the script. */
void l_record_note(lua_State *L, vm_recording *recording, const char *text, size_t size);

/* Records a call on a range of a region with a detail (record.h), or its refusal if there is an error. Does nothing
** without a recording. */
static inline void l_record_detail(lua_State *L, vm_region *region, vm_event_kind what,
                                   size_t offset, size_t size, unsigned byte, unsigned detail,
                                   vm_error error) {
  if (region->recording == NULL) return;
  bool refused = error != VM_OK;
  vm_event event = {.offset = offset,
                    .size = size,
                    .what = (uint8_t)(refused ? VM_DID_REFUSED : what),
                    .byte = (uint8_t)byte,
                    .detail = (uint8_t)(refused ? what : detail),
                    .error = (uint8_t)error};
  l_record_event(L, region->recording, region, &event);
}

/* The same without a detail. */
static inline void l_record(lua_State *L, vm_region *region, vm_event_kind what, size_t offset,
                            size_t size, unsigned byte, vm_error error) {
  l_record_detail(L, region, what, offset, size, byte, 0, error);
}

/* Records what has become of an access: VM_DID_ANSWER if a trap or a handler has answered it, VM_DID_FAULT. */
static inline void l_record_access(lua_State *L, vm_region *region, vm_event_kind what,
                                   size_t offset, size_t size, unsigned access) {
  if (region->recording == NULL) return;
  vm_event event = {.offset = offset,
                    .size = size,
                    .what = (uint8_t)what,
                    .byte = (uint8_t)vm_state_at(region, offset),
                    .access = (uint8_t)access};
  l_record_event(L, region->recording, region, &event);
}

/* Before a call that makes an event: what is resident now belongs to the event before it. If the script is a new one,
** this keeps its code: so a memory error, which that may raise, comes before the call, and never when it is done. */
void l_before_event(lua_State *L, vm_recording *recording);

static inline void l_record_before(lua_State *L, const vm_region *region) {
  if (region->recording != NULL) l_before_event(L, region->recording);
}

/* Records a read, before or after it. */
static inline void l_record_read(lua_State *L, vm_region *region, size_t offset, size_t size) {
  if (region->recording != NULL && region->recording->reads && size > 0)
    l_record(L, region, VM_DID_READ, offset, size, 0, VM_OK);
}

/* Records a write, before it. */
static inline void l_record_write(lua_State *L, vm_region *region, size_t offset, size_t size) {
  if (region->recording != NULL && region->recording->writes && size > 0)
    l_record(L, region, VM_DID_WRITE, offset, size, 0, VM_OK);
}

/* Records a write that is done already. */
static inline void l_record_written(lua_State *L, vm_region *region, size_t offset, size_t size) {
  if (region->recording != NULL && region->recording->writes && size > 0)
    l_record_detail(L, region, VM_DID_WRITE, offset, size, 0, 1, VM_OK);
}

/* Records what has become of pages since the page table was `before`: commits, decommits and protections. */
void l_record_changes(lua_State *L, vm_region *region, pt_table *before);

/* Records the release of a region, or its refusal. */
void l_record_release(lua_State *L, vm_recording *recording, vm_region *region,
                      vm_release_cause how, vm_error error);

#endif
