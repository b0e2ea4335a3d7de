/* counts.so, preloaded into the service: counts what it does, in the file COUNTS_FILE as 64-bit numbers in the order of
 * `enum what`. `Tests/Benchmarks/counts` says what is counted and what is not. COUNTS_WASTE makes that many allocations
 * more for each statement: the test of the test. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum what {
    ALLOCATIONS, ALLOCATED, COPIES, COPIED, STATEMENTS, ROWS, PREPARED, COMMITS, SYNCS, CALLS, WAITS, READ, WRITTEN, KINDS
};

static _Atomic uint64_t unread[KINDS];
static _Atomic uint64_t *counters = unread;
static int waste;

static inline void add(enum what what, uint64_t number)
{
    atomic_fetch_add_explicit(&counters[what], number, memory_order_relaxed);
}

/* The next library's function of this name; looked up once, by whichever thread comes first. */
#define REAL(type, name) \
    static _Atomic(__typeof__(type)) found; \
    __typeof__(type) real = atomic_load_explicit(&found, memory_order_relaxed); \
    if (!real) { \
        real = (__typeof__(type))dlsym(RTLD_NEXT, #name); \
        atomic_store_explicit(&found, real, memory_order_relaxed); \
    }

/* ---- Memory: glibc's own names under the public ones, so that nothing is looked up before there is memory. */

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static inline void allocated(uint64_t size)
{
    add(ALLOCATIONS, 1);
    add(ALLOCATED, size);
}

void *malloc(size_t size) { allocated(size); return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { allocated(count * size); return __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { allocated(size); return __libc_realloc(old, size); }
void *memalign(size_t to, size_t size) { allocated(size); return __libc_memalign(to, size); }
void *aligned_alloc(size_t to, size_t size) { allocated(size); return __libc_memalign(to, size); }

int posix_memalign(void **made, size_t to, size_t size)
{
    allocated(size);
    void *memory = __libc_memalign(to, size);
    if (!memory) return ENOMEM;
    *made = memory;
    return 0;
}

/* ---- Copies. Other libraries copy before this one begins, and dlsym may copy, too: until then byte by byte. */

typedef void *(*copy_type)(void *, const void *, size_t);
static copy_type real_memcpy, real_memmove;

static void *slowly(void *to, const void *from, size_t size)
{
    volatile unsigned char *t = to;
    const volatile unsigned char *f = from;
    if ((uintptr_t)to <= (uintptr_t)from) for (size_t i = 0; i < size; i++) t[i] = f[i];
    else for (size_t i = size; i > 0; i--) t[i - 1] = f[i - 1];
    return to;
}

static inline void *copied(copy_type real, void *to, const void *from, size_t size)
{
    add(COPIES, 1);
    add(COPIED, size);
    return real ? real(to, from, size) : slowly(to, from, size);
}

void *memcpy(void *to, const void *from, size_t size) { return copied(real_memcpy, to, from, size); }
void *memmove(void *to, const void *from, size_t size) { return copied(real_memmove, to, from, size); }
void *__memcpy_chk(void *to, const void *from, size_t size, size_t room)
{
    if (room < size) abort();
    return copied(real_memcpy, to, from, size);
}
void *__memmove_chk(void *to, const void *from, size_t size, size_t room)
{
    if (room < size) abort();
    return copied(real_memmove, to, from, size);
}

__attribute__((constructor)) static void begin(void)
{
    real_memcpy = (copy_type)dlsym(RTLD_NEXT, "memcpy");
    real_memmove = (copy_type)dlsym(RTLD_NEXT, "memmove");
    const char *path = getenv("COUNTS_FILE"), *more = getenv("COUNTS_WASTE");
    if (more) waste = atoi(more);
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0 || ftruncate(fd, KINDS * sizeof *counters)) return;
    void *page = mmap(NULL, KINDS * sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (page != MAP_FAILED) counters = page;
}

/* ---- SQLite. A statement runs anew when it is stepped and was not under way. Those that begin and end a transaction are
 * as many as there are batches, which is a matter of time: they count as commits, where something was written. */

struct sqlite3;
struct sqlite3_stmt;
enum { SQLITE_ROW = 100, SQLITE_TXN_WRITE = 2 };

static int is_under_way(struct sqlite3_stmt *statement)
{
    REAL(int (*)(struct sqlite3_stmt *), sqlite3_stmt_busy)
    return real(statement);
}

static int has_written(struct sqlite3_stmt *statement)
{
    static _Atomic(struct sqlite3 *(*)(struct sqlite3_stmt *)) handle;
    REAL(int (*)(struct sqlite3 *, const char *), sqlite3_txn_state)
    if (!handle) handle = (struct sqlite3 *(*)(struct sqlite3_stmt *))dlsym(RTLD_NEXT, "sqlite3_db_handle");
    return real(handle(statement), NULL) == SQLITE_TXN_WRITE;
}

static int is(const char *sql, const char *word)
{
    while (*word && *sql == *word) sql++, word++;
    return !*word;
}

static int is_control(const char *sql) { return is(sql, "BEGIN") || is(sql, "COMMIT") || is(sql, "ROLLBACK"); }

static void runs(struct sqlite3_stmt *statement)
{
    REAL(const char *(*)(struct sqlite3_stmt *), sqlite3_sql)
    const char *sql = real(statement);
    if (!sql || !is_control(sql)) add(STATEMENTS, 1);
    else if (is(sql, "COMMIT") && has_written(statement)) add(COMMITS, 1);
}

int sqlite3_step(struct sqlite3_stmt *statement)
{
    REAL(int (*)(struct sqlite3_stmt *), sqlite3_step)
    if (!is_under_way(statement)) {
        runs(statement);
        for (int i = 0; i < waste; i++) free(malloc(64));
    }
    int code = real(statement);
    if (code == SQLITE_ROW) add(ROWS, 1);
    return code;
}

int sqlite3_prepare_v2(struct sqlite3 *db, const char *sql, int size, struct sqlite3_stmt **made, const char **tail)
{
    REAL(int (*)(struct sqlite3 *, const char *, int, struct sqlite3_stmt **, const char **), sqlite3_prepare_v2)
    if (!is_control(sql)) add(PREPARED, 1);
    return real(db, sql, size, made, tail);
}

int sqlite3_prepare_v3(
    struct sqlite3 *db, const char *sql, int size, unsigned flags, struct sqlite3_stmt **made, const char **tail)
{
    REAL(int (*)(struct sqlite3 *, const char *, int, unsigned, struct sqlite3_stmt **, const char **), sqlite3_prepare_v3)
    if (!is_control(sql)) add(PREPARED, 1);
    return real(db, sql, size, flags, made, tail);
}

/* ---- System calls that move bytes or touch files and sockets. */

static inline ssize_t moved(enum what what, ssize_t bytes)
{
    add(CALLS, 1);
    if (bytes > 0) add(what, (uint64_t)bytes);
    return bytes;
}

#define MOVES(what, name, parameters, arguments) \
    ssize_t name parameters { REAL(ssize_t (*) parameters, name) return moved(what, real arguments); }

MOVES(READ, read, (int fd, void *to, size_t size), (fd, to, size))
MOVES(READ, __read_chk, (int fd, void *to, size_t size, size_t room), (fd, to, size, room))
MOVES(READ, pread, (int fd, void *to, size_t size, off_t at), (fd, to, size, at))
MOVES(READ, pread64, (int fd, void *to, size_t size, off_t at), (fd, to, size, at))
MOVES(READ, __pread_chk, (int fd, void *to, size_t size, off_t at, size_t room), (fd, to, size, at, room))
MOVES(READ, __pread64_chk, (int fd, void *to, size_t size, off_t at, size_t room), (fd, to, size, at, room))
MOVES(READ, readv, (int fd, const struct iovec *to, int count), (fd, to, count))
MOVES(READ, preadv, (int fd, const struct iovec *to, int count, off_t at), (fd, to, count, at))
MOVES(READ, recv, (int fd, void *to, size_t size, int flags), (fd, to, size, flags))
MOVES(READ, __recv_chk, (int fd, void *to, size_t size, size_t room, int flags), (fd, to, size, room, flags))
MOVES(READ, recvfrom, (int fd, void *to, size_t size, int flags, struct sockaddr *peer, socklen_t *length),
      (fd, to, size, flags, peer, length))
MOVES(READ, recvmsg, (int fd, struct msghdr *to, int flags), (fd, to, flags))
MOVES(WRITTEN, write, (int fd, const void *from, size_t size), (fd, from, size))
MOVES(WRITTEN, pwrite, (int fd, const void *from, size_t size, off_t at), (fd, from, size, at))
MOVES(WRITTEN, pwrite64, (int fd, const void *from, size_t size, off_t at), (fd, from, size, at))
MOVES(WRITTEN, writev, (int fd, const struct iovec *from, int count), (fd, from, count))
MOVES(WRITTEN, pwritev, (int fd, const struct iovec *from, int count, off_t at), (fd, from, count, at))
MOVES(WRITTEN, send, (int fd, const void *from, size_t size, int flags), (fd, from, size, flags))
MOVES(WRITTEN, sendto, (int fd, const void *from, size_t size, int flags, const struct sockaddr *peer, socklen_t length),
      (fd, from, size, flags, peer, length))
MOVES(WRITTEN, sendmsg, (int fd, const struct msghdr *from, int flags), (fd, from, flags))
MOVES(WRITTEN, sendfile, (int to, int from, off_t *at, size_t size), (to, from, at, size))
MOVES(WRITTEN, sendfile64, (int to, int from, off_t *at, size_t size), (to, from, at, size))

#define CALL(what, name, parameters, arguments) \
    int name parameters { REAL(int (*) parameters, name) add(what, 1); return real arguments; }

CALL(CALLS, close, (int fd), (fd))
CALL(CALLS, stat, (const char *restrict path, struct stat *restrict to), (path, to))
CALL(CALLS, lstat, (const char *restrict path, struct stat *restrict to), (path, to))
CALL(CALLS, fstat, (int fd, struct stat *to), (fd, to))
CALL(CALLS, fstatat, (int fd, const char *restrict path, struct stat *restrict to, int flags), (fd, path, to, flags))
CALL(CALLS, statx, (int fd, const char *restrict path, int flags, unsigned mask, struct statx *restrict to),
     (fd, path, flags, mask, to))
CALL(CALLS, ftruncate, (int fd, off_t size), (fd, size))
CALL(CALLS, ftruncate64, (int fd, off_t size), (fd, size))
CALL(CALLS, futimens, (int fd, const struct timespec *times), (fd, times))
CALL(CALLS, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
CALL(CALLS, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new))
CALL(CALLS, rename, (const char *old, const char *new), (old, new))
CALL(CALLS, unlink, (const char *path), (path))
CALL(CALLS, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
CALL(CALLS, posix_fadvise, (int fd, off_t at, off_t size, int advice), (fd, at, size, advice))
CALL(CALLS, socket, (int family, int kind, int protocol), (family, kind, protocol))
CALL(CALLS, connect, (int fd, const struct sockaddr *peer, socklen_t length), (fd, peer, length))
CALL(CALLS, setsockopt, (int fd, int level, int name, const void *value, socklen_t size), (fd, level, name, value, size))
CALL(CALLS, getsockopt, (int fd, int level, int name, void *value, socklen_t *size), (fd, level, name, value, size))
CALL(SYNCS, fsync, (int fd), (fd))
CALL(SYNCS, fdatasync, (int fd), (fd))
CALL(SYNCS, syncfs, (int fd), (fd))
CALL(WAITS, epoll_wait, (int fd, struct epoll_event *to, int room, int timeout), (fd, to, room, timeout))
CALL(WAITS, epoll_ctl, (int fd, int order, int of, struct epoll_event *event), (fd, order, of, event))
CALL(WAITS, poll, (struct pollfd *of, nfds_t count, int timeout), (of, count, timeout))
CALL(WAITS, eventfd_read, (int fd, eventfd_t *to), (fd, to))
CALL(WAITS, eventfd_write, (int fd, eventfd_t value), (fd, value))

/* Variadic ones are handed on with as many words as there may be. */

#define OPENS(name, first, from, arguments) \
    int name first \
    { \
        va_list more; \
        va_start(more, flags); \
        int mode = va_arg(more, int); \
        va_end(more); \
        REAL(int (*) from, name) \
        add(CALLS, 1); \
        return real arguments; \
    }

OPENS(open, (const char *path, int flags, ...), (const char *, int, ...), (path, flags, mode))
OPENS(open64, (const char *path, int flags, ...), (const char *, int, ...), (path, flags, mode))
OPENS(openat, (int fd, const char *path, int flags, ...), (int, const char *, int, ...), (fd, path, flags, mode))
OPENS(openat64, (int fd, const char *path, int flags, ...), (int, const char *, int, ...), (fd, path, flags, mode))

int fcntl(int fd, int order, ...)
{
    va_list more;
    va_start(more, order);
    void *word = va_arg(more, void *);
    va_end(more);
    REAL(int (*)(int, int, ...), fcntl)
    add(CALLS, 1);
    return real(fd, order, word);
}

int fcntl64(int fd, int order, ...)
{
    va_list more;
    va_start(more, order);
    void *word = va_arg(more, void *);
    va_end(more);
    REAL(int (*)(int, int, ...), fcntl64)
    add(CALLS, 1);
    return real(fd, order, word);
}

long syscall(long number, ...)
{
    va_list more;
    va_start(more, number);
    long words[6];
    for (int i = 0; i < 6; i++) words[i] = va_arg(more, long);
    va_end(more);
    REAL(long (*)(long, ...), syscall)
    add(number == SYS_futex ? WAITS : CALLS, 1);
    return real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
