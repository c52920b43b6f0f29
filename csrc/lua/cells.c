/* cells.c: a[i] of arrays that are written in Lua, vmem.sparse and vmem.pager: what is usual is done here,
** and for the rest a Lua function is called. */
#include <string.h>

#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/slot.h"
#include "lua/view.h"
#include "os/guard.h"

/* Elements from a region's start on. Two closures share it. Only the debug library reaches it. */
typedef struct l_cells {
  l_object object;
  size_t count;
  uint64_t hits;       /* accesses that needed no Lua function */
  uint8_t type, shift; /* elements have 2^shift bytes */
  bool is_paged;       /* an access needs the policy's consent */
} l_cells;

_Static_assert(sizeof(l_cells) <= L_OBJECT_SIZE, "it must fit into a slot");

static const l_class cells_class = {"vmem.cells", "region is released", 0, L_SHORT_CELLS, NULL};

/* Upvalues of both closures; debug.setupvalue may have replaced them. */
enum { CELLS = 1, OTHERWISE, SETTLED, TIME };

/* {====== Elements ====== */

/* A number as Lua has it. */
typedef struct l_numeral {
  bool is_float;
  lua_Integer integer;
  lua_Number number;
} l_numeral;

/* Writes the number as an element, if it is one; false also where only vmem's Lua can say. An integer becomes
** a float in two steps, as in a view. */
static bool put(const l_numeral *from, unsigned type, void *to) {
  switch (type) {
#define FITS_INT(ctype)               \
  ctype value = (ctype)from->integer; \
  bool fits = !from->is_float && L_FITS(ctype, from->integer);
#define FITS_FLOAT(ctype)                                                           \
  ctype value = (ctype)(from->is_float ? from->number : (lua_Number)from->integer); \
  bool fits = sizeof(ctype) == sizeof(lua_Number) || L_IS_FINITE(value);
#define PUT(name, ctype, how)                                     \
  case L_TYPE_##name: {                                           \
    FITS_##how(ctype) if (fits) memcpy(to, &value, sizeof value); \
    return fits;                                                  \
  }
    L_TYPES(PUT)
#undef PUT
  }
  return false;
}

/* ====== } */

/* {====== a[i] ====== */

/* The integer table[key], or -1. */
static lua_Integer number_at(lua_State *L, int table, lua_Integer key) {
  lua_rawgeti(L, table, key);
  lua_Integer number = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
  lua_pop(L, 1);
  return number;
}

static void set_number(lua_State *L, int table, lua_Integer key, lua_Integer number) {
  lua_pushinteger(L, number);
  lua_rawseti(L, table, key);
}

/* Gives the page the next number, unless it has the last one. False where it has none. */
static bool stamp(lua_State *L, lua_Integer page) {
  const int stamps = lua_upvalueindex(SETTLED), time = lua_upvalueindex(TIME);
  lua_Integer now = number_at(L, time, 1), last = number_at(L, stamps, page);
  if (now < 0 || last < 0 || now == LUA_MAXINTEGER) return false;
  if (last == now) return true;
  set_number(L, time, 1, now + 1);
  set_number(L, stamps, page, now + 1);
  return true;
}

/* Whether an access to this page has no more to do than to be counted: settled[page] is true, or the page has
** been stamped. */
static bool is_settled(lua_State *L, size_t page) {
  const int settled = lua_upvalueindex(SETTLED);
  if (!lua_istable(L, settled)) return lua_isboolean(L, settled) && lua_toboolean(L, settled);
  if (lua_istable(L, lua_upvalueindex(TIME))) return stamp(L, (lua_Integer)page);
  lua_rawgeti(L, settled, (lua_Integer)page);
  bool is = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return is;
}

static size_t page_of(const l_cells *cells, size_t offset) {
  return (offset >> cells->object.region->page_shift) + 1;
}

/* What the running function's upvalue is, ready for the short way, or NULL. Used only if l_stack_known is
** true. */
static inline l_cells *short_cells(lua_State *L, const l_value *function) {
  const l_value *upvalue = l_first_upvalue(function);
  return upvalue != NULL ? l_short_object(L, upvalue, L_SHORT_CELLS) : NULL;
}

/* The address of an element if the access is allowed, and the policy allows it: by the page table's last run, or
** by_leaf, where only leaf functions touch the memory. */
static inline void *find(lua_State *L, l_cells *cells, lua_Integer i, unsigned need, bool by_leaf) {
  vm_region *region = cells->object.region;
  lua_Unsigned place = (lua_Unsigned)i - 1;
  if (place >= cells->count) return NULL;
  size_t offset = (size_t)place << cells->shift, size = (size_t)1 << cells->shift;
  bool allows = by_leaf ? vm_allows_leaf(region, offset, size, need)
                        : vm_allows_cached(region, offset, size, need);
  if (!allows || (cells->is_paged && !is_settled(L, page_of(cells, offset)))) return NULL;
  return vm_memory(region, offset);
}

typedef enum outcome { FOUND, ABSENT, OTHER } outcome;

/* The same in every case, with what an access has to note. ABSENT: no page is committed there. */
static outcome look(lua_State *L, l_cells *cells, unsigned need, void **address) {
  if (cells == NULL || cells->object.region == NULL || !cells->object.region->live) return OTHER;
  vm_region *region = cells->object.region;
  lua_Unsigned place = lua_isinteger(L, 2) ? (lua_Unsigned)lua_tointeger(L, 2) - 1 : cells->count;
  if (place >= cells->count) return OTHER;
  size_t offset = (size_t)place << cells->shift, size = (size_t)1 << cells->shift, refused;
  if (!vm_allows(region, offset, size, need, &refused)) {
    bool absent = !cells->is_paged && !vm_is_committed(region, offset, size);
    return absent ? ABSENT : OTHER;
  }
  if (cells->is_paged && !is_settled(L, page_of(cells, offset))) return OTHER;
  if (need == VM_WRITE && !vm_note_write(region, offset, size)) l_error(L, "not enough memory");
  if (need == VM_WRITE)
    l_record_write(L, region, offset, size);
  else
    l_record_read(L, region, offset, size);
  *address = vm_memory(region, offset);
  return FOUND;
}

static int done(lua_State *L, int status, lua_KContext results) {
  (void)L, (void)status;
  return (int)results;
}

/* Has the Lua function do it, with the arguments as they are. It may yield. */
static int otherwise(lua_State *L, int arguments, int results) {
  lua_settop(L, arguments);
  lua_pushvalue(L, lua_upvalueindex(OTHERWISE));
  lua_insert(L, 1);
  lua_callk(L, arguments, results, results, done);
  return done(L, LUA_OK, results);
}

static l_cells *test_cells(lua_State *L) {
  return l_test(L, lua_upvalueindex(CELLS), &cells_class);
}

static int got(lua_State *L, l_cells *cells, const void *from) {
  cells->hits++;
  l_pushelement(L, cells->type, from);
  return 1;
}

/* Copies an element to or from memory; false if its page is lost. */
static bool move(const l_cells *cells, void *to, const void *from) {
  size_t size = (size_t)1 << cells->shift;
  if (cells->object.region->fallible) return os_move(to, from, size);
  memcpy(to, from, size);
  return true;
}

/* Reads element i of a fallible region into `element`; false if that takes more than a leaf function. */
__attribute__((noinline)) static bool read_fallible(lua_State *L, l_cells *cells, lua_Integer i,
                                                    l_element *element) {
  const void *from = find(L, cells, i, VM_READ, true);
  return from != NULL && os_move(element, from, (size_t)1 << cells->shift);
}

/* The same for a write. */
__attribute__((noinline)) static bool write_fallible(lua_State *L, l_cells *cells, lua_Integer i,
                                                     const l_numeral *value) {
  l_element element;
  void *to = find(L, cells, i, VM_WRITE, true);
  return to != NULL && put(value, cells->type, &element) &&
         os_move(to, &element, (size_t)1 << cells->shift);
}

static int cells_index(lua_State *L) {
  const l_value *arg = l_stack_known ? l_arguments(L, 2) : NULL;
  if (arg != NULL && arg[2].tag == L_TAG_INTEGER) {
    l_cells *cells = short_cells(L, arg);
    const void *from = cells != NULL ? find(L, cells, arg[2].as.integer, VM_READ, false) : NULL;
    if (from != NULL) return got(L, cells, from);
    l_element read;
    if (cells != NULL && read_fallible(L, cells, arg[2].as.integer, &read))
      return got(L, cells, &read);
  }
  void *from;
  l_element element;
  l_cells *cells = test_cells(L);
  switch (look(L, cells, VM_READ, &from)) {
    case FOUND: return move(cells, &element, from) ? got(L, cells, &element) : otherwise(L, 2, 1);
    case ABSENT: return 0;
    default: return otherwise(L, 2, 1);
  }
}

static int cells_newindex(lua_State *L) {
  const l_value *arg = l_stack_known ? l_arguments(L, 3) : NULL;
  bool is_float = arg != NULL && arg[3].tag == L_TAG_FLOAT;
  if (arg != NULL && arg[2].tag == L_TAG_INTEGER && (is_float || arg[3].tag == L_TAG_INTEGER)) {
    l_cells *cells = short_cells(L, arg);
    l_numeral value = {is_float, arg[3].as.integer, arg[3].as.number};
    void *to = cells != NULL ? find(L, cells, arg[2].as.integer, VM_WRITE, false) : NULL;
    bool stored = to != NULL ? put(&value, cells->type, to)
                             : cells != NULL && write_fallible(L, cells, arg[2].as.integer, &value);
    if (stored) {
      cells->hits++;
      return 0;
    }
  }
  void *to;
  l_cells *cells = test_cells(L);
  l_element element;
  l_numeral value = {!lua_isinteger(L, 3), lua_tointeger(L, 3), lua_tonumber(L, 3)};
  bool fits = cells != NULL && lua_type(L, 3) == LUA_TNUMBER && put(&value, cells->type, &element);
  if (!fits || look(L, cells, VM_WRITE, &to) != FOUND || !move(cells, to, &element))
    return otherwise(L, 3, 0);
  cells->hits++;
  return 0;
}

/* ====== } */

/* hits(): how many accesses to settled pages there were. */
static int cells_hits(lua_State *L) {
  const l_cells *cells = test_cells(L);
  lua_pushinteger(L, cells != NULL ? (lua_Integer)cells->hits : 0);
  return 1;
}

/* The type of this name, or L_TYPE_COUNT when it is none in the machine's byte order. */
static unsigned type_named(const char *word, uint8_t *shift) {
  unsigned type = 0;
  while (type < L_TYPE_COUNT &&
         (l_types[type].number != type || strcmp(word, l_types[type].name) != 0))
    type++;
  if (type == L_TYPE_COUNT) return type;
  for (*shift = 0; (size_t)1 << *shift < l_types[type].size; (*shift)++) {
  }
  return type;
}

/* cells(region, type, count, index, newindex [, settled [, time]]): __index and __newindex for an array of so
** many elements at the region's start, and a function that gives the hits. `index` and `newindex` are called as
** they would be for whatever these do not do: other keys, values that do not fit, pages that refuse. A page
** that is not committed reads as nil. With `settled`, an access to any page goes to them that is not settled
** (is_settled), and the others are hits; if it is true, all pages are settled. Then no page reads as nil here.
** nil for a type that is not served here. */
int l_new_cells(lua_State *L) {
  lua_settop(L, 7);
  l_checkregion(L, 1);
  size_t length;
  uint8_t shift;
  unsigned type = type_named(l_checkbytes(L, 2, "type", &length), &shift);
  if (type == L_TYPE_COUNT) return 0;
  l_cells *cells = l_new(L, &cells_class);
  vm_region *region = l_checkregion(L, 1);
  size_t count = l_checkcount(L, 3, "count", 0, region->size >> shift);
  l_attach(L, &cells->object, region);
  cells->count = count;
  cells->type = (uint8_t)type;
  cells->shift = shift;
  cells->is_paged = !lua_isnil(L, 6);
  static const lua_CFunction functions[] = {cells_index, cells_newindex};
  for (int i = 0; i < 2; i++) {
    lua_pushvalue(L, 8);
    lua_pushvalue(L, 4 + i);
    lua_pushvalue(L, 6);
    lua_pushvalue(L, 7);
    lua_pushcclosure(L, functions[i], TIME);
  }
  lua_pushvalue(L, 8);
  lua_pushcclosure(L, cells_hits, CELLS);
  return 3;
}

void l_open_cells(lua_State *L) {
  static const l_members none = {0};
  l_newclass(L, &cells_class, &none);
  lua_pop(L, 1);
}
