// Callbacks through which libarchive reads an input file.

internal import CArchive
internal import Foundation

/// The source that libarchive reads from. It keeps our errors, because libarchive cannot pass them on.
///
/// libarchive unpacks all that it was given before it asks for more, so a compressed file is given in small pieces,
/// and what they became is counted in between.
final class ArchiveFeed {
    let file: InputFile
    /// Whether libarchive may find a compression in the file, or has found one.
    var mayUnpack: Bool
    private(set) var failure: IngestError?
    private var handle: OpaquePointer?
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    /// The part of `buffer` that libarchive has not been given.
    private var rest = 0..<0

    /// Bytes of a piece: bzip2 unpacks 45 bytes to 46 MB at most, all others a thirtieth of that.
    var pieceBytes = 128

    init(_ file: InputFile, mayUnpack: Bool) {
        self.file = file
        self.mayUnpack = mayUnpack
    }

    deinit { buffer.deallocate() }

    /// Makes `handle` read from this feed. Free the handle before the feed.
    func install(in handle: OpaquePointer) {
        self.handle = handle
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
        do throws(IngestError) {
            if mayUnpack { try checkUnpacked() }
            if rest.isEmpty { rest = 0..<(try file.read(into: buffer)) }
        } catch {
            failure = error
            return Int(ARCHIVE_FATAL)
        }
        let piece = mayUnpack ? rest.prefix(pieceBytes) : rest
        start = buffer.baseAddress.map { UnsafeRawPointer($0 + piece.lowerBound) }
        rest = piece.upperBound..<rest.upperBound
        return piece.count
    }

    private func checkUnpacked() throws(IngestError) {
        let limit = UnpackLimit.bytes(ofFileSize: file.size)
        // Number 0 is the last decompressor.
        guard archive_filter_bytes(handle, 0) <= limit else {
            throw .unpacksTooFar(path: file.path.text, limit: limit)
        }
    }

    private func seek(_ offset: Int64, _ origin: Int32) -> Int64 {
        let start: Int64 =
            switch origin {
            case SEEK_CUR: file.position - Int64(rest.count)
            case SEEK_END: file.end
            default: 0
            }
        let (target, overflow) = start.addingReportingOverflow(offset)
        guard !overflow, target >= 0 else { return Int64(ARCHIVE_FATAL) }
        rest = 0..<0
        file.seek(to: target)
        return file.position
    }
}
