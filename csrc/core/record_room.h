/* record_room.h: arrays of a recording that grow. */
#ifndef RECORD_ROOM_H
#define RECORD_ROOM_H

#include <stdlib.h>

#include "core/record.h"

/* The array with room for one more item; NULL when there is no memory, and the array is as it was. */
static inline void *vm_grown(void *array, size_t *room, size_t count, size_t item) {
  if (count < *room) return array;
  size_t larger = *room == 0 ? 16 : *room * 2;
  void *moved = larger > SIZE_MAX / item ? NULL : realloc(array, larger * item);
  if (moved != NULL) *room = larger;
  return moved;
}

/* Defines a function that makes room in one of the recording's arrays. */
#define VM_DEFINE_GROW(array, count)                                                \
  static bool grow_##array(vm_recording *g) {                                       \
    void *moved = vm_grown(g->array, &g->array##_room, g->count, sizeof *g->array); \
    if (moved != NULL) g->array = moved;                                            \
    return moved != NULL;                                                           \
  }

#endif
