// Calls every function of prep.h from plain C, also wrongly. Usage: interface ARCHIVE FOLDER
//
// ARCHIVE holds labelled images; FOLDER is made.

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prep.h"

#undef NDEBUG

static const char *folder;

static void expect(prep_status found, prep_status wanted, const char *words) {
    if (found == wanted && (wanted < PREP_FORKED || strstr(prep_message(), words))) return;
    fprintf(stderr, "status %d, expected %d; %s\n", found, wanted, prep_message());
    exit(1);
}

static void prepare(const char *archive) {
    prep_preparation *job = NULL;
    const char *arguments[] = {"kaggle", archive, "-o", folder, "--jobs", "2"};
    expect(prep_prepare(arguments, 6, &job), PREP_OK, "");
    double fraction = -1;
    prep_status status;
    while ((status = prep_preparation_wait(job, 0.01, &fraction)) == PREP_RUNNING) assert(fraction >= 0 && fraction <= 1);
    expect(status, PREP_OK, "");
    assert(strstr(prep_preparation_summary(job), "digest"));
    assert(strcmp(prep_preparation_output(job), folder) == 0);
    prep_preparation_close(job);

    // The folder is taken now.
    expect(prep_prepare(arguments, 6, &job), PREP_OK, "");
    expect(prep_preparation_wait(job, 60, NULL), PREP_USAGE, folder);
    prep_preparation_close(job);
    expect(prep_prepare((const char *[]){"kaggle", archive, "--siez", "3"}, 4, &job), PREP_USAGE, "--siez");
    expect(prep_prepare((const char *[]){"inspect", folder}, 2, &job), PREP_USAGE, "only kaggle");
    // One that is cancelled at once leaves nothing.
    char other[4096];
    snprintf(other, sizeof other, "%s-other", folder);
    expect(prep_prepare((const char *[]){"kaggle", archive, "-o", other}, 4, &job), PREP_OK, "");
    prep_preparation_close(job);
}

static void inspect(void) {
    prep_dataset *dataset = NULL;
    expect(prep_dataset_open("/nowhere", &dataset), PREP_BAD_INPUT, "/nowhere");
    expect(prep_dataset_open(NULL, &dataset), PREP_USAGE, "NULL");
    expect(prep_dataset_open("\xff", &dataset), PREP_USAGE, "UTF-8");
    assert(!dataset);
    expect(prep_dataset_open(folder, &dataset), PREP_OK, "");
    assert(strstr(prep_dataset_manifest(dataset), "\"format\":\"prep"));
    for (int i = 0; i < 3; i++) {
        const char *names[] = {"provenance", "rejections", "findings"};
        char *text = NULL;
        size_t length = 0;
        expect(prep_dataset_table(dataset, names[i], &text, &length), PREP_OK, "");
        assert(length > 0 && strlen(text) == length && text[length - 1] == '\n');
        prep_free(text);
    }
    char *text = NULL;
    size_t length = 0;
    expect(prep_dataset_table(dataset, "pixels", &text, &length), PREP_USAGE, "provenance, rejections, findings");
    expect(prep_dataset_verify(dataset), PREP_OK, "");
    char other[4096];
    snprintf(other, sizeof other, "%s-export", folder);
    expect(prep_dataset_export(dataset, "parchment", other, NULL), PREP_USAGE, "webdataset");
    expect(prep_dataset_export(dataset, "npz", NULL, NULL), PREP_USAGE, "NULL");
    expect(prep_dataset_export(dataset, "npz", other, "{\"licence\": \"MIT\"}"), PREP_USAGE, "license");
    expect(prep_dataset_export(dataset, "npz", other, "{\"license\": \"MIT\"}"), PREP_OK, "");
    expect(prep_dataset_export(dataset, "npz", other, NULL), PREP_USAGE, "not an empty folder");
    expect(prep_dataset_card(dataset, NULL), PREP_OK, "");
    expect(prep_dataset_verify(dataset), PREP_OK, "");
    prep_dataset_close(dataset);
    prep_dataset_close(NULL);
}

// A hash of all that an epoch delivers from `step` on.
static uint64_t hash(prep_loader *loader, int64_t epoch, int64_t step) {
    prep_loader_info info;
    expect(prep_loader_describe(loader, &info), PREP_OK, "");
    size_t image = (size_t)(info.height * info.width * info.channels) * (info.is_float ? 4 : 1);
    prep_epoch *pass = NULL;
    expect(prep_epoch_open(loader, epoch, step, &pass), PREP_OK, "");
    prep_batch batch;
    prep_status status;
    uint64_t sum = 1469598103934665603u;
    while ((status = prep_epoch_next(pass, &batch)) == PREP_OK) {
        assert(batch.step == step++ && (uintptr_t)batch.pixels % 64 == 0);
        const uint8_t *bytes = batch.pixels;
        for (size_t i = 0; i < image * (size_t)batch.count; i++) sum = (sum ^ bytes[i]) * 1099511628211u;
        for (int64_t i = 0; i < batch.count; i++) sum = (sum ^ batch.labels[i] ^ batch.ids[i]) * 1099511628211u;
    }
    expect(status, PREP_END, "");
    expect(prep_epoch_next(pass, &batch), PREP_END, "");
    assert(step == info.steps);
    prep_epoch_close(pass);
    return sum;
}

static prep_dataset *shared;

static void *hash_on_thread(void *result) {
    prep_loader *loader = NULL;
    expect(prep_loader_open(shared, "{seed: 3, augment: {rotate: 10}, workers: 3}", &loader), PREP_OK, "");
    *(uint64_t *)result = hash(loader, 2, 0);
    prep_loader_close(loader);
    return NULL;
}

static void load(void) {
    expect(prep_dataset_open(folder, &shared), PREP_OK, "");
    prep_loader *loader = NULL;
    const struct { const char *options, *words; } wrong[] = {
        {"{batch_size: 0}", "batch_size"}, {"{size: 3}", "unknown key"}, {"{format: float16}", "float32"},
        {"{rank: [2, 2]}", "2 of 2 is not a rank"}, {"{", "YAML"}, {"{state: x}", "state of a loader"}, {"{augment: turn=3}", "turn"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect(prep_loader_open(shared, wrong[i].options, &loader), PREP_USAGE, wrong[i].words);
    // The defaults.
    expect(prep_loader_open(shared, NULL, &loader), PREP_OK, "");
    prep_loader_info info;
    expect(prep_loader_describe(loader, &info), PREP_OK, "");
    assert(info.height == 28 && info.width == 28 && info.channels == 1 && info.is_float && info.is_planar);
    assert(info.samples > 128 && info.steps == (info.samples + 127) / 128 && info.epoch == 0 && info.step == 0);
    prep_epoch *pass = NULL;
    expect(prep_epoch_open(loader, -1, 0, &pass), PREP_USAGE, "negative");
    expect(prep_epoch_open(loader, 0, 99, &pass), PREP_USAGE, "step");
    prep_loader_close(loader);

    // One and the same on three threads at once, each with threads of its own.
    uint64_t sums[3];
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, hash_on_thread, &sums[i]);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    assert(sums[0] == sums[1] && sums[0] == sums[2]);

    // A state goes on where it was saved, and a pass may be left in the middle.
    expect(prep_loader_open(shared, "{batch_size: 50, seed: 9, format: uint8}", &loader), PREP_OK, "");
    uint64_t rest = hash(loader, 1, 2);
    char *state = NULL, options[4096];
    expect(prep_loader_state(loader, 1, 2, &state), PREP_OK, "");
    expect(prep_epoch_open(loader, 0, 0, &pass), PREP_OK, "");
    prep_batch batch;
    expect(prep_epoch_next(pass, &batch), PREP_OK, "");
    prep_epoch_close(pass);
    prep_loader_close(loader);
    snprintf(options, sizeof options, "{format: uint8, state: '%s'}", state);
    prep_free(state);
    expect(prep_loader_open(shared, options, &loader), PREP_OK, "");
    expect(prep_loader_describe(loader, &info), PREP_OK, "");
    assert(info.epoch == 1 && info.step == 2 && hash(loader, info.epoch, info.step) == rest);

    // A child may open its own, and is told if it uses its parent's.
    expect(prep_epoch_open(loader, 0, 0, &pass), PREP_OK, "");
    pid_t child = fork();
    if (child == 0) {
        expect(prep_epoch_next(pass, &batch), PREP_FORKED, "parent");
        expect(prep_epoch_open(loader, 0, 0, &pass), PREP_FORKED, "parent");
        prep_epoch_close(pass);
        prep_loader_close(loader);
        expect(prep_dataset_open(folder, &shared), PREP_OK, "");
        expect(prep_loader_open(shared, options, &loader), PREP_OK, "");
        assert(hash(loader, 1, 2) == rest);
        _exit(0);
    }
    int result = 1;
    waitpid(child, &result, 0);
    assert(result == 0);
    expect(prep_epoch_next(pass, &batch), PREP_OK, "");
    // Handles may be closed in any order.
    prep_dataset_close(shared);
    prep_loader_close(loader);
    expect(prep_epoch_next(pass, &batch), PREP_OK, "");
    prep_epoch_close(pass);
}

int main(int count, char **arguments) {
    assert(count == 3 && prep_interface() == PREP_INTERFACE && strchr(prep_version(), '.'));
    folder = arguments[2];
    prepare(arguments[1]);
    inspect();
    load();
    puts("prep.h: all calls passed");
    const char *help[] = {"--version"};
    fflush(stdout);
    prep_main(help, 1);
}
