// Loops over channels, or the columns of a matrix: one or two vectors of sixteen, in registers for all pixels.

#ifndef PREP_CHANNELS_H
#define PREP_CHANNELS_H

#include "blocks.h"

enum { MOST_VECTORS = 2 };

// Runs `call` for the channels 0 ..< channels, from `c` on, for `vectors` vectors of which the last has `count`
// channels.
#define EACH_CHANNELS(c, channels, call)                                                                           \
    do {                                                                                                           \
        size_t c = 0, count = LANES;                                                                               \
        {                                                                                                          \
            const int vectors = MOST_VECTORS;                                                                      \
            for (; c + MOST_VECTORS * LANES <= (channels); c += MOST_VECTORS * LANES) call;                        \
        }                                                                                                          \
        const int vectors = 1;                                                                                     \
        for (; c + LANES <= (channels); c += LANES) call;                                                          \
        count = (channels) - c;                                                                                    \
        if (count > 0) call;                                                                                       \
    } while (0)

#endif
