/* baseline_socket.c: sends requests to a server on this machine, one after the other, and reads the
** replies. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "baseline.h"

static int to_server(uint16_t port) {
  int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0) return -1;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0)
    return fd;
  close(fd);
  return -1;
}

static int send_all(int fd, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return 0;
    bytes += sent;
    size -= (size_t)sent;
  }
  return 1;
}

static int receive_all(int fd, size_t size) {
  static char buffer[65536];
  while (size > 0) {
    ssize_t got = recv(fd, buffer, size < sizeof buffer ? size : sizeof buffer, 0);
    if (got <= 0) return 0;
    size -= (size_t)got;
  }
  b_sink = (unsigned char)buffer[0];
  return 1;
}

/* baseline.exchange(port, request, size, times): sends a request and waits for `size` bytes */
static int l_exchange(lua_State *L) {
  size_t length, size = b_checksize(L, 3), times = b_checksize(L, 4), done = 0;
  const char *request = luaL_checklstring(L, 2, &length);
  int fd = to_server((uint16_t)luaL_checkinteger(L, 1));
  if (fd < 0) return b_refuse(L, "connect", errno, 0);
  double start = b_now();
  while (done < times && send_all(fd, request, length) && receive_all(fd, size)) done++;
  double end = b_now();
  int error = errno;
  close(fd);
  if (done < times) return b_refuse(L, "send and recv", error, done);
  lua_pushnumber(L, (end - start) / (double)times);
  return 1;
}

const luaL_Reg b_socket_functions[] = {{"exchange", l_exchange}, {NULL, NULL}};
