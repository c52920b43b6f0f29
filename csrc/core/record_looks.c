/* record_looks.c: looks at how much of each region is resident, as far as a recording has time for them. */
#include "core/record_looks.h"

#include "core/record_room.h"
#include "core/space.h"
#include "os/os.h"

/* The first looks at residency are made in any case, until they have asked for FREE committed pages; each region counts
** as some pages more. They are counted and not timed, because on some systems the processor time of a thread goes in
** steps of 16 ms, and all looks of a short recording take less. Later looks may take a part of that time: time that
** passes while others have the processor neither counts as a look's nor allows more of them. */
enum { FREE = 1 << 19, PAGES_OF_A_REGION = 16 };

static const unsigned looking_part[VM_LOOK_TIMES] = {
    [VM_LOOK_AT_EVENT] = 20, [VM_LOOK_BEFORE_CALL] = 4};

VM_DEFINE_GROW(sample, samples)
VM_DEFINE_GROW(look, looks)

/* Tells the last event what was seen after it. */
static void show_last(vm_recording *g) {
  if (g->events == 0) return;
  vm_event *last = vm_event_at(g, g->events - 1);
  if (last->region != 0 && last->what != VM_DID_RELEASE)
    last->resident = g->met[last->region - 1].resident;
}

/* Adds a sample of each region whose residency has changed. */
void vm_record_look(vm_recording *g) {
  if (!g->residency) return;
  uint64_t start = os_thread_time();
  if (g->looks == 0 || g->look[g->looks - 1].event != g->events) {
    if (!grow_look(g)) return; /* a look may be left out */
    g->look[g->looks++].event = g->events;
  }
  for (vm_region *r = vm_next(g->space, 0); r != NULL; r = vm_next(g->space, r->base + 1)) {
    vm_recorded_region *met = &g->met[r->recorded_as - 1];
    size_t bytes;
    vm_error error = vm_resident(r, 0, r->size, &bytes);
    g->looked_at += r->committed / os_get_limits()->page_size + PAGES_OF_A_REGION;
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

static bool has_time(vm_recording *g, uint64_t now, vm_look_when when) {
  if (now < g->no_look_before[when]) return false;
  uint64_t used = os_thread_time();
  if (used >= g->used_before)
    used -= g->used_before; /* less: of another thread, to which the state has moved */
  uint64_t needed = (g->looking + g->last_look) * looking_part[when];
  if (used >= needed) return true;
  /* A thread uses no more than the time that passes. */
  g->no_look_before[when] = now + needed - used;
  return false;
}

void vm_record_look_in_time(vm_recording *g, uint64_t now, vm_look_when when) {
  if (!g->residency) return;
  bool is_free = g->looked_at < FREE;
  if (!is_free && !has_time(g, now, when)) return;
  vm_record_look(g);
  if (!is_free) g->looking += g->last_look;
}
