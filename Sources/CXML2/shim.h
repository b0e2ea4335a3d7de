#pragma once
#include <libxml/xmlversion.h>
// Without ICU's declarations, of which nothing is used: Foundation brings others of the same names, and a module that
// imports both would not compile.
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
