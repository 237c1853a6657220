// What can be wrong with a prepared dataset, one case per broken invariant.

public import Dataset

public enum ShardError: Failure, Equatable {
    // The folder
    case notADataset(folder: String)
    case unfinished(folder: String)
    case folderExists(folder: String)
    case notOurs(folder: String)
    case busy(folder: String)
    case system(path: String, action: String, reason: String)

    // The manifest
    case malformedManifest(path: String, reason: String)
    case unsupportedVersion(path: String, found: String)

    // A safetensors file
    case headerTooShort(file: String, bytes: Int)
    case headerTooLong(file: String, length: UInt64, limit: Int)
    case headerTruncated(file: String, length: Int, available: Int)
    case headerNotJSON(file: String, reason: String)
    case invalidTensor(file: String, tensor: String, reason: String)
    case bufferMismatch(file: String, expected: Int, found: Int)

    // Contents against the manifest
    case wrongSize(file: String, expected: Int, found: Int)
    case wrongDigest(file: String, what: String)
    case corruptFrame(file: String, frame: Int, reason: String)
    case inconsistent(file: String, reason: String)
    case malformedProvenance(file: String, line: Int, reason: String)

    public var kind: FailureKind {
        switch self {
        case .folderExists, .notOurs, .busy: .usage
        case .system: .io
        default: .badInput
        }
    }

    public var description: String {
        switch self {
        case .notADataset(let folder):
            "\(folder): no dataset.json here\nGive a folder that prep has written, such as shards/mnist."
        case .unfinished(let folder):
            "\(folder): the preparation of this folder was interrupted\nRun it again; it will start over."
        case .folderExists(let folder):
            "\(folder): already holds a dataset\nAdd --overwrite to replace it, or choose another --output."
        case .notOurs(let folder):
            "\(folder): holds files that prep did not write; it will not touch them\nChoose another --output."
        case .busy(let folder):
            "\(folder): another prep is writing here"
        case .system(let path, let action, let reason):
            "\(path): cannot \(action): \(reason)"
        case .malformedManifest(let path, let reason):
            "\(path): not a valid manifest: \(reason)"
        case .unsupportedVersion(let path, let found):
            "\(path): format \(found) is not one this prep reads (\(Manifest.formatName) \(Manifest.formatVersion))"
        case .headerTooShort(let file, let bytes):
            "\(file): \(bytes) bytes are too few for a safetensors file"
        case .headerTooLong(let file, let length, let limit):
            "\(file): no safetensors file, or damaged: a header of \(length) bytes (the limit is \(limit))"
        case .headerTruncated(let file, let length, let available):
            "\(file): truncated: a header of \(length) bytes, but only \(available) follow"
        case .headerNotJSON(let file, let reason):
            "\(file): its header is not what safetensors allows: \(reason)"
        case .invalidTensor(let file, let tensor, let reason):
            "\(file): tensor “\(tensor)”: \(reason)"
        case .bufferMismatch(let file, let expected, let found):
            "\(file): its tensors span \(expected) bytes, but \(found) follow the header"
        case .wrongSize(let file, let expected, let found):
            "\(file): \(found) bytes instead of the \(expected) in dataset.json; copy or prepare it again"
        case .wrongDigest(let file, let what):
            "\(file): \(what) does not match its SHA-256; copy or prepare it again"
        case .corruptFrame(let file, let frame, let reason):
            "\(file): block \(frame) is corrupt (\(reason)); copy or prepare it again"
        case .inconsistent(let file, let reason):
            "\(file): \(reason)"
        case .malformedProvenance(let file, let line, let reason):
            "\(file): line \(line): \(reason)"
        }
    }
}
