// The names that a Croissant document uses.

internal import Dataset
internal import Storage

extension Croissant {
    /// The JSON-LD context of Croissant 1.1, and PROV's.
    static let context: JSONValue = {
        var members: [Key: JSONValue] = [
            "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
            "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
            "dct": "http://purl.org/dc/terms/", "prov": "http://www.w3.org/ns/prov#",
            "conformsTo": "dct:conformsTo",
            "data": ["@id": "cr:data", "@type": "@json"],
            "examples": ["@id": "cr:examples", "@type": "@json"],
            "dataType": ["@id": "cr:dataType", "@type": "@vocab"],
            "description": ["@container": "@language"], "name": ["@container": "@language"],
        ]
        let terms = [
            "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field",
            "fileProperty", "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset",
            "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated",
            "replace", "samplingRate", "separator", "source", "subField", "transform",
        ]
        for term in terms { members[Key(utf8: term)] = .string("cr:\(term)") }
        return .object(members)
    }()
}
