import Testing

@testable import Pipeline
@testable import Report

@Suite("Text for people")
struct TextTests {
    @Test("numbers read the same in every locale")
    func numbers() {
        #expect(TextStyle.count(0) == "0")
        #expect(TextStyle.count(999) == "999")
        #expect(TextStyle.count(21_555) == "21,555")
        #expect(TextStyle.count(-1_234_567) == "-1,234,567")
        #expect(TextStyle.decimal(0.13066, 4) == "0.1307")
        #expect(TextStyle.decimal(1234.5, 0) == "1,235")
        #expect(TextStyle.decimal(-0.004, 2) == "0.00")
        #expect(TextStyle.decimal(.nan, 2) == "–")
        #expect(TextStyle.decimal(999_999_999_999, 4) == "999,999,999,999.0000")
        #expect(TextStyle.decimal(3.12e15, 4) == "3.1e15")
        #expect(
            [0.03119, 999.99, 86_487.25, 9.94e6, .infinity].map(TextStyle.loss)
                == ["0.0312", "999.9900", "86,487", "9.9e6", "–"])
        #expect(TextStyle.decimal(-.greatestFiniteMagnitude, 4) == "-1.8e308")
        #expect(TextStyle.percent(9.96e20) == "1.0e23 %")
        #expect(TextStyle.bytes(812) == "812 B")
        #expect(TextStyle.bytes(999_999) == "1.00 MB")
        #expect(TextStyle.bytes(69_077_017) == "69.1 MB")
        #expect(TextStyle.duration(0.824) == "0.82 s")
        #expect(TextStyle.duration(245) == "4:05 min")
        #expect(TextStyle.duration(3723) == "1:02:03 h")
        #expect(TextStyle.rate(18_204.4, "images") == "18,204 images/s")
        #expect(TextStyle.rate(1_234_567) == "1.2 M/s")
        #expect(TextStyle.percent(0.125) == "12.5 %")
        #expect(TextStyle.plural(1, "class") == "1 class")
        #expect(TextStyle.plural(10, "class") == "10 classes")
        #expect(TextStyle.plural(2, "image") == "2 images")
    }

    @Test("tables align, without trailing blanks")
    func table() {
        var table = TextTable([.left, .right, .left])
        table.add(["a", "1", "x"])
        table.add(["long", "1,000", ""])
        #expect(table.lines() == ["  a         1  x", "  long  1,000"])
    }

    @Test("bars are eighths of a character long")
    func bars() {
        #expect(TextBar.bar(1, width: 4) == "████")
        #expect(TextBar.bar(0.5, width: 4) == "██")
        #expect(TextBar.bar(0.28125, width: 4) == "█▏")
        #expect(TextBar.bar(0, width: 4) == "")
        #expect(TextBar.bar(7, width: 2) == "██")
    }

    @Test("a line of progress fits the terminal")
    func progress() {
        var progress = PreparationProgress(phase: .staging, fraction: 0.5, images: 10_000, rejected: 0)
        let line = progress.text(seconds: 2, width: 120)
        #expect(line.contains("50 %") && line.contains("5,000/s") && line.contains("2.00 s left"))
        progress.images = 10
        #expect(progress.text(seconds: 2, width: 40).count <= 39)
    }
}
