// Croissant: metadata of a dataset that search engines, Hugging Face and mlcroissant read.
// Format: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html, with its RAI and PROV fields.

internal import Dataset
internal import Shards
internal import Storage

/// `croissant.json`: what a dataset or export is, its files, and how to read records from them.
struct Croissant {
    static let fileName = PreparedDataset.cardNames[0]

    /// The files of a dataset, and sets of records in them.
    struct Layout {
        /// Files of the folder are listed by themselves; these are sets of files.
        var fileSets: [JSONValue] = []
        var recordSets: [JSONValue] = []
    }

    /// A file beside the metadata.
    struct File {
        let name: String
        let bytes: Int
        let sha256: Digest
    }

    let json: JSONValue

    init(_ manifest: Manifest, _ about: About, files: [File], layout: Layout) {
        let license = about.license.map { License(text: $0).url }
        var members: [Key: JSONValue] = [
            "@context": Self.context, "@type": "sc:Dataset",
            "conformsTo": .strings([
                "http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0",
            ]),
            "name": .string(manifest.name), "version": "1.0.0",
            "identifier": .string("sha256:\(manifest.digest.hex)"),
            "description": .string(about.description ?? DatasetSummary(manifest).sentence),
            "keywords": .strings(["image classification"] + manifest.classes.names.prefix(100)),
            "creator": .array(about.creators.map { ["@type": "sc:Person", "name": .string($0)] }),
            "distribution": .array(files.map(Self.fileObject) + layout.fileSets),
            "recordSet": .array([Self.splits(manifest), Self.classes(manifest)] + layout.recordSets),
            "prov:wasDerivedFrom": .array(about.sources.map { ["@id": .string($0)] }),
            "prov:wasGeneratedBy": Self.activity(manifest),
        ]
        for (key, value) in [
            ("license", license), ("citeAs", about.citation), ("url", about.url),
            ("datePublished", about.date),
        ] {
            if let value { members[Key(utf8: key)] = .string(value) }
        }
        members.merge(DatasetSummary(manifest).responsibility) { a, _ in a }
        json = .object(members)
    }

    // MARK: Parts

    /// The preparation, with everything that decides its result.
    private static func activity(_ manifest: Manifest) -> JSONValue {
        [
            "@type": "prov:Activity", "prov:label": "Preparation",
            "description": .string(
                "The pipeline as recorded in dataset.json: \(manifest.configuration.canonicalText.visible())"),
            "prov:wasAssociatedWith": [
                "@type": "prov:SoftwareAgent", "prov:label": .string("prep \(programVersion)"),
            ],
        ]
    }

    private static func fileObject(_ file: File) -> JSONValue {
        [
            "@type": "cr:FileObject", "@id": .string(file.name), "name": .string(file.name),
            "contentUrl": .string(file.name), "contentSize": .string("\(file.bytes) B"),
            "encodingFormat": .string(encodingFormat(file.name)), "sha256": .string(file.sha256.hex),
        ]
    }

    private static func encodingFormat(_ name: String) -> String {
        let formats = [
            ".csv": "text/csv", ".json": "application/json", ".tar": "application/x-tar",
            ".zst": "application/zstd", ".idx": "text/plain",
        ]
        return formats.first { name.hasSuffix($0.key) }?.value ?? "application/octet-stream"
    }

    /// Files of a kind, in the folder or in archives.
    static func fileSet(_ id: String, _ type: String, includes: String, in archives: [String] = [])
        -> JSONValue
    {
        var members: [Key: JSONValue] = [
            "@type": "cr:FileSet", "@id": .string(id), "name": .string(id), "encodingFormat": .string(type),
            "includes": .string(includes),
        ]
        if !archives.isEmpty { members["containedIn"] = .array(archives.map { ["@id": .string($0)] }) }
        return .object(members)
    }

    /// A field of a record.
    struct Field {
        let name: String
        let type: String
        var source: JSONValue?
        /// The field that lists its values.
        var references: String?
    }

    static func recordSet(
        _ id: String, _ description: String, type: String? = nil, fields: [Field], data: [[JSONValue]] = []
    ) -> JSONValue {
        var members: [Key: JSONValue] = [
            "@type": "cr:RecordSet", "@id": .string(id), "name": .string(id),
            "description": .string(description),
            "field": .array(
                fields.map { field in
                    var members: [Key: JSONValue] = [
                        "@type": "cr:Field", "@id": .string("\(id)/\(field.name)"),
                        "name": .string(field.name),
                        "dataType": .string(field.type),
                    ]
                    if let source = field.source { members["source"] = source }
                    if let other = field.references {
                        members["references"] = ["field": ["@id": .string(other)]]
                    }
                    return .object(members)
                }),
        ]
        if let type {
            members["dataType"] = .string(type)
            members["key"] = ["@id": .string("\(id)/\(fields[0].name)")]
        }
        if !data.isEmpty {
            members["data"] = .array(
                data.map { row in
                    let cells = zip(fields, row).map { (Key(utf8: "\(id)/\($0.name)"), $1) }
                    return .object(Dictionary(uniqueKeysWithValues: cells))
                })
        }
        return .object(members)
    }

    private static func splits(_ manifest: Manifest) -> JSONValue {
        recordSet(
            "splits", "The splits, with their numbers of images.", type: "cr:Split",
            fields: [Field(name: "name", type: "sc:Text"), Field(name: "images", type: "sc:Integer")],
            data: Split.allCases.map { split in
                [.string(split.rawValue), .integer(manifest[split].rows)]
            })
    }

    private static func classes(_ manifest: Manifest) -> JSONValue {
        recordSet(
            "classes", "The classes, with their numbers.", type: "sc:Enumeration",
            fields: [Field(name: "name", type: "sc:Text"), Field(name: "number", type: "sc:Integer")],
            data: manifest.classes.names.enumerated().map { [.string($0.element), .integer($0.offset)] })
    }
}
