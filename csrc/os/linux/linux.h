/* linux.h: functions that the files of this folder share. */
#ifndef OS_LINUX_H
#define OS_LINUX_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "os/linux/kernel.h"
#include "os/linux/stretches.h"
#include "os/os.h"

/* ioctl of a request that a macro like _IOWR makes, an unsigned long. glibc takes it as that; POSIX and musl take
** an int, which holds the same 32 bits. */
static inline int linux_ioctl(int file, unsigned long request, void *about) {
#ifdef __GLIBC__
  return ioctl(file, request, about);
#else
  return ioctl(file, (int)request, about);
#endif
}

/* Why marked pages, guard markers or the userfaultfd are not used, in words; NULL when they are used. */
const char *linux_no_marked_pages(void);
const char *linux_no_markers(size_t page);
const char *linux_no_missing(void);

/* Whether the environment has VMEM_COMMIT=word (limits.c). */
bool linux_wants_way(const char *word);

/* os_mark, os_empty_and_mark and os_unmark with VM_BY_MISSING. */
vm_error linux_mark_missing(uintptr_t address, size_t size);
vm_error linux_make_missing(uintptr_t address, size_t size);
vm_error linux_fill_missing(uintptr_t address, size_t size);

/* watched.c: the list of address ranges that are registered with the userfaultfd. linux_watched_prepare makes
** room for one linux_watched_add or _remove, which then cannot fail; false when there is no memory. */
/* All but the first two are called with the lock held. */
void linux_watched_lock(void);
void linux_watched_unlock(void);
bool linux_watched_prepare(void);
void linux_watched_add(uintptr_t address, size_t size);
void linux_watched_remove(uintptr_t address, size_t size);
const linux_stretch *linux_watched(size_t *how_many);
void linux_watched_forget(void);

/* attached.c: whether the page at `from` is one of a section. *to is lowered to where that changes. */
bool linux_is_attached(uintptr_t from, uintptr_t *to);

/* Why PROCMAP_QUERY and PAGEMAP_SCAN, which are faster than the text files of /proc, are not used, in
** words; NULL when they are used. */
const char *linux_no_map_query(void);
const char *linux_no_page_scan(void);

typedef enum linux_pages { LINUX_IN_RAM, LINUX_IN_RAM_OR_SWAPPED } linux_pages;

/* Finds the ranges of such pages in [*from, to), `room` at most, and sets *from to the address up to
** which it has searched. Returns their number, or -1 and errno: ENOTTY where the kernel has no
** PAGEMAP_SCAN. The shared page of zeros is left out. Guard markers may look like swapped pages. */
int linux_scan_pages(int pagemap, uint64_t *from, uint64_t to, linux_pages which,
                     linux_page_range *range, size_t room);

/* Reads the pagemap entries of `pages` pages, at most LINUX_ENTRIES, from `address` on: slower. */
enum { LINUX_ENTRIES = 1024 };
vm_error linux_read_pages(int pagemap, uintptr_t address, uint64_t *entry, size_t pages);

#define LINUX_ENTRY_PRESENT ((uint64_t)1 << 63)
#define LINUX_ENTRY_SWAPPED ((uint64_t)1 << 62)
#define LINUX_ENTRY_OWN ((uint64_t)1 << 56)  /* of a page that this process alone has mapped */
#define LINUX_ENTRY_FILE ((uint64_t)1 << 61) /* of a file or a section */

/* Whether the environment has VMEM_RESIDENT=way, for tests. "smaps": as before Linux 6.7; "mincore": as
** where no file of /proc can be opened. */
bool linux_wants_residency(const char *way);

/* Opens /proc/PID/name (pid 0: this process) for reading. VM_INVALID_ADDRESS when there is no such process,
** VM_NOT_SUPPORTED when there is no /proc. */
vm_error linux_open_proc(long pid, const char *name, int *file);

/* Whether an errno of opening or reading such a file means that the process has ended or has no memory
** (ESRCH). */
static inline bool linux_is_gone(int error) { return error == ENOENT || error == ESRCH; }

#endif
