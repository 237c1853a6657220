// Why an input as a whole could not be read.

public import Dataset

/// A problem with the input that stops the run. Problems of single entries are `Entry.Content.unusable`.
public enum IngestError: Failure, Equatable {
    case notFound(path: String)
    /// A FIFO, a device or a socket.
    case notFileOrFolder(path: String)
    case unreadable(path: String, reason: String)
    case notAnArchive(path: String, reason: String)
    /// `offset` is the position in the file up to which it had been read.
    case brokenArchive(path: String, offset: Int64, reason: String)
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
            "\(path): neither a file nor a folder\nSave what it delivers to a file first, and give that."
        case .unreadable(let path, let reason):
            "\(path): cannot be read: \(reason)"
        case .notAnArchive(let path, let reason):
            "\(path): not an archive that can be read (\(reason))\n"
                + "Give a zip, tar, tar.gz, 7z … of one folder per class, or such a folder."
        case .brokenArchive(let path, let offset, let reason):
            "\(path): broken near byte \(offset): \(reason)\nDownload or pack it again; nothing was written."
        case .notAFolder(let path):
            "\(path): not a folder\nGive the folder that holds train-images-idx3-ubyte and its companions."
        case .missingIDX(let folder, let file):
            "\(folder): no \(file) (nor with a dot, or .gz)\nMNIST needs images and labels of train; t10k is optional, but both or none."
        case .ambiguousIDX(let folder, let files):
            "\(folder): several files could be meant: \(files.joined(separator: ", "))\nGive the folder of one set, or keep one set to a folder."
        case .malformedIDX(let path, let offset, let reason):
            "\(path): at byte \(offset): \(reason)"
        case .unknownEncoding(let name):
            "“\(name)”: no encoding of names that this system knows\nUse one that `iconv -l` lists, such as gbk, shift-jis or latin1."
        }
    }
}
