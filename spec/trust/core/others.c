/* others.c: another process, which makes a file shorter while a call of the core runs. */
#include "others.h"

#include "fake_files.h"

static others_plan plan;
static bool done;

void others_begin(const others_plan *wanted) {
  plan = *wanted;
  done = false;
}

bool others_did(void) { return done; }

bool others_end(void) {
  bool did = done;
  plan.file = 0;
  done = false;
  return did;
}

void others_tick(void) {
  int file = plan.file;
  if (file == 0 || plan.before-- > 0) return;
  plan.file = 0;
  if (!fake_file_is_open(file) || fake_file_size(file) <= plan.size) return;
  fake_file_cut(file, plan.size);
  done = true;
}
