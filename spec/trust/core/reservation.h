/* reservation.h: the expected result of a reservation, by rule 1. */
#ifndef RESERVATION_H
#define RESERVATION_H

#include "core/vmem.h"

typedef struct reservation {
  vm_error error; /* VM_OK: it must succeed */
  bool
      doubtful; /* may be refused although there is room, because the free addresses are in pieces */
  uintptr_t base; /* 0: anywhere that the next three allow */
  uintptr_t lowest, highest;
  size_t alignment;
  size_t size;
} reservation;

/* The expected result in the present state. */
reservation reservation_by_rule(const vm_request *wanted);

/* Logs a mismatch unless the result is as expected. */
void reservation_compare(const reservation *rule, vm_error error, const vm_region *region,
                         bool has_failed);

#endif
