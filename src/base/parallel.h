/* One function on several threads: for work that is cut into tasks, which the threads take by an atomic counter. */
#ifndef MS_BASE_PARALLEL_H
#define MS_BASE_PARALLEL_H

/* Calls fn(arg, i) once for each i in 0 .. n - 1, and comes back when all have: 0 in the calling thread, the others each in a
 * thread of its own. Where no thread can be started, the calling one does their part, too. */
void ms_parallel(unsigned n, void (*fn)(void *arg, unsigned i), void *arg);

#endif
