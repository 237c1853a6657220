// Why a configuration file or flag could not be understood.

public import Dataset

/// A pipeline, a recipe or a flag is wrong.
public struct ConfigurationError: Failure, Equatable {
    public let file: String
    /// Counted from one.
    public let line: Int?
    public let reason: String

    public init(file: String, line: Int?, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    public var kind: FailureKind { .usage }

    public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(reason)" }
}
