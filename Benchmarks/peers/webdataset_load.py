"""Loads tar shards of PNG files and classes with WebDataset, two persistent workers.

Usage: webdataset_load.py FOLDER EPOCHS. Makes the folder FOLDER-tar with eight shards once.
"""

import webdataset

from loading import BATCH, WORKERS, arguments, make_once, png_names, time_epochs

SHARDS = 8


def fill(samples, folder):
    """Writes the shards, with equal numbers of samples."""
    size = -(-len(samples) // SHARDS)
    with webdataset.ShardWriter(f"{folder}/%02d.tar", maxcount=size, verbose=0) as writer:
        for path, label in samples:
            writer.write({"__key__": path.stem, "png": path.read_bytes(), "cls": label})


def main():
    folder, epochs, _ = arguments()
    samples = png_names(folder)
    shards = make_once(folder.with_name(f"{folder.name}-tar"), lambda new: fill(samples, new))
    dataset = (
        webdataset.WebDataset(sorted(map(str, shards.glob("*.tar"))), shardshuffle=SHARDS)
        .shuffle(1000).decode("torchl").to_tuple("png", "cls").batched(BATCH)
    )
    loader = webdataset.WebLoader(dataset, batch_size=None, num_workers=WORKERS, persistent_workers=True)
    time_epochs(loader, epochs, len(samples))


if __name__ == "__main__":
    main()
