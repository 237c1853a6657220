// Filters that whiten patches of images, for the first convolution.

internal import Dataset
internal import Loader

/// Filters under which patches of the train images have uncorrelated outputs of variance 1: the eigenvectors of the
/// patches' second moments, each divided by the root of its eigenvalue, and then their negatives, since a ReLU would
/// lose half of each. A network whose first layer they are needs about half as many epochs (Jordan, “94% on CIFAR-10 in
/// 3.29 Seconds on a Single GPU”, 2024, section 3.2, after Page, “How to Train Your ResNet”, 2019).
enum Whitening {
    /// Added to the eigenvalues, as Jordan does, since the last are hardly more than noise.
    private static let epsilon = 5e-4
    /// The most values of a patch, since moments take their square and eigenvectors their cube in time.
    private static let valueLimit = 512
    /// Images whose patches are counted: the first of a shuffled epoch.
    private static let imageLimit = 2048

    /// Why a network cannot begin with such filters in its first layer, if it cannot.
    static func problem(of layer: LayerSpecification, _ input: FeatureShape) -> String? {
        guard case .convolution(let filters, let kernel, _) = layer else {
            return "whitening needs a convolution as the first layer"
        }
        guard kernel <= min(input.height, input.width) else {
            return
                "whitening needs patches of \(kernel)x\(kernel) in images of \(input.width)x\(input.height)"
        }
        let values = kernel * kernel * input.channels
        guard values <= valueLimit else {
            return "whitening patches of \(values) values takes too long; the limit is \(valueLimit)"
        }
        let needed = 2 * values
        return filters == needed
            ? nil : "whitening a kernel of \(kernel) takes \(needed) filters, two for each value of a patch"
    }

    /// The filters in PyTorch's order. Reads the split once more than the training does, before it begins.
    ///
    /// - Parameters:
    ///   - weight: OIHW
    ///   - images: of the train split, as the network reads them
    static func filters(of weight: Parameter, on images: DataLoader) throws -> [Float] {
        let (channels, kernel) = (weight.shape[1], weight.shape[3])
        var moments = SymmetricMatrix(order: channels * kernel * kernel)
        var (seen, patches) = (0, 0)
        let stream = try images.batches(epoch: 0)
        while seen < imageLimit, let batch = try stream.next() {
            let count = min(batch.count, imageLimit - seen)
            patches += add(batch.floats, count: count, images.imageShape, kernel, to: &moments)
            seen += count
        }
        moments.divide(by: Double(max(patches, 1)))
        let directions = moments.eigenvectors().flatMap { value, vector in
            vector.map { Float($0 / (max(value, 0) + epsilon).squareRoot()) }
        }
        return directions + directions.map(-)
    }

    /// Adds the patches of `count` images, whose channels are interleaved, and returns their number.
    private static func add(
        _ pixels: UnsafeBufferPointer<Float>, count: Int, _ shape: ImageShape, _ kernel: Int,
        to moments: inout SymmetricMatrix
    ) -> Int {
        let (width, channels, area) = (shape.size.width, shape.channels, kernel * kernel)
        let (columns, rows) = (width - kernel + 1, shape.size.height - kernel + 1)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: channels * area) { patch in
            patch.initialize(repeating: 0)
            for place in 0..<count * rows * columns {
                let (image, y, x) = (
                    place / (rows * columns), place / columns % rows, place % columns
                )
                let first = image * shape.byteCount + (y * width + x) * channels
                for spot in 0..<area {
                    let source = first + (spot / kernel * width + spot % kernel) * channels
                    for channel in 0..<channels {
                        patch[channel * area + spot] = Double(pixels[source + channel])
                    }
                }
                moments.addSquare(of: UnsafeBufferPointer(patch))
            }
        }
        return count * rows * columns
    }
}

extension WeightSet {
    /// Sets the filters of the first convolution.
    ///
    /// - Parameter images: of the train split, as the network reads them
    func whiten(on images: DataLoader) throws {
        let weight = architecture.layers[0].parameters[0]
        weight.set(try Whitening.filters(of: weight, on: images), in: buffer)
    }
}
