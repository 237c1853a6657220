"""PyTorch's side. Oracle: the batches of `prep.Dataset` itself."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import prep.torch  # noqa: E402

OPTIONS = dict(batch_size=50, seed=5, augment="rotate=10")


def owned(loader):
    return [(images.clone(), labels.clone()) for images, labels in loader]


def same(one, other):
    return len(one) == len(other) and all(
        torch.equal(a, c) and torch.equal(b, d) for (a, b), (c, d) in zip(one, other))


def test_each_iteration_is_the_next_epoch(dataset):
    loader = prep.torch.DataLoader(dataset, "train", **OPTIONS)
    for epoch in (0, 1):
        for (images, labels), batch in zip(loader, dataset.batches("train", epoch=epoch, **OPTIONS), strict=True):
            assert images.dtype == torch.float32 and labels.dtype == torch.int64
            assert np.array_equal(images.numpy(), batch.images) and np.array_equal(labels.numpy(), batch.labels)
    assert len(loader) == len(dataset.loader("train", **OPTIONS))


def test_a_state_in_the_middle_goes_on_with_the_same_batches(dataset):
    first = prep.torch.DataLoader(dataset.folder, "train", **OPTIONS)
    first.set_epoch(4)
    whole = owned(first)
    first.set_epoch(4)
    for step, _ in enumerate(first):
        if step == 1:
            state = first.state_dict()
    second = prep.torch.DataLoader(dataset.folder, "train", **OPTIONS)
    second.load_state_dict(state)
    assert same(owned(second), whole[2:])
    # Then comes the next epoch, for both.
    assert same(owned(second), owned(first))
    # At the end of an epoch, the next one begins.
    second.load_state_dict(first.state_dict())
    assert len(owned(second)) == len(second)


def test_a_pass_that_is_left_is_followed_by_a_whole_epoch(dataset):
    loader = prep.torch.DataLoader(dataset, "train", **OPTIONS)
    next(iter(loader))
    assert len(owned(loader)) == len(loader)


def test_samples_one_by_one_are_those_of_the_split(dataset):
    samples = prep.torch.Dataset(dataset, "validation")
    images, labels, _ = dataset.arrays("validation")
    loader = torch.utils.data.DataLoader(samples, batch_size=len(samples))
    (all_images, all_labels), = loader
    assert np.array_equal(all_images.numpy(), images) and np.array_equal(all_labels.numpy(), labels)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_workers_of_pytorchs_own_loader_get_batches_of_their_own(dataset, workers):
    class Batches(torch.utils.data.IterableDataset):
        def __iter__(self):
            yield from prep.torch.DataLoader(dataset, "train", batch_size=16, seed=5)

    found = list(torch.utils.data.DataLoader(Batches(), batch_size=None, num_workers=workers))
    wanted = list(prep.torch.DataLoader(dataset, "train", batch_size=16, seed=5, copy=True))
    assert len(found) == len(wanted)
    assert all(torch.equal(a[0], b[0]) and torch.equal(a[1], b[1]) for a, b in zip(found, wanted))


def test_a_state_of_another_split_is_refused(dataset):
    state = prep.torch.DataLoader(dataset, "train").state_dict()
    validation = prep.torch.DataLoader(dataset, "validation")
    with pytest.raises(prep.UsageError, match="split: the state was saved with train"):
        validation.load_state_dict(state)
    prep.torch.DataLoader(dataset, "train").load_state_dict(state)
