/* raise.h: a hook that acts in the middle of an operation: it raises an error, like lua's own at Ctrl-C,
** or collects garbage whose finalizers use vmem, and raise errors. */
#ifndef RAISE_H
#define RAISE_H

#include <stdbool.h>
#include <stddef.h>

#include <lua.h>

typedef enum raise_way {
  RAISE_NEVER, /* events count, and nothing happens */
  RAISE_ONCE,
  RAISE_IN_COROUTINE, /* once, and the operation runs in a coroutine, which is left as the error leaves it */
  RAISE_ON,           /* at every event from there on, as the hook of a deadline that has passed */
  RAISE_IN_FINALIZER /* the collector runs finalizers, whose errors Lua drops */
} raise_way;

/* Events are instructions of vmem's Lua, and calls that it makes, and returns from them. */
typedef struct raise {
  size_t events; /* since raise_call */
  size_t at;     /* the first one at which something happens, from 1 */
  raise_way way;
  bool raised; /* whether something has happened */
  bool
      caught; /* whether the operation itself has a pcall or a coroutine around what was interrupted */
} raise;

/* Calls the function below `count` arguments, as lua_pcall does, with a hook. The state's `raise` is what
** raise_of gives. */
int raise_call(lua_State *L, int count, raise_way way, size_t at);

raise *raise_of(lua_State *L);

#endif
