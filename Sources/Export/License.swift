// Names of licences: SPDX's, which metadata link to, and those that Hugging Face's Hub takes.

internal import Storage

/// A licence by its identifier (spdx.org/licenses) or by a URL.
struct License {
    let text: String

    /// Those of SPDX that the Hub knows (huggingface.co/docs/hub/repositories-licenses), by the same names in small letters,
    /// but for the renamed.
    private static let known =
        """
        AFL-3.0 AGPL-3.0 Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BSD-3-Clause-Clear BSL-1.0 C-UDA-1.0 CC-BY-2.0
        CC-BY-2.5 CC-BY-3.0 CC-BY-4.0 CC-BY-NC-2.0 CC-BY-NC-3.0 CC-BY-NC-4.0 CC-BY-NC-ND-3.0 CC-BY-NC-ND-4.0
        CC-BY-NC-SA-2.0 CC-BY-NC-SA-3.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 CDLA-Permissive-1.0
        CDLA-Permissive-2.0 CDLA-Sharing-1.0 ECL-2.0 EPL-1.0 EPL-2.0 etalab-2.0 EUPL-1.1 EUPL-1.2 GPL-2.0 GPL-3.0 ISC
        LGPL-2.1 LGPL-3.0 LPPL-1.3c MIT MPL-2.0 MS-PL NCSA ODbL-1.0 ODC-By-1.0 OFL-1.1 OSL-3.0 PDDL-1.0 PostgreSQL
        Unlicense WTFPL Zlib
        """.split { $0 == " " || $0 == "\n" }.map(String.init)
    private static let renamed = [
        "odbl-1.0": "odbl", "odc-by-1.0": "odc-by", "pddl-1.0": "pddl", "c-uda-1.0": "c-uda",
    ]

    private var isURL: Bool { text.utf8.contains(UInt8(ascii: ":")) }

    /// The identifier as SPDX writes it.
    private var identifier: String {
        Self.known.first { $0.lowercased() == text.lowercased() } ?? text
    }

    /// Its page.
    var url: String { isURL ? text : "https://spdx.org/licenses/\(identifier).html" }

    /// The lines of a card's front matter.
    var frontMatter: String {
        var name = text.lowercased()
        for suffix in ["-only", "-or-later"] where name.hasSuffix(suffix) {
            name.removeLast(suffix.count)
        }
        if name == "other" || name == "unknown" { return "license: \(name)" }
        if !isURL, Self.known.contains(where: { $0.lowercased() == name }) {
            return "license: \(Self.renamed[name] ?? name)"
        }
        let link = "license: other\nlicense_link: \(JSONValue.string(url).canonicalText)"
        return isURL ? link : "\(link)\nlicense_name: \(JSONValue.string(text).canonicalText)"
    }
}
