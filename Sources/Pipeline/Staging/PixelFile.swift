// The staged pixels of a part: a file with one tensor, `pixels`.

internal import Dataset
internal import Storage

/// Images of one size, by their positions: in memory, or read one by one.
final class PixelFile: @unchecked Sendable {
    /// Of the whole file.
    let digest: Digest
    let count: Int
    private let imageBytes: Int
    private let file: TensorFile
    /// All images; empty if they are not held. Written in the initializer alone.
    private let pixels: UnsafeMutableRawBufferPointer

    /// Reads the file once from its beginning to its end.
    ///
    /// - Parameter memory: the most bytes of pixels to hold
    init(_ path: String, imageBytes: Int, memory: Int) throws(StorageError) {
        let file = try TensorFile(path)
        let count = try file.count("pixels")
        let held = count * imageBytes <= memory ? count * imageBytes : 0
        let pixels = UnsafeMutableRawBufferPointer.allocate(byteCount: held, alignment: 16)
        do throws(StorageError) {
            digest = try Self.read(file, count, imageBytes, into: pixels)
        } catch {
            pixels.deallocate()
            throw error
        }
        (self.count, self.imageBytes, self.pixels) = (count, imageBytes, pixels)
        self.file = file
    }

    /// - Parameter pixels: for all images, or empty
    /// - Returns: the digest of the file
    private static func read(
        _ file: borrowing TensorFile, _ count: Int, _ imageBytes: Int,
        into pixels: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Digest {
        var builder = DigestBuilder()
        try file.headerBytes.withUnsafeBytes { builder.update($0) }
        let step = PixelStore.imagesPerChunk(imageBytes)
        for first in stride(from: 0, to: count, by: step) {
            let end = min(first + step, count)
            if pixels.isEmpty {
                try file.bytes("pixels", first..<end).withUnsafeBytes { builder.update($0) }
            } else {
                let part = UnsafeMutableRawBufferPointer(
                    rebasing: pixels[first * imageBytes..<end * imageBytes])
                try file.read("pixels", from: first, into: part)
                builder.update(UnsafeRawBufferPointer(part))
            }
        }
        return builder.finish()
    }

    deinit { pixels.deallocate() }

    /// Whether the images are in memory.
    var isHeld: Bool { !pixels.isEmpty }

    /// The pixels of an image, if they are in memory.
    func pixels(_ position: Int) -> UnsafePointer<UInt8>? {
        guard isHeld, let base = pixels.baseAddress, (0..<count).contains(position) else { return nil }
        return UnsafePointer((base + position * imageBytes).assumingMemoryBound(to: UInt8.self))
    }

    func read(_ position: Int, into output: UnsafeMutablePointer<UInt8>) throws(StorageError) {
        if let pixels = pixels(position) {
            output.update(from: pixels, count: imageBytes)
        } else {
            try file.read(
                "pixels", from: position,
                into: UnsafeMutableRawBufferPointer(start: output, count: imageBytes))
        }
    }
}
