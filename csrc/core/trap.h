/* trap.h: traps: ranges of pages whose accesses a script answers itself. The core keeps which pages are
** trapped, and makes no access. */
#ifndef TRAP_H
#define TRAP_H

#include "core/vmem.h"

/* Neighbouring pages with the same functions. Ranges do not overlap. The fields behind `answers` are for trap.c. */
typedef struct vm_trap {
  uint64_t first, count; /* pages */
  uint64_t functions;    /* for the user of the core: a number for what answers */
  unsigned answers;      /* VM_READ, VM_WRITE or both */
  uint32_t rank;
  struct vm_trap *below, *above;     /* trees of traps at lower and at higher pages, or NULL */
  struct vm_trap *twin, *other_twin; /* a ring of the traps that one was cut into */
} vm_trap;

/* The trap of the page at `offset`, or NULL. */
const vm_trap *vm_trap_at(const vm_region *region, size_t offset);

/* Whether reads of a page in the range are trapped. */
bool vm_traps_reads(const vm_region *region, size_t offset, size_t size);

/* The first page after `page` at which the traps change, or `end`, if that comes before. */
uint64_t vm_trap_border(const vm_region *region, uint64_t page, uint64_t end);

/* Traps accesses to every page that holds a byte of the range; `answers` 0 ends that. What was trapped
** there before is not any more. Each call has another number for its functions. VM_IN_USE if reads are to be
** trapped and a page is committed; VM_OUT_OF_MEMORY. After a failure nothing has changed. Costs the logarithm of
** the number of traps, and those that end. */
vm_error vm_set_trap(vm_region *region, size_t offset, size_t size, unsigned answers,
                     uint64_t functions);

/* Gives each number whose last trap has ended, once; false when there is none. */
bool vm_next_ended(vm_region *region, uint64_t *functions);

/* Ends all traps, when the region ends. */
void vm_end_traps(vm_region *region);

#endif
