// The images of prepared datasets, brought to one size, ready to be compared.

package import Dataset
internal import Foundation
internal import Imaging
internal import Parallel
package import Shards

/// A prepared dataset, or one split of it.
package struct DatasetPart: Sendable {
    package let dataset: PreparedDataset
    /// `nil` for all.
    package let split: Split?

    /// Opens `FOLDER` or `FOLDER:SPLIT`. Throws as ``PreparedDataset/init(_:)`` does.
    package init(_ text: String) throws {
        let colon = text.lastIndex(of: ":")
        let name = colon.map { String(text[text.index(after: $0)...]) }
        let split = name.flatMap(Split.init(rawValue:))
        if let name, split == nil, !FileManager.default.fileExists(atPath: text) {
            throw PipelineError.noSuchSplit(name)
        }
        dataset = try PreparedDataset(split == nil ? text : String(text[..<(colon ?? text.endIndex)]))
        self.split = split
    }
}

/// Images without augmented copies, numbered part by part, in the order of their ids.
struct DatasetImages {
    /// One image.
    struct Item: Sendable {
        let part: Int
        let row: ProvenanceRow
        var slot: UInt32 = 0
        var pixels = ShortDigest(Digest(of: ""))
        var isBlank = false
        /// As `ImageMeasures` has it.
        var plain: UInt8 = 0
    }

    private(set) var items: [Item]
    let shape: ImageShape
    let store: PixelStore

    /// Reads all images; at the smaller width and height, and in gray, if those of the parts differ.
    init(_ parts: [DatasetPart], memory: Int, workers: Int) throws {
        let shapes = parts.map(\.dataset.manifest.image)
        let target = ImageShape(
            size: ImageSize(
                width: shapes.map(\.size.width).min() ?? 1, height: shapes.map(\.size.height).min() ?? 1),
            channels: shapes.map(\.channels).min() ?? 1)
        shape = target
        let store = PixelStore(
            imageBytes: target.byteCount, memory: memory,
            scratchFolder: FileManager.default.temporaryDirectory.path)
        self.store = store
        var all: [Item] = []
        for (number, part) in parts.enumerated() {
            let rows = try part.dataset.provenance()
            // Position in `all` of each id.
            var positions = [Int?](repeating: nil, count: rows.count)
            for (id, row) in rows.enumerated() where part.split == nil || row.split == part.split {
                positions[id] = all.count
                all.append(Item(part: number, row: row))
            }
            let items = Lock(all)
            let known = positions
            let shape = part.dataset.manifest.image
            try part.dataset.forEachBlockOfOriginals(of: part.split, workers: workers) { originals, pixels in
                let read = try Self.bring(pixels, shape, originals, to: target, into: store)
                items.withLock { items in
                    for image in read {
                        guard let position = known[image.id] else { continue }
                        items[position].slot = image.slot
                        items[position].pixels = image.pixels
                        items[position].isBlank = image.isBlank
                        items[position].plain = image.plain
                    }
                }
            }
            all = items.withLock { $0 }
        }
        items = all
    }

    private typealias Image = (id: Int, slot: UInt32, pixels: ShortDigest, isBlank: Bool, plain: UInt8)

    /// The originals of a block, in another shape, and stored.
    private static func bring(
        _ pixels: [UInt8], _ shape: ImageShape, _ originals: [(id: Int, row: Int)], to target: ImageShape,
        into store: PixelStore
    ) throws -> [Image] {
        let resize = Resize(size: target.size)
        var buffer = PixelBuffer()
        var workspace = Workspace()
        return try originals.map { id, row in
            buffer.reshape(shape)
            let bytes = shape.byteCount
            _ = buffer.mutableBytes.update(fromContentsOf: pixels[row * bytes..<(row + 1) * bytes])
            if shape.channels > target.channels { Grayscale().apply(to: &buffer, workspace: &workspace) }
            if shape.size != target.size { resize.apply(to: &buffer, workspace: &workspace) }
            let slot = try store.reserve(1).lowerBound
            try store.write(buffer.bytes, from: slot)
            let measures = ImageMeasures(source: buffer, workspace: &workspace)
            return (
                id, UInt32(slot), ShortDigest(Digest(of: UnsafeRawBufferPointer(buffer.bytes))),
                Quality.isBlank(measures, FindingKind.blank.threshold), measures.plain
            )
        }
    }
}
