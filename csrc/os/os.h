/* os.h: what the core asks of a system. The files of each system in this folder keep this contract.
**
** Addresses and sizes of ranges are whole pages inside one reservation that os_reserve made, unless
** said otherwise. `protection` is bits of VM_PROTECTION; a guard page is one that nobody may touch.
** A function that can fail gives VM_OK or the reason; results come through the last parameters and
** are set on success only. */
#ifndef OS_H
#define OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/bits.h"

typedef struct os_limits {
  size_t page_size; /* a power of two */
  size_t
      granularity;  /* reservations start on a multiple of it: 64 KiB, or the page size if larger */
  uintptr_t lowest; /* no reservation below: 64 KiB */
  size_t mark_after; /* so many committed pages of a chunk make markers pay; SIZE_MAX: has none */
  uintptr_t highest; /* the first address past what a process may use; 0 when the system hides it */
  size_t sparse_below; /* for tests: smaller regions are all reserved as sparse ones */
} os_limits;

/* A stretch of some process's address space, as the system tells it. */
typedef struct os_area {
  uintptr_t address;
  size_t size;
  unsigned protection; /* VM_READ, VM_WRITE, VM_EXECUTE */
  bool reserved;       /* address space only, as far as the system tells */
  bool shared;
  const char *name; /* what the system calls it (a file, "[heap]"); "" when nothing */
} os_area;

/* A stretch of an address space that has pages in RAM: `resident` bytes of it. */
typedef struct os_stretch {
  uintptr_t address;
  size_t size, resident;
} os_stretch;

/* Addresses from `from` up to `to`. */
typedef struct os_range {
  uintptr_t from, to;
} os_range;

/* "linux", "posix", "windows". */
extern const char *const os_name;

/* Asked once, then remembered. */
const os_limits *os_get_limits(void);

/* What a script can do about an error on this system, as the end of a sentence that names the
** setting; NULL when there is nothing to say that is not true everywhere. It may be written into `text`, of
** OS_ADVICE bytes: whoever asks may have no other memory left. */
enum { OS_ADVICE = 320 };
const char *os_advice(vm_error error, char *text);

/* The same, of VM_OUT_OF_MEMORY from os_lock. */
const char *os_lock_advice(char *text);

/* Takes [address, address+size), or a place on a multiple of the granularity when address is 0:
** the highest free one if top_down. Nothing that exists is ever replaced. `name` may be NULL, and
** may be ignored. The pages are reserved.
** VM_ADDRESS_IN_USE, VM_INVALID_ADDRESS, VM_OUT_OF_MEMORY, VM_TOO_MANY_MAPPINGS; with top_down also
** VM_TOO_MANY_FILES. */
vm_error os_reserve(uintptr_t address, size_t size, bool top_down, const char *name,
                    uintptr_t *base);

/* Pages are from now on left out of core dumps, and a child of fork finds zeros in them, until they are
** decommitted or os_make_inaccessible has seen them. After a failure any part of the range may be so already.
** VM_NOT_SUPPORTED where the system has nothing for it. */
vm_error os_conceal(uintptr_t address, size_t size);

/* Overwrites pages that can be written with zeros, whatever the compiler thinks of it. */
void os_wipe(uintptr_t address, size_t size);

/* Gives a whole reservation back. */
vm_error os_release(uintptr_t base, size_t size);

/* Pages of any state become committed; new ones read as zeros, committed ones keep their contents.
** After a failure any part of the range may have changed: the core puts it right by os_protect and
** os_make_inaccessible. */
vm_error os_commit(uintptr_t address, size_t size, unsigned protection);

/* Pages of any state become reserved, their contents and locks are gone. After a failure nothing
** has changed. */
vm_error os_decommit(uintptr_t address, size_t size);

/* Changes committed pages. After a failure any part of the range may have changed. */
vm_error os_protect(uintptr_t address, size_t size, unsigned protection);

/* Makes pages that a failed os_commit may have opened inaccessible again. */
void os_make_inaccessible(uintptr_t address, size_t size);

/* Around calls that put pages back after a failure: a system that has refused to cut one more mapping
** would refuse these as well, so some mappings are kept to be given up then, and taken anew after. */
void os_drop_spare_mappings(void);
void os_keep_spare_mappings(void);

/* Marked pages: they are reserved, but their mapping can be read and written, so that a commit cuts no
** mapping. What traps is a marker on the page (VM_TRAP_MARKER), or, in a mapping that the system
** watches for that, that there is no page yet (VM_TRAP_MISSING). The pages of a call all trap alike. */

/* Reserved pages become marked. After a failure any part of the range may have changed: the core puts
** it right by os_make_inaccessible and os_unmark. VM_NOT_SUPPORTED, of missing pages: nothing has changed. */
vm_error os_mark(uintptr_t address, size_t size, vm_trap trap);

/* Unlocked pages committed as "rw" become marked, their contents are gone; marked ones stay. After a
** failure any part of the range may be marked, and have no contents. */
vm_error os_empty_and_mark(uintptr_t address, size_t size, vm_trap trap);

/* Marked pages become committed as their mapping says, "rw" unless os_commit has changed that, and
** read as zeros. Committed pages stay as they are, but of OS_FILLED_SINGLY missing pages and fewer, which
** are committed without cutting their mapping: there all must be marked. After a failure any part of the range
** may have changed. */
vm_error os_unmark(uintptr_t address, size_t size, vm_trap trap);

enum { OS_FILLED_SINGLY = 512 };

/* Of committed pages in a mapping that watches for missing ones, those that are missing come as zeros; the
** others stay as they are. After a failure any part of them may have come. */
vm_error os_refill(uintptr_t address, size_t size);

/* Committed pages that somebody may touch. After a failure any part of the range may be locked. */
vm_error os_lock(uintptr_t address, size_t size);

/* Locked pages. After a failure any part of the range may be unlocked. */
vm_error os_unlock(uintptr_t address, size_t size);

/* Brings readable committed pages of one protection into RAM. */
vm_error os_prefetch(uintptr_t address, size_t size, unsigned protection);

/* Committed pages that share one byte (VM_LOCKED included) forget their contents and stay what the
** byte says. They read as zeros, or as they were. */
vm_error os_discard(uintptr_t address, size_t size, unsigned byte);

/* How many bytes of the range's pages, committed or not, are in RAM. */
vm_error os_resident(uintptr_t address, size_t size, size_t *bytes);

/* Finds the stretches of [from, to) that may hold anything but zeros, ascending, `room` of them at most, and
** returns where it got, past `from`: up to there all else reads as zeros, and reading it would bring it in.
** Pages that are swapped out hold something; a page that the system does not tell of may. */
uintptr_t os_backed(uintptr_t from, uintptr_t to, os_range *range, size_t room, size_t *count);

/* The number of the physical frame behind a page; VM_PERMISSION_DENIED when the system hides it,
** VM_NOT_COMMITTED when no frame is behind it. */
vm_error os_frame(uintptr_t address, uint64_t *frame);

/* Copies from any address of the process, page table or not: VM_OK if the processor allows to read
** all of it, VM_INVALID_ADDRESS if not; VM_TOO_MANY_FILES where it takes descriptors. */
vm_error os_peek(uintptr_t address, void *to, size_t size);

/* Page faults of this process so far: without and with input/output. */
vm_error os_faults(uint64_t *minor, uint64_t *major);

/* Nanoseconds of a clock that only goes forward. */
uint64_t os_now(void);

/* The number of this process: a child of fork has one of its own. */
uint64_t os_process_id(void);

/* The areas of a process (0: this one), ascending: the one that holds `from` or the next above it, and
** so on, `most` at most. Asking for one is cheap where the system can do it. *areas is for free().
** VM_INVALID_ADDRESS when there is no such process, VM_NOT_SUPPORTED when the system does not tell. */
vm_error os_areas(long pid, uintptr_t from, size_t most, os_area **areas, size_t *count);

/* What a process (0: this one) has in RAM, as the system counts it (Rss on Linux), ascending; what is
** in no stretch is not in RAM. *stretches is for free(). Fails as os_areas does. */
vm_error os_resident_areas(long pid, os_stretch **stretches, size_t *count);

/* Something that the core goes by where the kernel has it. */
typedef struct os_offer {
  const char *name;
  const char *missing; /* why it is not used, in words; NULL when it is */
} os_offer;

/* Asks anew what this system has beyond the contract. Returns how many there are, OS_OFFERS at most. */
enum { OS_OFFERS = 4 };
size_t os_offers(os_offer offer[OS_OFFERS]);

/* The size of a regular file; 0 of everything else, and of what is not there. Opens nothing. */
uint64_t os_file_size(const char *path);

/* How many characters wide the terminal is that standard output goes to; 0 when it is no terminal. */
size_t os_terminal_width(void);

#endif
