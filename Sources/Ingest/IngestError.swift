// Errors for an input that cannot be read as a whole.

public import Dataset

/// A problem with the input that stops the preparation. A problem with a single image only rejects that image.
public enum IngestError: Failure, Equatable {
    case notFound(path: String)
    case notFileOrFolder(path: String)
    case unreadable(path: String, reason: String)
    case notAnArchive(path: String, reason: String)
    /// `offset` is how many bytes of the file had been read.
    case brokenArchive(path: String, offset: Int64, reason: String)
    /// `limit` is in bytes.
    case unpacksTooFar(path: String, limit: Int64)
    case notAFolder(path: String)
    case missingIDX(folder: String, file: String)
    case ambiguousIDX(folder: String, files: [String])
    /// `offset` counts uncompressed bytes.
    case malformedIDX(path: String, offset: Int, reason: String)
    case unknownEncoding(name: String)

    public var kind: FailureKind {
        switch self {
        case .unreadable: .io
        case .unknownEncoding: .usage
        default: .badInput
        }
    }

    public var description: String {
        switch self {
        case .notFound(let path):
            "\(path): no such file or folder"
        case .notFileOrFolder(let path):
            "\(path): neither a file nor a folder\nSave its data to a file first, and give that file."
        case .unreadable(let path, let reason):
            "\(path): cannot be read: \(reason)"
        case .notAnArchive(let path, let reason):
            "\(path): not a readable archive (\(reason))\n"
                + "Give a zip, tar, tar.gz, 7z … or a folder, with one folder per class in it."
        case .brokenArchive(let path, let offset, let reason):
            "\(path): broken near byte \(offset): \(reason)\nDownload or pack it again; nothing was written."
        case .unpacksTooFar(let path, let limit):
            "\(path): unpacks to more than \(limit) bytes, the limit for a file of its size\n"
                + "If you trust it, unpack it yourself and give the folder."
        case .notAFolder(let path):
            "\(path): not a folder\nGive the folder that holds train-images-idx3-ubyte and the others."
        case .missingIDX(let folder, let file):
            "\(folder): no \(file) (with a dash or a dot, with or without .gz)\n"
                + "MNIST needs both train files; the two t10k files are optional, but only as a pair."
        case .ambiguousIDX(let folder, let files):
            "\(folder): several files match: \(files.joined(separator: ", "))\n"
                + "Give the folder of one set, or put each set into its own folder."
        case .malformedIDX(let path, let offset, let reason):
            "\(path): at byte \(offset): \(reason)"
        case .unknownEncoding(let name):
            "“\(name)”: not an encoding that this system knows\n"
                + "Use one that `iconv -l` lists, such as gbk, shift-jis or latin1."
        }
    }
}
