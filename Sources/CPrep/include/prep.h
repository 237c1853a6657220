// prep.h: preparing, inspecting and loading datasets of images, from C and from whatever can call C.
//
// Link with -lprep; the library needs nothing else. All text is UTF-8 and ends with a zero byte.
//
// Handles belong to the caller, who closes them; closing NULL does nothing. A dataset may be closed before its loaders, a
// loader before its epochs. Different handles may be used on different threads at once, one handle on one thread at a
// time. No function calls back, and none may be used in a signal handler.
//
// After fork(), the child must not use handles of its parent, not even to close them: functions that could fail then fail
// with PREP_FORKED. It may open its own.
#ifndef PREP_H
#define PREP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Increases when a function or a structure changes or goes; new functions do not change it.
#define PREP_INTERFACE 1

// What a function returns. Numbers from 64 on are the exit statuses of the program prep.
typedef enum prep_status {
    PREP_OK = 0,
    PREP_END = 1,           // there is no other batch
    PREP_RUNNING = 2,       // the preparation has not finished yet
    PREP_FORKED = 3,        // the handle belongs to the parent process
    PREP_USAGE = 64,        // an option, or a combination of options, that makes no sense
    PREP_BAD_INPUT = 65,    // a dataset or an input that is damaged, missing, or not what it should be
    PREP_IO = 74,           // the system refused to read or write
    PREP_INTERRUPTED = 130, // cancelled
} prep_status;

typedef struct prep_preparation prep_preparation;
typedef struct prep_dataset prep_dataset;
typedef struct prep_loader prep_loader;
typedef struct prep_epoch prep_epoch;

// PREP_INTERFACE of the library, and the version of prep, such as "1.0.0".
int32_t prep_interface(void);
const char *prep_version(void);

// What went wrong in the last function of this thread that failed, and what to do; valid until the next one fails.
const char *prep_message(void);

// Frees text that a function handed over.
void prep_free(char *text);

// Sets prep_message, cut to 4 KB; for the library itself.
void prep_set_message(const char *text);

// ---- Preparing

// Runs the program prep with these arguments, of which the first is not the program's name, and ends the process.
void prep_main(const char *const *arguments, size_t count);

// Begins to prepare a dataset, on threads of its own. The arguments are those of prep images, kaggle, mnist or run, such as
// {"images", "photos.zip", "--size", "32", "-o", "shards/photos"}; prep images --help explains them. --work is refused; --json and
// --quiet have no effect.
prep_status prep_prepare(const char *const *arguments, size_t count, prep_preparation **preparation);

// Waits for at most `seconds`. PREP_RUNNING if that was not enough: then, and at the end, `*fraction`, unless NULL, is the
// share of the present phase, staging or writing, that is done, 0 to 1.
prep_status prep_preparation_wait(prep_preparation *preparation, double seconds, double *fraction);

// The summary that the program prints, after prep_preparation_wait has returned PREP_OK; lives as long as the handle.
const char *prep_preparation_summary(prep_preparation *preparation);

// The folder that is written; lives as long as the handle.
const char *prep_preparation_output(prep_preparation *preparation);

// Cancels the preparation if it still runs, waits until it has cleaned up, and frees the handle.
void prep_preparation_close(prep_preparation *preparation);

// ---- Inspecting

prep_status prep_dataset_open(const char *folder, prep_dataset **dataset);
void prep_dataset_close(prep_dataset *dataset);

// The contents of dataset.json, which FORMAT.md describes; lives as long as the handle.
const char *prep_dataset_manifest(prep_dataset *dataset);

// A table of the dataset as CSV, checked against its digest: "provenance", "rejections" or "findings". The text has a zero
// byte behind its `*length` bytes, and may have others among them.
prep_status prep_dataset_table(prep_dataset *dataset, const char *name, char **text, size_t *length);

// Reads every byte of the dataset and checks all digests. PREP_BAD_INPUT if anything is wrong; prep_message says what.
prep_status prep_dataset_verify(prep_dataset *dataset);

// Writes the dataset in the format of another tool, "folder", "idx", "npz", "csv" or "webdataset", to a folder that is empty
// or does not exist. `about` is NULL, or what is said about the dataset as YAML or JSON, in the keys that a pipeline has
// under `about`: {"license": "CC-BY-4.0", "creators": ["Ada Lovelace"]}.
prep_status prep_dataset_export(prep_dataset *dataset, const char *format, const char *output, const char *about);

// Writes the metadata of the dataset into its folder: croissant.json and README.md.
prep_status prep_dataset_card(prep_dataset *dataset, const char *about);

// ---- Loading

// Opens a split. `options` is NULL for the defaults, or YAML:
//
//     split: train            or validation, test
//     batch_size: 128         samples of a step, over all ranks
//     format: float32         0 to 1; uint8: as stored; normalized: by mean and deviation of train, or of the other folds;
//                             {mean: 0.5, deviation: 0.5}, or a list of each for three channels
//     layout: nchw            or nhwc
//     shuffle: true
//     seed: 0                 of order and augmentation
//     augment: {rotate: 10}   as in a pipeline; or text as for prep bench: "rotate=10,shift=2"
//     remainder: keep         or drop, pad: what becomes of samples that do not fill the last batch
//     rank: [0, 1]            the number of this process, and how many share the data
//     fold: 0                 the fold that is validation while all others are train
//     window: 8               blocks among which samples are shuffled; default: all, if they fit memory
//     canvas: 32x32           a frame in whose middle images are placed
//     memory: 1GB             of pixels that are held: a larger split is shuffled in windows of that size
//     workers: 2              threads that fill batches; like the next, they change no batch
//     prefetch: 4             batches that may be ready ahead
//     state: "…"              what prep_loader_state gave: options that decide the order come from there
prep_status prep_loader_open(prep_dataset *dataset, const char *options, prep_loader **loader);
void prep_loader_close(prep_loader *loader);

typedef struct prep_loader_info {
    int64_t samples;         // of the split, over all ranks
    int64_t steps;           // batches of an epoch, the same for all ranks
    int64_t height, width, channels;
    int64_t is_float;        // 1: pixels are floats, 0: bytes
    int64_t is_planar;       // 1: [count, channels, height, width], 0: [count, height, width, channels]
    int64_t epoch, step;     // where the state that it was opened with stands; else 0
} prep_loader_info;
prep_status prep_loader_describe(prep_loader *loader, prep_loader_info *info);

// The state as JSON, for a checkpoint: a loader opened with it continues with the batch of `step` in `epoch`.
prep_status prep_loader_state(prep_loader *loader, int64_t epoch, int64_t step, char **json);

// One pass over the split, from `step` on. Several may be open at once.
prep_status prep_epoch_open(prep_loader *loader, int64_t epoch, int64_t step, prep_epoch **pass);
void prep_epoch_close(prep_epoch *pass);

typedef struct prep_batch {
    const void *pixels;      // floats or bytes, without gaps, aligned to 64 bytes
    const uint16_t *labels;  // class numbers
    const uint32_t *ids;     // rows of the provenance
    int64_t count;           // samples
    int64_t step;            // of the epoch
} prep_batch;

// Waits for the next batch. Its memory is valid until the next call with this handle, or its close. PREP_END at the end.
prep_status prep_epoch_next(prep_epoch *pass, prep_batch *batch);

#ifdef __cplusplus
}
#endif
#endif
