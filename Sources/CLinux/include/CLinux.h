// The few system calls that Glibc's module lacks. Includes nothing: the .c does.
#pragma once

/// pipe2(2) with O_CLOEXEC; 0, or -1 with errno.
int tagkeeper_pipe_cloexec(int descriptors[2]);
