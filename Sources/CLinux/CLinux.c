#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <unistd.h>

int tagkeeper_pipe_cloexec(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC); }

int tagkeeper_spawn_chdir(void *actions, const char *path) {
  return posix_spawn_file_actions_addchdir_np(actions, path);
}

int tagkeeper_spawn_closefrom(void *actions, int lowest) {
  return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

short tagkeeper_spawn_setsid(void) { return POSIX_SPAWN_SETSID; }

int tagkeeper_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }
