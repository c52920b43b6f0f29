/* attached.c: the list of address ranges where pages of sections are attached.
**
** Other processes write to those pages, and what /proc/self/pagemap shows is only this process's view of them. So
** os_backed asks here first. */
#include <pthread.h>

#include "os/linux/linux.h"
#include "os/unix.h"
#include "os/unix_section.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static linux_stretches attached;

static void take(void) { pthread_mutex_lock(&lock); }

static void give(void) { pthread_mutex_unlock(&lock); }

/* A child of fork has the lock as it is at that moment: so no other thread may have it then. */
static void guard_forks(void) { (void)pthread_atfork(take, give, give); }

bool unix_note_attached(uintptr_t address, size_t size) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, guard_forks);
  take();
  bool has_room = linux_stretches_prepare(&attached);
  if (has_room) linux_stretches_add(&attached, address, size);
  give();
  return has_room;
}

void unix_note_remapped(uintptr_t address, size_t size) {
  linux_watched_lock();
  linux_watched_remove(address, size);
  linux_watched_unlock();
  take();
  linux_stretches_remove(&attached, address, size);
  if (attached.count == 0) linux_stretches_free(&attached); /* the module may be unloaded next */
  give();
}

bool linux_is_attached(uintptr_t from, uintptr_t *to) {
  bool is = false;
  take();
  size_t at = linux_stretches_find(&attached, from);
  if (at < attached.count) {
    const linux_stretch *next = &attached.item[at];
    is = next->start <= from;
    uintptr_t border = is ? next->end : next->start;
    if (border < *to) *to = border;
  }
  give();
  return is;
}
