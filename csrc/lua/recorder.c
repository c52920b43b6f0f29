/* recorder.c: the C side of vmem.recorder: gives the parts of a recording as plain values. */
#include "core/record_bytes.h"
#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "os/os.h"

typedef struct l_recording {
  l_object object;
  vm_recording *recording; /* NULL before it begins */
} l_recording;

static void end_recording(lua_State *L, l_object *object) {
  vm_recording *recording = ((l_recording *)object)->recording;
  (void)L;
  if (recording != NULL) vm_recording_free(recording);
}

static const char closed[] = "recording is closed";

static const l_class RECORDING = {.name = "vmem.recording", .over = closed, .end = end_recording};

/* {====== The parts of a recording ====== */

static vm_recording *check_recording(lua_State *L) {
  const l_recording *object = l_check(L, 1, &RECORDING);
  if (object->recording == NULL) l_error(L, closed);
  return object->recording;
}

/* The index at 2, from 1 to `count`; returned counting from 0. */
static size_t check_place(lua_State *L, size_t count) {
  return l_checkcount(L, 2, "index", 1, count) - 1;
}

/* (writes, residency, limit, reads, apart, bytes): returns a recording. */
static int start(lua_State *L) {
  vm_record_options options;
  options.writes = lua_toboolean(L, 1);
  options.residency = lua_toboolean(L, 2);
  options.limit = l_checklimit(L, 3, "limit", 1);
  options.reads = lua_toboolean(L, 4);
  options.merge = !lua_toboolean(L, 5);
  options.bytes = lua_toboolean(L, 6);
  l_recording *object = l_new(L, &RECORDING);
  if (vm_recording_of(l_space(L)) != NULL)
    return l_error(L, "a recording is under way: stop it first");
  object->recording = vm_recording_new(l_space(L), &options);
  if (object->recording == NULL) return l_error(L, "not enough memory");
  return 1;
}

static int stop(lua_State *L) {
  vm_recording_stop(check_recording(L));
  return 0;
}

/* The numbers of events, regions, runs, samples, sources and looks; why and after how long the
** recording ended; whether writes are recorded, and whether accesses are merged. */
static int counts(lua_State *L) {
  static const char *const ends[] = {NULL, "stopped", "limit", "out_of_memory"};
  vm_recording *g = check_recording(L);
  lua_pushinteger(L, (lua_Integer)g->events);
  lua_pushinteger(L, (lua_Integer)g->mets);
  lua_pushinteger(L, (lua_Integer)g->runs);
  lua_pushinteger(L, (lua_Integer)g->samples);
  lua_pushinteger(L, (lua_Integer)g->sources);
  lua_pushinteger(L, (lua_Integer)g->looks);
  lua_pushstring(L, ends[g->end]); /* nil for NULL */
  lua_pushinteger(L, (lua_Integer)g->duration);
  lua_pushboolean(L, g->writes);
  lua_pushboolean(L, g->merge);
  return 10;
}

static int get_event(lua_State *L) {
  vm_recording *g = check_recording(L);
  vm_event e = *vm_event_at(g, check_place(L, g->events));
  luaL_checkstack(L, 14, "event");
  lua_pushinteger(L, e.what);
  lua_pushinteger(L, (lua_Integer)e.time);
  lua_pushinteger(L, e.region);
  lua_pushinteger(L, (lua_Integer)e.offset);
  lua_pushinteger(L, (lua_Integer)e.size);
  lua_pushinteger(L, e.byte);
  lua_pushinteger(L, e.source);
  lua_pushinteger(L, e.line);
  lua_pushinteger(L, (lua_Integer)e.committed);
  lua_pushinteger(L, e.count);
  lua_pushinteger(L, e.access);
  lua_pushinteger(L, e.detail);
  lua_pushinteger(L, e.error);
  if (e.resident == VM_NOT_SEEN) return 13;
  lua_pushinteger(L, (lua_Integer)e.resident);
  return 14;
}

static int get_region(lua_State *L) {
  vm_recording *g = check_recording(L);
  const vm_recorded_region *met = &g->met[check_place(L, g->mets)];
  lua_pushinteger(L, (lua_Integer)met->base);
  lua_pushinteger(L, (lua_Integer)met->size);
  lua_pushinteger(L, (lua_Integer)1 << met->page_shift);
  lua_pushinteger(L, met->protection);
  lua_pushboolean(L, met->before);
  lua_pushstring(L, met->name); /* nil for NULL; last, because it allocates */
  return 6;
}

static int get_run(lua_State *L) {
  vm_recording *g = check_recording(L);
  const vm_start_run *run = &g->run[check_place(L, g->runs)];
  lua_pushinteger(L, run->region);
  lua_pushinteger(L, (lua_Integer)run->run.offset);
  lua_pushinteger(L, (lua_Integer)run->run.size);
  lua_pushinteger(L, run->run.byte);
  lua_pushinteger(L, run->trap);
  lua_pushinteger(L, run->attached);
  return 6;
}

static int get_sample(lua_State *L) {
  vm_recording *g = check_recording(L);
  const vm_sample *sample = &g->sample[check_place(L, g->samples)];
  lua_pushinteger(L, (lua_Integer)sample->event);
  lua_pushinteger(L, sample->region);
  lua_pushinteger(L, (lua_Integer)sample->bytes);
  return 3;
}

static int get_look(lua_State *L) {
  vm_recording *g = check_recording(L);
  lua_pushinteger(L, (lua_Integer)g->look[check_place(L, g->looks)].event);
  return 1;
}

/* The event of a note, and its text. */
static int get_chapter(lua_State *L) {
  vm_recording *g = check_recording(L);
  const vm_chapter *chapter = &g->chapter[check_place(L, g->chapters)];
  lua_pushinteger(L, (lua_Integer)chapter->event + 1);
  lua_pushlstring(L, chapter->text, chapter->size);
  return 2;
}

/* The first bytes of the write that is event i, before and after it; nil where they are not known. */
static int get_bytes(lua_State *L) {
  vm_recording *g = check_recording(L);
  const vm_written_bytes *found = vm_recorded_bytes(g, check_place(L, g->events));
  if (found == NULL) return 0;
  vm_written_bytes bytes = *found;
  luaL_checkstack(L, 2, "bytes");
  if (bytes.before_size > 0)
    lua_pushlstring(L, bytes.before, bytes.before_size);
  else
    lua_pushnil(L);
  if (bytes.after_size == 0) return 1;
  lua_pushlstring(L, bytes.after, bytes.after_size);
  return 2;
}

/* The event of one of the writes whose bytes are known, from 1 on; nil behind the last. */
static int get_shown(lua_State *L) {
  vm_recording *g = check_recording(L);
  size_t place = l_checkcount(L, 2, "index", 1, L_MOST) - 1;
  if (place >= g->shown) return 0;
  uint64_t event = g->bytes[place].event;
  lua_pushinteger(L, (lua_Integer)event + 1);
  lua_pushinteger(L, (lua_Integer)vm_event_at(g, (size_t)event)->offset);
  return 2;
}

static int count_chapters(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_recording(L)->chapters);
  return 1;
}

/* (recording, text) */
static int add_note(lua_State *L) {
  vm_recording *g = check_recording(L);
  size_t size;
  const char *text = luaL_checklstring(L, 2, &size);
  l_record_note(L, g, text, size);
  return 0;
}

static int get_source(lua_State *L) {
  vm_recording *g = check_recording(L);
  lua_pushstring(L, g->source[check_place(L, g->sources)].name);
  return 1;
}

/* The code of the function that was running when the source was first recorded, as string.dump gives
** it; nil if the script is no file. */
static int get_function(lua_State *L) {
  vm_recording *g = check_recording(L);
  const vm_source *source = &g->source[check_place(L, g->sources)];
  if (source->code == NULL) return 0;
  lua_pushlstring(L, source->code, source->code_size);
  return 1;
}

/* The size of a regular file in bytes, or 0. */
static int file_size(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)os_file_size(luaL_checkstring(L, 1)));
  return 1;
}

/* The protection of a page's byte, for example "rw". */
static int protection_word(lua_State *L) {
  lua_pushstring(L, l_protection((unsigned)l_checkcount(L, 1, "byte", 0, 255)));
  return 1;
}

/* ====== } */

static const luaL_Reg recorder_functions[] = {
    {"counts", counts},
    {"file_size", file_size},
    {"func", get_function},
    {"event", get_event},
    {"protection", protection_word},
    {"region", get_region},
    {"look", get_look},
    {"run", get_run},
    {"sample", get_sample},
    {"source", get_source},
    {"start", start},
    {"chapter", get_chapter},
    {"chapters", count_chapters},
    {"note", add_note},
    {"bytes", get_bytes},
    {"shown", get_shown},
    {"stop", stop},
    {NULL, NULL},
};

void l_push_recorder(lua_State *L) {
  static const char *const whats[] = {
#define WORD(name, word) word,
      VM_EVENT_KINDS(WORD)
#undef WORD
  };
  static const l_members none = {0};
  l_newclass(L, &RECORDING, &none);
  lua_pop(L, 1);
  luaL_newlib(L, recorder_functions);
  lua_createtable(L, VM_EVENT_KIND_COUNT, 0);
  for (int i = 0; i < VM_EVENT_KIND_COUNT; i++) {
    lua_pushstring(L, whats[i]);
    lua_rawseti(L, -2, i);
  }
  lua_setfield(L, -2, "whats");
  lua_createtable(L, VM_LAST_ERROR, 0);
  for (int error = VM_OK + 1; error <= VM_LAST_ERROR; error++) {
    lua_pushstring(L, l_code((vm_error)error));
    lua_rawseti(L, -2, error);
  }
  lua_setfield(L, -2, "codes");
}
