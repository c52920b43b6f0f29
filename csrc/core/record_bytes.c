/* record_bytes.c: the first bytes of each write that a recording has, before and after it. */
#include "core/record_bytes.h"

#include <string.h>

#include "core/attachments.h"
#include "core/pages.h"
#include "core/record_room.h"
#include "core/space.h"
#include "os/os.h"

VM_DEFINE_GROW(bytes, shown)

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
  if (r->wiped || r->concealed || !vm_allows(r, (size_t)offset, wanted, VM_READ, &refused))
    return 0;
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

void vm_record_bytes(vm_recording *g, vm_region *r, const vm_event *event) {
  if (!g->wants_bytes || event->what != VM_DID_WRITE || !grow_bytes(g)) return;
  vm_written_bytes *bytes = &g->bytes[g->shown++];
  *bytes = (vm_written_bytes){.event = g->events - 1};
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
