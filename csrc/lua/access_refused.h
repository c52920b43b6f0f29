/* access_refused.h: an access that a page refuses becomes a fault, for which handlers are asked. */
#ifndef LUA_ACCESS_REFUSED_H
#define LUA_ACCESS_REFUSED_H

#include "core/loss.h"
#include "lua/access.h"

static inline unsigned l_need_of(l_which which) { return which == L_WRITTEN ? VM_WRITE : VM_READ; }

/* The access is refused `done` bytes after the range's start; `refusal` is what l_touch says. Returns if the
** access should start again. All that allocates comes first: it may run finalizers, after which nothing from
** before is trusted. If the source must not be touched here, the access starts again with answers, though there are
** none yet: then it has a copy. */
void l_refuse_access(lua_State *L, const l_access *access, l_range range, size_t done,
                     l_which which, l_source source, vm_error refusal, vm_loss loss);

/* The system could not give the page at `lost` for the access. Returns if the access should start again. */
void l_refuse_lost(lua_State *L, const l_access *access, l_range range, uintptr_t lost,
                   l_which which, l_source source);

/* Whether an answer may be for a page that the disk does not give. Such a page still allows the access. */
bool l_may_be_unreadable(lua_State *L, const l_access *access);

/* An access of several pieces has made one of them: for the next one, handlers are asked as often as for the first.
** `answers` is that of its l_access. */
void l_progress(lua_State *L, int answers);

#endif
