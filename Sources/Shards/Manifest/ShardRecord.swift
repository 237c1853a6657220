// What the manifest says about one shard.

public import Dataset
package import Storage

/// One shard file and its independently readable frames.
public struct ShardRecord: Sendable, Equatable {
    /// File name in the dataset's folder.
    public let name: String
    /// Number of rows, including augmented copies.
    public let samples: Int
    /// Size of the file as stored.
    public let bytes: Int
    /// Digest of the file as stored.
    public let sha256: Digest
    /// Size of the safetensors file that it decompresses to.
    public let contentBytes: Int
    /// Digest of the safetensors file that it decompresses to.
    public let contentSHA256: Digest
    /// Images per block; the last block may hold fewer.
    public let blockSamples: Int
    /// In file order: one with the header and the tensors before `images`, one per block of images, and
    /// one with the tensors after `images` if there are any.
    public let frames: [ShardFrame]

    /// Number of blocks of images.
    package var blockCount: Int { (samples + blockSamples - 1) / blockSamples }

    /// The rows of a block of images.
    package func rows(ofBlock block: Int) -> Range<Int> {
        block * blockSamples..<min((block + 1) * blockSamples, samples)
    }

    /// A number as in file names: five digits, or more.
    package static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// Such as `train-00000-of-00002.safetensors.zst`.
    package static func fileName(
        split: Split, number: Int, of count: Int, _ codec: Manifest.Compression.Codec
    ) -> String {
        let suffix = codec == .zstd ? ".zst" : ""
        return "\(split.rawValue)-\(padded(number))-of-\(padded(count)).safetensors\(suffix)"
    }
}

/// A range of a shard that can be read by itself: a zstd frame, or the same range of an uncompressed file.
public struct ShardFrame: Sendable, Equatable {
    /// Offset in the file as stored.
    public let offset: Int
    /// Size in the file as stored.
    public let bytes: Int
    /// Offset in the safetensors file.
    public let contentOffset: Int
    /// Size in the safetensors file.
    public let contentBytes: Int
    /// Digest of the contents.
    public let sha256: Digest
}

extension ShardRecord {
    package var json: JSONValue {
        .object([
            "name": .string(name), "samples": .integer(samples), "bytes": .integer(bytes),
            "sha256": .string(sha256.hex), "content_bytes": .integer(contentBytes),
            "content_sha256": .string(contentSHA256.hex), "block_samples": .integer(blockSamples),
            "frames": .array(frames.map(\.json)),
        ])
    }

    /// Reads a record from its JSON and checks it.
    ///
    /// - Parameters:
    ///   - name: the file name that it must have
    ///   - image: the shape of its images
    package init(
        _ object: inout JSONObject, name: String, image: ImageShape, isCompressed: Bool
    ) throws(JSONProblem) {
        typealias Limit = Manifest.Limit
        self.name = try object.text("name", "“\(name)”") { $0.utf8.elementsEqual(name.utf8) ? $0 : nil }
        samples = try object.integer("samples", in: 1...Limit.shardRows)
        bytes = try object.integer("bytes", in: 1...Limit.bytes)
        sha256 = try object.digest("sha256")
        contentBytes = try object.integer("content_bytes", in: 1...Limit.bytes)
        contentSHA256 = try object.digest("content_sha256")
        let block = ShardWriter.blockSamples(imageBytes: image.byteCount)
        blockSamples = try object.integer("block_samples", in: block...block)
        frames = try object.list("frames") { (frame) throws(JSONProblem) in try ShardFrame(&frame) }
        try checkFrames(object, imageBytes: image.byteCount, isCompressed)
    }

    /// Checks that frames tile the file and its contents, and that each block of images has a frame of its size.
    private func checkFrames(
        _ object: JSONObject, imageBytes: Int, _ isCompressed: Bool
    ) throws(JSONProblem) {
        var (offset, contentOffset) = (0, 0)
        for frame in frames {
            guard frame.offset == offset, frame.contentOffset == contentOffset,
                isCompressed || frame.bytes == frame.contentBytes
            else { throw object.problem("frames", "a list without holes and overlaps") }
            // What zstd cannot shrink grows by less (ZSTD_compressBound).
            guard frame.bytes <= frame.contentBytes + frame.contentBytes / 128 + 1024 else {
                throw object.problem("frames", "a list of frames that are no larger than their content")
            }
            offset += frame.bytes
            contentOffset += frame.contentBytes
        }
        guard offset == bytes, contentOffset == contentBytes else {
            throw object.problem("frames", "a list that adds up to the shard's size")
        }
        let problem = object.problem(
            "frames", "one for the header, one for each block of images and at most one for the rest")
        guard (1 + blockCount...2 + blockCount).contains(frames.count) else { throw problem }
        for block in 0..<blockCount {
            guard frames[block + 1].contentBytes == rows(ofBlock: block).count * imageBytes else {
                throw problem
            }
        }
        // The other frames hold the header, ids, labels and copies: at most eight bytes per row.
        let limit = 8 + SafetensorsHeader.lengthLimit + 8 * samples
        guard frames[0].contentBytes <= limit,
            frames.dropFirst(1 + blockCount).allSatisfy({ $0.contentBytes <= limit })
        else { throw problem }
    }
}

extension ShardFrame {
    fileprivate var json: JSONValue {
        .object([
            "offset": .integer(offset), "bytes": .integer(bytes), "content_offset": .integer(contentOffset),
            "content_bytes": .integer(contentBytes), "sha256": .string(sha256.hex),
        ])
    }

    fileprivate init(_ object: inout JSONObject) throws(JSONProblem) {
        // Small enough that the sum of as many as a document can list does not overflow.
        let range = 0...Manifest.Limit.bytes
        offset = try object.integer("offset", in: range)
        bytes = try object.integer("bytes", in: 1...range.upperBound)
        contentOffset = try object.integer("content_offset", in: range)
        contentBytes = try object.integer("content_bytes", in: 1...range.upperBound)
        sha256 = try object.digest("sha256")
    }
}
