// Holds staged pixels until shards are written: in memory up to a budget, in a scratch file beyond it.

internal import Parallel
internal import Dataset
internal import Foundation
internal import Storage

/// Images of one size in numbered slots. Different slots may be written and read from
/// different threads at once; a slot is read only after all writing has ended.
///
/// Beyond the budget, slots live in an unlinked file and are written and read by `pwrite` and `pread`
/// rather than through a mapping: shuffled reads through a mapping would make the whole file
/// resident, and the point of a budget is that memory stays flat.
final class PixelStore: @unchecked Sendable {
    /// Bytes of an image as delivered.
    var imageBytes: Int { takesGray ? storedBytes / 3 : storedBytes }
    /// Bytes of a slot.
    private let storedBytes: Int
    /// Whether images in colour are delivered in gray: because red, green and blue are equal in all of them. Set before
    /// the first slot is read.
    var takesGray = false
    private let slotsPerChunk: Int
    private let chunkLimit: Int
    /// Room for every chunk's address from the start, so that growing never moves it. Entry k is
    /// written once, under `slots`' lock, before any slot of chunk k is handed out.
    private let chunks: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>
    private let slots: Lock<Int>
    private let scratch: ScratchFile
    /// Files that hold all slots, instead of memory and scratch file.
    private let parts: [PixelFile]
    private let starts: [Int]

    /// Images that are held, read or written together, 4 MB of them.
    static func imagesPerChunk(_ imageBytes: Int) -> Int { max((4 << 20) / imageBytes, 1) }

    /// - Parameters:
    ///   - imageBytes: bytes per slot
    ///   - memory: bytes that may be held in memory
    ///   - scratchFolder: an existing folder for the scratch file, if one is needed
    init(imageBytes: Int, memory: Int, scratchFolder: String) {
        storedBytes = imageBytes
        slotsPerChunk = Self.imagesPerChunk(imageBytes)
        chunkLimit = max(memory / (slotsPerChunk * imageBytes), 0)
        chunks = .allocate(capacity: max(chunkLimit, 1))
        chunks.initialize(repeating: nil, count: max(chunkLimit, 1))
        slots = Lock(0)
        scratch = ScratchFile(folder: scratchFolder)
        (parts, starts) = ([], [])
    }

    /// Images that lie in files already.
    ///
    /// - Parameter files: and the slot of the first image of each, in the order of slots
    init(imageBytes: Int, files: [(file: PixelFile, first: Int)]) {
        storedBytes = imageBytes
        (slotsPerChunk, chunkLimit) = (1, 0)
        chunks = .allocate(capacity: 1)
        chunks.initialize(repeating: nil, count: 1)
        slots = Lock(0)
        scratch = ScratchFile(folder: "")
        (parts, starts) = (files.map(\.file), files.map(\.first))
    }

    deinit {
        for index in 0..<chunkLimit { chunks[index]?.deallocate() }
        chunks.deallocate()
    }

    /// Slots handed out so far.
    var count: Int { slots.withLock { $0 } }

    /// Bytes that went to the scratch file.
    var scratchBytes: Int { max(count - chunkLimit * slotsPerChunk, 0) * storedBytes }

    /// Hands out `count` consecutive slots.
    func reserve(_ count: Int) throws(PipelineError) -> Range<Int> {
        let range = slots.withLock { next in
            let range = next..<next + count
            next = range.upperBound
            for chunk in range.lowerBound / slotsPerChunk..<(range.upperBound + slotsPerChunk - 1)
                / slotsPerChunk
            where chunk < chunkLimit && chunks[chunk] == nil {
                chunks[chunk] = .allocate(capacity: slotsPerChunk * storedBytes)
            }
            return range
        }
        if range.upperBound > chunkLimit * slotsPerChunk { try scratch.open() }
        return range
    }

    /// Fills consecutive slots from `first` on.
    func write(_ pixels: UnsafeBufferPointer<UInt8>, from first: Int) throws(PipelineError) {
        for index in 0..<pixels.count / storedBytes {
            let image = UnsafeBufferPointer(
                rebasing: pixels[index * storedBytes..<(index + 1) * storedBytes])
            if let slot = resident(first + index) {
                guard let base = image.baseAddress else { continue }
                slot.update(from: base, count: storedBytes)
            } else {
                try scratch.write(image, at: scratchOffset(first + index))
            }
        }
    }

    /// Copies a slot to `output`, which holds `imageBytes`.
    func read(_ slot: Int, into output: UnsafeMutablePointer<UInt8>) throws(PipelineError) {
        guard takesGray else { return try readStored(slot, into: output) }
        let colour = UnsafeMutablePointer<UInt8>.allocate(capacity: storedBytes)
        defer { colour.deallocate() }
        try readStored(slot, into: colour)
        for index in 0..<imageBytes { output[index] = colour[3 * index] }
    }

    private func readStored(_ slot: Int, into output: UnsafeMutablePointer<UInt8>) throws(PipelineError) {
        if let pixels = resident(slot) {
            output.update(from: pixels, count: storedBytes)
        } else if !parts.isEmpty {
            try readPart(slot, into: output)
        } else {
            try scratch.read(
                UnsafeMutableBufferPointer(start: output, count: storedBytes), at: scratchOffset(slot))
        }
    }

    private func readPart(_ slot: Int, into output: UnsafeMutablePointer<UInt8>) throws(PipelineError) {
        let part = starts.lastIndex(notAbove: slot)
        do throws(StorageError) {
            try parts[part].read(slot - starts[part], into: output)
        } catch {
            throw .staged(reason: error.description)
        }
    }

    /// The pixels of some slots, one image after the other.
    func images(_ slots: some Collection<UInt32>) throws(PipelineError) -> [UInt8] {
        var failure: PipelineError?
        let images = [UInt8](unsafeUninitializedCapacity: slots.count * imageBytes) { output, count in
            guard let base = output.baseAddress else { return }
            do throws(PipelineError) {
                for slot in slots {
                    try read(Int(slot), into: base + count)
                    count += imageBytes
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return images
    }

    /// The pixels of a slot: in place if they are in memory, otherwise read into `buffer`, which holds `imageBytes`.
    func pixels(
        _ slot: Int, orReadInto buffer: UnsafeMutablePointer<UInt8>
    ) throws(PipelineError) -> UnsafePointer<UInt8> {
        if takesGray {
            try read(slot, into: buffer)
            return UnsafePointer(buffer)
        }
        if let pixels = resident(slot) { return UnsafePointer(pixels) }
        if !parts.isEmpty {
            let part = starts.lastIndex(notAbove: slot)
            if let pixels = parts[part].pixels(slot - starts[part]) { return pixels }
        }
        try read(slot, into: buffer)
        return UnsafePointer(buffer)
    }

    private func resident(_ slot: Int) -> UnsafeMutablePointer<UInt8>? {
        let (chunk, index) = slot.quotientAndRemainder(dividingBy: slotsPerChunk)
        return chunk < chunkLimit ? chunks[chunk].map { $0 + index * storedBytes } : nil
    }

    private func scratchOffset(_ slot: Int) -> Int { (slot - chunkLimit * slotsPerChunk) * storedBytes }
}

/// A file without a name, which the system removes when the process ends, however it ends.
final class ScratchFile: Sendable {
    private let folder: String
    private let descriptor = Lock<Int32>(-1)

    init(folder: String) { self.folder = folder }

    deinit {
        let open = descriptor.withLock { $0 }
        if open >= 0 { close(open) }
    }

    /// Creates the file unless it exists.
    func open() throws(PipelineError) {
        let failure: PipelineError? = descriptor.withLock { descriptor in
            guard descriptor < 0 else { return nil }
            do throws(SystemCall.Failure) {
                // In the folder that has the room, and under a name that nobody else has.
                let path = "\(folder)/scratch-\(UInt64.random(in: 0...UInt64.max))"
                descriptor = try SystemCall.open {
                    Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
                }
                unlink(path)
                return nil
            } catch {
                return .scratch(path: folder, reason: error.reason)
            }
        }
        if let failure { throw failure }
    }

    func write(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) throws(PipelineError) {
        let file = descriptor.withLock { $0 }
        try forAll(bytes.count, .write) { done, count in
            pwrite(file, bytes.baseAddress.map { $0 + done }, count, off_t(offset + done))
        }
    }

    func read(_ bytes: UnsafeMutableBufferPointer<UInt8>, at offset: Int) throws(PipelineError) {
        let file = descriptor.withLock { $0 }
        try forAll(bytes.count, .read) { done, count in
            pread(file, bytes.baseAddress.map { $0 + done }, count, off_t(offset + done))
        }
    }

    /// Repeats a call, which may do a part of its work, until all of it is done.
    private func forAll(
        _ total: Int, _ call: SystemCall, _ body: (_ done: Int, _ count: Int) -> Int
    ) throws(PipelineError) {
        var done = 0
        while done < total {
            let count: Int
            do throws(SystemCall.Failure) {
                count = try call.transfer(total - done) { count in body(done, count) }
            } catch {
                throw .scratch(path: folder, reason: error.reason)
            }
            guard count > 0 else { throw .scratch(path: folder, reason: "the file has become shorter") }
            done += count
        }
    }
}
