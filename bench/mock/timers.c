/* Timers: a heap by due time; each connection knows its place in it. */
#include <stdlib.h>

#include "conn.h"

static conn **timers;
static int timer_count, timer_size;

static void swap_timers(int a, int b) {
  conn *kept = timers[a];
  timers[a] = timers[b];
  timers[b] = kept;
  timers[a]->timer_at = a;
  timers[b]->timer_at = b;
}

static void sift_up(int i) {
  while (i && timers[(i - 1) / 2]->due > timers[i]->due) {
    swap_timers(i, (i - 1) / 2);
    i = (i - 1) / 2;
  }
}

static void sift_down(int i) {
  for (;;) {
    int left = 2 * i + 1, right = left + 1, first = i;
    if (left < timer_count && timers[left]->due < timers[first]->due) first = left;
    if (right < timer_count && timers[right]->due < timers[first]->due) first = right;
    if (first == i) return;
    swap_timers(i, first);
    i = first;
  }
}

void start_timer(conn *c) {
  if (timer_count == timer_size) {
    timer_size = timer_size ? timer_size * 2 : 1024;
    timers = realloc(timers, timer_size * sizeof *timers);
  }
  c->timer_at = timer_count;
  timers[timer_count++] = c;
  sift_up(c->timer_at);
}

void stop_timer(conn *c) {
  int i = c->timer_at;
  if (i < 0) return;
  swap_timers(i, timer_count - 1);
  timer_count--;
  c->timer_at = -1;
  if (i < timer_count) {
    sift_up(i);
    sift_down(i);
  }
}

conn *first_timer(void) { return timer_count ? timers[0] : NULL; }
