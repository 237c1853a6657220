// Consecutive entries and one buffer for their bytes, reused from batch to batch.

internal import Dataset

/// Entries and their bytes. Each worker owns one and refills it.
package struct EntryBatch {
    package private(set) var entries: [Entry] = []
    /// Longer than `count`, so that reading more needs no zeroing first.
    private var storage: [UInt8]
    /// Bytes of `storage` in use.
    private(set) var count = 0

    /// A batch is full at this many entries or bytes: enough that turns are cheap, few enough to share work evenly.
    static let entryLimit = 256
    static let byteLimit = 256 << 10

    package init() { storage = Array(repeating: 0, count: Self.byteLimit * 2) }

    var isFull: Bool { entries.count >= Self.entryLimit || count >= Self.byteLimit }

    /// The bytes of `entry`, which must be one of `entries`.
    package func withBytes<R, E: Error>(
        of entry: Entry, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try withBytes(entry.range, body)
    }

    func withBytes<R, E: Error>(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try storage.withUnsafeBufferPointer { (all) throws(E) -> R in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[range])))
        }
    }

    package mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        count = 0
        // Do not keep the memory of one huge entry for the rest of the preparation.
        if storage.count > 8 * Self.byteLimit { self = EntryBatch() }
    }

    /// Lets `fill` write up to `limit` bytes at the end; it returns how many it wrote.
    mutating func append<E: Error>(
        upTo limit: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) {
        if storage.count < count + limit {
            let missing = max(count + limit - storage.count, storage.count)
            storage.append(contentsOf: repeatElement(0, count: missing))
        }
        let start = count
        count += try storage.withUnsafeMutableBufferPointer { (all) throws(E) -> Int in
            try fill(
                UnsafeMutableRawBufferPointer(
                    UnsafeMutableBufferPointer(rebasing: all[start..<start + limit])))
        }
    }

    /// Drops the bytes from `start` on.
    mutating func truncate(to start: Int) { count = start }

    /// Adds an entry whose bytes were appended from `start` on.
    mutating func append(_ path: EntryPath, _ content: Entry.Content, from start: Int) {
        append(key: path.key, label: path.label, content, from: start)
    }

    mutating func append(
        key: Key, label: Key?, _ content: Entry.Content, from start: Int, split: Split? = nil
    ) {
        entries.append(
            Entry(key: key, label: label, content: content, split: split, range: start..<count))
    }
}
