// Applies an augmentation to image after image, with memory that is allocated once.

package import Dataset

/// Augments images of one shape. What it keeps between images is memory, no state.
package struct Augmenter: ~Copyable {
    private let augmentation: Augmentation
    private let workspace: AugmentationWorkspace
    /// Two images, which operations read and write in turn.
    private let images: (UnsafeMutableBufferPointer<UInt8>, UnsafeMutableBufferPointer<UInt8>)

    package init(_ augmentation: Augmentation, shape: ImageShape) {
        self.augmentation = augmentation
        workspace = AugmentationWorkspace(augmentation, shape: shape)
        let second = augmentation.steps.count > 1 ? shape.byteCount : 0
        let first = augmentation.steps.isEmpty ? 0 : shape.byteCount
        images = (.allocate(capacity: first), .allocate(capacity: second))
        images.0.initialize(repeating: 0)
        images.1.initialize(repeating: 0)
    }

    deinit {
        images.0.deallocate()
        images.1.deallocate()
    }

    /// `source`, changed by what `random` draws. The result is `source` itself, or valid until the next call.
    package func augment(
        _ source: UnsafeBufferPointer<UInt8>, _ random: inout SeededRandom
    ) -> UnsafeBufferPointer<UInt8> {
        precondition(source.count == workspace.shape.byteCount)
        var (current, target, spare) = (source, images.0, images.1)
        for step in augmentation.steps {
            // What is always applied needs no draw to decide it.
            let applies = step.probability == 1 || random.unit() < step.probability
            step.operation.change(&random, applies: applies, from: current, to: target, in: workspace)
            if applies {
                current = UnsafeBufferPointer(target)
                swap(&target, &spare)
            }
        }
        return current
    }
}

/// Memory that operations share.
package struct AugmentationWorkspace: ~Copyable {
    package let shape: ImageShape
    /// Without memory unless a step moves pixels by fractions.
    let sampler: BilinearSampler
    /// Drawn only by an elastic step, of which there is one at most.
    let field: DisplacementField

    package init(_ augmentation: Augmentation, shape: ImageShape) {
        self.shape = shape
        let samples = augmentation.steps.contains { $0.operation is RandomAffine || $0.operation is Elastic }
        sampler = BilinearSampler(shape: shape, isUsed: samples)
        let elastic = augmentation.steps.lazy.compactMap { $0.operation as? Elastic }.first
        field = DisplacementField(size: shape.size, sigma: elastic?.sigma)
    }
}
