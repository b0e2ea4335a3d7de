// Tells the thread sanitizer of Swift's `Mutex`, by LD_PRELOAD into the tests.
//
// Synchronization.Mutex takes an uncontended lock by one atomic operation, which is compiled into the caller and seen by
// the sanitizer. A contended one is handed over by the kernel (futex, FUTEX_LOCK_PI) within libswiftSynchronization,
// which is not instrumented: the order between the two threads stays unknown, and all that the lock guards is reported as
// a race. Here the two slow paths say what they are; no report is suppressed, and a missing lock is found as before.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

// In Swift: _MutexHandle._lockSlow(UInt32) and _MutexHandle._unlockSlow(), whose self is the lock's word.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void lock_slow(uint32_t thread, SELF word) __asm__(LOCK);
SWIFT void unlock_slow(SELF word) __asm__(UNLOCK);

static SWIFT void (*real_lock)(uint32_t, SELF);
static SWIFT void (*real_unlock)(SELF);
static void (*acquired)(void *);
static void (*releases)(void *);

__attribute__((constructor)) static void begin(void)
{
    real_lock = (SWIFT void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, LOCK);
    real_unlock = (SWIFT void (*)(SELF))dlsym(RTLD_NEXT, UNLOCK);
    acquired = (void (*)(void *))dlsym(RTLD_DEFAULT, "__tsan_acquire");
    releases = (void (*)(void *))dlsym(RTLD_DEFAULT, "__tsan_release");
}

SWIFT void lock_slow(uint32_t thread, SELF word)
{
    real_lock(thread, word);
    if (acquired != NULL) acquired(word);
}

SWIFT void unlock_slow(SELF word)
{
    if (releases != NULL) releases(word);
    real_unlock(word);
}
