// How saved states hold an augmentation. One of affine changes alone is coded as it was when there were no others.

extension Augmentation: Codable {
    /// The steps in order, each with its keys and its probability, or the ranges of an affine change.
    public func encode(to encoder: any Encoder) throws {
        if steps.count == 1, steps[0].probability == 1, let affine = steps[0].operation as? RandomAffine {
            return try affine.encode(to: encoder)
        }
        var list = encoder.unkeyedContainer()
        for step in steps {
            var texts = ["probability": "\(step.probability)"]
            for (key, text) in zip(step.operation.keys, step.operation.texts) { texts[key.name] = text }
            try list.encode(texts)
        }
    }

    /// - Throws: `DecodingError` if an operation is unknown or a value out of its range
    public init(from decoder: any Decoder) throws {
        guard var list = try? decoder.unkeyedContainer() else {
            self.init(Step(try RandomAffine(from: decoder)))
            return
        }
        var steps: [Step] = []
        while !list.isAtEnd {
            let texts = try list.decode([String: String].self)
            let one = Augmentation(
                texts, probabilities: Self.probabilities(texts["probability"], of: Self.names(of: texts.keys))
            )
            guard one.steps.count == 1, one.problem == nil,
                Set(texts.keys) == Set(one.texts.map(\.key.name) + ["probability"]),
                one.texts.allSatisfy({ $0.key.accepts(texts[$0.key.name] ?? "") })
            else {
                throw DecodingError.dataCorruptedError(
                    in: list, debugDescription: "not a step of an augmentation")
            }
            steps += one.steps
        }
        self.init(steps: steps)
    }

    private static func probabilities(_ text: String?, of names: [String]) -> [String: Double] {
        let value = text.flatMap { Double($0) } ?? .nan
        return Dictionary(uniqueKeysWithValues: names.map { ($0, value) })
    }
}
