/* recorder.c: how events get their line of the script, and what vmem.recorder is made of: functions
** that give a recording's parts as plain values. */
#include <string.h>

#include "lua/binding.h"
#include "os/os.h"

typedef struct l_recording {
  l_object object;
  vm_recording *recording; /* NULL until it has begun */
} l_recording;

static void end_recording(lua_State *L, l_object *object) {
  vm_recording *recording = ((l_recording *)object)->recording;
  (void)L;
  if (recording != NULL) vm_recording_free(recording);
}

static const char closed[] = "recording is closed";

static const l_class RECORDING = {.name = "vmem.recording", .over = closed, .end = end_recording};

/* {====== Recording ====== */

enum { LONGEST_NAME = 4096 }; /* of a file */

/* A script that was no file may be called by its whole text. */
static const char *name_of(const lua_Debug *frame) {
  bool is_file = *frame->source == '@' && frame->srclen <= LONGEST_NAME;
  return is_file ? frame->source : frame->short_src;
}

typedef struct l_writer {
  vm_recording *recording;
  uint32_t source;
} l_writer;

static int write_code(lua_State *L, const void *bytes, size_t size, void *to) {
  (void)L;
  const l_writer *writer = to;
  return !vm_record_code(writer->recording, writer->source, bytes, size);
}

/* A script chooses the name that load gives a chunk. That a file has the running function is only seen by
** its code, which vmem/recorder/lines.lua compares: what a page shows of files depends on it. */
static uint32_t source_of(lua_State *L, vm_recording *recording, lua_Debug *frame) {
  size_t known = recording->sources;
  uint32_t source = vm_record_source(recording, name_of(frame));
  if (recording->sources == known || *frame->source != '@') return source;
  lua_getinfo(L, "f", frame);
  l_writer writer = {recording, source};
  if (lua_dump(L, write_code, &writer, 0) != 0) vm_forget_code(recording, source);
  lua_pop(L, 1);
  return source;
}

void l_record_event(lua_State *L, vm_recording *recording, vm_region *region,
                    const vm_event *event) {
  vm_event e = *event;
  lua_Debug frame;
  if (l_running_line(L, &frame)) {
    e.source = source_of(L, recording, &frame);
    e.line = (uint32_t)frame.currentline;
  }
  if (e.what == VM_DID_RESERVE)
    vm_record_reserve(recording, region, &e);
  else
    vm_record(recording, region, &e);
}

void l_record_release(lua_State *L, vm_recording *recording, vm_region *region, vm_how how,
                      vm_error error) {
  bool refused = error != VM_OK;
  vm_event event = {.size = region->size,
                    .what = refused ? VM_DID_REFUSED : VM_DID_RELEASE,
                    .detail = (uint8_t)(refused ? (unsigned)VM_DID_RELEASE : (unsigned)how),
                    .error = (uint8_t)error};
  l_record_event(L, recording, region, &event);
}

void l_abandon(lua_State *L, vm_region *region, vm_how how) {
  vm_recording *recording = region->recording;
  l_record_before(region);
  vm_abandon(region);
  if (recording != NULL) l_record_release(L, recording, region, how, VM_OK);
}

/* ====== } */

/* {====== The parts of a recording ====== */

static vm_recording *check_recording(lua_State *L) {
  const l_recording *object = l_check(L, 1, &RECORDING);
  if (object->recording == NULL) l_error(L, closed);
  return object->recording;
}

/* A place from 1 to `count`, from 0 on. */
static size_t check_place(lua_State *L, size_t count) {
  return l_checkcount(L, 2, "index", 1, count) - 1;
}

/* (writes, residency, limit, reads, apart) gives a recording. */
static int start(lua_State *L) {
  vm_record_options options;
  options.writes = lua_toboolean(L, 1);
  options.residency = lua_toboolean(L, 2);
  options.limit = l_checkcount(L, 3, "limit", 1, LUA_MAXINTEGER);
  options.reads = lua_toboolean(L, 4);
  options.merge = !lua_toboolean(L, 5);
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

/* Numbers of events, regions, runs, samples, sources and looks; why it has ended, after how long, and
** whether writes are told of, and accesses merged. */
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
  luaL_checkstack(L, 13, "event");
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
  return 13;
}

static int get_region(lua_State *L) {
  vm_recording *g = check_recording(L);
  const vm_met *met = &g->met[check_place(L, g->mets)];
  lua_pushinteger(L, (lua_Integer)met->base);
  lua_pushinteger(L, (lua_Integer)met->size);
  lua_pushinteger(L, (lua_Integer)1 << met->page_shift);
  lua_pushinteger(L, met->protection);
  lua_pushboolean(L, met->before);
  lua_pushstring(L, met->name); /* nil for NULL; last, since it allocates */
  return 6;
}

static int get_run(lua_State *L) {
  vm_recording *g = check_recording(L);
  const vm_start_run *run = &g->run[check_place(L, g->runs)];
  lua_pushinteger(L, run->region);
  lua_pushinteger(L, (lua_Integer)run->run.offset);
  lua_pushinteger(L, (lua_Integer)run->run.size);
  lua_pushinteger(L, run->run.byte);
  return 4;
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

static int get_source(lua_State *L) {
  vm_recording *g = check_recording(L);
  lua_pushstring(L, g->source[check_place(L, g->sources)].name);
  return 1;
}

/* The code of the function that was running when the source was first met, as string.dump gives it; nil for a
** script that is no file. */
static int get_function(lua_State *L) {
  vm_recording *g = check_recording(L);
  const vm_source *source = &g->source[check_place(L, g->sources)];
  if (source->code == NULL) return 0;
  lua_pushlstring(L, source->code, source->code_size);
  return 1;
}

/* The bytes of a regular file, or 0. */
static int file_size(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)os_file_size(luaL_checkstring(L, 1)));
  return 1;
}

/* "rw" and so on, for bits of VM_PROTECTION. */
static int protection_word(lua_State *L) {
  lua_pushstring(L, l_protection((unsigned)l_checkcount(L, 1, "byte", 0, 255)));
  return 1;
}

/* "out_of_memory" and so on. */
static int code_word(lua_State *L) {
  lua_pushstring(L, l_code((vm_error)l_checkcount(L, 1, "error", 1, VM_LAST_ERROR)));
  return 1;
}

/* ====== } */

static const luaL_Reg functions[] = {
    {"code", code_word},    {"counts", counts},     {"file_size", file_size},
    {"func", get_function}, {"event", get_event},   {"protection", protection_word},
    {"region", get_region}, {"look", get_look},     {"run", get_run},
    {"sample", get_sample}, {"source", get_source}, {"start", start},
    {"stop", stop},         {NULL, NULL},
};

void l_push_recorder(lua_State *L) {
  static const char *const whats[] = {
#define WORD(name, word) word,
      VM_WHATS(WORD)
#undef WORD
  };
  static const luaL_Reg none[] = {
      {NULL, NULL},
  };
  l_newclass(L, &RECORDING, none, none, none, NULL);
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  lua_createtable(L, VM_WHAT_COUNT, 0);
  for (int i = 0; i < VM_WHAT_COUNT; i++) {
    lua_pushstring(L, whats[i]);
    lua_rawseti(L, -2, i);
  }
  lua_setfield(L, -2, "whats");
}
