#pragma once
#include "files.h"
#include "loop.h"
