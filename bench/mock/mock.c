/* A cheap OpenAI-compatible upstream: one thread, epoll, thousands of connections.
 *
 *   cc -O2 -o mock *.c && ./mock PORT
 *
 * The model's name says how to answer, so one port serves every row; for programs that map names
 * the same options may stand in the path (POST /o-n50-d20/v1/chat/completions):
 *   -nN     content chunks in a stream (50)
 *   -dMS    milliseconds between chunks (0)
 *   -hMS    milliseconds before the head, of a whole answer too (0)
 *   -fMS    milliseconds between the head and the first chunk (as -d)
 *   -eCODE  that status with an error body instead of an answer
 *
 * Each content chunk carries "@<CLOCK_MONOTONIC microseconds>@", so that a reader on the same
 * machine knows how long it was under way. A usage chunk and [DONE] follow. Requests are read with
 * Content-Length or chunked, one at a time; GET /stats counts them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "conn.h"

long long requests, open_conns;

static int poller;

long long now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

void watch(conn *c, int operation, unsigned events) {
  struct epoll_event e = {events, {.ptr = c}};
  epoll_ctl(poller, operation, c->fd, &e);
}

static void close_conn(conn *c) {
  stop_timer(c);
  close(c->fd);
  free(c->in);
  free(c->out);
  free(c);
  open_conns--;
}

static int go_on(conn *c) {
  while (c->stage != READING) {
    int wait = take_step(c);
    if (wait < 0) return -1;
    if (wait > 0) {
      c->due += wait * 1000LL;
      start_timer(c);
      return 0;
    }
  }
  return 0;
}

static int option(const char *text, const char *end, char key, int otherwise) {
  for (const char *p = text; p + 2 < end && *p != '"'; p++)
    if (p[0] == '-' && p[1] == key && p[2] >= '0' && p[2] <= '9') return atoi(p + 2);
  return otherwise;
}

static void read_options(conn *c, const char *text, const char *end) {
  c->chunks = option(text, end, 'n', c->chunks);
  c->delay_ms = option(text, end, 'd', c->delay_ms);
  c->head_ms = option(text, end, 'h', c->head_ms);
  c->first_ms = option(text, end, 'f', c->delay_ms);
  c->status = option(text, end, 'e', c->status);
}

/* The first character of a field's value in the body, past the colon and blanks. */
static const char *value_of(const char *name, const char *body, const char *end) {
  const char *p = memmem(body, end - body, name, strlen(name));
  if (!p) return end;
  for (p += strlen(name); p < end && (*p == ':' || *p == ' '); p++) {}
  return p;
}

static int begin(conn *c, const char *body, const char *end) {
  const char *model = value_of("\"model\"", body, end);
  const char *stream = value_of("\"stream\"", body, end);
  requests++;
  c->status = 200;
  c->chunks = 50;
  c->delay_ms = c->head_ms = c->first_ms = 0;
  if (model < end && *model == '"') read_options(c, model + 1, end);
  if (!strncmp(c->in, "POST /o-", 8)) read_options(c, c->in + 7, strpbrk(c->in + 7, " \r"));
  c->streams = c->status == 200 && stream < end && *stream == 't';
  c->left = c->chunks;
  c->stage = HEAD_IS_DUE;
  c->due = now_us() + c->head_ms * 1000LL;
  if (c->head_ms == 0) return go_on(c);
  start_timer(c);
  return 0;
}

/* The length of the request's body, or -1 while a chunked one is not whole. */
static int body_length(conn *c, const char *head_end) {
  const char *body = head_end + 4;
  for (const char *line = c->in; line < head_end;) {
    const char *end = memmem(line, head_end + 2 - line, "\r\n", 2);
    if (!strncasecmp(line, "content-length:", 15)) return atoi(line + 15);
    if (!strncasecmp(line, "transfer-encoding:", 18)) {
      const char *last = memmem(body, c->in + c->in_len - body, "0\r\n\r\n", 5);
      return last ? (int)(last + 5 - body) : -1;
    }
    line = end + 2;
  }
  return 0;
}

static int answer_next(conn *c) {
  while (c->stage == READING && c->in_len > 0) {
    char *head_end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
    if (!head_end) return 0;
    int length = body_length(c, head_end);
    int size = head_end + 4 - c->in + length;
    if (length < 0 || c->in_len < size) return 0;
    int is_stats = !strncmp(c->in, "GET /stats", 10);
    if ((is_stats ? send_stats(c) : begin(c, head_end + 4, c->in + size)) < 0) return -1;
    c->in_len -= size;
    memmove(c->in, c->in + size, c->in_len);
  }
  return 0;
}

static int receive(conn *c) {
  if (c->in_size - c->in_len < 4096) c->in = realloc(c->in, c->in_size *= 2);
  ssize_t got = recv(c->fd, c->in + c->in_len, c->in_size - c->in_len, 0);
  if (got < 0 && errno == EAGAIN) return 0;
  if (got <= 0) return -1;
  c->in_len += got;
  return answer_next(c);
}

static void accept_all(int listener) {
  int one = 1, fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    conn *c = calloc(1, sizeof *c);
    c->fd = fd;
    c->timer_at = -1;
    c->in = malloc(c->in_size = 8192);
    open_conns++;
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
  }
}

static int on_event(conn *c, unsigned events) {
  if (events & EPOLLOUT) {
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
    if (flush_out(c) < 0) return -1;
  }
  return events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? receive(c) : 0;
}

static void run_timers(void) {
  long long now = now_us();
  for (conn *c; (c = first_timer()) && c->due <= now;) {
    stop_timer(c);
    if (go_on(c) < 0 || answer_next(c) < 0) close_conn(c);
  }
}

static int patience_ms(void) {
  conn *c = first_timer();
  if (!c) return 1000;
  long long left = c->due - now_us();
  return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

static int listen_on(int port) {
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port)};
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (void *)&place, sizeof place) || listen(listener, 4096)) {
    perror("mock: listen");
    exit(1);
  }
  return listener;
}

int main(int count, char **arguments) {
  if (count != 2) return fprintf(stderr, "mock PORT\n"), 2;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  int listener = listen_on(atoi(arguments[1]));
  struct epoll_event events[512], e = {EPOLLIN, {.ptr = NULL}};
  poller = epoll_create1(0);
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &e);
  for (;;) {
    int ready = epoll_wait(poller, events, 512, patience_ms());
    for (int i = 0; i < ready; i++) {
      conn *c = events[i].data.ptr;
      if (!c) accept_all(listener);
      else if (on_event(c, events[i].events) < 0) close_conn(c);
    }
    run_timers();
  }
}
