/* check_nodes.h: checks that a page table has no node that one entry could replace. */
#ifndef CHECK_NODES_H
#define CHECK_NODES_H

#include "core/pagetable.h"

bool check_nodes(const pt_table *table);

#endif
