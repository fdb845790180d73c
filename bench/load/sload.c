/* Holds many chat streams at once and measures how long each chunk was under way.
 *
 *   cc -O2 -o sload sload.c
 *   ./sload PORT PATH BODY-FILE STREAMS SECONDS RAMP-SECONDS EXPECTED-CHUNKS END-MARK [HEADER]...
 *
 * Each stream sends the body, reads the answer to its end and begins again until SECONDS after the
 * ramp; open streams are cut then. The mock's chunks carry "@<monotonic us>@" in their text, where
 * it stays in whatever dialect a gateway tells them. END-MARK is how that dialect ends a stream:
 * "[DONE]", "message_stop". Delays are counted after the ramp, first chunks always. Prints one JSON object;
 * times are milliseconds, -1 where no chunk came.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES 8000000
#define SILENT_US 2500000 /* a stream without a chunk for so long counts as silent */

enum state { IDLE, CONNECTING, READING };
enum stamp { NO_STAMP, STAMP_BEGUN, STAMP_HAS_DIGITS };

typedef struct {
  int fd, status, matched, is_done, chunks, was_used, closes;
  enum state state;
  enum stamp stamp;
  long long began, sent_at;
  char tail[8];
} stream;

typedef struct {
  unsigned *us;
  long long count;
} samples;

static int poller, port, request_len, expected;
static char request[65536], first_failure[160];
static const char *end_mark;
static long long ramp_ends, ends;
static long long ended, failed, unconnected, cut, refused, miscounted, chunks, chunks_after_ramp;
static samples delays, firsts;

static long long now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void add(samples *all, long long us) {
  if (all->count < SAMPLES) all->us[all->count++] = us;
}

static int by_size(const void *a, const void *b) {
  unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
  return (x > y) - (x < y);
}

static double percentile(const samples *all, double part) {
  return all->count ? all->us[(long long)((all->count - 1) * part)] / 1000.0 : -1;
}

static void watch(stream *s, int operation, unsigned events) {
  struct epoll_event e = {events, {.ptr = s}};
  epoll_ctl(poller, operation, s->fd, &e);
}

static void hang_up(stream *s) {
  if (s->fd >= 0) close(s->fd);
  s->fd = -1;
}

static void dial(stream *s) {
  int one = 1;
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port)};
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  connect(s->fd, (void *)&place, sizeof place);
  s->state = CONNECTING;
  s->was_used = 0;
  watch(s, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

static int ask(stream *s) {
  s->state = READING;
  return send(s->fd, request, request_len, MSG_NOSIGNAL) == request_len;
}

static void begin(stream *s) {
  s->began = now_us();
  s->status = s->matched = s->is_done = s->chunks = s->closes = 0;
  s->stamp = NO_STAMP;
  memset(s->tail, 0, sizeof s->tail);
  if (s->fd >= 0 && ask(s)) return;
  hang_up(s);
  dial(s);
}

static void finish(stream *s, int is_well, int is_closed) {
  ended++;
  failed += !is_well;
  miscounted += is_well && s->chunks != expected;
  if (is_closed) hang_up(s);
  s->state = IDLE;
  if (now_us() < ends) begin(s);
}

static void on_connected(stream *s) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  watch(s, EPOLL_CTL_MOD, EPOLLIN);
  if (!error && ask(s)) return;
  unconnected++;
  finish(s, 0, 1);
}

static void keep_failure(const char *bytes, int count) {
  if (first_failure[0]) return;
  int kept = count < (int)sizeof first_failure - 1 ? count : (int)sizeof first_failure - 1;
  for (int i = 0; i < kept; i++) {
    char c = bytes[i];
    first_failure[i] = c < ' ' || c == '"' || c == '\\' ? ' ' : c;
  }
}

static void read_status(stream *s, const char *bytes, int count) {
  s->status = count >= 12 && !memcmp(bytes, "HTTP/1.", 7) ? atoi(bytes + 9) : -1;
  s->closes = strcasestr(bytes, "\r\nconnection: close\r\n") != NULL;
  if (s->status == 200) return;
  refused++;
  keep_failure(bytes, count);
}

static void take_chunk(stream *s, long long now) {
  chunks++;
  if (s->chunks++ == 0) add(&firsts, now - s->began);
  if (now <= ramp_ends) return;
  chunks_after_ramp++;
  add(&delays, now - s->sent_at);
}

static void take_mark(stream *s, long long now) {
  if (s->stamp == STAMP_HAS_DIGITS) {
    take_chunk(s, now);
    s->stamp = NO_STAMP;
  } else {
    s->stamp = STAMP_BEGUN;
    s->sent_at = 0;
  }
}

static void look_for_end(stream *s, char c) {
  s->matched = c == end_mark[s->matched] ? s->matched + 1 : c == end_mark[0];
  if (end_mark[s->matched]) return;
  s->is_done = 1;
  s->matched = 0;
}

static void take_bytes(stream *s, const char *bytes, int count, long long now) {
  if (!s->status) read_status(s, bytes, count);
  for (int i = 0; i < count; i++) {
    char c = bytes[i];
    look_for_end(s, c);
    if (c == '@') {
      take_mark(s, now);
    } else if (s->stamp != NO_STAMP) {
      s->stamp = c >= '0' && c <= '9' ? STAMP_HAS_DIGITS : NO_STAMP;
      s->sent_at = s->sent_at * 10 + (c - '0');
    }
  }
  int kept = count < 8 ? count : 8;
  memmove(s->tail, s->tail + kept, 8 - kept);
  memcpy(s->tail + 8 - kept, bytes + count - kept, kept);
}

static void on_end(stream *s) {
  if (!s->status && s->was_used) { /* the server closed a kept connection meanwhile: once more */
    hang_up(s);
    dial(s);
    return;
  }
  int is_well = s->is_done && s->status == 200;
  cut += !is_well;
  finish(s, is_well, 1);
}

static void on_readable(stream *s) {
  static char buffer[262145];
  ssize_t got = recv(s->fd, buffer, sizeof buffer - 1, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    on_end(s);
    return;
  }
  buffer[got] = 0;
  take_bytes(s, buffer, got, now_us());
  if (s->status != 200) {
    finish(s, 0, 1);
  } else if (!memcmp(s->tail + 3, "0\r\n\r\n", 5)) {
    s->was_used = 1;
    finish(s, s->is_done, s->closes);
  }
}

static void prepare(char **arguments, int headers, char **header) {
  static char body[32768];
  FILE *file = fopen(arguments[3], "r");
  if (!file) exit(2);
  int length = fread(body, 1, sizeof body, file);
  fclose(file);
  port = atoi(arguments[1]);
  expected = atoi(arguments[7]);
  end_mark = arguments[8];
  int n = sprintf(request,
                  "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                  "Content-Type: application/json\r\nContent-Length: %d\r\n",
                  arguments[2], port, length);
  for (int i = 0; i < headers; i++) n += sprintf(request + n, "%s\r\n", header[i]);
  n += sprintf(request + n, "\r\n");
  memcpy(request + n, body, length);
  request_len = n + length;
}

static int due_by_now(int all, long long began, double ramp) {
  if (ramp <= 0) return all;
  int due = (int)(all * (now_us() - began) / (ramp * 1e6)) + 1;
  return due < all ? due : all;
}

static void run(stream *streams, int all, double ramp) {
  struct epoll_event events[512];
  long long began = now_us();
  for (int started = 0; now_us() < ends;) {
    for (int due = due_by_now(all, began, ramp); started < due;) begin(&streams[started++]);
    int ready = epoll_wait(poller, events, 512, started < all ? 1 : 50);
    for (int i = 0; i < ready; i++) {
      stream *s = events[i].data.ptr;
      if (s->fd < 0) continue;
      if (s->state == CONNECTING) on_connected(s);
      else on_readable(s);
    }
  }
}

static long long count_silent(const stream *streams, int all) {
  long long silent = 0;
  for (int i = 0; i < all; i++)
    silent += streams[i].state != IDLE && !streams[i].chunks && ends - streams[i].began > SILENT_US;
  return silent;
}

static void report(const stream *streams, int all, double seconds) {
  qsort(delays.us, delays.count, sizeof *delays.us, by_size);
  qsort(firsts.us, firsts.count, sizeof *firsts.us, by_size);
  printf("{\"ended\":%lld,\"failed\":%lld,\"unconnected\":%lld,\"cut\":%lld,\"refused\":%lld,",
         ended, failed, unconnected, cut, refused);
  printf("\"miscounted\":%lld,\"silent\":%lld,\"chunks\":%lld,\"chunks_per_second\":%.0f,",
         miscounted, count_silent(streams, all), chunks, chunks_after_ramp / seconds);
  printf("\"delay_p50\":%.3f,\"delay_p99\":%.3f,\"delay_max\":%.3f,", percentile(&delays, .5),
         percentile(&delays, .99), percentile(&delays, 1));
  printf("\"first_p50\":%.3f,\"first_p99\":%.3f,\"first_failure\":\"%s\"}\n",
         percentile(&firsts, .5), percentile(&firsts, .99), first_failure);
}

int main(int count, char **arguments) {
  if (count < 9 || !*arguments[8]) return 2;
  int all = atoi(arguments[4]);
  double seconds = atof(arguments[5]), ramp = atof(arguments[6]);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  prepare(arguments, count - 9, arguments + 9);
  poller = epoll_create1(0);
  delays.us = malloc(SAMPLES * sizeof *delays.us);
  firsts.us = malloc(SAMPLES * sizeof *firsts.us);
  stream *streams = calloc(all, sizeof *streams);
  for (int i = 0; i < all; i++) streams[i].fd = -1;
  ramp_ends = now_us() + (long long)(ramp * 1e6);
  ends = ramp_ends + (long long)(seconds * 1e6);
  run(streams, all, ramp);
  report(streams, all, seconds);
  return 0;
}
