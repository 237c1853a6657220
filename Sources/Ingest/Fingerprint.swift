// Tells whether an input is still the one that was staged.

package import Dataset

/// Identifies an input without reading all of it: what it lists, or the size of the file, its first bytes and its last.
package func fingerprint(of source: any EntrySource, at path: String) throws(IngestError) -> Digest {
    if let divisible = source as? any DivisibleSource { return divisible.listing }
    if case .folder = try FileKind(at: SystemPath(path)) {
        return try ImageFolder(path: path, entryLimit: 0).listing
    }
    let file = try InputFile(SystemPath(path))
    var bytes = [UInt8](repeating: 0, count: Int(min(file.size, 1 << 16)))
    var digest = DigestBuilder()
    for start in [0, file.size - Int64(bytes.count)] {
        guard try file.read(at: start, into: &bytes, count: bytes.count) else {
            throw .unreadable(path: path, reason: "it changed while it was read")
        }
        bytes.withUnsafeBytes { digest.update($0) }
    }
    withUnsafeBytes(of: file.size.littleEndian) { digest.update($0) }
    return digest.finish()
}
