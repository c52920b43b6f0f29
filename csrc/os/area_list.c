/* area_list.c: a growing list of areas and their names, for os_areas. */
#include "os/area_list.h"

#include <stdlib.h>
#include <string.h>

/* The list grows by doubling. */
static size_t larger(size_t room, size_t least) { return room * 2 > least ? room * 2 : least; }

/* realloc, but what has been in the list itself is copied. NULL when there is no memory. */
static void *grown(void *old, const void *first, size_t used, size_t size) {
  if (old != first) return realloc(old, size);
  void *fresh = malloc(size);
  if (fresh != NULL) memcpy(fresh, first, used);
  return fresh;
}

static void begin(os_list *list) {
  list->area = list->first_areas;
  list->room = sizeof list->first_areas / sizeof *list->first_areas;
  list->text = list->first_text;
  list->text_room = sizeof list->first_text;
}

char *os_list_place(os_list *list, size_t length) {
  if (list->area == NULL) begin(list);
  if (list->count == list->room) {
    size_t room = larger(list->room, 64);
    os_area *area =
        grown(list->area, list->first_areas, sizeof list->first_areas, room * sizeof *area);
    if (area == NULL) return NULL;
    list->area = area;
    list->room = room;
  }
  if (list->text_room - list->used <= length) {
    size_t room = larger(list->text_room, list->used + length + 1);
    char *text = grown(list->text, list->first_text, list->used, room);
    if (text == NULL) return NULL;
    list->text = text;
    list->text_room = room;
  }
  return list->text + list->used;
}

void os_list_add(os_list *list, const os_area *area) {
  list->area[list->count++] = *area;
  list->used += strlen(list->text + list->used) + 1;
}

/* Copies the list into one block. */
static vm_error pack(const os_list *list, os_area **areas, size_t *count) {
  size_t size = list->count * sizeof(os_area);
  os_area *block = malloc(size + list->used + 1);
  if (block == NULL) return VM_OUT_OF_MEMORY;
  if (list->count > 0) {
    memcpy(block, list->area, size);
    memcpy(block + list->count, list->text, list->used);
  }
  const char *name = (const char *)(block + list->count);
  for (size_t i = 0; i < list->count; i++) {
    block[i].name = name;
    name += strlen(name) + 1;
  }
  *areas = block;
  *count = list->count;
  return VM_OK;
}

vm_error os_list_end(os_list *list, vm_error error, os_area **areas, size_t *count) {
  if (error == VM_OK) error = pack(list, areas, count);
  if (list->area != list->first_areas) free(list->area);
  if (list->text != list->first_text) free(list->text);
  return error;
}
