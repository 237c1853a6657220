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
        switch try item.systemPath.status(followsLinks: false).kind {
        case .folder: pending.append(item)
        case .file: files.append(File(path: path, systemPath: item.systemPath))
        case .link, .other: skipped.links += 1
        }
    }

    private func read(_ file: File, into batch: inout EntryBatch) throws(IngestError) {
        var descriptor: Int32 = -1
        defer { if descriptor >= 0 { close(descriptor) } }
        var (size, problem): (Int, SystemCall.Failure?) = (0, nil)
        do throws(SystemCall.Failure) {
            // Without O_NONBLOCK, opening a file that became a FIFO since it was listed would wait for ever.
            descriptor = try SystemCall.open {
                file.systemPath.withCString { open($0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
            }
            size = try FileStatus(of: descriptor).size
        } catch {
            problem = error
        }
        let isImage = try batch.appendFile(
            file.path, expectedSize: Int64(size), limit: entryLimit
        ) { (buffer) throws(IngestError) in
            if let problem { return .damaged("cannot be opened: \(problem.reason)") }
            do throws(SystemCall.Failure) {
                let count = try SystemCall.read.transfer(buffer.count) { count in
                    Foundation.read(descriptor, buffer.baseAddress, count)
                }
                return count == 0 ? .end : .bytes(count)
            } catch {
                throw .unreadable(path: file.systemPath.text, reason: error.reason)
            }
        }
        if !isImage { skipped.otherFiles += 1 }
    }
}
