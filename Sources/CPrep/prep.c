// The message of the last failure, one per thread, in memory that needs no destructor.

#include "prep.h"

#include <stdlib.h>
#include <string.h>

static _Thread_local char message[4096];

// Where a text of UTF-8 may be cut, so that at most `limit` bytes remain: not before a continuation byte.
static size_t cut(const char *text, size_t limit) {
    while (limit > 0 && ((unsigned char)text[limit] & 0xC0) == 0x80) limit--;
    return limit;
}

void prep_set_message(const char *text) {
    const char *mark = "\xE2\x80\xA6"; // an ellipsis
    const size_t length = strlen(text), most = sizeof message - 1;
    const size_t kept = length <= most ? length : cut(text, most - strlen(mark));
    memcpy(message, text, kept);
    strcpy(message + kept, kept == length ? "" : mark);
}

const char *prep_message(void) { return message; }

void prep_free(char *text) { free(text); }
