// libyaml: the event parser.
#pragma once
#include <yaml.h>
