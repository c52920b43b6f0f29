/* note.h: writes into a recording what happens to a region, with the line of the script. */
#ifndef LUA_NOTE_H
#define LUA_NOTE_H

#include "core/record.h"
#include "lua/base.h"

/* Writes an event down with the line of Lua that is running. `region` may be NULL. Runs no Lua and
** allocates nothing of Lua's, so every pointer stays good. */
void l_record_event(lua_State *L, vm_recording *recording, vm_region *region,
                    const vm_event *event);

/* What has been done to a range of a region, or with an error refused: told if somebody records. */
static inline void l_record(lua_State *L, vm_region *region, vm_event_kind what, size_t offset,
                            size_t size, unsigned byte, vm_error error) {
  if (region->recording == NULL) return;
  bool refused = error != VM_OK;
  vm_event event = {.offset = offset,
                    .size = size,
                    .what = (uint8_t)(refused ? VM_DID_REFUSED : what),
                    .byte = (uint8_t)byte,
                    .detail = (uint8_t)(refused ? what : 0),
                    .error = (uint8_t)error};
  l_record_event(L, region->recording, region, &event);
}

/* Before a call that may take pages away. */
static inline void l_record_before(const vm_region *region) {
  if (region->recording != NULL) vm_record_before(region->recording);
}

/* Bytes that are about to be read, or have been. */
static inline void l_record_read(lua_State *L, vm_region *region, size_t offset, size_t size) {
  if (region->recording != NULL && region->recording->reads && size > 0)
    l_record(L, region, VM_DID_READ, offset, size, 0, VM_OK);
}

/* The same of bytes written. */
static inline void l_record_write(lua_State *L, vm_region *region, size_t offset, size_t size) {
  if (region->recording != NULL && region->recording->writes && size > 0)
    l_record(L, region, VM_DID_WRITE, offset, size, 0, VM_OK);
}

/* The end of a region's life, or that the system has refused it. */
void l_record_release(lua_State *L, vm_recording *recording, vm_region *region,
                      vm_release_cause how, vm_error error);

#endif
