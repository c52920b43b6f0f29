/* trap.h: traps: ranges of pages whose accesses a script answers itself. The core keeps which pages are
** trapped, and makes no access. */
#ifndef TRAP_H
#define TRAP_H

#include "core/vmem.h"

/* Neighbouring pages with the same functions. Ranges do not overlap, and are sorted. */
typedef struct vm_trap {
  uint64_t first, count; /* pages */
  unsigned answers;      /* VM_READ, VM_WRITE or both */
  uint32_t functions;    /* for the user of the core: a number for what answers */
} vm_trap;

/* The trap of the page at `offset`, or NULL. */
const vm_trap *vm_trap_at(const vm_region *region, size_t offset);

/* Whether reads of a page in the range are trapped. */
bool vm_traps_reads(const vm_region *region, size_t offset, size_t size);

/* The first page after `page` at which the traps change, or `end`, if that comes before. */
uint64_t vm_trap_border(const vm_region *region, uint64_t page, uint64_t end);

/* Whether a trap has these functions. */
bool vm_trap_uses(const vm_region *region, uint32_t functions);

/* Traps accesses to every page that holds a byte of the range; `answers` 0 ends that. What was trapped
** there before is not any more. VM_IN_USE if reads are to be trapped and a page is committed;
** VM_OUT_OF_MEMORY. After a failure nothing has changed. */
vm_error vm_set_trap(vm_region *region, size_t offset, size_t size, unsigned answers,
                     uint32_t functions);

#endif
