// Counts the samples of each class and takes the mean pixel of a dataset's train split, in Swift.
//
// It is the main.swift of a package that depends on the product PrepLoader.
// Usage: load [DATASET]

import Loader
import Shards

let dataset = try PreparedDataset(CommandLine.arguments.dropFirst().first ?? "shards/kaggle")
var options = LoaderOptions()
options.batchSize = 64
options.format = .unit
let loader = try DataLoader(dataset, split: .train, options: options)

var samples = [Int](repeating: 0, count: loader.classes.count)
var (sum, pixels) = (0.0, 0)
for try await batch in try loader.epoch(0) {
    // A batch is valid until the next one: what must live longer is copied.
    for label in batch.labels { samples[Int(label)] += 1 }
    for value in batch.floats { sum += Double(value) }
    pixels += batch.floats.count
}

for (name, count) in zip(loader.classes, samples) { print("class \(name): \(count)") }
print("\(loader.sampleCount) images, mean pixel \(sum / Double(pixels))")
