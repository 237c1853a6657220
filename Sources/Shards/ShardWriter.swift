// Rows to a shard file: a pure function of the rows, whatever the machine or the number of threads.

internal import Dataset

/// Encodes shards. Mirrors `ShardReader`. Owned by one worker.
public struct ShardWriter: ~Copyable {
    private let compression: Manifest.Compression
    private let compressor: ZstdCompressor

    /// Images per independently readable block: large enough to compress well, small enough to
    /// be a unit of shuffling.
    public static let blockSamples = 256

    public init(compression: Manifest.Compression) {
        self.compression = compression
        compressor = ZstdCompressor(level: max(compression.level, 1))
    }

    /// Writes one shard into `folder`, atomically, and says what the manifest should know.
    ///
    /// - Parameter identity: its digest is filled in.
    public func write(
        _ samples: ShardSamples, identity: ShardIdentity, to folder: String
    ) throws(ShardError) -> ShardRecord {
        let name = ShardRecord.fileName(
            split: identity.split, number: identity.shard, of: identity.shards, compression.codec)
        let content = Self.content(samples, identity: identity)
        var chunks: [[UInt8]] = []
        var frames: [ShardFrame] = []
        var (offset, digest) = (0, DigestBuilder())
        for range in content.frameRanges {
            let (chunk, contentDigest) = try encode(content.bytes, range, name)
            frames.append(
                ShardFrame(
                    offset: offset, bytes: chunk.count, contentOffset: range.lowerBound,
                    contentBytes: range.count, sha256: contentDigest))
            offset += chunk.count
            chunk.withUnsafeBytes { digest.update($0) }
            chunks.append(chunk)
        }
        try FileSystem.write(chunks, to: "\(folder)/\(name)")
        return ShardRecord(
            name: name, samples: samples.count, bytes: offset, sha256: digest.finish(),
            contentBytes: content.bytes.count, contentSHA256: Digest(of: content.bytes),
            blockSamples: Self.blockSamples, frames: frames)
    }

    private func encode(
        _ content: [UInt8], _ range: Range<Int>, _ name: String
    ) throws(ShardError) -> ([UInt8], Digest) {
        let digest = content.withUnsafeBytes { Digest(of: UnsafeRawBufferPointer(rebasing: $0[range])) }
        guard compression.codec == .zstd else { return (Array(content[range]), digest) }
        let frame = try content.withUnsafeBufferPointer { (bytes) throws(ShardError) in
            try compressor.compress(
                UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[range])), file: name)
        }
        return (frame, digest)
    }

    /// The uncompressed safetensors file and where it may be cut.
    private static func content(
        _ samples: ShardSamples, identity: ShardIdentity
    ) -> (bytes: [UInt8], frameRanges: [Range<Int>]) {
        let count = samples.count
        let labelType: TensorType = identity.classes.count > 256 ? .u16 : .u8
        var tensors: [(name: String, type: TensorType, shape: [Int])] = [
            ("ids", .u32, [count]), ("labels", labelType, [count]),
            ("images", .u8, [count, samples.size.height, samples.size.width]),
        ]
        if samples.copies != nil { tensors.append(("copies", .u8, [count])) }
        let layout = SafetensorsHeader(tensors: tensors, metadata: [:])
        var buffer: [UInt8] = []
        buffer.reserveCapacity(layout.bufferSize)
        for tensor in layout.tensors {
            switch tensor.name {
            case "ids": for id in samples.ids { buffer.append(littleEndian: id) }
            case "labels" where labelType == .u16: for label in samples.labels { buffer.append(littleEndian: label) }
            case "labels": buffer += samples.labels.map { UInt8($0) }
            case "copies": buffer += samples.copies ?? []
            default: buffer += samples.images
            }
        }
        var identity = identity
        identity.bufferSHA256 = Digest(of: buffer)
        let metadata = [ShardIdentity.metadataKey: identity.json.canonicalText]
        let header = SafetensorsHeader(tensors: tensors, metadata: metadata)
        let images = header["images"]?.range ?? 0..<0
        let ranges = frameRanges(
            header: header.size, images: images, imageSize: samples.size.area, end: buffer.count)
        return (header.encoded + buffer, ranges)
    }

    private static func frameRanges(
        header: Int, images: Range<Int>, imageSize: Int, end: Int
    ) -> [Range<Int>] {
        var ranges = [0..<header + images.lowerBound]
        let step = blockSamples * imageSize
        for start in stride(from: images.lowerBound, to: images.upperBound, by: step) {
            ranges.append(header + start..<header + min(start + step, images.upperBound))
        }
        if images.upperBound < end { ranges.append(header + images.upperBound..<header + end) }
        return ranges
    }
}

extension ShardIdentity {
    /// As canonical JSON, the text of the metadata.
    var json: JSONValue {
        .object([
            "format": .string(format), "version": .integer(Int64(version)), "split": .string(split.rawValue),
            "shard": .integer(Int64(shard)), "shards": .integer(Int64(shards)),
            "classes": .array(classes.map { .string($0) }), "buffer_sha256": .string(bufferSHA256.hex),
        ])
    }
}

extension [UInt8] {
    mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
