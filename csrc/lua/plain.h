/* plain.h: text from elsewhere, such as the name of a region, made fit to be shown. */
#ifndef LUA_PLAIN_H
#define LUA_PLAIN_H

#include "lua/base.h"

enum { L_PLAIN = 96 }; /* room for a text as it is shown */

/* Writes `text` as it is shown: what does something to a terminal or to the order of letters is escaped as in Lua's
** strings. A long text ends with "...". */
void l_plain(char shown[L_PLAIN], const char *text);

/* Pushes where a region is, with its name if it has one: "0x7e6d68400000", "'notes' at 0x7e6d68400000". */
const char *l_push_place(lua_State *L, const vm_region *region);

/* acts(code): whether a code point does something instead of being seen, or is no character. */
int l_acts(lua_State *L);

#endif
