// What all pages share: head, style, title, sections, script. A page is one file and needs no network.

internal import Dataset

struct Page {
    /// A part of a page, with a heading that the table of contents links to.
    struct Section {
        var identifier: StaticString
        var title: String
        var content: HTML
    }

    /// The kind of page, in a word or two, shown above the title.
    var kind: String
    var title: String
    var subtitle: HTML
    /// Seconds until the page reloads itself; `nil` if it no longer changes.
    var reload: Int?
    var sections: [Section]
    /// What a section needs besides the style and the script of all pages.
    var program: Program?

    /// A style, and a script that runs as a module, so that its names meet no others.
    struct Program {
        var style, script: HTML
    }

    var text: String {
        let body = HTML([header, element("main", ["id": "content"]) { HTML(sections.map(Self.section)) }])
        let head = element("head") {
            HTML.void("meta", ["charset": "utf-8"])
            HTML.void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
            HTML.void("meta", ["name": "color-scheme", "content": "light dark"])
            HTML.void("meta", ["http-equiv": "Content-Security-Policy", "content": contentPolicy])
            if let reload { HTML.void("meta", ["http-equiv": "refresh", "content": String(reload)]) }
            // Without an icon, browsers would request one.
            HTML.void("link", ["rel": "icon", "href": "data:,"])
            element("title") { "\(title) · prep" }
            element("style") {
                HTML.chartStyle
                HTML.pageStyle
                if let program { program.style }
            }
        }
        let root = element("html", ["lang": "en"]) {
            head
            element("body") {
                body
                element("script") { HTML.pageScript }
                if let program { element("script", ["type": "module"]) { program.script } }
            }
        }
        return "<!DOCTYPE html>\n" + root.source + "\n"
    }

    /// No resources from elsewhere and no script but ours, so that a script could not run even if it slipped through the
    /// escaping.
    private var contentPolicy: String {
        let scripts = [HTML.pageScript] + (program.map { [$0.script] } ?? [])
        let digests = scripts.map { "'sha256-\(Digest(of: $0.source).base64)'" }
        return
            "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'; "
            + "script-src \(digests.joined(separator: " "))"
    }

    private var header: HTML {
        element("header", ["class": "top"]) {
            element("p", ["class": "kind"]) { kind }
            element("h1") { element("bdi") { title } }
            element("p", ["class": "subtitle"]) { subtitle }
            if sections.count > 2 {
                element("nav", ["aria-label": "Contents"]) {
                    for section in sections {
                        element("a", ["href": "#\(section.identifier)"]) { section.title }
                    }
                }
            }
        }
    }

    private static func section(_ section: Section) -> HTML {
        element(
            "section", ["id": "\(section.identifier)", "aria-labelledby": "\(section.identifier)-title"]
        ) {
            element("h2", ["id": "\(section.identifier)-title"]) { section.title }
            section.content
        }
    }
}
