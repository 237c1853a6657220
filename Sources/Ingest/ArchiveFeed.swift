// Callbacks through which libarchive reads an input file.

internal import CArchive
internal import Foundation

/// The source that libarchive reads from. It keeps our errors, because libarchive cannot pass them on.
final class ArchiveFeed {
    let file: InputFile
    private(set) var failure: IngestError?
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)

    init(_ file: InputFile) { self.file = file }

    deinit { buffer.deallocate() }

    /// Makes `handle` read from this feed. Free the handle before the feed.
    func install(in handle: OpaquePointer) {
        archive_read_set_callback_data(handle, Unmanaged.passUnretained(self).toOpaque())
        archive_read_set_read_callback(handle) { _, feed, start in
            guard let feed, let start else { return Int(ARCHIVE_FATAL) }
            return Unmanaged<ArchiveFeed>.fromOpaque(feed).takeUnretainedValue().read(&start.pointee)
        }
        if file.isGzip { return }
        archive_read_set_seek_callback(handle) { _, feed, offset, origin in
            guard let feed else { return Int64(ARCHIVE_FATAL) }
            return Unmanaged<ArchiveFeed>.fromOpaque(feed).takeUnretainedValue().seek(offset, origin)
        }
    }

    private func read(_ start: inout UnsafeRawPointer?) -> Int {
        start = UnsafeRawPointer(buffer.baseAddress)
        do {
            return try file.read(into: buffer)
        } catch {
            failure = error
            return Int(ARCHIVE_FATAL)
        }
    }

    private func seek(_ offset: Int64, _ origin: Int32) -> Int64 {
        let start: Int64 =
            switch origin {
            case SEEK_CUR: file.position
            case SEEK_END: file.end
            default: 0
            }
        let (target, overflow) = start.addingReportingOverflow(offset)
        guard !overflow, target >= 0 else { return Int64(ARCHIVE_FATAL) }
        file.seek(to: target)
        return file.position
    }
}
