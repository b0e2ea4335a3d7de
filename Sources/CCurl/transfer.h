// One transfer's state and libcurl's callbacks over it. In C because they run for every block of a body: no
// reference counting, no bridging, and pread and pwrite straight between the file and libcurl's buffer.
#pragma once
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
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

// A growing array of bytes that is used again by the next transfer of the same handle.
typedef struct ccurl_buffer {
    uint8_t *_Nullable bytes;
    size_t count;
    size_t capacity;
} ccurl_buffer;

// Why a callback ended a transfer.
enum { ccurl_fault_none, ccurl_fault_source, ccurl_fault_source_ended, ccurl_fault_sink, ccurl_fault_too_large,
       ccurl_fault_repeated, ccurl_fault_cut, ccurl_fault_address };
typedef int32_t ccurl_fault;

enum { ccurl_sink_collect, ccurl_sink_file, ccurl_sink_discard, ccurl_sink_cut };
typedef int32_t ccurl_sink;

// Sees each piece of a body, once it was written where the sink is a file. `block`: the reply's header lines with the
// first piece, null with the others.
typedef void (*ccurl_inspect)(void *_Nullable context, const uint8_t *_Nullable block, size_t block_count,
                              const void *_Nonnull bytes, size_t count);

enum { ccurl_error_document_limit = 64 << 10, ccurl_header_limit = 256 << 10, ccurl_kept_capacity = 64 << 10 };

// Owned by one easy handle of one loop; nothing else touches it.
typedef struct ccurl_transfer {
    int32_t index;                     // of the handle in its loop
    ccurl_fault fault;
    int32_t fault_errno;
    int32_t requests;                  // how often libcurl was about to send it
    int32_t status;                    // of the newest status line
    bool is_complete;                  // the final header block ended
    int source;                        // body's descriptor, or -1: `body`
    int64_t source_offset;
    int64_t source_size;
    int64_t sent;                      // body bytes that the read callback handed out
    int64_t received;                  // body bytes that the write callback took
    ccurl_sink sink;
    int sink_descriptor;
    int64_t sink_offset;
    int64_t sink_limit;
    ccurl_inspect _Nullable inspect;   // or null
    void *_Nullable inspector;         // its context, held by the exchange
    const int64_t *_Nonnull clock;     // the loop's time in ns, renewed when it wakes
    int64_t moved_at;                  // on that clock
    ccurl_progress *_Nullable progress;
    ccurl_buffer url, lines, body, block, reply;
    struct curl_slist *_Nullable nodes;
    size_t node_capacity;
    char message[CURL_ERROR_SIZE];
} ccurl_transfer;

// Makes room for `more` bytes behind what is there; false when memory is out.
static inline bool ccurl_buffer_reserve(ccurl_buffer *_Nonnull b, size_t more) {
    if (b->capacity - b->count >= more) return true;
    size_t capacity = b->capacity * 2 > b->count + more ? b->capacity * 2 : b->count + more;
    if (capacity < 512) capacity = 512;
    uint8_t *bytes = (uint8_t *)realloc(b->bytes, capacity);
    if (!bytes) return false;
    b->bytes = bytes;
    b->capacity = capacity;
    return true;
}

static inline bool ccurl_buffer_append(ccurl_buffer *_Nonnull b, const void *_Nullable bytes, size_t count) {
    if (count == 0) return true;
    if (!ccurl_buffer_reserve(b, count)) return false;
    memcpy(b->bytes + b->count, bytes, count);
    b->count += count;
    return true;
}

static inline void ccurl_buffer_release(ccurl_buffer *_Nonnull b) {
    free(b->bytes);
    memset(b, 0, sizeof *b);
}

// Ready for the next exchange; what an unusually large one needed goes back.
static inline void ccurl_transfer_clear(ccurl_transfer *_Nonnull t) {
    ccurl_buffer *buffers[] = {&t->url, &t->lines, &t->body, &t->block, &t->reply};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        if (buffers[i]->capacity > ccurl_kept_capacity) ccurl_buffer_release(buffers[i]);
        buffers[i]->count = 0;
    }
    t->fault = ccurl_fault_none;
    t->fault_errno = t->requests = t->status = 0;
    t->is_complete = false;
    t->source = -1;
    t->source_offset = t->source_size = t->sent = t->received = 0;
    t->progress = NULL;
    t->inspect = NULL;
    t->inspector = NULL;
    t->message[0] = 0;
}

// Null when memory is out. `clock` must outlive it.
static inline ccurl_transfer *_Nullable ccurl_transfer_create(int32_t index, const int64_t *_Nonnull clock) {
    ccurl_transfer *t = (ccurl_transfer *)calloc(1, sizeof *t);
    if (!t) return NULL;
    t->index = index;
    t->clock = clock;
    ccurl_transfer_clear(t);
    return t;
}

static inline void ccurl_transfer_destroy(ccurl_transfer *_Nonnull t) {
    ccurl_buffer_release(&t->url);
    ccurl_buffer_release(&t->lines);
    ccurl_buffer_release(&t->body);
    ccurl_buffer_release(&t->block);
    ccurl_buffer_release(&t->reply);
    free(t->nodes);
    free(t);
}

// Lines that keep libcurl from adding a field of its own.
enum { ccurl_without_type = 1, ccurl_without_expect = 2 };

static char ccurl_no_accept[] = "Accept:";
static char ccurl_no_type[] = "Content-Type:";
static char ccurl_no_expect[] = "Expect:";

// The list over `count` zero-ended lines in `t->lines` (which holds all of them by now), in nodes that are used again.
static inline struct curl_slist *_Nullable ccurl_transfer_list(ccurl_transfer *_Nonnull t, size_t count, int without) {
    if (t->node_capacity < count + 3) {
        struct curl_slist *nodes = (struct curl_slist *)realloc(t->nodes, (count + 3) * sizeof *nodes);
        if (!nodes) return NULL;
        t->nodes = nodes;
        t->node_capacity = count + 3;
    }
    char *line = (char *)t->lines.bytes;
    size_t used = 0;
    for (; used < count; used++) {
        t->nodes[used].data = line;
        line += strlen(line) + 1;
    }
    t->nodes[used++].data = ccurl_no_accept;
    if (without & ccurl_without_type) t->nodes[used++].data = ccurl_no_type;
    if (without & ccurl_without_expect) t->nodes[used++].data = ccurl_no_expect;
    for (size_t i = 0; i < used; i++) t->nodes[i].next = i + 1 < used ? &t->nodes[i + 1] : NULL;
    return t->nodes;
}

static inline void ccurl_transfer_moved(ccurl_transfer *_Nonnull t) {
    t->moved_at = *t->clock;
    if (t->progress) ccurl_progress_set(t->progress, t->sent, t->received);
}

// Fills `out` from the body's file. Returns the bytes read, or -1 with the fault noted.
static inline ssize_t ccurl_transfer_pread(ccurl_transfer *_Nonnull t, void *_Nonnull out, size_t room) {
    ssize_t got;
    do got = pread(t->source, out, room, t->source_offset + t->sent);
    while (got < 0 && errno == EINTR);
    if (got > 0) return got;
    t->fault = got == 0 ? ccurl_fault_source_ended : ccurl_fault_source;
    t->fault_errno = got == 0 ? 0 : errno;
    return -1;
}

// Reads a small file body whole into `t->body`; false with the fault noted.
static inline bool ccurl_transfer_load(ccurl_transfer *_Nonnull t) {
    if (!ccurl_buffer_reserve(&t->body, (size_t)t->source_size)) {
        t->fault = ccurl_fault_source;
        t->fault_errno = ENOMEM;
        return false;
    }
    while (t->sent < t->source_size) {
        ssize_t got = ccurl_transfer_pread(t, t->body.bytes + t->sent, (size_t)(t->source_size - t->sent));
        if (got < 0) return false;
        t->sent += got;
    }
    t->body.count = (size_t)t->source_size;
    return true;
}

// CURLOPT_READFUNCTION. libcurl stops by itself at the announced size.
static inline size_t ccurl_on_read(char *_Nonnull out, size_t size, size_t number, void *_Nonnull context) {
    ccurl_transfer *t = (ccurl_transfer *)context;
    size_t room = size * number;
    int64_t left = t->source_size - t->sent;
    if ((int64_t)room > left) room = (size_t)left;
    if (room == 0) return 0;
    ssize_t got = (ssize_t)room;
    if (t->source < 0) memcpy(out, t->body.bytes + t->sent, room);
    else got = ccurl_transfer_pread(t, out, room);
    if (got < 0) return CURL_READFUNC_ABORT;
    t->sent += got;
    ccurl_transfer_moved(t);
    return (size_t)got;
}

// CURLOPT_SEEKFUNCTION: libcurl starts the body again after a 417.
static inline int ccurl_on_seek(void *_Nonnull context, curl_off_t offset, int origin) {
    ccurl_transfer *t = (ccurl_transfer *)context;
    if (origin != SEEK_SET || offset < 0 || offset > t->source_size) return CURL_SEEKFUNC_FAIL;
    t->sent = offset;
    return CURL_SEEKFUNC_OK;
}

// CURLOPT_PREREQFUNCTION: libcurl sends a request again by itself when a reused connection ended without a byte of
// reply. Whether a request may go out twice is the caller's to decide, so the second time ends the transfer; only
// what a 417 refused (RFC 9110, section 15.5.18) goes on without Expect.
static inline int ccurl_on_request(void *_Nonnull context, char *_Nullable remote, char *_Nullable local, int port,
                                   int local_port) {
    ccurl_transfer *t = (ccurl_transfer *)context;
    (void)remote, (void)local, (void)port, (void)local_port;
    t->moved_at = *t->clock;
    if (t->requests++ == 0) return CURL_PREREQFUNC_OK;
    if (t->status == 417) {
        t->is_complete = false;
        t->block.count = t->reply.count = 0;
        t->received = 0;
        return CURL_PREREQFUNC_OK;
    }
    t->fault = ccurl_fault_repeated;
    return CURL_PREREQFUNC_ABORT;
}

// CURLOPT_HEADERFUNCTION: one whole line. Keeps the last block.
static inline size_t ccurl_on_header(char *_Nonnull line, size_t size, size_t number, void *_Nonnull context) {
    ccurl_transfer *t = (ccurl_transfer *)context;
    size_t count = size * number;
    t->moved_at = *t->clock;
    if (count >= 12 && memcmp(line, "HTTP/", 5) == 0 && (t->block.count == 0 || !t->is_complete)) {
        const char *digits = (const char *)memchr(line, ' ', count);
        t->status = digits ? atoi(digits) : 0;
        t->block.count = 0;
    }
    if (count <= 2 && (line[0] == '\r' || line[0] == '\n')) {
        if (t->status >= 200) t->is_complete = true;
        else t->block.count = 0;
        return count;
    }
    if (t->block.count + count > ccurl_header_limit) {
        t->fault = ccurl_fault_too_large;
        return 0;
    }
    if (ccurl_buffer_append(&t->block, line, count)) return count;
    t->fault = ccurl_fault_sink;
    t->fault_errno = ENOMEM;
    return 0;
}

// Writes all of it at the sink's place; false with errno noted.
static inline bool ccurl_transfer_pwrite(ccurl_transfer *_Nonnull t, const char *_Nonnull bytes, size_t count) {
    while (count > 0) {
        ssize_t put = pwrite(t->sink_descriptor, bytes, count, t->sink_offset);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            t->fault = ccurl_fault_sink;
            t->fault_errno = put < 0 ? errno : ENOSPC;
            return false;
        }
        bytes += put;
        count -= (size_t)put;
        t->sink_offset += put;
    }
    return true;
}

// Keeps bytes for `Reply.body`; false with the fault noted.
static inline bool ccurl_transfer_collect(ccurl_transfer *_Nonnull t, const char *_Nonnull bytes, size_t count) {
    if (ccurl_buffer_append(&t->reply, bytes, count)) return true;
    t->fault = ccurl_fault_sink;
    t->fault_errno = ENOMEM;
    return false;
}

// CURLOPT_WRITEFUNCTION.
static inline size_t ccurl_on_write(char *_Nonnull bytes, size_t size, size_t number, void *_Nonnull context) {
    ccurl_transfer *t = (ccurl_transfer *)context;
    size_t count = size * number;
    bool is_wanted = t->status >= 200 && t->status < 300;
    if (t->sink == ccurl_sink_cut) {
        size_t room = (size_t)(t->sink_limit - t->received), taken = count < room ? count : room;
        if (!ccurl_transfer_collect(t, bytes, taken)) return 0;
        t->received += (int64_t)taken;
        ccurl_transfer_moved(t);
        if (taken < count) t->fault = ccurl_fault_cut;
        return taken;
    }
    if (!is_wanted) {
        size_t room = t->reply.count < ccurl_error_document_limit ? ccurl_error_document_limit - t->reply.count : 0;
        if (!ccurl_transfer_collect(t, bytes, count < room ? count : room)) return 0;
    } else {
        if (t->sink != ccurl_sink_discard) {
            if ((int64_t)count > t->sink_limit - t->received) {
                t->fault = ccurl_fault_too_large;
                return 0;
            }
            if (t->sink == ccurl_sink_file ? !ccurl_transfer_pwrite(t, bytes, count)
                                           : !ccurl_transfer_collect(t, bytes, count))
                return 0;
        }
        if (t->inspect) {
            bool is_first = t->received == 0;
            t->inspect(t->inspector, is_first ? t->block.bytes : NULL, is_first ? t->block.count : 0, bytes, count);
        }
    }
    t->received += (int64_t)count;
    ccurl_transfer_moved(t);
    return count;
}

// Ties the callbacks to `t`, which must outlive the handle's use.
static inline void ccurl_transfer_attach(CURL *_Nonnull easy, ccurl_transfer *_Nonnull t) {
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->message);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, ccurl_on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, t);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, ccurl_on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, t);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, ccurl_on_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, ccurl_on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ccurl_on_write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
}

// The state that `ccurl_transfer_attach` tied to the handle.
static inline ccurl_transfer *_Nonnull ccurl_transfer_of(CURL *_Nonnull easy) {
    char *t = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
    return (ccurl_transfer *)(void *)t;
}

// The error text of the transfer: an array inside a struct, which Swift would see as a tuple.
static inline const char *_Nonnull ccurl_transfer_message(const ccurl_transfer *_Nonnull t) { return t->message; }
