// Entries from a folder tree with one folder per class, at any depth.

internal import Dataset
internal import Foundation
internal import Parallel
internal import Storage

/// Images in a folder tree, in the order of their keys. Links are never followed.
final class ImageFolder: DivisibleSource {
    private struct File {
        let path: EntryPath
        let systemPath: SystemPath
        let size: Int
    }

    /// A folder to list: its decoded path below the root, and its path in the file system.
    private struct Folder {
        let name: [UInt8]
        let systemPath: SystemPath
    }

    private let entryLimit: Int
    private let files: [File]
    private let cursor: EntryCursor
    private let found: Lock<SkippedEntries>
    var skipped: SkippedEntries { found.withLock { $0 } }
    var listing: Digest {
        var digest = DigestBuilder()
        for file in files {
            (file.path.key.bytes + [0]).withUnsafeBytes { digest.update($0) }
            withUnsafeBytes(of: file.size.littleEndian) { digest.update($0) }
        }
        return digest.finish()
    }

    /// Lists the tree; reads no file yet.
    init(
        path: String, entryLimit: Int, names: NameEncoding? = nil, piece: SourcePiece = .whole
    ) throws(IngestError) {
        self.entryLimit = entryLimit
        var (files, skipped): ([File], SkippedEntries) = ([], .init())
        try Self.list(SystemPath(path), NameDecoder(names), &files, &skipped)
        self.files = files.map { (key: $0.path.key, file: $0) }.sorted { $0.key < $1.key }.map(\.file)
        cursor = EntryCursor(piece.range(of: files.count))
        found = Lock(piece.number == 0 ? skipped : .init())
    }

    var fractionRead: Double { cursor.fraction }

    func fill(_ batch: inout EntryBatch) throws(IngestError) {
        batch.removeAll()
        var others = 0
        while !batch.isFull {
            let range = cursor.take()
            if range.isEmpty { break }
            for file in files[range] where try !read(file, into: &batch) { others += 1 }
        }
        let more = others
        found.withLock { $0.otherFiles += more }
    }

    private static func list(
        _ root: SystemPath, _ decoder: borrowing NameDecoder, _ files: inout [File],
        _ skipped: inout SkippedEntries
    ) throws(IngestError) {
        var pending = [Folder(name: [], systemPath: root)]
        while let folder = pending.popLast() {
            for name in try folder.systemPath.namesInFolder() {
                let decoded = decoder.decode(name)
                let item = Folder(
                    name: folder.name.isEmpty ? decoded : folder.name + [UInt8(ascii: "/")] + decoded,
                    systemPath: folder.systemPath.appending(name))
                try classify(item, &pending, &files, &skipped)
            }
        }
    }

    private static func classify(
        _ item: Folder, _ pending: inout [Folder], _ files: inout [File], _ skipped: inout SkippedEntries
    ) throws(IngestError) {
        let path = EntryPath(item.name)
        if path.isHidden {
            skipped.hidden += 1  // a hidden folder counts once and is not searched
            return
        }
        let status = try item.systemPath.status(followsLinks: false)
        switch status.kind {
        case .folder: pending.append(item)
        case .file: files.append(File(path: path, systemPath: item.systemPath, size: status.size))
        case .link, .other: skipped.links += 1
        }
    }

    /// What opening says of the file itself. Anything else, such as a server that is away, may be over the next time.
    private static let unopenable = [ENOENT, ENOTDIR, EACCES, EPERM, ELOOP, ENXIO, ENAMETOOLONG]

    /// - Returns: `false` if the file is no image
    private func read(_ file: File, into batch: inout EntryBatch) throws(IngestError) -> Bool {
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
            guard Self.unopenable.contains(error.code) else {
                throw .unreadable(path: file.systemPath.text, reason: error.reason)
            }
            problem = error
        }
        return try batch.appendFile(
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
    }
}
