// Errors for an input that cannot be read as a whole.

public import Dataset
internal import Storage

/// A problem with the input that stops the preparation. A problem with a single image only rejects that image.
public enum IngestError: Failure, Equatable {
    case notFound(path: String)
    case notFileOrFolder(path: String)
    case unreadable(path: String, reason: String)
    case notAnArchive(path: String, reason: String)
    case unknownFormat(path: String)
    /// `offset` is how many bytes of the file had been read.
    case brokenArchive(path: String, offset: Int64, reason: String)
    /// `limit` is in bytes.
    case unpacksTooFar(path: String, limit: Int64)
    case notAFolder(path: String)
    case missingIDX(folder: String, file: String)
    case ambiguousIDX(folder: String, files: [String])
    case noSuchPrefix(folder: String, prefix: String, found: [String])
    /// `offset` counts uncompressed bytes.
    case malformedIDX(path: String, offset: Int, reason: String)
    /// `line` counts from 1, as editors do; `column` is a number from 1, with the name of the column if there is one.
    case malformedTable(path: String, line: Int, column: String?, reason: String)
    case unlabelledTable(path: String, columns: String)
    /// `path` may end with the name of a member.
    case malformedArray(path: String, reason: String)
    /// `found` describes the arrays that there are.
    case noArrays(path: String, found: [String])
    case labels(reason: String)
    case unknownEncoding(name: String)

    public var kind: FailureKind {
        switch self {
        case .unreadable: .io
        case .unknownEncoding: .usage
        default: .badInput
        }
    }

    private var archiveHint: String {
        "Give a zip, tar, tar.gz, 7z … or a folder, with one folder per class in it."
    }

    public var description: String {
        switch self {
        case .notFound(let path):
            "\(path): \(PathContents(path).clause ?? "no such file or folder")"
        case .notFileOrFolder(let path):
            "\(path): not a plain file, nor a folder where one can be given\nSave its data to a file first, and give that file."
        case .unreadable(let path, let reason):
            "\(path): cannot be read: \(reason)"
        case .notAnArchive(let path, let reason):
            "\(path): not a readable archive (\(reason))\n\(archiveHint)"
        case .unknownFormat(let path):
            PathContents.message(
                path, wanted: "an archive", otherwise: "no archive of a known format", hint: archiveHint)
        case .brokenArchive(let path, let offset, let reason):
            "\(path): broken near byte \(offset): \(reason)\nDownload or pack it again; nothing was written."
        case .unpacksTooFar(let path, let limit):
            "\(path): unpacks to more than \(limit) bytes, the limit for a file of its size\n"
                + "If you trust it, unpack it yourself and give the folder."
        case .notAFolder(let path):
            PathContents.message(
                path, wanted: "a folder of IDX files, a CSV file of pixels or NumPy's .npz",
                otherwise: "not a folder of IDX files, nor a CSV file of pixels, nor NumPy's .npz",
                hint:
                    "Give the folder that holds train-images-idx3-ubyte and the others. prep images reads archives of images."
            )
        case .missingIDX(let folder, let file):
            PathContents.wrongFolder(folder, wanted: "a folder of IDX files")
                ?? "\(folder): no \(file) (with a dash or a dot, with or without .gz)\n"
                + "Images and labels belong together: both train files, both t10k files, or all four."
        case .ambiguousIDX(let folder, let files):
            "\(folder): several files match: \(files.joined(separator: ", "))\n"
                + "Give the folder of one set, or what its names begin with: --prefix emnist-letters."
        case .noSuchPrefix(let folder, let prefix, let found):
            "\(folder): no IDX files whose names begin with “\(prefix.excerpt)”\n"
                + "Found: \(found.map { $0.isEmpty ? "files without a prefix" : $0 }.joined(separator: ", "))."
        case .malformedIDX(let path, let offset, let reason):
            "\(path): at byte \(offset): \(reason)"
        case .malformedTable(let path, let line, let column, let reason):
            "\(path):\(line): \(column.map { "column \($0): " } ?? "")\(reason)"
        case .unlabelledTable(let path, let columns):
            "\(path): no labels; its columns are \(columns)\n"
                + "Name the column of labels with --label-column. prep predict takes images without labels."
        case .malformedArray(let path, let reason):
            "\(path): \(reason)"
        case .noArrays(let path, let found):
            "\(path): no arrays of images and labels; it has \(found.isEmpty ? "none" : found.joined(separator: ", "))\n"
                + "Name them x_train and y_train, x_test and y_test, or images and labels."
        case .labels(let reason):
            "labels: \(reason)"
        case .unknownEncoding(let name):
            "“\(name)”: not an encoding that this system knows\n"
                + "Use one that `iconv -l` lists, such as gbk, shift-jis or latin1."
        }
    }
}
