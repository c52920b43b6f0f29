/* area_list.h: a growing list of areas and their names, for os_areas. */
#ifndef OS_LIST_H
#define OS_LIST_H

#include "os/os.h"

/* Begins as zeros, and stays where it is. A short list has its room in itself: the memory that a question takes
** would be in the answer, where malloc maps it at the very address that is asked for, as musl's does. */
typedef struct os_list {
  os_area *area;
  char *text; /* the names, one after the other */
  size_t count, room, used, text_room;
  os_area first_areas[2];
  char first_text[4352]; /* a name of 4095 bytes and others */
} os_list;

/* Makes room for one more area. Returns where its name goes: room for `length` bytes and a NUL. NULL
** when there is no memory. */
char *os_list_place(os_list *list, size_t length);

/* Appends an area, after its name has been written to that place. */
void os_list_add(os_list *list, const os_area *area);

/* Ends the list and frees its memory. `error` is the result of building it. If that is VM_OK, *areas
** becomes one block for free(), the areas first and their names behind them. Returns `error`, or
** VM_OUT_OF_MEMORY. */
vm_error os_list_end(os_list *list, vm_error error, os_area **areas, size_t *count);

#endif
