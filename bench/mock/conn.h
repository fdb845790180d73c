/* What the files of the mock share: a connection, its timer, its answers. */
#ifndef CONN_H
#define CONN_H

enum stage { READING, HEAD_IS_DUE, CHUNK_IS_DUE };

typedef struct conn {
  int fd, timer_at; /* timer_at: its place among the timers, -1 for none */
  enum stage stage;
  long long due;
  int streams, status, chunks, left, delay_ms, head_ms, first_ms;
  char *in, *out;
  int in_len, in_size, out_len, out_sent;
} conn;

extern long long requests, open_conns;

long long now_us(void);
void watch(conn *c, int operation, unsigned events);

/* timers.c */
void start_timer(conn *c);
void stop_timer(conn *c);
conn *first_timer(void);

/* answers.c; -1: the connection is dead */
int flush_out(conn *c);
int send_stats(conn *c);
int take_step(conn *c);

#endif
