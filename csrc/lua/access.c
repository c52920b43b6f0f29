/* access.c: the check before every access to memory. If a page refuses the access, it makes a fault,
** which handlers may mend. */
#include "lua/access.h"

#include "lua/fault.h"
#include "lua/handlers.h"
#include "lua/live_regions.h"
#include "lua/note.h"

/* Records the fault. If it is outside all regions, the Lua state's recording takes it. */
static void record_fault(lua_State *L, const l_fault *fault, size_t size) {
  vm_region *region = fault->object.region;
  vm_recording *recording = region != NULL ? region->recording : vm_recording_of(l_space(L));
  if (recording == NULL) return;
  vm_event event = {.offset = region != NULL ? l_fault_offset(fault) : fault->address,
                    .size = size,
                    .what = VM_DID_FAULT,
                    .byte = fault->byte,
                    .access = fault->access,
                    .detail = fault->armed != VM_OK};
  l_record_event(L, recording, region, &event);
}

/* An access of `size` bytes was refused at `address`. Returns if the access should start again. */
static void refuse(lua_State *L, uintptr_t address, size_t size, unsigned need, lua_KContext tries,
                   lua_KFunction again) {
  luaL_checkstack(L, 8, "fault");
  l_fault *fault = l_new(L, &l_fault_class);
  fault->address = address;
  fault->access = (uint8_t)need;
  vm_region *region = vm_at(l_space(L), address);
  size_t page = 4096;
  if (region != NULL) {
    size_t offset = address - region->base, refused;
    if (vm_allows(region, offset, 1, need, &refused)) { /* a finalizer has mended it */
      lua_pop(L, 1);
      return;
    }
    page = vm_page_size(region);
    l_attach(L, &fault->object, region);
    fault->byte = (uint8_t)vm_state_at(region, offset);
    if (l_fault_is_guard(fault)) fault->armed = (uint8_t)vm_disarm(region, offset);
    fault->after = (uint8_t)vm_state_at(region, offset);
  }
  l_fault_set_line(L, fault);
  record_fault(L, fault, size);
  /* Every page may fault twice (guard, protection), and a scheduler may take some away in between.
  ** The limit ends the loop if a handler never mends the access. */
  if ((size_t)tries > 2 * (size / page) + 32) {
    l_fault_set_raised(fault);
    lua_error(L);
  }
  lua_pushcfunction(L, l_ask_handlers);
  lua_insert(L, -2);
  lua_callk(L, 1, 0, tries + 1, again);
}

/* Notes and records an access that is allowed, just before it happens. */
static void note(lua_State *L, vm_region *region, size_t offset, size_t size, unsigned need) {
  if (need != VM_WRITE) {
    l_record_read(L, region, offset, size);
    return;
  }
  if (!vm_note_write(region, offset, size)) l_error(L, "not enough memory");
  l_record_write(L, region, offset, size);
}

bool l_check_access(lua_State *L, vm_region *region, size_t offset, size_t size, unsigned need,
                    lua_KContext tries, lua_KFunction again) {
  size_t refused;
  if (vm_allows(region, offset, size, need, &refused)) {
    note(L, region, offset, size, need);
    return true;
  }
  refuse(L, region->base + refused, size, need, tries, again);
  return false;
}

/* The part of [address, address+size) that lies in the region. */
static size_t part_of(const vm_region *region, uintptr_t address, size_t size) {
  size_t rest = region->size - (address - region->base);
  return rest < size ? rest : size;
}

bool l_check_access_at(lua_State *L, uintptr_t address, size_t size, unsigned need,
                       lua_KContext tries, lua_KFunction again) {
  const vm_space *space = l_space(L);
  size_t part, refused;
  for (size_t done = 0; done < size; done += part) {
    vm_region *region = vm_at(space, address + done);
    size_t offset = region != NULL ? address + done - region->base : 0;
    part = region != NULL ? part_of(region, address + done, size - done) : 0;
    refused = offset;
    if (region == NULL || !vm_allows(region, offset, part, need, &refused)) {
      refuse(L, address + done + (refused - offset), size, need, tries, again);
      return false;
    }
  }
  for (size_t done = 0; done < size; done += part) {
    vm_region *region = vm_at(space, address + done);
    part = part_of(region, address + done, size - done);
    note(L, region, address + done - region->base, part, need);
  }
  return true;
}
