// The style sheets and the script, which are files beside this one, as trusted markup.

internal import Dataset
internal import Foundation

extension HTML {
    /// Everything that pages look like.
    static let pageStyle = HTML(resource: PackageResources.page_css)

    /// What charts look like, in pages and by themselves.
    static let chartStyle = HTML(resource: PackageResources.chart_css)

    static let pageScript = HTML(resource: PackageResources.page_js)

    /// Nothing from elsewhere, and no script but ours: should anything ever slip through the escaping, it does
    /// not run.
    static let contentPolicy: String = {
        let words = Digest(of: pageScript.source).words
        let digest = withUnsafeBytes(
            of: (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        ) { Data($0).base64EncodedString() }
        return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-\(digest)'"
    }()
}
