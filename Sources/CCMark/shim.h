// cmark, the reference CommonMark parser.
#include <cmark.h>
