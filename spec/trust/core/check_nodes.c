/* check_nodes.c: checks the nodes of a page table: leaves of 64 bytes, nodes of 8 entries above them, then
** of 512. */
#include "check_nodes.h"

#include <string.h>

enum { LEAF = 64, LOW = 8, FANOUT = 512 };

static bool is_node(pt_entry e) { return (e & 1) == 0; }

static bool is_done(pt_entry e, unsigned level) {
  if (!is_node(e)) return true;
  const void *below = (const void *)e; /* NOLINT(performance-no-int-to-ptr) */
  if (level == 1) return memcmp(below, (const char *)below + 1, LEAF - 1) != 0;
  const pt_entry *child = below;
  bool differs = is_node(child[0]);
  for (size_t i = 0; i < (level == 2 ? LOW : FANOUT); i++) {
    if (!is_done(child[i], level - 1)) return false;
    differs = differs || child[i] != child[0];
  }
  return differs;
}

bool check_nodes(const pt_table *table) { return is_done(table->root, table->levels); }
