/// What the Files room asks of the kernel and Swift cannot call itself: variadic functions (`open`, `openat`,
/// `syscall`), and paths, which come as bytes without a final NUL. Each function answers a value >= 0, or -errno, so
/// that the error cannot be lost between the call and the question for it.
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <unistd.h>

// glibc declares some of these only under _GNU_SOURCE; the numbers are the kernel's and the same for every
// architecture that Swift runs on.
#ifndef O_PATH
#define O_PATH 010000000
#endif
// A directory is opened for writing, so the number holds the architecture's own O_DIRECTORY.
#ifndef O_TMPFILE
#define O_TMPFILE (020000000 | O_DIRECTORY)
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

enum {
    clinux_o_path = O_PATH,
    clinux_o_tmpfile = O_TMPFILE,
    clinux_at_empty_path = AT_EMPTY_PATH,
    clinux_resolve_beneath = RESOLVE_BENEATH,
    clinux_resolve_no_symlinks = RESOLVE_NO_SYMLINKS,
    clinux_resolve_no_magiclinks = RESOLVE_NO_MAGICLINKS,
    clinux_rename_noreplace = 1,
};

/// A path with its NUL, on the stack: no allocation for each file opened.
struct clinux_path {
    char bytes[PATH_MAX];
};

/// 0; -ENAMETOOLONG when the path does not fit; -EINVAL when it holds a NUL, which would cut it short.
static inline int clinux_path_set(struct clinux_path *path, const uint8_t *_Nullable bytes, size_t count) {
    if (count >= PATH_MAX) return -ENAMETOOLONG;
    if (count > 0) {
        if (memchr(bytes, 0, count)) return -EINVAL;
        memcpy(path->bytes, bytes, count);
    }
    path->bytes[count] = 0;
    return 0;
}

/// openat(2): variadic.
static inline int clinux_openat(
    int directory, const uint8_t *_Nullable bytes, size_t count, int flags, unsigned mode) {
    struct clinux_path path;
    int fault = clinux_path_set(&path, bytes, count);
    if (fault) return fault;
    int descriptor;
    do descriptor = openat(directory, path.bytes, flags, mode); while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? -errno : descriptor;
}

/// openat2(2): glibc 2.36 has no wrapper. EAGAIN means that a rename elsewhere raced with a `..`; it is tried again a few times.
static inline int clinux_openat2(
    int directory, const uint8_t *_Nullable bytes, size_t count, int flags, unsigned mode, uint64_t resolve) {
    struct clinux_path path;
    int fault = clinux_path_set(&path, bytes, count);
    if (fault) return fault;
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (uint64_t)(unsigned)flags;
    how.mode = mode;
    how.resolve = resolve;
    long descriptor = -1;
    for (int attempt = 0; attempt < 16; attempt++) {
        descriptor = syscall(SYS_openat2, directory, path.bytes, &how, sizeof how);
        if (descriptor >= 0 || (errno != EAGAIN && errno != EINTR)) break;
    }
    return descriptor < 0 ? -errno : (int)descriptor;
}

/// What is known of a file. Times are nanoseconds since 1970.
struct clinux_status {
    uint64_t device, inode;
    int64_t size, modified, changed;
    uint32_t mode;
};

static inline void clinux_status_set(struct clinux_status *status, const struct stat *raw) {
    status->device = raw->st_dev;
    status->inode = raw->st_ino;
    status->size = raw->st_size;
    status->modified = (int64_t)raw->st_mtim.tv_sec * 1000000000 + raw->st_mtim.tv_nsec;
    status->changed = (int64_t)raw->st_ctim.tv_sec * 1000000000 + raw->st_ctim.tv_nsec;
    status->mode = raw->st_mode;
}

/// fstat(2), with times in one number.
static inline int clinux_fstat(int descriptor, struct clinux_status *_Nonnull status) {
    struct stat raw;
    if (fstat(descriptor, &raw) < 0) return -errno;
    clinux_status_set(status, &raw);
    return 0;
}

/// fstatat(2) of one name that ends with NUL, not following a link.
static inline int clinux_fstatat(int directory, const char *_Nonnull name, struct clinux_status *_Nonnull status) {
    struct stat raw;
    if (fstatat(directory, name, &raw, AT_SYMLINK_NOFOLLOW) < 0) return -errno;
    clinux_status_set(status, &raw);
    return 0;
}

/// readlinkat(2); -EINVAL when the name is no link.
static inline int clinux_readlinkat(
    int directory, const uint8_t *_Nullable bytes, size_t count, uint8_t *_Nonnull target, size_t capacity) {
    struct clinux_path path;
    int fault = clinux_path_set(&path, bytes, count);
    if (fault) return fault;
    ssize_t length = readlinkat(directory, path.bytes, (char *)target, capacity);
    return length < 0 ? -errno : (int)length;
}

/// getdents64(2): glibc declares it only under _GNU_SOURCE.
static inline int clinux_getdents(int descriptor, void *_Nonnull buffer, size_t capacity) {
    long count = syscall(SYS_getdents64, descriptor, buffer, capacity);
    return count < 0 ? -errno : (int)count;
}

/// One entry of a getdents64 buffer. `name` points into the buffer and ends with NUL.
struct clinux_entry {
    const char *_Nullable name;
    uint32_t length;
    uint8_t type;
};

/// Fills `entry` with what stands at `offset` and answers the next offset.
static inline int clinux_entry_at(const void *_Nonnull buffer, int offset, struct clinux_entry *_Nonnull entry) {
    // struct linux_dirent64 of getdents(2): u64 d_ino, s64 d_off, u16 d_reclen, u8 d_type, char d_name[].
    const char *record = (const char *)buffer + offset;
    uint16_t length;
    memcpy(&length, record + 16, sizeof length);
    entry->type = (uint8_t)record[18];
    entry->name = record + 19;
    entry->length = (uint32_t)strlen(record + 19);
    return offset + length;
}

/// mkdirat(2).
static inline int clinux_mkdirat(int directory, const uint8_t *_Nullable bytes, size_t count, unsigned mode) {
    struct clinux_path path;
    int fault = clinux_path_set(&path, bytes, count);
    if (fault) return fault;
    return mkdirat(directory, path.bytes, mode) < 0 ? -errno : 0;
}

/// unlinkat(2).
static inline int clinux_unlinkat(int directory, const uint8_t *_Nullable bytes, size_t count, int flags) {
    struct clinux_path path;
    int fault = clinux_path_set(&path, bytes, count);
    if (fault) return fault;
    return unlinkat(directory, path.bytes, flags) < 0 ? -errno : 0;
}

/// renameat2(2) within one directory: glibc declares it only under _GNU_SOURCE.
static inline int clinux_rename(
    int directory, const uint8_t *_Nullable from, size_t fromCount, const uint8_t *_Nullable to, size_t toCount,
    unsigned flags) {
    struct clinux_path source, target;
    int fault = clinux_path_set(&source, from, fromCount);
    if (!fault) fault = clinux_path_set(&target, to, toCount);
    if (fault) return fault;
    long result = syscall(SYS_renameat2, directory, source.bytes, directory, target.bytes, flags);
    return result < 0 ? -errno : 0;
}

/// Whether the file is in a tmpfs that has too little room for `size` bytes of it.
static inline bool clinux_lacks_memory(int descriptor, int64_t size) {
    struct statfs system;
    struct stat file;
    if (fstatfs(descriptor, &system) < 0 || system.f_type != TMPFS_MAGIC || fstat(descriptor, &file) < 0) return false;
    // Without blocks it has no limit.
    return system.f_blocks > 0 && (int64_t)system.f_bavail * system.f_bsize + (int64_t)file.st_blocks * 512 < size;
}

/// fallocate(2) with the size set too: glibc declares it only under _GNU_SOURCE, and its posix_fallocate writes zeros
/// where the file system cannot reserve.
///
/// tmpfs takes page after page until none is left, and then gives them back: meanwhile nobody else has any. So it is asked
/// first, which is sure for as long as no two of these calls run at once.
static inline int clinux_preallocate(int descriptor, int64_t size) {
    if (clinux_lacks_memory(descriptor, size)) return -ENOSPC;
    long result;
    do result = syscall(SYS_fallocate, descriptor, 0, (off_t)0, (off_t)size); while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : 0;
}

/// futimens(2): the modification time alone, in nanoseconds since 1970.
static inline int clinux_set_modified(int descriptor, int64_t modified) {
    int64_t seconds = modified / 1000000000, rest = modified % 1000000000;
    if (rest < 0) {
        seconds -= 1;
        rest += 1000000000;
    }
    struct timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, {.tv_sec = seconds, .tv_nsec = rest}};
    return futimens(descriptor, times) < 0 ? -errno : 0;
}

/// pread(2), again after a signal.
static inline int64_t clinux_pread(int descriptor, void *_Nonnull buffer, size_t count, int64_t offset) {
    ssize_t result;
    do result = pread(descriptor, buffer, count, offset); while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

/// pthread_create(3) of a detached thread with a small stack that takes no signals (they belong to the main thread).
/// One call, because the attribute and set types differ between C libraries.
static inline int clinux_start_thread(
    void *_Nullable (*_Nonnull body)(void *_Nullable), void *_Nullable context, size_t stackSize) {
    pthread_attr_t attributes;
    int fault = pthread_attr_init(&attributes);
    if (fault) return -fault;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, stackSize);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    fault = pthread_create(&thread, &attributes, body, context);
    pthread_sigmask(SIG_SETMASK, &before, 0);
    pthread_attr_destroy(&attributes);
    return -fault;
}

/// prctl(2), variadic: the calling thread's name as ps and perf show it, at most 15 bytes.
static inline void clinux_name_thread(const char *_Nonnull name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

/// sync_file_range(2), to begin writing alone: glibc declares it only under _GNU_SOURCE. Its faults are told by fsync.
static inline void clinux_begin_writing(int descriptor, int64_t offset, int64_t count) {
    enum { sync_file_range_write = 2 };
    syscall(SYS_sync_file_range, descriptor, offset, count, sync_file_range_write);
}

/// syncfs(2): glibc declares it only under _GNU_SOURCE.
static inline int clinux_syncfs(int descriptor) {
    return syscall(SYS_syncfs, descriptor) < 0 ? -errno : 0;
}
