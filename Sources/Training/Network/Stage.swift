// Layers that take the same images one after the other, while these are in the cache.

/// Layers that need no other image than the one that they compute. A micro-batch's activations do not fit the second-level
/// cache; those of some of its images do, from the first of these layers to the last.
struct Stage {
    private(set) var layers: [any Layer] = []
    /// Floats of an image that the layers read and write forward.
    private var floats: Int
    private let cache: Int
    /// Whether another layer may follow.
    private(set) var isOpen = true
    /// Whether a linear layer reads all of its weights each time.
    private var isLinear = false

    /// Floats that should fit the cache. Backward there are gradients, too, and padded copies.
    static let cache = 1 << 17

    /// - Parameter cache: floats that should fit the cache
    init(cache: Int, _ input: FeatureShape) {
        self.cache = cache
        floats = input.count
    }

    mutating func append(_ layer: any Layer, _ placed: PlacedLayer) {
        // Moments write nothing.
        if !(layer is BatchMoments) { floats += placed.output.count }
        layers.append(layer)
        if layer is Linear { isLinear = true }
        // Pooled images are small: of those after it, more fit the cache.
        if case .maxPool = placed.specification { isOpen = false }
    }

    /// Calls `body` for some images after the others.
    func forEachGroup(of pass: Pass, _ body: (Pass) -> Void) {
        let group = isLinear ? pass.count : max(cache / floats, 1)
        for first in stride(from: 0, to: pass.count, by: group) {
            var images = pass
            images.images = Images(
                part: pass.images.part, first: first, count: min(group, pass.count - first))
            body(images)
        }
    }
}
