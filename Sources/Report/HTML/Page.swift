// What all pages share: head, style, title, sections, script. A page is one file and needs no network.

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

    var text: String {
        let body = HTML([header, element("main", ["id": "content"]) { HTML(sections.map(Self.section)) }])
        let head = element("head") {
            HTML.void("meta", ["charset": "utf-8"])
            HTML.void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
            HTML.void("meta", ["name": "color-scheme", "content": "light dark"])
            HTML.void("meta", ["http-equiv": "Content-Security-Policy", "content": HTML.contentPolicy])
            if let reload { HTML.void("meta", ["http-equiv": "refresh", "content": String(reload)]) }
            // Without an icon, browsers would request one.
            HTML.void("link", ["rel": "icon", "href": "data:,"])
            element("title") { "\(title) · prep" }
            element("style") {
                HTML.chartStyle
                HTML.pageStyle
            }
        }
        let root = element("html", ["lang": "en"]) {
            head
            element("body") {
                body
                element("script") { HTML.pageScript }
            }
        }
        return "<!DOCTYPE html>\n" + root.source + "\n"
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
