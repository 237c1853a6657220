// A small gray image, and a sample with one: what contact sheets, mistakes and findings show.

public import Dataset

/// Row-major gray pixels, 0...255, one byte each.
public struct GrayImage: Sendable, Equatable {
    public let size: ImageSize
    public let pixels: [UInt8]

    public init(size: ImageSize, pixels: [UInt8]) {
        precondition(pixels.count == size.area)
        self.size = size
        self.pixels = pixels
    }

    /// The image with its longer side reduced to at most `side` pixels, by averaging; small ones stay as they are.
    public func reduced(to side: Int) -> GrayImage {
        let factor = (max(size.width, size.height) + side - 1) / max(side, 1)
        guard factor > 1 else { return self }
        let small = ImageSize(
            width: (size.width + factor - 1) / factor, height: (size.height + factor - 1) / factor)
        var result: [UInt8] = []
        result.reserveCapacity(small.area)
        for top in stride(from: 0, to: size.height, by: factor) {
            for left in stride(from: 0, to: size.width, by: factor) {
                let (bottom, right) = (min(top + factor, size.height), min(left + factor, size.width))
                var sum = 0
                for y in top..<bottom {
                    for x in left..<right { sum += Int(pixels[y * size.width + x]) }
                }
                let count = (bottom - top) * (right - left)
                result.append(UInt8((sum + count / 2) / count))
            }
        }
        return GrayImage(size: small, pixels: result)
    }
}

/// One sample as a page shows it: its image, and what leads back to its source.
public struct SampleView: Sendable {
    /// Where the original of a sample is stored.
    public struct Place: Sendable, Equatable {
        public var split: Split
        public var shard: Int
        public var slot: Int

        public init(split: Split, shard: Int, slot: Int) {
            self.split = split
            self.shard = shard
            self.slot = slot
        }
    }

    public var image: GrayImage
    /// Its path in the source.
    public var key: String
    /// Class name; `nil` where the page says it elsewhere.
    public var label: String?
    public var place: Place?
    /// SHA-256 of the source file.
    public var source: Digest?

    public init(
        image: GrayImage, key: String, label: String? = nil, place: Place? = nil, source: Digest? = nil
    ) {
        self.image = image
        self.key = key
        self.label = label
        self.place = place
        self.source = source
    }

    /// What is shown when it is pointed at: key; class, split, shard and row; digest, a line each.
    var details: String {
        var lines = [key]
        var facts: [String] = []
        if let label { facts.append("class \(label)") }
        if let place { facts.append("\(place.split.rawValue), shard \(place.shard), row \(place.slot)") }
        if !facts.isEmpty { lines.append(facts.joined(separator: " · ")) }
        if let source { lines.append("source SHA-256 \(source.hex)") }
        return lines.joined(separator: "\n")
    }
}
