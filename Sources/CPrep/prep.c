// The message of the last failure, one per thread, in memory that needs no destructor.

#include "prep.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local char message[4096];

void prep_set_message(const char *text) { snprintf(message, sizeof message, "%s", text); }

const char *prep_message(void) { return message; }

void prep_free(char *text) { free(text); }
