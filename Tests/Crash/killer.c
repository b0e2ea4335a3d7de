// Loaded into `longshore serve` by LD_PRELOAD: ends the process by SIGKILL at a chosen write of its state, and keeps what
// a power loss at this moment would have left.
//
// KILLER_STATE      the state directory; files elsewhere are left alone
// KILLER_CONTROL    a file of `struct control`, mapped here and in the test: counts, and when to die
// KILLER_DISK       a directory: each file of the state as it was when it was last synced
//
// SQLite calls fdatasync and pwrite64 through its dynamic symbols, so that they can be taken here.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct control {
    _Atomic int64_t syncs;       // of the state's files, since the start
    _Atomic int64_t writes;      // to the log, since the start
    _Atomic int64_t sync_ahead;  // die at so many syncs from now; 0: never
    _Atomic int64_t sync_done;   // 1: after that sync, 0: before it
    _Atomic int64_t write_ahead; // die at so many writes to the log from now; 0: never
    _Atomic int64_t write_half;  // 1: after half of that write's bytes, 0: before it
};

static struct control *control;
static char state[PATH_MAX];
static char disk[PATH_MAX];
static pthread_mutex_t copying = PTHREAD_MUTEX_INITIALIZER;

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off_t);

__attribute__((constructor)) static void begin(void)
{
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_pwrite64 = dlsym(RTLD_NEXT, "pwrite64");
    const char *path = getenv("KILLER_CONTROL");
    if (path == NULL || getenv("KILLER_STATE") == NULL) return;
    snprintf(state, sizeof state, "%s", getenv("KILLER_STATE"));
    snprintf(disk, sizeof disk, "%s", getenv("KILLER_DISK") ? getenv("KILLER_DISK") : "");
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) abort();
    control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (control == MAP_FAILED) abort();
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

// What is behind the state directory in the descriptor's path: "" for the directory itself, NULL for anything else.
static const char *name_of(int descriptor, char *buffer)
{
    if (control == NULL) return NULL;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, buffer, PATH_MAX - 1);
    if (length < 0) return NULL;
    buffer[length] = 0;
    size_t prefix = strlen(state);
    if (strncmp(buffer, state, prefix) != 0) return NULL;
    if (buffer[prefix] == 0) return buffer + prefix;
    return buffer[prefix] == '/' ? buffer + prefix + 1 : NULL;
}

// True when the caller is the one that brings the countdown to its end.
static int is_due(_Atomic int64_t *ahead)
{
    int64_t now = atomic_load(ahead);
    while (now > 0)
        if (atomic_compare_exchange_weak(ahead, &now, now - 1)) return now == 1;
    return 0;
}

static void copy(const char *name)
{
    static char bytes[1 << 16];
    char from[PATH_MAX * 2], made[PATH_MAX * 2], to[PATH_MAX * 2];
    snprintf(from, sizeof from, "%s/%s", state, name);
    snprintf(made, sizeof made, "%s/.%s.new", disk, name);
    snprintf(to, sizeof to, "%s/%s", disk, name);
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (in < 0 || out < 0) abort();
    ssize_t count;
    while ((count = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)count) != count) abort();
    close(in);
    close(out);
    if (rename(made, to) != 0) abort();
}

// A synced directory has lost what was removed from it.
static void forget_removed(void)
{
    DIR *entries = opendir(disk);
    if (entries == NULL) abort();
    struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        char there[PATH_MAX * 2], kept[PATH_MAX * 2];
        snprintf(there, sizeof there, "%s/%s", state, entry->d_name);
        snprintf(kept, sizeof kept, "%s/%s", disk, entry->d_name);
        if (access(there, F_OK) != 0) unlink(kept);
    }
    closedir(entries);
}

static int sync_with(int (*real)(int), int descriptor)
{
    char path[PATH_MAX];
    const char *name = name_of(descriptor, path);
    if (name == NULL) return real(descriptor);
    // The directory's own sync makes no commit: it is not counted.
    int due = *name != 0 && is_due(&control->sync_ahead);
    if (due && !atomic_load(&control->sync_done)) die();
    int result = real(descriptor);
    if (result == 0 && disk[0] != 0) {
        pthread_mutex_lock(&copying);
        if (*name == 0) forget_removed();
        else copy(name);
        pthread_mutex_unlock(&copying);
    }
    if (*name != 0) atomic_fetch_add(&control->syncs, 1);
    if (due) die();
    return result;
}

int fsync(int descriptor) { return sync_with(real_fsync, descriptor); }

int fdatasync(int descriptor) { return sync_with(real_fdatasync, descriptor); }

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t offset)
{
    char path[PATH_MAX];
    const char *name = control == NULL ? NULL : name_of(descriptor, path);
    size_t length = name == NULL ? 0 : strlen(name);
    if (length < 4 || strcmp(name + length - 4, "-wal") != 0) return real_pwrite64(descriptor, bytes, count, offset);
    if (is_due(&control->write_ahead)) {
        if (atomic_load(&control->write_half)) real_pwrite64(descriptor, bytes, count / 2, offset);
        die();
    }
    atomic_fetch_add(&control->writes, 1);
    return real_pwrite64(descriptor, bytes, count, offset);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    return pwrite64(descriptor, bytes, count, offset);
}
