/* A slow disk: every fsync and fdatasync takes FSYNC_DELAY_MS milliseconds longer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int slow(int descriptor, const char *function) {
    int (*real)(int) = dlsym(RTLD_NEXT, function);
    usleep(1000 * atoi(getenv("FSYNC_DELAY_MS")));
    return real(descriptor);
}

int fsync(int descriptor) { return slow(descriptor, "fsync"); }

int fdatasync(int descriptor) { return slow(descriptor, "fdatasync"); }
