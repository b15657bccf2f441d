/* A disk that loses what was not flushed: after each fsync a file's content is kept in the folder POWERCUT, under its
 * inode's number. What a power cut leaves is that content; a file that was never flushed is empty. Loaded before the C
 * library (LD_PRELOAD) into the process whose power is cut. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void keep(int descriptor) {
    struct stat status;
    const char *folder = getenv("POWERCUT");
    char path[4096], fresh[4096], own[64], block[65536];
    ssize_t length;
    if (folder == NULL || fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return;
    snprintf(path, sizeof path, "%s/%lu", folder, (unsigned long)status.st_ino);
    snprintf(fresh, sizeof fresh, "%s/%lu.new", folder, (unsigned long)status.st_ino);
    snprintf(own, sizeof own, "/proc/self/fd/%d", descriptor);
    int from = open(own, O_RDONLY), to = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (from < 0 || to < 0) abort();
    while ((length = read(from, block, sizeof block)) > 0)
        if (write(to, block, length) != length) abort();
    close(from);
    close(to);
    if (rename(fresh, path) != 0) abort();
}

int fsync(int descriptor) {
    static int (*real)(int);
    if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int result = real(descriptor);
    if (result == 0) keep(descriptor);
    return result;
}

int fdatasync(int descriptor) {
    static int (*real)(int);
    if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int result = real(descriptor);
    if (result == 0) keep(descriptor);
    return result;
}
