// One transfer's state and libcurl's callbacks over it. In C because they run for every block of a body: no
// reference counting, no bridging, and pread and pwrite straight between the file and libcurl's buffer.
#pragma once
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Body bytes moved. Written by the loop's thread, read by any: always through the functions below.
typedef struct ccurl_progress {
    int64_t sent;
    int64_t received;
} ccurl_progress;

static inline int64_t ccurl_progress_sent(const ccurl_progress *_Nonnull p) {
    return __atomic_load_n(&p->sent, __ATOMIC_RELAXED);
}

static inline int64_t ccurl_progress_received(const ccurl_progress *_Nonnull p) {
    return __atomic_load_n(&p->received, __ATOMIC_RELAXED);
}

static inline void ccurl_progress_set(ccurl_progress *_Nonnull p, int64_t sent, int64_t received) {
    __atomic_store_n(&p->sent, sent, __ATOMIC_RELAXED);
    __atomic_store_n(&p->received, received, __ATOMIC_RELAXED);
}
