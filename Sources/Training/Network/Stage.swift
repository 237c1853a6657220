// Layers that take the same images one after the other, while these are in the cache.

/// Layers that need no other image than the one that they compute. A micro-batch's activations do not fit the second-level
/// cache; those of some of its images do, from the first of these layers to the last.
struct Stage {
    private(set) var layers: [any Layer] = []
    /// Floats of an image that the layers read and write forward.
    private var floats = 0
    /// Whether another layer may follow.
    private(set) var isOpen = true

    /// Floats that should fit the cache. Backward there are gradients, too, and padded copies.
    static let cache = 1 << 16

    private let cache: Int

    init(cache: Int) { self.cache = cache }

    mutating func append(_ layer: any Layer, _ placed: PlacedLayer) {
        if layers.isEmpty { floats = placed.input.count }
        floats += placed.output.count
        layers.append(layer)
        // Pooled images are small: of those after it, more fit the cache.
        if case .maxPool = placed.specification { isOpen = false }
    }

    /// Calls `body` for some images after the others.
    func forEachGroup(of pass: Pass, _ body: (Pass) -> Void) {
        // Linear layers read all of their weights each time.
        let isLinear = layers.contains { $0 is Linear }
        let group = isLinear ? pass.count : max(cache / floats, 1)
        for first in stride(from: 0, to: pass.count, by: group) {
            var images = pass
            images.images = Images(
                part: pass.images.part, first: first, count: min(group, pass.count - first))
            body(images)
        }
    }
}
