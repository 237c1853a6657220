// Global mode: the whole split is decoded in memory, or mapped if it is not compressed.

internal import CKernels
internal import Dataset
internal import Parallel
internal import Shards
internal import Storage

/// All pixels of a split, ready to be gathered in any order.
final class ResidentPixels: @unchecked Sendable {
    private let rows: SplitRows
    /// Where each shard's pixels begin.
    private let bases: [UnsafePointer<UInt8>]
    private let owned: [UnsafeMutablePointer<UInt8>]
    private let mapped: [MappedFile]
    /// Seconds of reading and decoding, summed over workers.
    let loadSeconds: Double

    /// Decodes all blocks on `workers` threads. Uncompressed shards are mapped, and their digests checked.
    init(_ rows: SplitRows, workers: Int) throws {
        self.rows = rows
        var (bases, owned, mapped): ([UnsafePointer<UInt8>], [UnsafeMutablePointer<UInt8>], [MappedFile]) = (
            [], [], []
        )
        for (shard, reader) in rows.readers.enumerated() {
            let record = reader.record
            if !rows.isUncompressed {
                let count = rows.firstRows[shard + 1] - rows.firstRows[shard]
                let memory = allocateLarge(count * rows.imageBytes, of: UInt8.self)
                owned.append(memory)
                bases.append(UnsafePointer(memory))
            } else {
                let file = try MappedFile("\(rows.folder)/\(record.name)")
                guard let base = file.bytes.baseAddress, file.bytes.count == record.bytes else {
                    throw LoaderError.changed(file: file.path)
                }
                mapped.append(file)
                bases.append(base.assumingMemoryBound(to: UInt8.self) + record.frames[0].contentBytes)
            }
        }
        (self.bases, self.owned, self.mapped) = (bases, owned, mapped)
        let start = monotonicSeconds()
        do {
            try Self.load(rows, bases, owned.isEmpty, workers)
        } catch {
            for memory in owned { memory.deallocate() }
            throw error
        }
        loadSeconds = (monotonicSeconds() - start) * Double(workers)
    }

    deinit { for memory in owned { memory.deallocate() } }

    private struct Bases: @unchecked Sendable {
        let pointers: [UnsafePointer<UInt8>]
    }

    private static func load(
        _ rows: SplitRows, _ bases: [UnsafePointer<UInt8>], _ isMapped: Bool, _ workers: Int
    ) throws {
        let bases = Bases(pointers: bases)
        let decoders = (0..<workers).map { _ in BlockDecoder() }
        try forEachIndex(below: rows.blocks.count, workers: workers) { (worker, index) throws in
            let block = rows.blocks[index]
            let offset = (block.rows.lowerBound - rows.firstRows[block.shard]) * rows.imageBytes
            let pixels = bases.pointers[block.shard] + offset
            if isMapped {
                let bytes = UnsafeRawBufferPointer(start: pixels, count: block.rows.count * rows.imageBytes)
                try rows.readers[block.shard].check(bytes, block: block.number)
            } else {
                try rows.read(block, into: UnsafeMutablePointer(mutating: pixels), using: decoders[worker])
            }
        }
    }

    /// Throws if a mapped file has become shorter, because reading beyond its end would crash.
    func checkMappings() throws(LoaderError) {
        for file in mapped where !file.isWhole { throw .changed(file: file.path) }
    }

    /// Asks for the pixels of a row that is next but one.
    func prefetch(row: Int) { kernels_prefetch(pixels(ofRow: row), min(rows.imageBytes, 4096)) }

    func pixels(ofRow row: Int) -> UnsafePointer<UInt8> {
        // Shards are nearly equal in size, so the guess is close.
        var shard = min(row * bases.count / rows.ids.count, bases.count - 1)
        while row < rows.firstRows[shard] { shard -= 1 }
        while row >= rows.firstRows[shard + 1] { shard += 1 }
        return bases[shard] + (row - rows.firstRows[shard]) * rows.imageBytes
    }
}

/// Resident pixels in the order of one epoch.
struct ResidentEpoch: PixelSource {
    let resident: ResidentPixels
    let order: SampleOrder
    /// Images that are asked for before their turn. One takes longer than memory to answer, if it is not tiny.
    private static let ahead = 2

    func forEach(
        _ places: Range<Int>, _ measures: inout WorkMeasures,
        _ body: (_ index: Int, _ row: Int, _ pixels: UnsafePointer<UInt8>) -> Void
    ) throws {
        try resident.checkMappings()
        order.rows.withUnsafeBufferPointer { rows in
            for place in places {
                let soon = Int(rows[(place + Self.ahead) % rows.count])
                resident.prefetch(row: soon)
                let row = Int(rows[place % rows.count])
                body(place - places.lowerBound, row, resident.pixels(ofRow: row))
            }
        }
    }
}
