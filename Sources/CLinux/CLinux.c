#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <unistd.h>

int tagkeeper_pipe_cloexec(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC); }
