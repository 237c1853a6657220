// What a user may say about inputs that hold pixels as numbers: IDX files, tables and arrays.

public import Dataset

/// How to read IDX files, tables of pixels and NumPy arrays. The default takes everything from the input itself.
public struct PixelOptions: Sendable, Equatable {
    /// The column of a table that holds labels: its name, or its number from 1.
    public var labelColumn: String?
    /// Width and height of the images of a table; by default they are square.
    public var shape: ImageSize?
    /// Whether rows and columns of each image are exchanged; `nil`: as the names of the files say, since those of EMNIST,
    /// `emnist-…`, hold transposed images.
    public var transposes: Bool?
    /// What the names of IDX files begin with, where several sets lie in one folder, such as `emnist-letters`.
    public var prefix: String?

    /// Options that leave everything to the input.
    public init() {}

    /// What is said of a file whose images are transposed.
    static func remark(_ path: String) -> String {
        "the images of \(path) were transposed (--no-transpose leaves them)"
    }

    /// Whether the images of a file of this name are to be transposed.
    func transposes(fileNamed name: some Sequence<UInt8>) -> Bool {
        transposes ?? Array(name.prefix(7))[...].asciiLowercased.elementsEqual("emnist-")
    }
}

/// The name of the part of a dataset that a file holds, as it stands in keys, and its split.
struct PixelPart {
    let name: String
    let split: Split?

    static let train = PixelPart(name: "train", split: nil)
    static let validation = PixelPart(name: "validation", split: .validation)
    static let test = PixelPart(name: "test", split: .test)

    /// The words in names that stand for each part.
    static let words: [(names: Set<Substring>, part: PixelPart)] = [
        (["train", "training"], .train), (["val", "valid", "validation"], .validation),
        (["test", "testing"], .test),
    ]

    init(name: String, split: Split?) { (self.name, self.split) = (name, split) }

    /// The part that a table of this name holds, such as `mnist_test.csv`.
    init(fileNamed name: String) {
        let words = Set(name.lowercased().split { !("a"..."z").contains($0) })
        let isT10k = name.lowercased().contains("t10k")
        self =
            isT10k ? .test : Self.words.last { !$0.names.isDisjoint(with: words) }?.part ?? .train
    }

    /// The key of an image. The index has five digits, or as many as the last one has, so that keys sort like numbers.
    func key(_ index: Int, of count: Int) -> Key {
        let digits = String(index)
        let width = max(5, String(max(count, 1) - 1).count)
        // A file that grows while it is read has more images than were counted.
        let zeros = max(0, width - digits.count)
        return Key(utf8: "\(name)/" + String(repeating: "0", count: zeros) + digits)
    }
}

/// How large images may be that are stored as pixels.
enum PixelLimit {
    /// Pixels of a side.
    static let side = 1 << 16
    /// Pixels of an image: in a packed file, a thousand of them take one byte.
    static let area = 16 << 20
    /// Of more images than this, each must take a byte of the file: a preparation keeps 150 bytes of each.
    static let images = 1 << 18
}

extension EntryBatch {
    /// Exchanges rows and columns of the image whose bytes begin at `start` and end with the batch.
    ///
    /// - Parameter shape: of the image as it is
    /// - Returns: its shape afterwards
    mutating func transpose(from start: Int, _ shape: ImageShape) -> ImageShape {
        let (width, height, channels) = (shape.size.width, shape.size.height, shape.channels)
        let image = withBytes(start..<count) { Array($0) }
        truncate(to: start)
        append(upTo: image.count) { (output: UnsafeMutableRawBufferPointer) in
            var position = 0
            for x in 0..<width {
                for y in 0..<height {
                    for channel in 0..<channels {
                        output[position] = image[(y * width + x) * channels + channel]
                        position += 1
                    }
                }
            }
            return position
        }
        return ImageShape(size: ImageSize(width: height, height: width), channels: channels)
    }
}
