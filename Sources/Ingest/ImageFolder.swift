// Entries from a folder tree with one folder per class, at any depth.

internal import Dataset
internal import Foundation
internal import Storage

/// Images in a folder tree, in the order of their keys. Links are never followed.
final class ImageFolder: EntrySource {
    private struct File {
        let path: EntryPath
        let systemPath: SystemPath
    }

    /// A folder to list: its decoded path below the root, and its path in the file system.
    private struct Folder {
        let name: [UInt8]
        let systemPath: SystemPath
    }

    private let entryLimit: Int
    private let decoder: NameDecoder
    private var files: [File] = []
    private var position = 0
    private(set) var skipped = SkippedEntries()
    var fileDigests: [Digest] { [] }

    /// Lists the tree; reads no file yet.
    init(path: String, entryLimit: Int, names: NameEncoding? = nil) throws(IngestError) {
        self.entryLimit = entryLimit
        decoder = NameDecoder(names)
        try list(SystemPath(path))
        files = files.map { (key: $0.path.key, file: $0) }.sorted { $0.key < $1.key }.map(\.file)
    }

    var fractionRead: Double { files.isEmpty ? 1 : Double(position) / Double(files.count) }

    func fill(_ batch: inout EntryBatch) throws(IngestError) {
        batch.removeAll()
        while !batch.isFull, position < files.count {
            let file = files[position]
            position += 1
            try read(file, into: &batch)
        }
    }

    private func list(_ root: SystemPath) throws(IngestError) {
        var pending = [Folder(name: [], systemPath: root)]
        while let folder = pending.popLast() {
            for name in try folder.systemPath.namesInFolder() {
                let decoded = decoder.decode(name)
                let item = Folder(
                    name: folder.name.isEmpty ? decoded : folder.name + [UInt8(ascii: "/")] + decoded,
                    systemPath: folder.systemPath.appending(name))
                try classify(item, &pending)
            }
        }
    }

    private func classify(_ item: Folder, _ pending: inout [Folder]) throws(IngestError) {
        let path = EntryPath(item.name)
        if path.isHidden {
            skipped.hidden += 1  // a hidden folder counts once and is not searched
            return
        }
        var info = stat()
        let problem = item.systemPath.withCString { lstat($0, &info) == 0 ? 0 : errno }
        guard problem == 0 else {
            throw .unreadable(path: item.systemPath.text, reason: String(systemError: problem))
        }
        switch info.st_mode & S_IFMT {
        case S_IFDIR: pending.append(item)
        case S_IFREG: files.append(File(path: path, systemPath: item.systemPath))
        default: skipped.links += 1
        }
    }

    private func read(_ file: File, into batch: inout EntryBatch) throws(IngestError) {
        var problem: Int32 = 0
        // Without O_NONBLOCK, opening a file that became a FIFO since it was listed would wait for ever.
        let descriptor = file.systemPath.withCString { path in
            let opened = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            problem = opened < 0 ? errno : 0
            return opened
        }
        defer { if descriptor >= 0 { close(descriptor) } }
        var info = stat()
        if descriptor >= 0, fstat(descriptor, &info) != 0 { problem = errno }
        let isImage = try batch.appendFile(
            file.path, expectedSize: Int64(info.st_size), limit: entryLimit
        ) { (buffer) throws(IngestError) in
            if problem != 0 { return .damaged("cannot be opened: \(String(systemError: problem))") }
            while true {
                let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
                if count >= 0 { return count == 0 ? .end : .bytes(count) }
                let problem = errno
                if problem != EINTR {
                    throw .unreadable(path: file.systemPath.text, reason: String(systemError: problem))
                }
            }
        }
        if !isImage { skipped.otherFiles += 1 }
    }
}
