// Names as bytes, and their text.

import Dataset
import Testing

@Suite("Keys")
struct KeyTests {
    @Test("names that Swift's strings call equal are different keys")
    func normalization() {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        #expect(composed == decomposed)
        #expect(Key(utf8: composed) != Key(utf8: decomposed))
        #expect(Set([Key(utf8: composed), Key(utf8: decomposed)]).count == 2)
        #expect(ClassNames(found: [Key(utf8: composed), Key(utf8: decomposed)])?.count == 2)
        #expect(ClassNames(ordered: [composed, decomposed])?[decomposed]?.index == 1)
    }

    @Test("order is that of the bytes, whatever they spell")
    func order() {
        let keys = ["", "A", "a", "a/", "a/b", "b", "e\u{301}", "z", "\u{E9}", "\u{FF5E}", "\u{1F600}"].map(
            Key.init(utf8:))
        #expect(keys.shuffled().sorted() == keys)
        #expect(Key(bytes: [0x61, 0xE9]) > Key(bytes: [0x61, 0x7A, 0x7A]))
    }

    @Test("text is the name itself where that is UTF-8, and an escape where it is not")
    func text() {
        #expect(Key(utf8: "4/größe (1).jpg").text == "4/größe (1).jpg")
        #expect(Key(bytes: [0x34, 0x2F, 0xE9]).text == "4/\\xE9")
        #expect(Key(utf8: "a\\b").text == "a\\b")
        #expect(Key(utf8: "\\xE9").text == "\\x5CxE9")
        #expect(Key(utf8: "\\xe9").text == "\\x5Cxe9")
    }

    @Test("characters that steer or hide text are escaped, and those that words need are not")
    func invisible() {
        #expect(Key(utf8: "a\u{1B}[31m\n").text == "a\\x1B[31m\\x0A")
        #expect(Key(utf8: "\u{202E}gnp\u{200B}").text == "\\xE2\\x80\\xAEgnp\\xE2\\x80\\x8B")
        #expect(Key(utf8: "می\u{200C}خواهم").text == "می\u{200C}خواهم")
        let marked = Key(utf8: "\u{202E}\u{0}\\xE2\u{E0041}")
        #expect(Key(text: marked.text) == marked)
    }

    @Test("cells of tables never begin a formula, and come back to the text")
    func cells() {
        for (text, cell) in [
            ("=1+1", "\\x3D1+1"), ("+1", "\\x2B1"), ("-1", "\\x2D1"), ("@A", "\\x40A"), ("a=b", "a=b"),
            ("", ""),
            ("=\u{301}", "\\x3D\u{301}"),
        ] {
            #expect(Key.cell(text) == cell)
            #expect(Key.text(cell: cell) == text)
            #expect(Key(text: cell) == Key(utf8: text))
        }
        #expect(Key.cell(Key(utf8: "\\x3D1").text) == "\\x5Cx3D1")
    }

    @Test("any bytes come back from their text, and no two share one")
    func reversible() {
        var random = SeededRandom(seed: 1, purpose: .split)
        let alphabet: [UInt8] = [
            0x5C, 0x78, 0x45, 0x39, 0x35, 0x43, 0xE9, 0xC3, 0xA9, 0xF0, 0x9F, 0x98, 0x80, 0x2F, 0,
        ]
        var texts: [[UInt8]: Key] = [:]
        for _ in 0..<20_000 {
            let count = Int(random.below(9))
            let key = Key(bytes: (0..<count).map { _ in alphabet[Int(random.below(UInt64(alphabet.count)))] })
            let text = key.text
            #expect(Key(text: text) == key)
            let earlier = texts.updateValue(key, forKey: Array(text.utf8))
            #expect(earlier == nil || earlier == key)
        }
    }

    @Test(
        "text is made visible, and scalars replaced, by scalars, and in a time that grows with the length alone"
    )
    func visible() {
        #expect(
            "\u{600}<a\u{301}".replacing(scalars: ["<": "&lt;"]).unicodeScalars.elementsEqual(
                "\u{600}&lt;a\u{301}".unicodeScalars))
        #expect("a\u{202E}b\n".visible() == #"a\u202eb\x0a"#)
        // A million took eighteen seconds.
        #expect(String(repeating: "\u{202E}", count: 300_000).visible().utf8.count == 1_800_000)
        #expect(!"caf\u{E9}".hasBytes(of: "cafe\u{301}") && "caf\u{E9}" == "cafe\u{301}")
    }
}
