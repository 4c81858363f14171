/* A power cut, simulated: whatever fsync and fdatasync have made durable is copied to a mirror.
 *
 * Preloaded into a process that is killed later. The kernel outlives such a process, so all that it wrote stands in its
 * files; a disk without power may have only what was synced, and that is what the mirror has: the worst that may be.
 *
 *   POWER_CUT_FOLDER  whose files are copied, not those of its own folders
 *   POWER_CUT_MIRROR  a folder with two folders in it: files, each under its name, and copies, each under its inode
 *   POWER_CUT_AT      optional: the sync, counted from 1, before which the process kills itself
 *
 * A file is copied through the descriptor that is synced: whoever opens it once more and closes that drops the locks
 * that the process has on it (POSIX). A copy is renamed into its place, so that a process killed meanwhile leaves a
 * sync that did not happen, not half a file. A new file keeps its name once it is synced itself (assumed: Linux's file
 * systems do so, POSIX does not promise it); a file renamed or removed, once its folder is synced. What was never
 * synced, as SQLite's -shm, is not there.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static int folder, mirror, files, copies; /* descriptors of the folders */

static void must(int holds, const char *what) {
    if (!holds) {
        perror(what);
        abort(); /* a mirror that lacks something would show losses that are none */
    }
}

static int folder_at(int parent, const char *name) {
    int opened = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(opened >= 0, name);
    return opened;
}

static const char *copy_of(ino_t inode) {
    static char name[32];
    snprintf(name, sizeof name, "%llu", (unsigned long long)inode);
    return name;
}

/* From now on the name leads to what was last synced of this inode, if anything was. */
static void publish(ino_t inode, const char *name) {
    if (linkat(copies, copy_of(inode), mirror, "fresh", 0) < 0) {
        must(errno == ENOENT, "linkat");
        return;
    }
    must(renameat(mirror, "fresh", files, name) == 0, "renameat");
    unlinkat(mirror, "fresh", 0); /* still there where both were one file already */
}

static void file_synced(int descriptor, const struct stat *status, const char *proc, const char *name) {
    int write_only = (fcntl(descriptor, F_GETFL) & O_ACCMODE) == O_WRONLY; /* no database: SQLite reads what it writes */
    int from = write_only ? open(proc, O_RDONLY | O_CLOEXEC) : descriptor;
    int to = openat(mirror, "unfinished", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    off_t offset = 0;
    while (sendfile(to, from, &offset, 1 << 30) > 0) {
    }
    must(offset >= status->st_size, "sendfile");
    close(to);
    if (write_only)
        close(from);
    must(renameat(mirror, "unfinished", copies, copy_of(status->st_ino)) == 0, "renameat");
    publish(status->st_ino, name);
}

static void each_name(int in, void (*act)(const char *name)) {
    DIR *listing = fdopendir(folder_at(in, "."));
    must(listing != NULL, "fdopendir");
    for (struct dirent *each; (each = readdir(listing)) != NULL;)
        if (each->d_name[0] != '.')
            act(each->d_name);
    closedir(listing);
}

static void name_synced(const char *name) {
    struct stat status;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode))
        publish(status.st_ino, name);
}

static void forget_if_gone(const char *name) {
    if (faccessat(folder, name, F_OK, 0) < 0)
        must(unlinkat(files, name, 0) == 0, "unlinkat");
}

static void synced(int descriptor) {
    char proc[32], file[PATH_MAX];
    struct stat status, ours, parent;
    snprintf(proc, sizeof proc, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(proc, file, sizeof file - 1);
    if (length < 0 || fstat(descriptor, &status) < 0 || fstat(folder, &ours) < 0)
        return;
    file[length] = '\0';
    char *slash = strrchr(file, '/');
    if (S_ISDIR(status.st_mode) && status.st_ino == ours.st_ino && status.st_dev == ours.st_dev) {
        each_name(folder, name_synced);
        each_name(files, forget_if_gone);
    } else if (S_ISREG(status.st_mode) && status.st_nlink > 0 && slash != NULL) {
        *slash = '\0';
        if (stat(file, &parent) == 0 && parent.st_ino == ours.st_ino && parent.st_dev == ours.st_dev)
            file_synced(descriptor, &status, proc, slash + 1);
    }
}

static int sync_and_copy(int descriptor, const char *function) {
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    static long count;
    int (*real)(int) = dlsym(RTLD_NEXT, function);
    const char *at = getenv("POWER_CUT_AT");
    pthread_mutex_lock(&one_at_a_time);
    if (at != NULL && ++count == atol(at))
        kill(getpid(), SIGKILL);
    int result = real(descriptor);
    if (result == 0)
        synced(descriptor);
    pthread_mutex_unlock(&one_at_a_time);
    return result;
}

int fsync(int descriptor) { return sync_and_copy(descriptor, "fsync"); }

int fdatasync(int descriptor) { return sync_and_copy(descriptor, "fdatasync"); }

__attribute__((constructor)) static void open_folders(void) {
    folder = folder_at(AT_FDCWD, getenv("POWER_CUT_FOLDER"));
    mirror = folder_at(AT_FDCWD, getenv("POWER_CUT_MIRROR"));
    files = folder_at(mirror, "files");
    copies = folder_at(mirror, "copies");
}
