// Counts the samples of each class and takes the mean pixel of a dataset's train split, in C.
//
// Build: cc -I Sources/CPrep/include examples/load.c .build/release/libprep.so -o load
// Usage: LD_LIBRARY_PATH=.build/release ./load [DATASET]
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "prep.h"

static void check(prep_status status) {
    if (status == PREP_OK) return;
    fprintf(stderr, "%s\n", prep_message());
    exit(status);
}

int main(int count, char **arguments) {
    prep_dataset *dataset;
    check(prep_dataset_open(count > 1 ? arguments[1] : "shards/kaggle", &dataset));
    prep_loader *loader;
    check(prep_loader_open(dataset, "{split: train, batch_size: 64, format: float32}", &loader));
    prep_loader_info info;
    check(prep_loader_describe(loader, &info));

    static int64_t samples[UINT16_MAX + 1];  // by class
    double sum = 0;
    int64_t image = info.channels * info.height * info.width;
    prep_epoch *epoch;
    check(prep_epoch_open(loader, 0, 0, &epoch));
    prep_batch batch;
    prep_status status;
    while ((status = prep_epoch_next(epoch, &batch)) == PREP_OK) {
        const float *pixels = batch.pixels;
        for (int64_t i = 0; i < batch.count * image; i++) sum += pixels[i];
        for (int64_t i = 0; i < batch.count; i++) samples[batch.labels[i]]++;
    }
    if (status != PREP_END) check(status);
    prep_epoch_close(epoch);
    prep_loader_close(loader);
    prep_dataset_close(dataset);

    for (int label = 0; label <= UINT16_MAX; label++)
        if (samples[label]) printf("class %d: %" PRId64 "\n", label, samples[label]);
    printf("%" PRId64 " images, mean pixel %.4f\n", info.samples, sum / (double)(info.samples * image));
}
