/* atomic_guarded.c: atomic changes of an element; a leaf function (os/guard.h). */
#include "lua/atomic_guarded.h"

void l_atomic_leaf(void *with) { l_atomic_do(with); }
