/* Intercepts the server's system calls (LD_PRELOAD): logs in which order texts are written to the
 * write-ahead log, synced, and sent over sockets, and makes the disk fail on request.
 *
 * DISK_LOG is a file that gets a line for each event: "W mark-0001" when a text with that mark was
 * written to the write-ahead log, "S" when the log was synced, "M mark-0001" when a text with that
 * mark is about to be sent over a socket. DISK_FAULT is a file. While it contains "sync", syncing
 * fails with EIO. While it contains "full", writing fails with ENOSPC. While it contains "read",
 * reading the database and its write-ahead log fails with EIO.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define MARK "mark-"
#define MARK_LENGTH 9

static int is_wal(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path);
  return length > 4 && memcmp(path + length - 4, "-wal", 4) == 0;
}

static int is_database(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path);
  return length > 3 && (memcmp(path + length - 3, ".db", 3) == 0 || is_wal(fd));
}

static int is_socket(int fd) {
  struct stat about;
  return fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

static void note(const char *line, size_t length) {
  const char *path = getenv("DISK_LOG");
  int log = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (log >= 0) {
    REAL(write)(log, line, length);
    close(log);
  }
}

static void note_marks(char what, const char *text, size_t length) {
  const char *end = text + length;
  while ((text = memmem(text, end - text, MARK, sizeof MARK - 1)) && end - text >= MARK_LENGTH) {
    char line[2 + MARK_LENGTH + 1] = {what, ' '};
    memcpy(line + 2, text, MARK_LENGTH);
    line[2 + MARK_LENGTH] = '\n';
    note(line, sizeof line);
    text += MARK_LENGTH;
  }
}

static int fails(const char *how) {
  char said[8] = "";
  const char *path = getenv("DISK_FAULT");
  int fault = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fault < 0) return 0;
  ssize_t length = REAL(read)(fault, said, sizeof said - 1);
  close(fault);
  return length > 0 && strncmp(said, how, strlen(how)) == 0;
}

static int synced(int fd, int (*sync)(int)) {
  if (!is_wal(fd)) return sync(fd);
  if (fails("sync")) {
    errno = EIO;
    return -1;
  }
  int result = sync(fd);
  if (result == 0) note("S\n", 2);
  return result;
}

int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

static int is_unreadable(int fd) {
  if (!is_database(fd) || !fails("read")) return 0;
  errno = EIO;
  return 1;
}

ssize_t read(int fd, void *into, size_t length) {
  return is_unreadable(fd) ? -1 : REAL(read)(fd, into, length);
}

ssize_t pread(int fd, void *into, size_t length, off_t at) {
  return is_unreadable(fd) ? -1 : REAL(pread)(fd, into, length, at);
}

ssize_t pread64(int fd, void *into, size_t length, off64_t at) {
  return is_unreadable(fd) ? -1 : REAL(pread64)(fd, into, length, at);
}

static ssize_t written(int fd, const void *text, ssize_t result) {
  if (result > 0 && is_wal(fd)) note_marks('W', text, result);
  return result;
}

static int is_full(int fd) {
  if (!is_wal(fd) || !fails("full")) return 0;
  errno = ENOSPC;
  return 1;
}

ssize_t write(int fd, const void *text, size_t length) {
  if (is_full(fd)) return -1;
  if (is_socket(fd)) note_marks('M', text, length);
  return written(fd, text, REAL(write)(fd, text, length));
}

ssize_t pwrite(int fd, const void *text, size_t length, off_t at) {
  if (is_full(fd)) return -1;
  return written(fd, text, REAL(pwrite)(fd, text, length, at));
}

ssize_t pwrite64(int fd, const void *text, size_t length, off64_t at) {
  if (is_full(fd)) return -1;
  return written(fd, text, REAL(pwrite64)(fd, text, length, at));
}

ssize_t send(int fd, const void *text, size_t length, int flags) {
  note_marks('M', text, length);
  return REAL(send)(fd, text, length, flags);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  for (int nth = 0; is_socket(fd) && nth < count; nth++)
    note_marks('M', parts[nth].iov_base, parts[nth].iov_len);
  return REAL(writev)(fd, parts, count);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  for (size_t nth = 0; nth < message->msg_iovlen; nth++)
    note_marks('M', message->msg_iov[nth].iov_base, message->msg_iov[nth].iov_len);
  return REAL(sendmsg)(fd, message, flags);
}
