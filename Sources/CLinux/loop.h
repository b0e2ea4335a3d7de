// What an epoll loop needs. Swift cannot read the packed struct epoll_event safely, hence a plain one.
#pragma once
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

struct clinux_ready {
    int descriptor;
    uint32_t events;
};

enum { clinux_readable = EPOLLIN, clinux_writable = EPOLLOUT, clinux_failed = EPOLLERR, clinux_hung_up = EPOLLHUP };

enum { clinux_ready_capacity = 64 };

// A new epoll descriptor, closed on exec; -1 with errno.
static inline int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

// Sets what `descriptor` is watched for: 0 ends the watching. Returns 0 or the error number.
static inline int clinux_epoll_set(int epoll, int descriptor, uint32_t old_events, uint32_t events) {
    struct epoll_event event = {.events = events, .data = {.fd = descriptor}};
    int operation = events == 0 ? EPOLL_CTL_DEL : old_events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    return epoll_ctl(epoll, operation, descriptor, &event) == 0 ? 0 : errno;
}

// Fills `ready` (clinux_ready_capacity places) and returns how many; 0 after the timeout or an interruption.
// The packed array stays on this stack.
static inline int clinux_epoll_wait(int epoll, struct clinux_ready *_Nonnull ready, int timeout_ms) {
    struct epoll_event events[clinux_ready_capacity];
    int count = epoll_wait(epoll, events, clinux_ready_capacity, timeout_ms);
    for (int i = 0; i < count; i++) {
        ready[i].descriptor = events[i].data.fd;
        ready[i].events = events[i].events;
    }
    return count < 0 ? 0 : count;
}

// A new counter descriptor that never blocks, closed on exec; -1 with errno.
static inline int clinux_eventfd_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// Makes the descriptor readable. Fails only when 2^64 - 2 signals were not taken, which is readable as well.
static inline void clinux_eventfd_signal(int descriptor) { (void)eventfd_write(descriptor, 1); }

// Takes all signals.
static inline void clinux_eventfd_take(int descriptor) {
    eventfd_t value;
    (void)eventfd_read(descriptor, &value);
}

// CLOCK_MONOTONIC in nanoseconds.
static inline int64_t clinux_monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Names the calling thread (at most 15 bytes) and leaves all signals to other threads.
static inline void clinux_thread_begin(const char *_Nonnull name) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    prctl(PR_SET_NAME, name);
}
