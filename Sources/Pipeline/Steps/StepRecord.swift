// What a step writes last: which files it made, and from what. A step is done if its record and all its files are there.

internal import Dataset
internal import Storage

/// The record of a finished step, a JSON file beside its files.
struct StepRecord {
    /// A file that a step wrote, by its name in the work folder.
    struct File: Equatable {
        let name: String
        let bytes: Int
        let sha256: Digest
    }

    /// The digest of what the step was made from: records of earlier steps, or the work itself.
    let basis: Digest
    let files: [File]
    /// What later steps need to know without reading the files.
    let values: JSONValue

    init(basis: Digest, files: [File], values: JSONValue) {
        (self.basis, self.files, self.values) = (basis, files, values)
    }

    private var members: [Key: JSONValue] {
        [
            "basis": .string(basis.hex), "values": values,
            "files": .array(
                files.map {
                    .object([
                        "name": .string($0.name), "bytes": .integer($0.bytes),
                        "sha256": .string($0.sha256.hex),
                    ])
                }),
        ]
    }

    /// The document, which has its own digest: a damaged record is none.
    var json: JSONValue {
        .object(members.merging(["digest": .string(digest.hex)]) { $1 })
    }

    /// Identifies the step's result.
    var digest: Digest { Digest(of: JSONValue.object(members).canonicalText) }

    init(_ json: JSONValue) throws(JSONProblem) {
        var object = try JSONObject(json)
        basis = try object.digest("basis")
        values = try object.take("values")
        files = try object.list("files") { (file) throws(JSONProblem) in
            File(
                name: try file.text("name"), bytes: try file.integer("bytes", in: 0...Int.max),
                sha256: try file.digest("sha256"))
        }
        let stated = try object.digest("digest")
        try object.finish()
        guard stated == digest else { throw JSONProblem("its contents do not match its “digest”") }
    }
}
