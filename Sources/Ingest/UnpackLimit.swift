// How far an input may unpack: a kilobyte of bzip2 can become gigabytes, which would keep a preparation busy for hours.

/// The most bytes that an archive or IDX file may unpack to.
enum UnpackLimit {
    /// For files of up to a megabyte: about a second of work.
    static let bytes: Int64 = 128 << 20
    /// The same per byte, for larger files. Images are compressed already, and an archive hardly shrinks them.
    static let perByte: Int64 = 128

    static func bytes(ofFileSize size: Int64) -> Int64 { max(bytes, min(size, .max / perByte) * perByte) }
}
