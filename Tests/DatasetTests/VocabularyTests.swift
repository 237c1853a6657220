import Testing

@testable import Dataset

@Suite("Vocabulary")
struct VocabularyTests {
    @Test("classes are in numeric order when all are numbers, else in order of their bytes")
    func classOrder() {
        #expect(ClassNames(found: ["10", "9", "0"])?.names == ["0", "9", "10"])
        #expect(ClassNames(found: ["10", "9", "a"])?.names == ["10", "9", "a"])
        #expect(ClassNames(found: ["b", "A", "a", "B"])?.names == ["A", "B", "a", "b"])
        #expect(ClassNames(found: ["3", "03", "1"])?.names == ["1", "03", "3"])
        #expect(ClassNames(found: ["+1", "2"])?.names == ["+1", "2"])
        #expect(ClassNames(found: ["x", "y"])?["y"] == Label(rawValue: 1))
        #expect(ClassNames(found: ["x", "y"])?["z"] == nil)
    }

    @Test("more classes than a 16-bit label can number are refused")
    func tooManyClasses() {
        #expect(ClassNames(found: (0..<65_536).map { Key(utf8: "\($0)") })?.count == 65_536)
        #expect(ClassNames(found: (0..<65_537).map { Key(utf8: "\($0)") }) == nil)
        #expect(ClassNames(ordered: (0..<65_537).map { "\($0)" }) == nil)
    }

    @Test("a dataset has classes, and no two of one name")
    func strangeClasses() {
        #expect(ClassNames(found: [Key]()) == nil)
        #expect(ClassNames(ordered: []) == nil)
        #expect(ClassNames(ordered: ["a", "b", "a"]) == nil)
        // Names are visible: control characters are escapes, as `Key.text` writes them.
        #expect(ClassNames(ordered: ["0", "0\0b"]) == nil && ClassNames(ordered: ["a", "\u{1B}[3Z"]) == nil)
        #expect(ClassNames(ordered: ["0", ""]) == nil && ClassNames(ordered: ["0", #"0\x00b"#]) != nil)
        #expect(
            ClassNames(found: ["99999999999999999999999", "1"])?.names == ["1", "99999999999999999999999"])
    }

    @Test("split sizes are the largest remainders, ties to the earlier split")
    func splitSizes() {
        #expect(SplitRatios.standard.sizes(of: 21_555) == [17_244, 2_156, 2_155])
        #expect(SplitRatios.standard.sizes(of: 70_000) == [56_000, 7_000, 7_000])
        #expect(SplitRatios([1, 1, 1])?.sizes(of: 2) == [1, 1, 0])
        #expect(SplitRatios([0, 1, 0])?.sizes(of: 5) == [0, 5, 0])
        for count in 0..<300 { #expect(SplitRatios([7, 2, 1])?.sizes(of: count).reduce(0, +) == count) }
    }

    @Test(
        "ratios are three whole weights, not all zero",
        arguments: ["80/20", "80/10/10/0", "0/0/0", "-1/1/1", "a/b/c", "80/10/", ""])
    func badRatios(text: String) {
        #expect(SplitRatios(text: text) == nil)
    }

    /// Oracle: FIPS 180-4's examples.
    @Test("digests are SHA-256")
    func digest() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(Digest(of: "abc").hex == abc)
        #expect(Digest(hex: abc) == Digest(of: "abc"))
        #expect(Digest(of: "").hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Digest(hex: abc.uppercased()) == nil)
        #expect(Digest(hex: "ba78") == nil)
        #expect(Digest(hex: String(repeating: "g", count: 64)) == nil)
        var builder = DigestBuilder()
        for byte in "abc".utf8 { withUnsafeBytes(of: byte) { builder.update($0) } }
        #expect(builder.finish().hex == abc)
    }

    @Test("names from outside cannot steer a terminal")
    func visible() {
        #expect("Zero_full (1).jpg é 你".visible() == "Zero_full (1).jpg é 你")
        #expect("\u{E0041}\u{202E}\u{7}".visible() == "\\u{e0041}\\u202e\\x07")
        #expect("a\u{1B}[31mred\nb\u{7F}\u{9B}".visible() == "a\\x1b[31mred\\x0ab\\x7f\\x9b")
        #expect("two\nlines\r".visible(lines: true) == "two\nlines\\x0d")
    }
}
