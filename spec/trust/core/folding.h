/* folding.h: checks that a page table has no node that one entry could replace. */
#ifndef FOLDING_H
#define FOLDING_H

#include "core/pagetable.h"

bool folding_is_done(const pt_table *table);

#endif
