// NumPy's arrays: .npz, .npy, their types and shapes, and what is refused. The oracle is NumPy's description of the
// format (numpy.lib.format); Tests/Oracles/make_inputs.py made those in fixtures/inputs with NumPy itself.

import Dataset
import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite("NumPy arrays")
struct ArrayTests {
    private let folder: TemporaryFolder
    /// Four images of 3x4 pixels.
    private let pixels = (0..<48).map { UInt8(truncatingIfNeeded: $0 * 5 + 3) }

    init() throws { folder = try TemporaryFolder() }

    private func archive(_ members: [(String, [UInt8])]) throws -> String {
        try folder.write("x.npz", ZipFile(members.map { .init("\($0.0).npy", $0.1) }).bytes)
        return folder("x.npz")
    }

    private func read(_ members: [(String, [UInt8])], needsLabels: Bool = true) throws -> Delivery {
        try Delivery(openPixels(at: archive(members), options: PixelOptions(), needsLabels: needsLabels))
    }

    private func problem(
        _ members: [(String, [UInt8])], sourceLocation: SourceLocation = #_sourceLocation
    ) -> String {
        let error = #expect(throws: IngestError.self, sourceLocation: sourceLocation) { try read(members) }
        return (error?.description ?? "").replacing(folder.path + "/", with: "")
    }

    private var labels: [UInt8] { PixelFiles.npy([4], [7, 8, 7, 9]) }
    private var images: [UInt8] { PixelFiles.npy([4, 3, 4], pixels) }

    private func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

    @Test("x_train, y_train, x_test and y_test are train and test, packed or side by side")
    func keras() throws {
        let test = (PixelFiles.npy([1, 3, 4], Array(pixels.prefix(12))), PixelFiles.npy([1], [5]))
        let members = [("x_train", images), ("y_train", labels), ("x_test", test.0), ("y_test", test.1)]
        for (name, data) in members { try folder.write("arrays/\(name).npy", data) }
        for source in [
            try openPixels(at: archive(members), options: PixelOptions()),
            try openPixels(at: folder("arrays"), options: PixelOptions()),
        ] {
            let delivery = try Delivery(source)
            #expect(
                delivery.keys == ["test/00000", "train/00000", "train/00001", "train/00002", "train/00003"])
            #expect(delivery.entries.map { $0.entry.label?.text } == ["5", "7", "8", "7", "9"])
            #expect(delivery.entries.map { $0.entry.split == .test } == [true, false, false, false, false])
            #expect(delivery.entries.dropFirst().flatMap(\.bytes) == pixels)
            #expect(source.fileDigests == [Digest(of: images), Digest(of: test.0)])
        }
    }

    @Test("with a validation part, all three splits are given")
    func validation() throws {
        let one = (PixelFiles.npy([1, 3, 4], Array(pixels.prefix(12))), PixelFiles.npy([1, 1], [1]))
        let delivery = try read([
            ("train_images", images), ("train_labels", labels), ("val_images", one.0), ("val_labels", one.1),
            ("test_images", one.0), ("test_labels", one.1),
        ])
        #expect(delivery.entries.map(\.entry.split) == [.test, nil, nil, nil, nil, .validation])
        #expect(delivery.keys.last == "validation/00000")
    }

    @Test(
        "arrays are found by the names in use, and by their shapes if they have none",
        arguments: [
            ["images", "labels"], ["X", "y"], ["arr_0", "arr_1"], ["data", "target"], ["train-x", "train.y"],
        ])
    func names(_ names: [String]) throws {
        #expect(
            try read([(names[0], images), (names[1], labels)]).entries.map(\.bytes).joined().elementsEqual(
                pixels))
    }

    @Test("levels may be integers of any width, bools, floats from 0 to 1, or whole floats to 255")
    func types() throws {
        func levels(_ type: String, _ data: [UInt8]) throws -> [UInt8] {
            try read([("x", PixelFiles.npy([4, 3, 4], type: type, data)), ("y", labels)]).entries.flatMap(
                \.bytes)
        }
        #expect(try levels("<i8", bytes(pixels.map { Int64($0).littleEndian })) == pixels)
        #expect(try levels(">i2", bytes(pixels.map { Int16($0).bigEndian })) == pixels)
        #expect(try levels("<f4", bytes(pixels.map { Float($0) / 255 })) == pixels)
        #expect(try levels("<f8", bytes(pixels.map { Double($0) })) == pixels)
        #expect(try levels(">f8", bytes(pixels.map { Double($0).bitPattern.bigEndian })) == pixels)
        #expect(try levels("|b1", pixels.map { $0 & 1 }) == pixels.map { $0 & 1 == 1 ? 255 : 0 })
        // Half floats of whole numbers: sign, exponent + 15, ten bits of fraction.
        let halves = pixels.map { level -> UInt16 in
            guard level > 0 else { return 0 }
            let exponent = 7 - level.leadingZeroBitCount
            return UInt16(exponent + 15) << 10 | (UInt16(level) << (10 - exponent)) & 1023
        }
        #expect(try levels("<f2", bytes(halves)) == pixels)
    }

    @Test("colours come last, or first where that is clear, and single channels are dropped")
    func shapes() throws {
        func shape(_ shape: [Int], _ count: Int = 768) throws -> (ImageShape?, [UInt8]) {
            let data = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            let first = try read([
                ("x", PixelFiles.npy(shape, data)),
                ("y", PixelFiles.npy([shape[0]], [UInt8](repeating: 1, count: shape[0]))),
            ]).entries.first
            guard case .pixels(let found, _)? = first?.entry.content else { return (nil, []) }
            return (found, Array(first?.bytes.prefix(6) ?? []))
        }
        let square = ImageSize(width: 16, height: 16)
        #expect(try shape([1, 16, 16, 3]) == (ImageShape(size: square, channels: 3), [0, 1, 2, 3, 4, 5]))
        #expect(try shape([1, 3, 16, 16]) == (ImageShape(size: square, channels: 3), [0, 0, 0, 1, 1, 1]))
        #expect(try shape([3, 1, 16, 16]).0 == ImageShape(size: square, channels: 1))
        #expect(try shape([3, 16, 16, 1]).0 == ImageShape(size: square, channels: 1))
        #expect(try shape([3, 256]).0 == ImageShape(size: square, channels: 1))
    }

    @Test("labels may be texts, or whole numbers of any type")
    func labelTypes() throws {
        func labels(_ type: String, _ data: [UInt8]) throws -> [String?] {
            try read([("x", images), ("y", PixelFiles.npy([4], type: type, data))]).entries.map {
                $0.entry.label?.text
            }
        }
        #expect(try labels("<i8", bytes([7, -1, 0, 12])) == ["7", "-1", "0", "12"])
        #expect(try labels("<f4", bytes([7, 1, 0, 12] as [Float])) == ["7", "1", "0", "12"])
        #expect(try labels("|S3", Array("cat\("ox")\0cowdog".utf8)) == ["cat", "ox", "cow", "dog"])
        let text = "äbcd".unicodeScalars.map { $0.value.littleEndian }
        #expect(try labels("<U1", bytes(text)) == ["ä", "b", "c", "d"])
    }

    @Test("what cannot be meant is refused, with the array and the reason")
    func refused() {
        func array(_ type: String, _ data: [UInt8] = [], isFortran: Bool = false, version: UInt8 = 1)
            -> [UInt8]
        {
            PixelFiles.npy([4, 3, 4], type: type, isFortran: isFortran, version: version, data)
        }
        func problem(images: [UInt8]) -> String { self.problem([("x", images), ("y", labels)]) }
        #expect(
            problem(images: array("|O")).contains(
                "x.npz: x.npy: holds Python objects (pickles), which prep never runs"))
        #expect(problem(images: array("|u1", pixels, isFortran: true)).contains("numpy.ascontiguousarray"))
        #expect(problem(images: array("<c8")).contains("numbers of type “<c8”"))
        #expect(problem(images: array("|u1", version: 9)).contains("version 9.0 of .npy"))
        #expect(problem(images: array("|u1", Array(pixels.dropLast()))).contains("ends inside image 3 of 4"))
        #expect(problem(images: array("|u1", pixels + [0])).contains("data behind its last image"))
        #expect(
            problem(images: array("<i2", bytes(pixels.map { Int16($0) - 10 }))).contains(
                "image 0 has a level"))
        #expect(
            problem(images: array("<f4", bytes(pixels.map { Float($0) / 2 }))).contains("floats must all be"))
        let odd = bytes([Double](repeating: .nan, count: 48))
        #expect(problem(images: array("<f8", odd)).contains("image 0: floats must all be"))
        #expect(
            problem(images: [0x93] + Array("NUMPY".utf8) + [1, 0, 4, 0] + Array("{'a}".utf8)).contains(
                "cannot be read"))
        let short = problem(images: PixelFiles.npy([3, 3, 4], Array(pixels.prefix(36))))
        #expect(short.contains("x.npz: y.npy: 4 labels for 3 images"))
        let hot = self.problem([("x", images), ("y", PixelFiles.npy([4, 2], [0, 1, 0, 1, 0, 1, 0, 1]))])
        #expect(hot.contains("argmax(1)"))
        let others = self.problem([("a", images), ("b", labels), ("c", labels)])
        #expect(
            others.contains("it has a (4x3x4, |u1), b (4, |u1), c (4, |u1)\nName them x_train and y_train"))
        #expect(self.problem([("x_train", images)]).contains("x_train has no array of labels"))
        let promised = PixelFiles.npy([1 << 40, 3, 4], [])
        #expect(problem(images: promised).contains("the limit is one per byte"))
    }

    @Test("whole numbers beyond those of a floating-point number are different labels")
    func longLabels() throws {
        let values: [Int64] = [9_007_199_254_740_992, 9_007_199_254_740_993, .max, .min]
        let signed = try read([("x", images), ("y", PixelFiles.npy([4], type: "<i8", bytes(values)))])
        #expect(signed.entries.compactMap { $0.entry.label?.text } == values.map(String.init))
        let unsigned = try read([
            ("x", images), ("y", PixelFiles.npy([4], type: "<u8", bytes([UInt64.max, 0, 1, 2]))),
        ])
        #expect(unsigned.entries.first?.entry.label?.text == "18446744073709551615")
    }

    @Test("an array that is neither images nor labels may be of any kind; two of one kind are an error")
    func others() throws {
        let dates = PixelFiles.npy([4], type: "<M8[D]", bytes([Int64](repeating: 1, count: 4)))
        let result = try read([("x_train", images), ("y_train", labels), ("created", dates)])
        #expect(result.entries.count == 4)
        #expect(problem([("x", dates), ("y", labels)]).contains("numbers of type “<M8[D]”"))
        #expect(
            problem([("data", images), ("images", images), ("target", labels)]).contains(
                "data and images would both be the images of train"))
    }

    @Test("images and arrays of images together are an error that names one; other arrays are beside images")
    func besideImages() throws {
        let png = PixelFiles.png(width: 1, height: 1, [7])
        let zip = ZipFile([.init("images.npy", images), .init("labels.npy", labels), .init("cat/1.png", png)])
        try folder.write("mixed.zip", zip.bytes)
        let mixed = try #require(try PixelInput(at: folder("mixed.zip")))
        let error = #expect(throws: IngestError.self) { try mixed.requireNoImages(at: folder("mixed.zip")) }
        #expect(error?.description.contains("such as cat/1.png") == true)
        let features = ZipFile([.init("features.npy", images), .init("cat/1.png", png)])
        try folder.write("features.zip", features.bytes)
        #expect(try PixelInput(at: folder("features.zip")) == nil)
        try folder.write("arrays/images.npy", images)
        try folder.write("arrays/notes/readme.txt", [])
        let arrays = try #require(try PixelInput(at: folder("arrays")))
        try arrays.requireNoImages(at: folder("arrays"))
        try folder.write("arrays/cat/1.png", png)
        #expect(throws: IngestError.self) { try arrays.requireNoImages(at: folder("arrays")) }
        // Who reads arrays alone is not disturbed.
        #expect(
            try openPixels(at: folder("arrays"), options: PixelOptions(), needsLabels: false) is PixelParts)
    }

    @Test("no changed byte crashes, neither in an array nor in the zip around it")
    func damage() throws {
        let members = [("x", images), ("y", labels)]
        let good = Array(try Data(contentsOf: URL(fileURLWithPath: archive(members))))
        for index in good.indices {
            var bytes = good
            bytes[index] ^= 1 << UInt8(index % 8)
            try folder.write("x.npz", bytes)
            _ = try? Delivery(openPixels(at: folder("x.npz"), options: PixelOptions()))
        }
        for index in images.indices {
            for value in [UInt8(0), 39, 40, 57, 255] {
                var bytes = images
                bytes[index] = value
                try folder.write("x.npy", bytes)
                _ = try? Delivery(
                    openPixels(at: folder("x.npy"), options: PixelOptions(), needsLabels: false))
            }
        }
    }
}
