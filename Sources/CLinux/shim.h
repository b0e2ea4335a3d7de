#pragma once
// `mallopt`, which Swift's own Glibc leaves out.
#include <malloc.h>

#include "files.h"
#include "loop.h"
#include "terminal.h"
