/* SPDX-License-Identifier: Apache-2.0
 * Preloaded into a program under test: its wall clock is ahead by the milliseconds in the file that SHIFTED_CLOCK names (read anew at each
 * call; absent or empty is 0). The monotonic clock is left alone, so that a program sees a step. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long long shift_ms(void) {
  const char* name = getenv("SHIFTED_CLOCK");
  FILE* file = name ? fopen(name, "r") : NULL;
  long long shift = 0;
  if (file != NULL) {
    if (fscanf(file, "%lld", &shift) != 1) shift = 0;
    fclose(file);
  }
  return shift;
}

static void add(struct timespec* time) {
  const long long shift = shift_ms();
  long long nanos = time->tv_nsec + shift % 1000 * 1000000;
  time->tv_sec += shift / 1000;
  if (nanos >= 1000000000) { nanos -= 1000000000; ++time->tv_sec; }
  if (nanos < 0) { nanos += 1000000000; --time->tv_sec; }
  time->tv_nsec = (long)nanos;
}

int clock_gettime(clockid_t id, struct timespec* time) {
  static int (*real)(clockid_t, struct timespec*);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "clock_gettime");
  const int result = real(id, time);
  if (result == 0 && id == CLOCK_REALTIME) add(time);
  return result;
}
