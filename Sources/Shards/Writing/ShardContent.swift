// The uncompressed safetensors file of a shard, in pieces, so that pixels are never copied.

internal import Dataset
internal import Storage

extension ImageShape {
    /// The shape of a tensor of images: gray ones have no dimension for channels.
    package func tensor(of count: Int) -> [Int] {
        [count, size.height, size.width] + (channels == 1 ? [] : [channels])
    }
}

/// Header, tensors before the images, the images themselves, tensors after them.
struct ShardContent {
    /// Of the header and the length before it.
    let headerBytes: Int
    /// Header and all tensors that come before `images`.
    private let head: [UInt8]
    private let samples: ShardSamples
    /// All tensors that come after `images`.
    private let tail: [UInt8]

    /// - Parameter identity: gets the digest of the data buffer here
    init(_ samples: ShardSamples, identity: ShardIdentity) {
        let labelType: TensorType = identity.classes.count > 256 ? .u16 : .u8
        var tensors: [(name: String, type: TensorType, shape: [Int])] = [
            ("ids", .u32, [samples.count]), ("labels", labelType, [samples.count]),
            ("images", .u8, samples.shape.tensor(of: samples.count)),
        ]
        if samples.copies != nil { tensors.append(("copies", .u8, [samples.count])) }
        if samples.folds != nil { tensors.append(("folds", .u8, [samples.count])) }
        let layout = SafetensorsHeader(tensors: tensors, metadata: [:])
        var (before, after): ([UInt8], [UInt8]) = ([], [])
        var isAfter = false
        for tensor in layout.tensors {
            if tensor.name == "images" {
                isAfter = true
                continue
            }
            let bytes = Self.bytes(tensor, samples)
            if isAfter { after += bytes } else { before += bytes }
        }
        var digest = DigestBuilder()
        for part in [before, samples.images, after] { part.withUnsafeBytes { digest.update($0) } }
        let complete = identity.with(bufferSHA256: digest.finish())
        let metadata = [ShardIdentity.metadataKey: complete.json.canonicalText]
        let header = SafetensorsHeader(tensors: tensors, metadata: metadata).encoded
        headerBytes = header.count
        head = header + before
        tail = after
        self.samples = samples
    }

    private static func bytes(_ tensor: TensorInfo, _ samples: ShardSamples) -> [UInt8] {
        switch (tensor.name, tensor.type) {
        case ("ids", _): samples.ids.littleEndianBytes
        case ("labels", .u16): samples.labels.littleEndianBytes
        case ("labels", _): samples.labels.map { UInt8($0) }
        case ("folds", _): samples.folds ?? []
        default: samples.copies ?? []
        }
    }

    /// Calls `body` with the bytes of each frame in file order: the head, each block of images, the tail.
    func forEachFrame(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        func pass(_ bytes: [UInt8], _ range: Range<Int>) throws {
            try bytes.withUnsafeBufferPointer { (all) in
                try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[range])))
            }
        }
        try pass(head, 0..<head.count)
        let imageBytes = samples.shape.byteCount
        let step = ShardWriter.blockSamples(imageBytes: imageBytes) * imageBytes
        for start in stride(from: 0, to: samples.images.count, by: step) {
            try pass(samples.images, start..<min(start + step, samples.images.count))
        }
        if !tail.isEmpty { try pass(tail, 0..<tail.count) }
    }
}
