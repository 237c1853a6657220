// Turns a dataset's pixels into a recipe's input.

internal import Dataset
internal import Imaging
internal import Loader
internal import Shards

extension Recipe {
    /// Loader options for `dataset`: the pixel format, and a canvas if its images are smaller than the input.
    func loaderOptions(for dataset: PreparedDataset) throws(TrainingError) -> LoaderOptions {
        var options = LoaderOptions()
        let image = dataset.manifest.image
        guard image.channels == input.channels else {
            throw .otherChannels(folder: dataset.folder, found: image, recipe: name)
        }
        options.format = pixels
        // As activations are in memory.
        options.layout = .nhwc
        if image != input {
            guard Canvas(input.size, around: image) != nil else {
                throw .imageTooLarge(found: image.size, input: input.size, recipe: name)
            }
            options.canvas = input.size
        }
        return options
    }

    /// An image of `size`, padded to the input's size with its background.
    func placed(_ image: [UInt8], of size: ImageSize) throws(TrainingError) -> [UInt8] {
        guard size != input.size else { return image }
        guard let canvas = Canvas(input.size, around: ImageShape(size: size, channels: input.channels)) else {
            throw .imageTooLarge(found: size, input: input.size, recipe: name)
        }
        let bytes = canvas.shape.byteCount
        return [UInt8](unsafeUninitializedCapacity: bytes) { target, count in
            count = bytes
            image.withUnsafeBufferPointer {
                canvas.place($0, on: UnsafeMutableBufferPointer(rebasing: target[0..<bytes]))
            }
        }
    }

    /// The floats that the network reads.
    func normalized(_ image: [UInt8]) -> [Float] {
        guard case .float(let mean, let deviation) = pixels else { return image.map(Float.init) }
        return [Float](unsafeUninitializedCapacity: image.count) { target, count in
            count = image.count
            image.withUnsafeBufferPointer { source in
                if let base = target.baseAddress {
                    normalize(source, mean: mean, deviation: deviation, into: base)
                }
            }
        }
    }
}
