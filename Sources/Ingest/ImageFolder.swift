// A folder of one folder per class, anywhere below the given one.

public import Dataset
internal import Foundation

/// Images in a folder tree, in the order of their paths. Links are never followed.
public final class ImageFolder: EntrySource {
    private struct File {
        let path: EntryPath
        /// The name as the file system has it, which need not be UTF-8.
        let systemPath: [CChar]
    }

    private let root: String
    private let entryLimit: Int
    private var files: [File] = []
    private var position = 0
    public private(set) var skipped = SkippedEntries()
    public var fileDigests: [Digest] { [] }

    /// Lists the tree; reads no file yet.
    public init(path: String, entryLimit: Int) throws(IngestError) {
        root = path
        self.entryLimit = entryLimit
        try list()
        files.sort { bytewise($0.path.text, $1.path.text) }
    }

    public var fractionRead: Double { files.isEmpty ? 1 : Double(position) / Double(files.count) }

    public func fill(_ batch: inout EntryBatch) throws(IngestError) {
        batch.removeAll()
        while !batch.isFull, position < files.count {
            let file = files[position]
            position += 1
            try read(file, into: &batch)
        }
    }

    private func list() throws(IngestError) {
        var pending: [(name: String, systemPath: [CChar])] = [("", Array(root.utf8CString))]
        while let (name, systemPath) = pending.popLast() {
            guard let directory = opendir(systemPath) else {
                throw .unreadable(path: name.isEmpty ? root : "\(root)/\(name)", reason: lastSystemError())
            }
            defer { closedir(directory) }
            while let item = readdir(directory) {
                let itemName = withUnsafeBytes(of: &item.pointee.d_name) { bytes in
                    Array(bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) })
                }
                let text = String(decoding: itemName.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if text == "." || text == ".." { continue }
                let itemPath = systemPath.dropLast() + [CChar(UInt8(ascii: "/"))] + itemName + [0]
                classify(name.isEmpty ? text : "\(name)/\(text)", Array(itemPath), &pending)
            }
        }
    }

    private func classify(
        _ name: String, _ systemPath: [CChar], _ pending: inout [(name: String, systemPath: [CChar])]
    ) {
        let path = EntryPath(name)
        var info = stat()
        guard lstat(systemPath, &info) == 0 else { return }
        let type = info.st_mode & S_IFMT
        if path.isHidden {
            skipped.hidden += 1  // a hidden folder counts once, and is not entered
        } else if type == S_IFDIR {
            pending.append((name, systemPath))
        } else if type == S_IFREG {
            files.append(File(path: path, systemPath: systemPath))
        } else {
            skipped.links += 1
        }
    }

    private func read(_ file: File, into batch: inout EntryBatch) throws(IngestError) {
        let descriptor = open(file.systemPath, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        let openProblem = descriptor < 0 ? "cannot be opened: \(lastSystemError())" : nil
        defer { if descriptor >= 0 { close(descriptor) } }
        var info = stat()
        if descriptor >= 0 { fstat(descriptor, &info) }
        let name = "\(root)/\(file.path.text)"
        let isImage = try batch.appendFile(
            file.path, expectedSize: Int(info.st_size), limit: entryLimit
        ) { (buffer) throws(IngestError) in
            if let openProblem { return .damaged(openProblem) }
            let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 { throw .unreadable(path: name, reason: lastSystemError()) }
            return count == 0 ? .end : .bytes(count)
        }
        if !isImage { skipped.otherFiles += 1 }
    }
}
