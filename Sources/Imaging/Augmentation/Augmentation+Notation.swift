// An augmentation as texts by key: what pipelines, recipes, flags and saved states hold.

extension Augmentation {
    /// Keys of all operations, in their order when none is given.
    package static var keys: [AugmentationKey] { operations.flatMap { $0.keys } }

    /// Names of the operations that `keys` belong to, in their order when none is given. Without keys, it is the affine
    /// one, which then changes nothing.
    package static func names(of keys: some Collection<String>) -> [String] {
        let names = operations.filter { $0.keys.contains { keys.contains($0.name) } }.map { $0.name }
        return names.isEmpty ? [RandomAffine.name] : names
    }

    /// The operations that `texts` has keys of.
    ///
    /// - Parameters:
    ///   - texts: by key, all of them accepted by their keys
    ///   - order: the names of these operations; `nil` for the usual order
    ///   - probabilities: by name; others have their usual probability
    package init(_ texts: [String: String], order: [String]? = nil, probabilities: [String: Double] = [:]) {
        let names = order ?? Self.names(of: texts.keys)
        self.init(
            steps: names.compactMap { name in
                Self.operations.first { $0.name == name }.map {
                    Step.reading($0, texts, probability: probabilities[name])
                }
            })
    }

    /// The texts of all keys, in the order of steps.
    package var texts: [(key: AugmentationKey, text: String)] { steps.flatMap(\.texts) }

    /// The names of the steps if there are several, for `order`.
    package var order: [String]? { steps.count > 1 ? steps.map(\.name) : nil }

    /// By name, those that are not 1 or not usually 1, for `probability`.
    package var probabilities: [(name: String, value: Double)] {
        steps.filter { $0.probability != 1 || type(of: $0.operation).usualProbability != 1 }
            .map { ($0.name, $0.probability) }
    }
}

extension Augmentation.Step {
    fileprivate static func reading(
        _ type: (some RandomOperation).Type, _ texts: [String: String], probability: Double?
    ) -> Self {
        Self(type.init(texts), probability: probability)
    }

    fileprivate var texts: [(key: AugmentationKey, text: String)] {
        zip(operation.keys, operation.texts).map { ($0, $1) }
    }
}

extension Augmentation: CustomStringConvertible {
    /// For messages, such as `crop=4, flip=horizontal at 0.5`.
    public var description: String {
        steps.map { step in
            let texts = step.texts.map { "\($0.key.name)=\($0.text)" }.joined(separator: ",")
            return step.probability == 1 ? texts : "\(texts) at \(step.probability)"
        }.joined(separator: ", ")
    }
}
