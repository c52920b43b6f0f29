/* plain.c: text from elsewhere made fit to be shown: escapes what would steer a terminal or turn text around. */
#include "lua/plain.h"

#include <stdio.h>
#include <string.h>

/* {====== UTF-8 ====== */

/* The character at the start of a text: its code point and its bytes; 0 if they are no UTF-8. */
static size_t first_of(const char *text, uint32_t *code) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  unsigned char first = (unsigned char)*text;
  *code = first;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  size_t bytes = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  *code = first & (0x7fU >> bytes);
  for (size_t i = 1; i < bytes; i++) {
    unsigned char next = (unsigned char)text[i]; /* the zero at the end is none that goes on */
    if ((next & 0xc0) != 0x80) return 0;
    *code = *code << 6 | (next & 0x3f);
  }
  bool valid = *code >= least[bytes] && *code <= 0x10ffff && (*code < 0xd800 || *code > 0xdfff);
  return valid ? bytes : 0;
}

/* Control characters, those that turn the direction of text, other line ends; and those that are no characters,
** which XML forbids. */
static bool acts(uint32_t code) {
  static const uint32_t ranges[][2] = {
      {0x00, 0x1f},     {0x7f, 0x9f},     {0x61c, 0x61c},   {0x200e, 0x200f}, {0x2028, 0x202e},
      {0x2060, 0x206f}, {0xfdd0, 0xfdef}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
  };
  if ((code & 0xfffe) == 0xfffe) return true;
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
    if (code >= ranges[i][0] && code <= ranges[i][1]) return true;
  return false;
}

int l_acts(lua_State *L) {
  lua_pushboolean(L, acts((uint32_t)lua_tointeger(L, 1)));
  return 1;
}

/* ====== } */

/* One character, or a byte that is none, as it is shown. */
static size_t put_character(char shown[16], const char *text) {
  uint32_t code;
  size_t bytes = first_of(text, &code);
  if (bytes == 0 || (bytes == 1 && acts(code))) {
    const char *words = "\nn\tt\rr", *word = strchr(words, *text);
    if (word != NULL)
      snprintf(shown, 16, "\\%c", word[1]);
    else
      snprintf(shown, 16, "\\x%02x", (unsigned char)*text);
    return 1;
  }
  if (acts(code)) {
    snprintf(shown, 16, "\\u{%x}", (unsigned)code);
  } else {
    memcpy(shown, text, bytes);
    shown[bytes] = '\0';
  }
  return bytes;
}

void l_plain(char shown[L_PLAIN], const char *text) {
  static const char more[] = "...";
  size_t length = 0;
  while (*text != '\0') {
    char character[16];
    text += put_character(character, text);
    size_t size = strlen(character);
    if (length + size + sizeof more > L_PLAIN) {
      memcpy(shown + length, more, sizeof more);
      return;
    }
    memcpy(shown + length, character, size);
    length += size;
  }
  shown[length] = '\0';
}

const char *l_push_place(lua_State *L, const vm_region *region) {
  char name[L_PLAIN] = ""; /* a copy: pushing may run finalizers, which may release it */
  if (region->name != NULL) l_plain(name, region->name);
  const char *address = l_pushaddress(L, region->base);
  return *name != '\0' ? lua_pushfstring(L, "'%s' at %s", name, address) : address;
}
