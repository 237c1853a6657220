// The sets of records that exports have.

internal import Dataset
internal import Storage

extension Croissant {
    /// The lines of samples.csv.
    static var samples: JSONValue {
        let types = Dictionary(
            uniqueKeysWithValues: ["row", "class", "id", "copy"].map { ($0, "sc:Integer") })
        let lists = ["split": "splits/name", "class": "classes/number"]
        return recordSet(
            "samples", "The rows of the export: where each image is from.",
            fields: SampleList.columns.map { column in
                Field(
                    name: column, type: types[column] ?? "sc:Text",
                    source: [
                        "fileObject": ["@id": .string(SampleList.fileName)],
                        "extract": ["column": .string(column)],
                    ], references: lists[column])
            })
    }

    /// The images of a set of PNG files.
    ///
    /// - Parameter names: for each field that paths say, a regular expression whose parenthesis is its value
    static func images(in fileSet: String, names: KeyValuePairs<String, String>) -> JSONValue {
        func source(_ property: JSONValue) -> [Key: JSONValue] {
            ["fileSet": ["@id": .string(fileSet)], "extract": ["fileProperty": property]]
        }
        let others = names.map { name, expression in
            Field(
                name: name, type: name == "row" ? "sc:Integer" : "sc:Text",
                source: .object(
                    source("fullpath").merging(["transform": ["regex": .string(expression)]]) { $1 }))
        }
        return recordSet(
            "images", "The images.",
            fields: [Field(name: "image", type: "sc:ImageObject", source: .object(source("content")))]
                + others)
    }
}
