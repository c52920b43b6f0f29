/* difference.h: how a snapshot differs from the present. */
#ifndef DIFFERENCE_H
#define DIFFERENCE_H

#include "core/saved.h"

/* A run of pages that are alike now, and were alike then. */
typedef struct vm_then_and_now {
  vm_pages pages;
  unsigned then, now; /* bits of VM_STATE */
} vm_then_and_now;

/* The states from the page on. A longer run may exist. */
vm_then_and_now vm_compare_states(vm_snapshot *snapshot, uint64_t page);

/* For a snapshot of all pages: how many pages in a row, which were and are committed, have the contents that
** it has. A page that cannot be read counts as different. */
uint64_t vm_count_alike(vm_snapshot *snapshot, vm_pages pages);

#endif
