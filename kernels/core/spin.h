/* spin.h: waiting for another thread, which is soon done or has lost its core. */
#ifndef EOQ_SPIN_H
#define EOQ_SPIN_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

/* Bytes that cores hand each other at once. */
enum { EOQ_LINE = 64 };

static inline void eoq_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* A look in vain at what is waited for: after many, the core goes to whoever else wants it. */
static inline void eoq_spin(int32_t looks) {
  enum { LOOKS_BEFORE_YIELD = 2000 };
  if (looks < LOOKS_BEFORE_YIELD) eoq_relax();
  else sched_yield();
}

/* Wakes workers that sleep: to be called when there is something new for them to see. */
void eoq_wake_workers(void);

#endif
