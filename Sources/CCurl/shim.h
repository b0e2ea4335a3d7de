#pragma once
#include <curl/curl.h>
#include "transfer.h"
