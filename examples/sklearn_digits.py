"""Cross-validates a scikit-learn pipeline by the dataset's folds, and scores it on the test split.

Usage: python examples/sklearn_digits.py [DATASET], prepared with --folds
"""

import sys

import numpy as np
from sklearn.decomposition import PCA
from sklearn.model_selection import PredefinedSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

import prep


def samples(dataset, split):
    """A row of pixels for each image, labels, ids."""
    images, labels, ids = dataset.arrays(split)
    return images.reshape(len(images), -1), labels, ids


dataset = prep.open(sys.argv[1] if len(sys.argv) > 1 else "shards/kaggle")
model = make_pipeline(PCA(0.95, random_state=0), SVC(C=10))

# Folds divide train and validation together. Identical and nearly identical images are in the same fold, which random
# folds would not ensure.
if dataset.manifest["folds"]:
    parts = [samples(dataset, split) for split in ("train", "validation") if dataset.splits[split]]
    pixels, labels, ids = map(np.concatenate, zip(*parts))
    folds = np.asarray(dataset.provenance()["fold"])[ids].astype(int)
    scores = cross_val_score(model, pixels, labels, cv=PredefinedSplit(folds))
    print(f"accuracy in {len(scores)} folds: {scores.mean():.2f}, standard deviation {scores.std():.2f}")

pixels, labels, _ = samples(dataset, "train")
model.fit(pixels, labels)
pixels, labels, _ = samples(dataset, "test")
print(f"test accuracy {model.score(pixels, labels):.2f} of {len(labels)} images")
