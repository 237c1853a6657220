// The style sheets and the script, which are files of this module, as trusted markup.

internal import Dataset
internal import Foundation

extension HTML {
    /// The style of pages, apart from charts.
    static let pageStyle = HTML(resource: PackageResources.page_css)

    /// The style of charts, in pages and in SVG files.
    static let chartStyle = HTML(resource: PackageResources.chart_css)

    static let pageScript = HTML(resource: PackageResources.page_js)

    /// Content-Security-Policy: no resources from elsewhere and no script but ours, so that a script could not run even
    /// if it slipped through the escaping.
    static let contentPolicy: String = {
        let words = Digest(of: pageScript.source).words
        let digest = withUnsafeBytes(
            of: (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        ) { Data($0).base64EncodedString() }
        return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-\(digest)'"
    }()
}
