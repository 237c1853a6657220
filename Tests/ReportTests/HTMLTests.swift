import Dataset
import Foundation
import TestSupport
import Testing

@testable import Report

@Suite("Markup")
struct HTMLTests {
    @Test("text and attribute values are escaped, as the five entities of XML")
    func escaping() {
        #expect(HTML.escape("plain text, 1 + 1 = 2") == "plain text, 1 + 1 = 2")
        #expect(
            HTML.escape("<a href=\"x\">'&'</a>") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;")
        #expect(HTML.escape("äöü ✓ 日本 \u{202E}\u{200B}") == "äöü ✓ 日本 \u{FFFD}\u{FFFD}")
        // No control character is allowed in XML; HTML parsers would replace or drop some of them.
        #expect(
            HTML.escape("a\u{0}\u{8}\u{1B}\u{7F}\u{85}\u{FFFF}b")
                == "a\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}b")
        #expect(HTML.escape("a\r\nb\tc") == "a\u{FFFD}\nb\tc")
    }

    @Test("elements nest, leave out what is nil, and escape strings")
    func elements() {
        let html = element("p", ["class": "a\"b", "title": nil]) {
            "1 < 2"
            element("b") { "&" }
            for number in 0..<2 { String(number) }
            if isShown(false) { "never" }
        }
        #expect(html.source == "<p class=\"a&quot;b\">1 &lt; 2<b>&amp;</b>01</p>")
        #expect(HTML.void("img", ["alt": ""]).source == "<img alt=\"\">")
    }

    private func isShown(_ value: Bool) -> Bool { value }

    @Test("no name of a key, class or shard becomes markup, in any page")
    func hostileNames() throws {
        let names = MadeUp.hostile
        var run = MadeUp.run(names[0])
        run.classes = names
        run.recipe.name = names[1]
        run.recipe.summary = names.joined(separator: "\n")
        run.recipe.data = names[2]
        run.datasetName = names[3]
        run.mistakes = names.enumerated().map { MadeUp.prediction($0, key: $1) }
        run.state = .stopped(reason: names[4])
        let dataset = MadeUp.dataset(classes: names, keys: names, shard: names[1])
        let pages = [
            run.page, RunComparison(runs: [run, MadeUp.run()]).page, MadeUp.audit(names).page, dataset.page,
        ]
        for page in pages {
            let folder = try TemporaryFolder()
            try folder.write("x.html", Array(page.utf8))
            let result = try Tool.run("python3", ["-c", Self.parser, folder("x.html")])
            #expect(result.status == 0, "\(result.errors)")
            // The names are there to be read.
            for name in names.prefix(6) { #expect(result.output.contains(name), "\(name)") }
        }
    }

    /// Python's parser is the oracle: it prints all text, and knows no element or attribute but these.
    private static let parser = """
        import sys, html.parser
        elements = set("html head meta link title style script body header main nav section aside div span p a h1 h2 "
            "h3 bdi dl dt dd small strong code pre table thead tbody tr th td figure figcaption ul li img i br details "
            "summary svg g path rect circle text select button".split())
        attributes = set("lang charset name content http-equiv rel href class id style role title alt src width height "
            "tabindex scope aria-label aria-labelledby viewbox d x y cx cy r fill text-anchor hidden disabled type "
            "data-key data-label data-predicted data-sortable data-class data-split".split())
        class Parser(html.parser.HTMLParser):
            open = []
            def handle_starttag(self, tag, found):
                assert tag in elements, tag
                for name, value in found:
                    assert name in attributes, (tag, name)
                    assert value is not None, (tag, name)
                    assert name not in ("src", "href") or value.startswith(("#", "data:")), value
                    assert name != "style" or not any(c in value for c in "<>()\\'"), value
                if tag not in ("meta", "link", "img", "br"): self.open.append(tag)
            def handle_endtag(self, tag):
                assert self.open.pop() == tag, tag
            def handle_data(self, data): print(data, end="")
            def handle_comment(self, data): raise AssertionError(data)
        text = open(sys.argv[1], encoding="utf-8", newline="").read()
        assert not [c for c in text if ord(c) < 32 and c not in "\\n\\t"]
        parser = Parser()
        parser.feed(text)
        parser.close()
        assert parser.open == [], parser.open
        """

    @Test("data for scripts cannot end their element, whatever mark is before a bracket")
    func data() {
        let text = HTML.data("d", .string("\u{600}</script>\u{6DD}<!--")).source
        #expect(text.utf8.count { $0 == UInt8(ascii: "<") } == 2)
    }

    @Test("standalone SVG files are well-formed XML, whatever the names")
    func svgFiles() throws {
        var runs = MadeUp.hostile.map { MadeUp.run($0) }
        runs.append(MadeUp.run("empty", state: .running(epoch: 1, of: 5), epochs: 0))
        let comparison = RunComparison(runs: runs)
        let charts = [comparison.chart(\.accuracy), comparison.chart(\.loss)]
        let files = charts.map { ("shared", $0.file) } + MadeUp.run().curves + runs[10].curves
        #expect(Set(files.map(\.0)) == ["shared", "loss.svg", "accuracy.svg"])
        for (_, svg) in files {
            let folder = try TemporaryFolder()
            try folder.write("x.svg", Array(svg.utf8))
            // Python's expat is the oracle of what is well-formed.
            let result = try Tool.run(
                "python3",
                ["-c", "import sys, xml.dom.minidom as x; x.parse(sys.argv[1])", folder("x.svg")])
            #expect(result.status == 0, "\(result.errors)")
        }
    }

    @Test("pages name nothing outside themselves, and allow only their own script")
    func selfContained() {
        let page = MadeUp.run().page
        for match in page.matches(of: /(?:src|href)="([^"]{0,30})/) {
            #expect(match.output.1.hasPrefix("data:") || match.output.1.hasPrefix("#"))
        }
        #expect(page.contains("default-src &#39;none&#39;"))
    }
}
