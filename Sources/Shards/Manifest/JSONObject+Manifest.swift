// The parts of a manifest, read from JSON.

package import Dataset
package import Storage

extension JSONObject {
    mutating func duplicates(_ samples: Int) throws(JSONProblem) -> Manifest.Duplicates {
        var object = try object("duplicates")
        let groups = try object.integer("groups", in: 0...samples / 2)
        let duplicated = try object.integer("samples", in: groups * 2...samples)
        let crossing =
            try object.has("crossing") ? object.integer("crossing", in: 1...Manifest.Limit.samples) : 0
        try object.finish()
        guard crossing <= groups else { throw object.problem("crossing", "at most \(groups)") }
        return Manifest.Duplicates(groups: groups, samples: duplicated, crossing: crossing)
    }

    mutating func nearDuplicates(
        _ samples: Int
    ) throws(JSONProblem) -> Manifest.NearDuplicates {
        var object = try object("near_duplicates")
        let pairs = try object.integer("pairs", in: 0...Int(UInt32.max))
        let result = Manifest.NearDuplicates(
            levels: try object.number("levels", in: 0...255), pairs: pairs,
            crossing: try object.integer("crossing", in: 0...pairs),
            largest: try object.integer("largest", in: 0...samples),
            diameter: try object.number("diameter", in: 0...255))
        try object.finish()
        return result
    }

    /// Width, height and channels of images.
    package mutating func shape(_ name: String) throws(JSONProblem) -> ImageShape {
        var object = try object(name)
        let channels = try object.has("channels") ? object.integer("channels", in: 3...3) : 1
        let side = 1...Manifest.Limit.imageSide
        let size = ImageSize(
            width: try object.integer("width", in: side), height: try object.integer("height", in: side))
        try object.finish()
        guard size.area <= Manifest.Limit.imageArea else {
            throw problem(name, "a size of at most \(Manifest.Limit.imageArea) pixels")
        }
        return ImageShape(size: size, channels: channels)
    }

    /// A value in 0...1 for each channel.
    mutating func channels(_ name: String, _ image: ImageShape) throws(JSONProblem) -> [Double] {
        if image.channels == 1 { return [try number(name, in: 0...1)] }
        let values = try list(name).map(\.double)
        guard values.count == image.channels, values.allSatisfy({ $0.map((0...1).contains) ?? false }) else {
            throw problem(name, "a list of \(image.channels) numbers from 0 to 1")
        }
        return values.compactMap { $0 }
    }

    mutating func compression() throws(JSONProblem) -> Manifest.Compression {
        var object = try object("compression")
        let codec = try object.text("codec", "zstd or none", Manifest.Compression.Codec.init(rawValue:))
        let level = try object.integer("level", in: codec == .none ? 0...0 : 1...22)
        try object.finish()
        return .init(codec: codec, level: level)
    }

    mutating func sideFile(
        _ name: String, _ fileName: String, rows: ClosedRange<Int>
    ) throws(JSONProblem) -> Manifest.SideFile {
        var object = try object(name)
        let bytes = try object.integer("bytes", in: 1...Manifest.Limit.bytes)
        let contentLimit = Manifest.sideFileLimit(rows: rows.upperBound, bytes: bytes)
        let file = Manifest.SideFile(
            name: try object.text("name", "“\(fileName)”") { $0 == fileName ? $0 : nil }, bytes: bytes,
            sha256: try object.digest("sha256"),
            contentBytes: try object.integer("content_bytes", in: 1...contentLimit),
            contentSHA256: try object.digest("content_sha256"),
            rows: try object.integer("rows", in: rows))
        try object.finish()
        return file
    }

    mutating func splits(
        _ samples: Int, _ classes: ClassNames, _ image: ImageShape, _ compression: Manifest.Compression
    ) throws(JSONProblem) -> [Split: Manifest.SplitContents] {
        var object = try object("splits")
        var splits: [Split: Manifest.SplitContents] = [:]
        for split in Split.allCases {
            var contents = try object.object(split.rawValue)
            splits[split] = try contents.split(split, samples, classes, image, compression)
            try contents.finish()
        }
        try object.finish()
        let total = splits.values.reduce(0) { $0 + $1.samples }
        guard total == samples else {
            throw JSONProblem("its splits hold \(total) samples, not the \(samples) of “\(place("samples"))”")
        }
        return splits
    }

    private mutating func split(
        _ split: Split, _ samples: Int, _ classes: ClassNames, _ image: ImageShape,
        _ compression: Manifest.Compression
    ) throws(JSONProblem) -> Manifest.SplitContents {
        let own = try integer("samples", in: 0...samples)
        let copies = try integer("copies", in: 0...(split == .train ? own * 255 : 0))
        var counts = try object("classes")
        var perClass: [Int] = []
        for name in classes.names { perClass.append(try counts.integer(name, in: 0...own)) }
        try counts.finish()
        guard perClass.reduce(0, +) == own else {
            throw problem("classes", "a count per class that adds up to \(own)")
        }
        let values = try list("shards")
        var shards: [ShardRecord] = []
        for (number, value) in values.enumerated() {
            var record = try JSONObject(value, at: place("shards[\(number)]"))
            let name = ShardRecord.fileName(split: split, number: number, of: values.count, compression.codec)
            shards.append(
                try ShardRecord(&record, name: name, image: image, isCompressed: compression.codec == .zstd))
            try record.finish()
        }
        let rows = shards.reduce(0) { $0 + $1.samples }
        guard rows == own + copies else {
            throw JSONProblem("“\(place("shards"))” hold \(rows) rows, not \(own + copies)")
        }
        return .init(samples: own, copies: copies, classes: perClass, shards: shards)
    }
}
