// The style sheets and scripts, which are files of this module, as trusted markup.

internal import Dataset
internal import Foundation

extension HTML {
    /// The style of pages, apart from charts.
    static let pageStyle = HTML(resource: PackageResources.page_css)

    /// The style of charts, in pages and in SVG files.
    static let chartStyle = HTML(resource: PackageResources.chart_css)

    static let pageScript = HTML(resource: PackageResources.page_js)

    /// The bar of an ``AuditReport``, with which decisions are saved.
    static let decisionMarkup = HTML(resource: PackageResources.decide_html)

    /// The section of a ``DrawingBoard``, without its data.
    static let drawingMarkup = HTML(resource: PackageResources.draw_html)
}

extension Page.Program {
    /// What the decisions of an ``AuditReport`` need.
    static let decisions = Page.Program(
        style: HTML(resource: PackageResources.decide_css), script: HTML(resource: PackageResources.decide_js)
    )

    /// What a ``DrawingBoard`` needs. Its scripts are joined: each uses what those before it define.
    static let drawing = Page.Program(
        style: HTML(resource: PackageResources.draw_css),
        script: HTML(
            [
                PackageResources.network_js, PackageResources.resize_js, PackageResources.ink_js,
                PackageResources.prepare_js, PackageResources.answer_js, PackageResources.draw_js,
            ].map(HTML.init(resource:))))
}

extension Digest {
    /// As in a Content-Security-Policy.
    var base64: String {
        withUnsafeBytes(
            of: (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        ) { Data($0).base64EncodedString() }
    }
}
