// Why a configuration file or flag could not be understood.

public import Dataset

/// A pipeline, a recipe or a flag is wrong.
public struct ConfigurationError: Failure, Equatable {
    /// Path of the file, or the flag.
    public let file: String
    /// Line number, from 1; `nil` if the error concerns no single line.
    public let line: Int?
    /// What is wrong, and usually what is allowed.
    public let reason: String

    package init(file: String, line: Int?, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    public var kind: FailureKind { .usage }

    public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(reason)" }
}
