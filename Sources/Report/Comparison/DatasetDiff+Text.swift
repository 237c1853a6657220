// What prep diff prints.

internal import Dataset
package import Pipeline
package import Storage

extension DatasetDiff {
    /// Each difference with its number and up to five examples.
    package var text: String {
        var lines: [String] = []
        func list(_ title: String, _ examples: [String]) {
            guard !examples.isEmpty else { return }
            lines.append("\(title): \(TextStyle.count(examples.count))")
            lines += examples.prefix(5).map { "  \($0)" }
            if examples.count > 5 { lines.append("  … and \(TextStyle.count(examples.count - 5)) more") }
        }
        list("only in the first", onlyFirst)
        list("only in the second", onlySecond)
        for aspect in Aspect.allCases {
            list(
                "another \(aspect.rawValue)",
                (differing[aspect] ?? []).map { sample in
                    let isDigest = aspect == .source || aspect == .pixels
                    let values = [sample.values.0, sample.values.1].map {
                        isDigest ? String($0.prefix(12)) : $0
                    }
                    return "\(sample.key): \(values[0]) → \(values[1])"
                })
        }
        if !comparesPixels { lines.append("images of different sizes: pixels were not compared") }
        list(
            "settings",
            settings.map { setting in
                "\(setting.name): \(Self.text(setting.values.0)) → \(Self.text(setting.values.1))"
            })
        let verdict =
            sameData
            ? "the data are equal, in the same places"
            : sameSamples
                ? "all samples are equal, but they are divided into other shards, copies or sets"
                : "the data differ; \(TextStyle.count(common)) keys are in both"
        return (lines + [verdict]).joined(separator: "\n")
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value else { return "–" }
        if case .string(let text) = value { return text.excerpt }
        return value.canonicalText.excerpt
    }

    /// All differences.
    package var json: JSONValue {
        let aspects = Aspect.allCases.map { aspect in
            (
                Key(utf8: aspect.rawValue),
                JSONValue.array(
                    (differing[aspect] ?? []).map { sample in
                        .object([
                            "key": .string(sample.key), "first": .string(sample.values.0),
                            "second": .string(sample.values.1),
                        ])
                    })
            )
        }
        return .object([
            "equal": .bool(sameData), "common": .integer(common), "compares_pixels": .bool(comparesPixels),
            "only_first": .strings(onlyFirst), "only_second": .strings(onlySecond),
            "differing": .object(Dictionary(uniqueKeysWithValues: aspects)),
            "settings": .array(
                settings.map { setting in
                    .object([
                        "name": .string(setting.name), "first": setting.values.0 ?? .null,
                        "second": setting.values.1 ?? .null,
                    ])
                }),
        ])
    }
}
