// The few system calls that Glibc's module lacks. Includes nothing: the .c does.
#pragma once

/// pipe2(2) with O_CLOEXEC; 0, or -1 with errno.
int tagkeeper_pipe_cloexec(int descriptors[2]);

/// posix_spawn_file_actions_addchdir_np(3); `actions` is a posix_spawn_file_actions_t; 0, or an error number.
int tagkeeper_spawn_chdir(void *actions, const char *path);

/// posix_spawn_file_actions_addclosefrom_np(3), glibc 2.34; as above.
int tagkeeper_spawn_closefrom(void *actions, int lowest);

/// POSIX_SPAWN_SETSID, the flag of posix_spawnattr_setflags(3), glibc 2.26.
short tagkeeper_spawn_setsid(void);

/// pthread_setname_np(3) of the calling thread: at most 15 bytes; 0, or an error number.
int tagkeeper_name_thread(const char *name);
