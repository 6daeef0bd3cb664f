// Records what a program does to files, to be replayed by power_failure.py. Loaded by LD_PRELOAD.
//
// Each call that succeeded becomes one line in the file $RECORD_TO, in the order in which the calls
// were made: a word, paths without spaces, numbers, and data in hex. Paths are absolute; only those
// beneath $RECORD_BENEATH are recorded.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int log_fd(void) {
  static int fd = -1;
  if (fd < 0 && getenv("RECORD_TO"))
    fd = REAL(open)(getenv("RECORD_TO"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  return fd;
}

static int is_ours(const char* path) {
  const char* beneath = getenv("RECORD_BENEATH");
  return beneath && strncmp(path, beneath, strlen(beneath)) == 0;
}

static void make_absolute(const char* path, char* out) {
  char directory[PATH_MAX] = "";
  if (path[0] != '/' && getcwd(directory, sizeof directory)) strcat(directory, "/");
  snprintf(out, PATH_MAX, "%s%s", directory, path);
}

static int path_of(int fd, char* out) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, out, PATH_MAX - 1);
  if (length < 0) return 0;
  out[length] = 0;
  return is_ours(out);
}

static void record(const char* format, ...) {
  char line[3 * PATH_MAX];
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length > 0 && log_fd() >= 0) (void)!REAL(write)(log_fd(), line, (size_t)length);
}

static void record_data(const unsigned char* bytes, size_t count) {
  static const char digits[] = "0123456789abcdef";
  char* hex = malloc(count * 2 + 1);
  for (size_t i = 0; i < count; ++i) {
    hex[2 * i] = digits[bytes[i] >> 4];
    hex[2 * i + 1] = digits[bytes[i] & 15];
  }
  hex[count * 2] = '\n';
  if (log_fd() >= 0) (void)!REAL(write)(log_fd(), hex, count * 2 + 1);
  free(hex);
}

static int open_any(int is_at, int directory, const char* path, int flags, mode_t mode) {
  struct stat status;
  int is_new = (flags & O_CREAT) != 0 && fstatat(directory, path, &status, 0) != 0;
  pthread_mutex_lock(&mutex);
  const int fd = is_at ? REAL(openat)(directory, path, flags, mode) : REAL(open)(path, flags, mode);
  const int error = errno;
  char name[PATH_MAX];
  if (fd >= 0 && is_new && path_of(fd, name)) record("create %s\n", name);
  if (fd >= 0 && (flags & O_TRUNC) && !is_new && path_of(fd, name)) record("truncate %s 0\n", name);
  pthread_mutex_unlock(&mutex);
  errno = error;
  return fd;
}

static mode_t mode_of(int flags, va_list arguments) {
  return (flags & O_CREAT) ? va_arg(arguments, mode_t) : 0;
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_any(0, AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_any(0, AT_FDCWD, path, flags, mode);
}
int openat(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_any(1, directory, path, flags, mode);
}

ssize_t write(int fd, const void* bytes, size_t count) {
  char name[PATH_MAX];
  if (!path_of(fd, name)) return REAL(write)(fd, bytes, count);
  pthread_mutex_lock(&mutex);
  const off_t at = lseek(fd, 0, SEEK_CUR);
  const ssize_t written = REAL(write)(fd, bytes, count);
  const int error = errno;
  if (written > 0) {
    record("write %s %lld ", name, (long long)at);
    record_data(bytes, (size_t)written);
  }
  pthread_mutex_unlock(&mutex);
  errno = error;
  return written;
}

// Calls a function that returns 0 on success and records it.
#define RECORDED(call, ...)              \
  do {                                   \
    pthread_mutex_lock(&mutex);          \
    const int result = call;             \
    const int error = errno;             \
    if (result == 0) record(__VA_ARGS__); \
    pthread_mutex_unlock(&mutex);        \
    errno = error;                       \
    return result;                       \
  } while (0)

#define TWO_PATHS(word)                                                        \
  int word(const char* from, const char* to) {                                 \
    char a[PATH_MAX];                                                          \
    char b[PATH_MAX];                                                          \
    make_absolute(from, a);                                                    \
    make_absolute(to, b);                                                      \
    if (!is_ours(b) && !is_ours(a)) return REAL(word)(from, to);               \
    RECORDED(REAL(word)(from, to), #word " %s %s\n", a, b);                    \
  }
TWO_PATHS(rename)
TWO_PATHS(link)

#define ONE_PATH(name, word)                                  \
  int name(const char* path) {                                \
    char a[PATH_MAX];                                         \
    make_absolute(path, a);                                   \
    if (!is_ours(a)) return REAL(name)(path);                 \
    RECORDED(REAL(name)(path), word " %s\n", a);              \
  }
ONE_PATH(unlink, "unlink")
ONE_PATH(remove, "unlink")
ONE_PATH(rmdir, "unlink")

int unlinkat(int directory, const char* path, int flags) {
  char base[PATH_MAX];
  if (directory == AT_FDCWD || !path_of(directory, base)) return REAL(unlinkat)(directory, path, flags);
  RECORDED(REAL(unlinkat)(directory, path, flags), "unlink %s/%s\n", base, path);
}

int mkdir(const char* path, mode_t mode) {
  char a[PATH_MAX];
  make_absolute(path, a);
  if (!is_ours(a)) return REAL(mkdir)(path, mode);
  RECORDED(REAL(mkdir)(path, mode), "mkdir %s\n", a);
}

int utimensat(int directory, const char* path, const struct timespec times[2], int flags) {
  char a[PATH_MAX];
  if (directory != AT_FDCWD) return REAL(utimensat)(directory, path, times, flags);
  make_absolute(path, a);
  if (!is_ours(a)) return REAL(utimensat)(directory, path, times, flags);
  RECORDED(REAL(utimensat)(directory, path, times, flags), "mtime %s %lld %ld\n", a,
           times ? (long long)times[1].tv_sec : 0LL, times ? times[1].tv_nsec : 0L);
}

#define ONE_FD(name, word)                             \
  int name(int fd) {                                   \
    char a[PATH_MAX];                                  \
    if (!path_of(fd, a)) return REAL(name)(fd);        \
    RECORDED(REAL(name)(fd), word " %s\n", a);         \
  }
ONE_FD(fsync, "sync")
ONE_FD(fdatasync, "sync")

#define FD_AND_SIZE(name)                                                  \
  int name(int fd, off_t size) {                                           \
    char a[PATH_MAX];                                                      \
    if (!path_of(fd, a)) return REAL(name)(fd, size);                      \
    RECORDED(REAL(name)(fd, size), "truncate %s %lld\n", a, (long long)size); \
  }
FD_AND_SIZE(ftruncate)
FD_AND_SIZE(ftruncate64)

int posix_fallocate(int fd, off_t offset, off_t size) {
  char a[PATH_MAX];
  if (!path_of(fd, a)) return REAL(posix_fallocate)(fd, offset, size);
  RECORDED(REAL(posix_fallocate)(fd, offset, size), "truncate %s %lld\n", a,
           (long long)(offset + size));
}
int posix_fallocate64(int fd, off_t offset, off_t size) { return posix_fallocate(fd, offset, size); }
