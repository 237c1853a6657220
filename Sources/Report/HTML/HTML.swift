// HTML and SVG in which text is always escaped, so that no key or class name can become markup.

internal import Dataset
internal import Storage

/// A piece of HTML or SVG.
///
/// Keys come from archives and may contain anything. So `init(text:)` escapes text, and `element` escapes attribute
/// values. Names of tags and attributes, and trusted markup, are `StaticString`: literals in this module's source,
/// never data.
struct HTML: Sendable, Equatable {
    private(set) var source: String

    static let empty = HTML(trusted: "")

    init(text: String) { source = Self.escape(text) }

    /// Markup that is a literal in this module's source.
    init(trusted markup: StaticString) { source = markup.description }

    /// Markup from a file that is part of this module.
    init(resource: [UInt8]) { source = String(decoding: resource, as: UTF8.self) }

    /// JSON that a script of the page reads from the element called `identifier`.
    static func data(_ identifier: StaticString, _ json: JSONValue) -> HTML {
        // No text in it can end the element, and browsers do not run it.
        var text = json.canonicalText
        if text.utf8.contains(UInt8(ascii: "<")) { text = text.replacing(scalars: ["<": "\\u003c"]) }
        return HTML(source: "<script type=\"application/json\" id=\"\(identifier)\">\(text)</script>")
    }

    /// Pieces of markup joined together.
    init(_ parts: [HTML]) {
        source = ""
        for part in parts { source += part.source }
    }

    private init(source: String) { self.source = source }

    /// Attributes by name; an attribute with the value `nil` is left out.
    typealias Attributes = KeyValuePairs<StaticString, String?>

    /// `<name …>` without an end tag, for HTML's void elements.
    static func void(_ name: StaticString, _ attributes: Attributes = [:]) -> HTML {
        HTML(source: startTag(name, attributes))
    }

    /// `<name …>content</name>`
    static func element(_ name: StaticString, _ attributes: Attributes, _ content: HTML) -> HTML {
        HTML(source: "\(startTag(name, attributes))\(content.source)</\(name)>")
    }

    /// The same with attributes made at run time.
    static func element(
        _ name: StaticString, _ attributes: [(key: StaticString, value: String?)], _ content: HTML
    ) -> HTML {
        HTML(source: "\(startTag(name, attributes))\(content.source)</\(name)>")
    }

    private static func startTag(
        _ name: StaticString, _ attributes: some Sequence<(key: StaticString, value: String?)>
    ) -> String {
        var tag = "<\(name)"
        for (name, value) in attributes {
            guard let value else { continue }
            tag += " \(name)=\"\(escape(value))\""
        }
        return tag + ">"
    }

    /// Escapes text and quoted attribute values for HTML and XML. Characters that neither allows, or
    /// that could reorder or hide text, become U+FFFD.
    static func escape(_ text: String) -> String {
        if text.utf8.allSatisfy({ isPlain($0) }) { return text }
        var result = ""
        result.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            case _ where scalar.isInvisibleControl: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// ASCII that never needs escaping; other characters are checked one by one.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"):
            false
        default: (0x20...0x7E).contains(byte)
        }
    }
}

/// Joins elements and texts into markup; strings are escaped.
@resultBuilder
enum HTMLBuilder {
    static func buildExpression(_ text: String) -> HTML { HTML(text: text) }
    static func buildExpression(_ html: HTML) -> HTML { html }
    static func buildBlock(_ parts: HTML...) -> HTML { HTML(parts) }
    static func buildOptional(_ part: HTML?) -> HTML { part ?? .empty }
    static func buildEither(first: HTML) -> HTML { first }
    static func buildEither(second: HTML) -> HTML { second }
    static func buildArray(_ parts: [HTML]) -> HTML { HTML(parts) }
}

/// An element with its content.
func element(
    _ name: StaticString, _ attributes: HTML.Attributes = [:], @HTMLBuilder _ content: () -> HTML
) -> HTML {
    .element(name, attributes, content())
}

/// An element without content.
func element(_ name: StaticString, _ attributes: HTML.Attributes) -> HTML {
    .element(name, attributes, .empty)
}
