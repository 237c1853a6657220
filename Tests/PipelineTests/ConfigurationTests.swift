import Configuration
import Dataset
import Imaging
import TestSupport
import Testing

@testable import Pipeline

@Suite("Pipeline files")
struct ConfigurationTests {
    private static let head = "name: x\nsource: images\nstages:\n  - grayscale\n"

    @Test(
        "the committed pipelines are valid, and the binary carries the same text",
        arguments: PipelineConfiguration.builtinNames)
    func builtin(pipeline: String) throws {
        let path = "\(Fixtures.root)/pipelines/\(pipeline).yaml"
        #expect(try PipelineConfiguration(contentsOf: path) == PipelineConfiguration.named(pipeline))
    }

    @Test("the example shows every key, with the default values it claims")
    func example() throws {
        var example = try PipelineConfiguration(contentsOf: "\(Fixtures.root)/pipelines/example.yaml")
        #expect(example.augmentation == .init(Augmentation(.affine(rotation: 10, shift: 2)), copies: 1))
        example.augmentation = nil
        var plain = PipelineConfiguration(name: "example", source: .images, stages: example.stages)
        plain.compression = .init(codec: .zstd, level: 1)
        #expect(example == plain)
    }

    @Test("what the manifest keeps is read back to the same configuration")
    func roundTrip() throws {
        var configuration = try PipelineConfiguration.named("mnist")
        configuration.seed = .max
        configuration.officialTest = true
        configuration.ratios = try #require(SplitRatios([7, 2, 1]))
        try configuration.override(size: ImageSize(width: 20, height: 30), filter: .lanczos, fit: .contain)
        try configuration.override(polarity: .auto)
        configuration.augmentation = .init(Augmentation(.affine(rotation: 12.5, scale: 0.1)), copies: 3)
        configuration.drop = [.blank, .nearDuplicate]
        let text = configuration.definition.canonicalText
        #expect(try PipelineConfiguration(yaml: text, file: "dataset.json") == configuration)
    }

    @Test("64 KiB of text are read, a byte more is refused, and so is a file without an end")
    func length() throws {
        let text = Self.head + "# "
        let longest = text + String(repeating: "x", count: (64 << 10) - text.utf8.count)
        #expect(try PipelineConfiguration(yaml: longest, file: "p.yaml").name == "x")
        let folder = try TemporaryFolder()
        try folder.write("longest.yaml", Array(longest.utf8))
        try folder.write("longer.yaml", Array((longest + "x").utf8))
        #expect(try PipelineConfiguration(contentsOf: folder("longest.yaml")).name == "x")
        for path in [folder("longer.yaml"), "/dev/zero"] {
            let error = #expect(throws: ConfigurationError.self) {
                try PipelineConfiguration(contentsOf: path)
            }
            #expect(error?.reason.contains("longer than the limit of 65536 bytes") == true)
        }
        #expect(throws: ConfigurationError.self) {
            try PipelineConfiguration(yaml: longest + "x", file: "p.yaml")
        }
    }

    @Test("aliases are refused before they are followed, wherever they stand; their signs alone are text")
    func aliases() throws {
        var laughs = "a0: &a0 [x, x]\n"
        for number in 1...40 { laughs += "a\(number): &a\(number) [*a\(number - 1), *a\(number - 1)]\n" }
        let hidden = ["# \", *k", "# ', *k", "# \u{85}- *k", "x#*k"].map { "- &k [x]\n- \($0)\n" }
        for text in [laughs, laughs + "? *a40\n: x\n", "\"k\":&k [x]\n? [*k]\n: x\n"] + hidden {
            let error = #expect(throws: ConfigurationError.self) {
                try PipelineConfiguration(yaml: text, file: "p.yaml")
            }
            #expect(error?.reason.contains("instead of an alias") == true, "\(text)")
        }
        let text = Self.head + "# a & b * c, &d, *e\n  # &f and *f\nseed: 7 # &g *g\n"
        #expect(try PipelineConfiguration(yaml: text, file: "p.yaml").name == "x")
    }

    static let mistakes: [(text: String, line: Int?, words: [String])] = [
        ("", nil, ["empty"]),
        ("name: x\nsource: images\n", 1, ["stages", "missing"]),
        (head + "sise: 3\n", 5, ["unknown key “sise”", "augment"]),
        ("name: x\nsource: zip\nstages: [grayscale]\n", 2, ["“zip”", "images, idx"]),
        ("name: ../x\nsource: images\nstages: [grayscale]\n", 1, ["“../x”"]),
        (head + "  - resize: {size: 28, filtre: box}\n", 5, ["filtre", "size, filter, fit"]),
        (
            head + "  - resize: {size: 28, filter: cubic}\n", 5,
            ["“cubic”", "box, bilinear, hamming, bicubic, lanczos"]
        ),
        (head + "  - resize: {size: 0}\n", 5, ["“0”", "28x28"]),
        (head + "  - resize\n", 5, ["needs a value"]),
        (head + "  - rotate\n", 5, ["unknown stage “rotate”", "grayscale, rgb, resize, polarity"]),
        (head + "  - polarity: dark\n", 5, ["keep, invert, auto"]),
        ("name: x\nsource: images\nstages:\n  - polarity: auto\n  - grayscale\n", 4, ["after grayscale"]),
        (
            "name: x\nsource: images\nstages:\n  - resize: {size: 28, fit: mnist}\n  - grayscale\n", 4,
            ["fit: mnist", "after grayscale"]
        ),
        ("name: x\nsource: images\nstages:\n  - polarity: auto\n", 4, ["after grayscale"]),
        (head + "split: {ratios: 80/20}\n", 5, ["“80/20”", "80/10/10"]),
        (head + "split: {official_test: true}\n", 5, ["source: idx"]),
        (head + "split: {near: 256}\n", 5, ["gray levels from 0 to 255"]),
        (head + "split: {near: nan}\n", 5, ["gray levels from 0 to 255"]),
        (head + "drop: blank,blurred\n", 5, ["“blurred” is not one of blank", "near-duplicate"]),
        (head + "seed: -1\n", 5, ["“-1”"]),
        (head + "augment: {rotate: 999}\n", 5, ["rotate: 999 is not between 0 and 180"]),
        (head + "shards: {compression: gzip}\n", 5, ["zstd, none"]),
        (head + "shards: {size: big}\n", 5, ["8MB"]),
        (head + "shards: {size: 1025MB}\n", 5, ["“1025MB”", "up to 1GB"]),
        (head + "max_rejected: 200%\n", 5, ["5%"]),
        (head + "seed: 1\nseed: 2\n", nil, ["twice"]),
        ("name: [\n", 2, ["not valid YAML"]),
    ]

    @Test("a mistake is an error with file, line and the allowed values", arguments: mistakes.indices)
    func mistake(index: Int) {
        let (text, line, words) = Self.mistakes[index]
        let error = #expect(throws: ConfigurationError.self) {
            try PipelineConfiguration(yaml: text, file: "my.yaml")
        }
        let (file, found, reason) = (error?.file, error?.line, error?.reason ?? "")
        #expect(file == "my.yaml")
        if let line { #expect(found == line, "\(reason)") }
        for word in words { #expect(reason.contains(word), "\(reason)") }
    }

    @Test("quantities accept their notations and nothing else")
    func quantities() throws {
        #expect(Quantity.imageSize("28") == ImageSize(width: 28, height: 28))
        #expect(Quantity.imageSize("20x30") == ImageSize(width: 20, height: 30))
        for text in ["", "x", "28x", "1x2x3", "5000", "-3", "2.5"] {
            #expect(Quantity.imageSize(text) == nil)
        }
        #expect(Quantity.bytes("8MB") == 8 << 20)
        #expect(Quantity.bytes("64kb") == 64 << 10)
        #expect(Quantity.bytes("17") == 17)
        for text in ["", "MB", "0", "-1", "1.5GB", "99999999999999999999GB"] {
            #expect(Quantity.bytes(text) == nil)
        }
        #expect(Quantity.share("5%") == 0.05)
        for text in ["", "%", "101%", "-1", "nan"] { #expect(Quantity.share(text) == nil) }
        #expect(
            try PipelineConfiguration.AugmentedCopies(text: "rotate=10,shift=2,copies=3")
                == .init(Augmentation(.affine(rotation: 10, shift: 2)), copies: 3))
        for text in [
            "", "rotate", "rotate=x", "rotate=1,rotate=2", "flip=1", "rotate=1,copies=0", "copies=1.5",
            "rotate=nan",
        ] {
            #expect(throws: ConfigurationError.self, "\(text)") {
                try PipelineConfiguration.AugmentedCopies(text: text)
            }
        }
    }
}
