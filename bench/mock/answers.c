/* What the mock says. Written at once where the socket takes it, buffered where it does not. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "conn.h"

static long long streams, chunks;

static const char TEXT[] =
    "The quick brown fox jumps over the lazy dog while the gateway relays each answer to its "
    "client without holding it back for any reason at all.";

int flush_out(conn *c) {
  while (c->out_sent < c->out_len) {
    ssize_t sent = send(c->fd, c->out + c->out_sent, c->out_len - c->out_sent, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN) return -1;
      watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
      return 0;
    }
    c->out_sent += sent;
  }
  c->out_sent = c->out_len = 0;
  return 0;
}

static int put(conn *c, const char *bytes, int count) {
  if (c->out_len == 0) {
    ssize_t sent = send(c->fd, bytes, count, MSG_NOSIGNAL);
    if (sent == count) return 0;
    if (sent < 0 && errno != EAGAIN) return -1;
    if (sent > 0) {
      bytes += sent;
      count -= sent;
    }
  }
  c->out = realloc(c->out, c->out_len + count);
  memcpy(c->out + c->out_len, bytes, count);
  c->out_len += count;
  return flush_out(c);
}

static int send_json(conn *c, int status, const char *body, int length) {
  char message[2048];
  int n = snprintf(message, sizeof message,
                   "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
                   "x-request-id: req_mock%lld\r\nContent-Length: %d\r\n\r\n%s",
                   status, requests, length, body);
  return put(c, message, n);
}

int send_stats(conn *c) {
  char body[200];
  int n = snprintf(body, sizeof body,
                   "{\"requests\":%lld,\"streams\":%lld,\"open\":%lld,\"chunks\":%lld}", requests,
                   streams, open_conns, chunks);
  return send_json(c, 200, body, n);
}

static int send_error(conn *c) {
  char body[200];
  int n = snprintf(body, sizeof body,
                   "{\"error\":{\"message\":\"mock error\",\"type\":\"mock_error\","
                   "\"param\":null,\"code\":\"mock_%d\"}}",
                   c->status);
  return send_json(c, c->status, body, n);
}

static int send_whole(conn *c) {
  char body[1024];
  int n = snprintf(
      body, sizeof body,
      "{\"id\":\"chatcmpl-mock%010lld\",\"object\":\"chat.completion\",\"created\":1760000000,"
      "\"model\":\"mock-model\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
      "\"content\":\"%s\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
      "\"usage\":{\"prompt_tokens\":57,\"completion_tokens\":29,\"total_tokens\":86,"
      "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
      "\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0}},"
      "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_mock\"}",
      requests, TEXT);
  return send_json(c, 200, body, n);
}

static int send_stream_head(conn *c) {
  static const char head[] =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
      "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
  streams++;
  return put(c, head, sizeof head - 1);
}

#define CHUNK                                                               \
  "data: {\"id\":\"chatcmpl-mock\",\"object\":\"chat.completion.chunk\"," \
  "\"created\":1760000000,\"model\":\"mock-model\",\"choices\":"

static int put_chunk(conn *c, const char *body, int length, const char *after) {
  char framed[1200];
  return put(c, framed,
             snprintf(framed, sizeof framed, "%x\r\n%s\r\n%s", length, body, after));
}

static int send_chunk(conn *c) {
  char body[1024];
  const char *role = c->left == c->chunks ? "\"role\":\"assistant\"," : "";
  int n = snprintf(body, sizeof body,
                   CHUNK "[{\"index\":0,\"delta\":{%s\"content\":\"@%lld@ \"},"
                         "\"finish_reason\":null}]}\n\n",
                   role, now_us());
  c->left--;
  chunks++;
  return put_chunk(c, body, n, "");
}

static int send_end(conn *c) {
  char body[1024];
  int n = snprintf(body, sizeof body,
                   CHUNK "[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n" CHUNK
                         "[],\"usage\":{\"prompt_tokens\":57,\"completion_tokens\":%d,"
                         "\"total_tokens\":%d}}\n\ndata: [DONE]\n\n",
                   c->chunks, c->chunks + 57);
  return put_chunk(c, body, n, "0\r\n\r\n");
}

/* One thing that is due; gives the milliseconds until the next. -1: connection is dead. */
int take_step(conn *c) {
  if (c->stage == HEAD_IS_DUE && !c->streams) {
    c->stage = READING;
    return c->status == 200 ? send_whole(c) : send_error(c);
  }
  if (c->stage == HEAD_IS_DUE) {
    c->stage = CHUNK_IS_DUE;
    return send_stream_head(c) < 0 ? -1 : c->first_ms;
  }
  if (c->left > 0) return send_chunk(c) < 0 ? -1 : c->delay_ms;
  c->stage = READING;
  return send_end(c);
}
