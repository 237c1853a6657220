// Transposes sixteen rows to a panel: one column after the other, sixteen values each.

#ifndef PREP_TRANSPOSE_H
#define PREP_TRANSPOSE_H

#include "blocks.h"

typedef float eight __attribute__((ext_vector_type(8), aligned(4)));

// Transposes eight columns of eight rows, `step` floats apart, to eight rows of a panel: by pairs, fours, then eights.
INLINE void transpose_eight(const float *rows, size_t step, float *panel) {
    eight x[8], y[8];
    EACH_ROW for (int i = 0; i < 8; i++) x[i] = *(const eight *)(rows + (size_t)i * step);
    EACH_ROW for (int i = 0; i < 8; i += 2) {
        y[i] = __builtin_shufflevector(x[i], x[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        y[i + 1] = __builtin_shufflevector(x[i], x[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    EACH_ROW for (int i = 0; i < 8; i++) {
        if (i & 2) continue;
        x[i] = __builtin_shufflevector(y[i], y[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        x[i + 2] = __builtin_shufflevector(y[i], y[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    EACH_ROW for (int i = 0; i < 4; i++) {
        *(eight *)(panel + (size_t)i * LANES) = __builtin_shufflevector(x[i], x[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        *(eight *)(panel + (size_t)(i + 4) * LANES) =
            __builtin_shufflevector(x[i], x[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

// Transposes `columns` columns of `count` rows, at most sixteen, that are `step` floats apart. What belongs to other
// rows is not written.
INLINE void transpose_panel(const float *rows, size_t step, size_t count, size_t columns, float *panel) {
    size_t column = 0;
    // This must be fast, because a large layer is packed again after every step.
    for (; count == LANES && column + 8 <= columns; column += 8) {
        transpose_eight(rows + column, step, panel + column * LANES);
        transpose_eight(rows + 8 * step + column, step, panel + column * LANES + 8);
    }
    for (; column < columns; column++)
        for (size_t i = 0; i < count; i++) panel[column * LANES + i] = rows[i * step + column];
}

#endif
