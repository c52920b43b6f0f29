/* raise.h: a hook that acts in the middle of an operation: it raises an error, like lua's own at Ctrl-C,
** or collects garbage whose finalizers use vmem, and raise errors. */
#ifndef RAISE_H
#define RAISE_H

#include <stdbool.h>
#include <stddef.h>

#include <lua.h>

typedef enum raise_way {
  RAISE_NEVER, /* only counts events */
  RAISE_ONCE,
  RAISE_IN_COROUTINE, /* once; the operation runs in a coroutine, which the error leaves unclosed */
  RAISE_ON,           /* at every event from there on, like the hook of a deadline */
  RAISE_IN_FINALIZER  /* the collector runs finalizers, whose errors Lua drops */
} raise_way;

/* Events are instructions of vmem's Lua, its calls, and the returns from them. */
typedef struct raise {
  size_t events; /* since raise_call */
  size_t at;     /* the first event that raises, from 1 */
  raise_way way;
  bool raised; /* whether an event has raised */
  bool caught; /* whether a pcall or coroutine inside the operation gets the error */
} raise;

/* Like lua_pcall, calls the function below `count` arguments, with a hook. raise_of returns the state's
** `raise`. */
int raise_call(lua_State *L, int count, raise_way way, size_t at);

raise *raise_of(lua_State *L);

#endif
