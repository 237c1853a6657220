// Why a file could not be read, written or understood.

public import Dataset
internal import Foundation

/// A file operation failed, or a file is damaged or not in the expected format.
public enum StorageError: Failure, Equatable {
    /// The system refused; `reason` is its message, such as “permission denied”.
    case system(path: String, action: String, reason: String)
    /// Of an output.
    case noName
    /// Another process holds the folder's lock.
    case busy(folder: String)
    /// Nothing is replaced unless the user asks for it.
    case exists(path: String)
    /// Where a folder is to be.
    case isFile(path: String)
    case noFolder(path: String)
    /// A file that would be overwritten is of another kind than what is written; `clause` says which.
    case otherKind(path: String, clause: String)
    /// A file that would be written among those of a dataset.
    case insideDataset(path: String)
    /// The extension of its name says no archive format.
    case unknownArchive(path: String)
    case unusable(file: String, reason: String)
    case truncated(file: String, expected: Int, found: Int)

    // A safetensors file
    case headerTooShort(file: String, bytes: Int)
    case headerTooLong(file: String, length: UInt64, limit: Int)
    case headerTruncated(file: String, length: Int, available: Int)
    case headerNotJSON(file: String, reason: String)
    case invalidTensor(file: String, tensor: String, reason: String)
    case bufferMismatch(file: String, expected: Int, found: Int)

    public var kind: FailureKind {
        switch self {
        case .noName, .busy, .exists, .isFile, .otherKind, .insideDataset, .unknownArchive: .usage
        case .system, .noFolder: .io
        default: .badInput
        }
    }

    public var description: String {
        switch self {
        case .system(let path, let action, let reason):
            "\(path): cannot \(action): \(reason)"
        case .noName:
            "the name of an output is empty\nGive the file or folder to write."
        case .busy(let folder):
            "\(folder): another prep process is writing here"
        case .exists(let path):
            "\(path): exists already\nAdd --overwrite to replace it, or choose another name."
        case .noFolder(let path):
            "\(path): \(PathContents(path).clause ?? "no such folder")\nMake the folder first, or choose another."
        case .otherKind(let path, let clause):
            "\(path): \(clause), which would be lost\nChoose another name for the output."
        case .insideDataset(let path):
            "\(path): lies in the folder of a dataset, which holds no other files\nChoose another place."
        case .isFile(let path):
            "\(path): is a file, not a folder\nChoose another --output."
        case .unknownArchive(let path):
            "\(path): no archive format for this name\nUse a name that ends in .zip, .tar, .tar.gz or .7z."
        case .unusable(let file, let reason):
            "\(file): \(reason)"
        case .truncated(let file, let expected, let found):
            "\(file): ends after \(found) bytes instead of \(expected); copy or prepare it again"
        case .headerTooShort(let file, let bytes):
            "\(file): \(bytes) bytes are too few for a safetensors file"
        case .headerTooLong(let file, let length, let limit):
            "\(file): not a safetensors file, or damaged: its header has \(length) bytes (the limit is \(limit))"
        case .headerTruncated(let file, let length, let available):
            "\(file): truncated: its header has \(length) bytes, but only \(available) follow"
        case .headerNotJSON(let file, let reason):
            "\(file): invalid safetensors header: \(reason)"
        case .invalidTensor(let file, let tensor, let reason):
            "\(file): tensor “\(tensor)”: \(reason)"
        case .bufferMismatch(let file, let expected, let found):
            "\(file): its tensors span \(expected) bytes, but \(found) follow the header"
        }
    }
}

extension StorageError {
    /// The error for the system's error number `code`.
    package static func system(_ path: String, _ action: String, _ code: Int32) -> StorageError {
        .system(path: path, action: action, reason: String(systemError: code))
    }

    /// Whether the system said that a file or folder does not exist.
    var isMissing: Bool {
        if case .system(_, _, let reason) = self { reason == String(systemError: ENOENT) } else { false }
    }
}

extension String {
    /// The system's message for an error number, which a failed call leaves in `errno`.
    package init(systemError code: Int32) { self.init(cString: strerror(code)) }
}
