/* area_list.h: a growing list of areas and their names, for os_areas. */
#ifndef OS_LIST_H
#define OS_LIST_H

#include "os/os.h"

typedef struct os_list { /* begins as zeros */
  os_area *area;
  char *text; /* the names, one after the other */
  size_t count, room, used, text_room;
} os_list;

/* Makes room for one more area. Returns where to write its name, which may have `length` bytes and
** a NUL behind them; NULL when there is no memory. */
char *os_list_place(os_list *list, size_t length);

/* Appends an area whose name has been written to that place. */
void os_list_add(os_list *list, const os_area *area);

/* Ends the list, whatever became of it. After VM_OK the areas are given as os_areas gives them: in
** one block, with the names behind. Returns `error`, or VM_OUT_OF_MEMORY. */
vm_error os_list_end(os_list *list, vm_error error, os_area **areas, size_t *count);

#endif
