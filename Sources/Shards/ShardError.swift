// What can be wrong with a prepared dataset, one case per broken invariant.

public import Dataset
internal import Storage

/// A dataset is missing, unfinished or invalid, or its folder cannot be written to.
public enum ShardError: Failure, Equatable {
    // The folder
    case notADataset(folder: String)
    case unfinished(folder: String)
    case folderExists(folder: String)
    case notOurs(folder: String)
    case longClassNames(bytes: Int, classes: Int)

    // The manifest
    case malformedManifest(path: String, reason: String)
    case unsupportedVersion(path: String, found: String)

    case invalidTensor(file: String, tensor: String, reason: String)

    // Contents against the manifest
    case wrongSize(file: String, expected: Int, found: Int)
    case wrongDigest(file: String, what: String)
    case corruptFrame(file: String, frame: Int, reason: String)
    case inconsistent(file: String, reason: String)
    case malformedTable(file: String, line: Int, reason: String)

    public var kind: FailureKind {
        switch self {
        case .folderExists, .notOurs, .longClassNames: .usage
        default: .badInput
        }
    }

    public var description: String {
        switch self {
        case .notADataset(let folder):
            PathContents.message(
                folder, wanted: "a dataset", otherwise: "no dataset.json here",
                hint: "Give a folder that prep has written, such as shards/mnist.")
        case .unfinished(let folder):
            "\(folder): the preparation of this folder was interrupted\nRun the same preparation again."
        case .folderExists(let folder):
            "\(folder): already holds a dataset\nAdd --overwrite to replace it, or choose another --output."
        case .notOurs(let folder):
            "\(folder): holds files that prep did not write and will not touch\nChoose another --output."
        case .longClassNames(let bytes, let classes):
            "\(classes) classes with names of \(bytes) bytes in all: every shard has them in its header, which may be "
                + "\(SafetensorsHeader.lengthLimit) bytes long\nGive shorter names with --class-names, or in the input."
        case .malformedManifest(let path, let reason):
            "\(path): not a valid manifest: \(reason)"
        case .unsupportedVersion(let path, let found):
            "\(path): format \(found); this prep reads \(Manifest.formatName) \(Manifest.formatVersion) only"
        case .invalidTensor(let file, let tensor, let reason):
            "\(file): tensor “\(tensor)”: \(reason)"
        case .wrongSize(let file, let expected, let found):
            "\(file): \(found) bytes instead of the \(expected) in dataset.json; copy or prepare it again"
        case .wrongDigest(let file, let what):
            "\(file): \(what) does not match its SHA-256; copy or prepare it again"
        case .corruptFrame(let file, let frame, let reason):
            "\(file): block \(frame) is corrupt (\(reason)); copy or prepare it again"
        case .inconsistent(let file, let reason):
            "\(file): \(reason)"
        case .malformedTable(let file, let line, let reason):
            "\(file): line \(line): \(reason)"
        }
    }
}
