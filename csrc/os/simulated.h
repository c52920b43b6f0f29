/* simulated.h: what the files of the simulated machine share. Names begin with simulated_.
**
** The machine has addresses, frames and swap of its own, in one block of this process's memory. No processor watches
** its pages: what refuses an access is the core's own check. It knows no threads. */
#ifndef OS_SIMULATED_H
#define OS_SIMULATED_H

#include "os/os.h"

enum { SIMULATED_GRANULARITY = 65536 };

/* What a user may choose, in VMEM_MACHINE="page=4096 frames=65536 swap=65536 refuse=0". */
typedef struct simulated_choice {
  size_t page;   /* bytes of one, a power of two, at most SIMULATED_GRANULARITY */
  size_t frames; /* pages of RAM */
  size_t swap;   /* pages of swap: the machine commits as many pages as it has of both */
  size_t refuse; /* commits are refused from this one on, as if memory were short; 0: none */
} simulated_choice;

/* Where a page is. */
typedef struct simulated_page {
  uint8_t byte;   /* bits.h; VM_LOCKED also */
  bool reserved;  /* it belongs to a region */
  bool swapped;   /* it has been in a frame, which another page has now */
  uint32_t frame; /* its number, from 1 on; 0: none */
} simulated_page;

/* A frame of RAM. Frames are numbered from 1 on; 0 ends the lists. */
typedef struct simulated_frame {
  uint32_t owner; /* the page, counted from 1; 0: free */
  uint32_t before,
      behind; /* in the list of used frames, or only behind: of those that are free again */
} simulated_frame;

typedef struct simulated_machine {
  simulated_choice choice;
  uintptr_t base;
  size_t size;          /* bytes; 0: there was no memory for a machine */
  simulated_page *page; /* one for each page of addresses */
  /* From 1 on; frame[0] is between the used frame that was taken last and the one that was taken first. */
  simulated_frame *frame;
  size_t used, touched; /* frames; those above `touched` have never been used */
  uint32_t free;        /* the first frame that is free again */
  size_t committed, most_committed, most_used; /* pages */
  size_t commits;
  uint64_t minor, major;
} simulated_machine;

/* The machine, which the first call makes. */
simulated_machine *simulated_get(void);

/* Returns `error`; the sentence becomes the advice. It is not copied. */
vm_error simulated_refuse(vm_error error, const char *reason);

/* The pages of a range of it, counted from 0; false if it is not all in the machine. */
typedef struct simulated_range {
  size_t from, to;
} simulated_range;

bool simulated_find(uintptr_t address, size_t size, simulated_range *range);

/* The block of memory that the machine's addresses are: *size bytes of zeros, from a multiple of the granularity on,
** which cost nothing until they are touched. 0 when there is none. */
uintptr_t simulated_block(size_t *size);

/* {====== Frames: simulated_frames.c ====== */

/* os_limits.touched: pages get a frame when they are written, and when they are in swap. A page that was never written
** is read as zeros, which need no frame of its own. */
void simulated_touch(uintptr_t address, size_t size, bool write);

/* Committed pages of the range that hold anything but zeros get a frame: where no frame is ever taken away, the machine
** is not told of accesses, and looks at what they have left. */
void simulated_look(size_t from, size_t to);

/* A page gets a frame; another page loses it where none is free. False if all pages are locked. */
bool simulated_take_frame(size_t page);

void simulated_drop_frame(size_t page);

/* ====== } */

static inline char *simulated_bytes(const simulated_machine *m, size_t page) {
  uintptr_t address = m->base + page * m->choice.page;
  return (char *)address; /* NOLINT(performance-no-int-to-ptr) */
}

#endif
