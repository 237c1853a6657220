// Augmentation: a list of random changes of a prepared image, applied in order.

/// What changes images at random, in this order. Nothing is changed that is not listed.
///
/// Every change is drawn from the random numbers of one sample and one epoch (or copy), and works on U8 pixels,
/// row-major, one channel or red, green and blue interleaved. docs/augmentation.md defines each.
public struct Augmentation: Sendable, Equatable {
    /// An operation, and how often it is applied.
    public struct Step: Sendable {
        package let operation: any RandomOperation
        /// The share of images that it is applied to, 0...1.
        public let probability: Double

        /// - Parameter probability: `nil` for the usual one of this operation
        package init(_ operation: some RandomOperation, probability: Double? = nil) {
            self.operation = operation
            self.probability = probability ?? type(of: operation).usualProbability
        }

        package var name: String { type(of: operation).name }
    }

    /// From first to last.
    public let steps: [Step]

    /// The steps in their order. A loader or a preparation refuses values out of range, and an operation that is listed
    /// twice.
    public init(_ steps: Step...) { self.steps = steps }

    /// The steps of a list, in its order.
    public init(steps: [Step]) { self.steps = steps }

    /// Every operation, in the order that they have when none is given. A new one needs its file and a place here.
    package static let operations: [any RandomOperation.Type] = [
        Crop.self, Flip.self, RandomAffine.self, Elastic.self, Brightness.self, Contrast.self, Erase.self,
    ]
}

extension Augmentation.Step: Equatable {
    public static func == (a: Self, b: Self) -> Bool {
        a.operation.equals(b.operation) && a.probability == b.probability
    }
}

extension Augmentation {
    /// What is wrong with an augmentation that was made in code; `nil` for one that a file could hold.
    package var problem: String? {
        for (index, step) in steps.enumerated() {
            if steps[..<index].contains(where: { $0.name == step.name }) {
                return "\(step.name) is listed twice"
            }
            guard (0...1).contains(step.probability) else {
                return "the probability of \(step.name), \(step.probability), is not from 0 to 1"
            }
            for (key, text) in zip(step.operation.keys, step.operation.texts) where !key.accepts(text) {
                return "\(key.name): \(key.problem(text))"
            }
        }
        return nil
    }
}
