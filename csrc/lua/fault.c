/* fault.c: the fault object: made, given a region, recorded. */
#include "lua/fault.h"

#include "lua/fault_text.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/slot.h"

const l_class l_fault_class = {
    .name = "vmem.fault", .over = "fault is over", .more = sizeof(l_fault_text)};

_Static_assert(sizeof(l_fault) <= L_OBJECT_SIZE, "it fits into a slot");

l_fault *l_checkfault(lua_State *L) { return l_check(L, 1, &l_fault_class); }

void l_push_fault_entry(lua_State *L, int index, int entry) {
  if (lua_getiuservalue(L, index, 1) == LUA_TTABLE)
    lua_rawgeti(L, -1, entry);
  else
    lua_pushnil(L);
  lua_remove(L, -2);
}

l_fault *l_push_fault(lua_State *L, int bytes) {
  lua_createtable(L, L_FAULT_ANSWER, 0);
  lua_pushvalue(L, bytes);
  lua_rawseti(L, -2, L_FAULT_BYTES);
  l_fault *fault = l_new(L, &l_fault_class);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, 1);
  return fault;
}

void l_attach_fault(lua_State *L, l_fault *fault, vm_region *region) {
  vm_hold(region);
  l_give(L, &fault->object, region);
  if (lua_getiuservalue(L, -1, 1) == LUA_TTABLE) {
    l_pushregion(L, region);
    lua_rawseti(L, -2, L_FAULT_REGION);
  }
  lua_pop(L, 1);
}

void l_record_fault(lua_State *L, const l_fault *fault, size_t size) {
  vm_region *region = fault->object.region;
  if (region != NULL && !region->live) return;
  bool is_guard = l_fault_is_guard(fault), is_refused = fault->refusal != VM_OK;
  if (is_refused && !is_guard) return; /* touch.c has recorded it */
  vm_recording *recording = region != NULL ? region->recording : vm_recording_of(l_space(L));
  if (recording == NULL) return;
  vm_event event = {.offset = region != NULL ? l_fault_offset(fault) : fault->address,
                    .size = size,
                    .what = VM_DID_FAULT,
                    .byte = fault->byte,
                    .access = fault->access,
                    .detail = is_refused};
  l_record_event(L, recording, region, &event);
}

void l_fault_set_raised(l_fault *fault) {
  vm_region *region = fault->object.region;
  fault->raised = true;
  if (region != NULL)
    fault->after = (uint8_t)(region->live ? vm_state_at(region, l_fault_offset(fault)) : 0);
}
