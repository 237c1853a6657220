"""Batches. Oracles: another way to get the same batches, and NumPy's arithmetic."""

import copy
import gc
import multiprocessing
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import prep


def owned(batches):
    return [prep.Batch(*map(np.copy, batch)) for batch in batches]


def same(one, other):
    return len(one) == len(other) and all(
        np.array_equal(a, b) for left, right in zip(one, other) for a, b in zip(left, right))


OPTIONS = dict(batch_size=50, seed=5, augment="rotate=10,shift=2")


def test_batches_depend_on_seed_and_epoch_alone(dataset):
    first = owned(dataset.batches("train", epoch=3, workers=1, prefetch=1, **OPTIONS))
    assert same(first, owned(dataset.batches("train", epoch=3, workers=3, **OPTIONS)))
    assert same(first, list(dataset.batches("train", epoch=3, copy=True, **OPTIONS)))
    assert not same(first, owned(dataset.batches("train", epoch=4, **OPTIONS)))
    assert sum(len(batch.labels) for batch in first) == dataset.splits["train"]


def test_formats_and_layouts_are_the_same_pixels(colour):
    dataset, _ = colour
    stored = dataset.arrays("train", format="uint8", layout="nhwc").images
    planes = dataset.arrays("train", format="uint8").images
    assert np.array_equal(planes, stored.transpose(0, 3, 1, 2)) and planes.dtype == np.uint8
    unit = dataset.arrays("train", layout="nhwc").images
    assert np.array_equal(unit, stored.astype(np.float32) / np.float32(255))
    mean, deviation = np.float32([0.1, 0.2, 0.3]), np.float32([0.5, 0.25, 2])
    scaled = dataset.arrays(
        "train", layout="nhwc", format={"mean": [0.1, 0.2, 0.3], "deviation": [0.5, 0.25, 2]}).images
    assert np.allclose(scaled, (unit - mean) / deviation, rtol=1e-6, atol=1e-7)
    normalized = dataset.arrays("train", format="normalized").images
    assert abs(normalized.mean()) < 1e-4 and abs(normalized.std() - 1) < 0.05


def test_ranks_share_the_batches_of_one(dataset):
    whole = owned(dataset.batches("train", **OPTIONS))
    parts = [owned(dataset.batches("train", rank=(rank, 3), **OPTIONS)) for rank in range(3)]
    joined = [prep.Batch(*map(np.concatenate, zip(*batches))) for batches in zip(*parts)]
    assert same(whole, joined)


def test_folds_hold_out_what_the_provenance_says(dataset):
    folds = list(dataset.provenance()["fold"])
    held = dataset.arrays("validation", fold=1).ids
    kept = dataset.arrays("train", fold=1).ids
    # Statistics of what is trained on: those of the fold are not among them.
    images = dataset.arrays("train", fold=1, format="normalized").images
    assert abs(images.mean()) < 1e-4 and abs(images.std() - 1) < 1e-3
    assert all(folds[id] == 1 for id in held) and all(folds[id] in (0, 2) for id in kept)


def test_a_state_goes_on_with_the_next_batch(dataset):
    loader = dataset.loader("train", **OPTIONS)
    whole = owned(loader.epoch(2))
    state = loader.state(2, 1)
    resumed = dataset.loader("train", state=state, augment=OPTIONS["augment"], workers=1)
    assert resumed.start == (2, 1)
    assert same(owned(resumed.epoch(*resumed.start)), whole[1:])
    with pytest.raises(prep.UsageError, match="augmentation"):
        dataset.loader("train", state=state)


def test_arrays_are_in_the_loaders_memory_and_stay_valid_memory(dataset):
    batches = dataset.batches("train", batch_size=20)
    kept = [next(batches).images for _ in range(3)]
    assert all(not image.flags.owndata for image in kept)
    batches.close()
    del batches
    gc.collect()
    # What they hold may be anything, but it can be read.
    assert sum(float(image.sum()) for image in kept) >= 0
    assert kept[0].__dlpack_device__() == (1, 0)


def test_wrong_options_name_the_option(dataset):
    for options, words in [
        (dict(batch_size=-1), "batch_size"), (dict(format="float16"), "format must be"), (dict(layout="hwc"), "nchw, nhwc"),
        (dict(rank=(2, 2)), "2 of 2"), (dict(augment="turn=3"), "turn"), (dict(fold=7), "fold"), (dict(canvas="8x8"), "canvas"),
    ]:
        with pytest.raises(prep.UsageError, match=words):
            dataset.loader("train", **options)
    with pytest.raises(TypeError):
        dataset.loader("train", size=3)
    loader = dataset.loader("train")
    for ask in (loader.epoch, loader.state):
        for place, words in [((-1, 0), "negative"), ((0, len(loader) + 1), "the end"), ((0, -1), "step"),
                             ((2**64, 0), "epoch"), ((0, 2**64), "step")]:
            with pytest.raises(prep.UsageError, match=words):
                ask(*place)


def test_a_forked_process_opens_its_own(dataset):
    loader = dataset.loader("train", **OPTIONS)
    running = loader.epoch(0)
    next(running)
    expected = owned(loader.epoch(1))

    def child(queue):
        queue.put(same(expected, owned(loader.epoch(1))))

    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=child, args=(queue,)) for _ in range(3)]
    for process in processes:
        process.start()
    assert [queue.get(timeout=60) for _ in processes] == [True] * 3
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert len(list(running)) == len(loader) - 1


def test_threads_may_load_at_once(dataset):
    expected = owned(dataset.batches("train", **OPTIONS))
    results = []

    def load():
        results.append(same(expected, owned(dataset.batches("train", **OPTIONS))))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [True] * 4


def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("count", [int(os.environ.get("PREP_EPOCHS", 300))])
def test_epochs_that_are_dropped_leave_nothing(dataset, count):
    loader = dataset.loader("train", batch_size=20)

    def drop(number):
        for index in range(number):
            batches = loader.epoch(index)
            for _ in range(index % 4):
                next(batches)
            del batches

    drop(50)
    gc.collect()
    before, threads = rss(), threading.active_count()
    drop(count)
    gc.collect()
    assert rss() - before < 8 << 20
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/task")) < 40


EXIT = """
import os, random, signal, sys, threading, time
import prep
dataset = prep.open(sys.argv[1])
kind, delay = sys.argv[2], float(sys.argv[3])
def stop():
    time.sleep(delay)
    if kind == "exit": os._exit(3)
    os.kill(os.getpid(), signal.SIGINT if kind == "interrupt" else signal.SIGTERM)
if kind != "return": threading.Thread(target=stop, daemon=True).start()
end = time.monotonic() + (delay if kind == "return" else 60)
try:
    while time.monotonic() < end:
        for batch in dataset.batches("train", batch_size=7, augment="rotate=10", epoch=random.randrange(9)):
            if time.monotonic() >= end: sys.exit(0)
except KeyboardInterrupt:
    sys.exit(4)
"""


@pytest.mark.parametrize("rounds", [int(os.environ.get("PREP_EXITS", 3))])
@pytest.mark.parametrize(
    "kind, wanted", [("return", {0}), ("exit", {3}), ("interrupt", {4}), ("terminate", {-signal.SIGTERM})])
def test_an_interpreter_may_end_at_any_moment(dataset, kind, wanted, rounds):
    for seed in range(rounds):
        delay = random.Random(f"{kind} {seed}").uniform(0, 0.3)
        found = subprocess.run(
            [sys.executable, "-c", EXIT, dataset.folder, kind, str(delay)],
            timeout=60, capture_output=True, text=True)
        assert found.returncode in wanted, (seed, found.returncode, found.stderr)
        assert "Exception ignored" not in found.stderr


def test_numbers_of_numpy_are_options(dataset):
    options = dict(batch_size=np.int64(16), seed=np.uint8(3), shuffle=np.bool_(True))
    plain = dict(batch_size=16, seed=3, shuffle=True)
    assert same(owned(dataset.batches("train", **options)), owned(dataset.batches("train", **plain)))


def test_copies_open_their_own(dataset):
    loader = dataset.loader("train", **OPTIONS)
    for other in [pickle.loads(pickle.dumps(loader)), copy.deepcopy(loader)]:
        assert same(owned(other.epoch(1)), owned(loader.epoch(1)))
    assert pickle.loads(pickle.dumps(dataset)).digest == dataset.digest


def test_a_zero_byte_ends_no_path(dataset, tmp_path):
    for call in [lambda: prep.open("a\0b"), lambda: dataset.export("npz", f"{tmp_path}/a\0b"),
                 lambda: prep.prepare("a.zip", output="a\0b")]:
        with pytest.raises(ValueError, match="null byte"):
            call()
