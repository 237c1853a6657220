"""Loads local MDS shards of raw pixels with MosaicML Streaming, two persistent workers.

Usage: streaming_load.py FOLDER EPOCHS. Makes FOLDER-mds once. It stores raw pixels, which load faster than
its PNG encoding.
"""

from loading import BATCH, WORKERS, allow_torchvision, arguments, images_and_labels, make_once, time_epochs

note = allow_torchvision()  # streaming imports it

import numpy as np  # noqa: E402
import torch  # noqa: E402
from streaming import MDSWriter, StreamingDataLoader, StreamingDataset  # noqa: E402
from streaming.base.util import clean_stale_shared_memory  # noqa: E402


class Samples(StreamingDataset):
    """The samples as float tensors."""

    def __getitem__(self, index):
        sample = super().__getitem__(index)
        pixels = sample["image"].astype(np.float32)
        return torch.from_numpy(pixels).div_(255).unsqueeze_(0), sample["label"]


def fill(images, labels, folder):
    """Writes the shards."""
    columns = {"image": "ndarray:uint8:28,28", "label": "int"}
    with MDSWriter(out=str(folder), columns=columns, size_limit=1 << 23) as writer:
        for image, label in zip(images, labels):
            writer.write({"image": np.array(image), "label": int(label)})


def main():
    folder, epochs, _ = arguments()
    images, labels = images_and_labels(folder)
    shards = make_once(folder.with_name(f"{folder.name}-mds"), lambda new: fill(images, labels, new))
    clean_stale_shared_memory()
    dataset = Samples(local=str(shards), shuffle=True, batch_size=BATCH)
    loader = StreamingDataLoader(dataset, batch_size=BATCH, num_workers=WORKERS, persistent_workers=True)
    time_epochs(loader, epochs, len(labels), note)


if __name__ == "__main__":
    main()
