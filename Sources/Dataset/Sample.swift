// One labelled image of a dataset, as metadata: who it is and where it came from.

/// The identity of a sample within a dataset: its row in the provenance, which is its position
/// among all accepted samples in key order.
public struct SampleID: RawRepresentable, Sendable, Hashable, Comparable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static func < (a: SampleID, b: SampleID) -> Bool { a.rawValue < b.rawValue }
}

/// Width and height in pixels.
public struct ImageSize: Sendable, Hashable, Codable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Pixels in an image of this size.
    public var area: Int { width * height }
}

extension ImageSize: CustomStringConvertible {
    public var description: String { "\(width)x\(height)" }
}
