// Archives made byte by byte, with whatever a test wants wrong in them.

import Dataset
import Foundation
import TestSupport
import Testing

@testable import Ingest

/// A zip of stored members.
struct ZipFile {
    struct Member {
        var name: [UInt8]
        var data: [UInt8]
        /// What the member's own header calls it, where that differs.
        var localName: [UInt8]?
        /// Bit 0: encrypted, bit 11: the name is UTF-8.
        var flags = 0
        /// Of the member's own header, where they differ.
        var localFlags: Int?
        /// In the directory and in the member's own header.
        var extra: [UInt8] = []
        /// In both headers, where it is not that of `data`.
        var statedSize: Int?
        /// Bytes behind the data that no header counts.
        var following: [UInt8] = []
        /// Of the header that the directory points to, where it is not the member's own.
        var offset: Int?

        init(_ name: String, _ data: [UInt8]) { self.init(Array(name.utf8), data) }

        init(_ name: [UInt8], _ data: [UInt8], flags: Int = 0) {
            self.name = name
            self.data = data
            self.flags = flags
        }
    }

    var members: [Member]
    /// Bytes in front, which offsets do not count.
    var prefix: [UInt8] = []
    var comment: [UInt8] = []
    /// What the end says of the number of entries, where it is not theirs.
    var statedCount: Int?
    /// Whether a 64-bit end of the directory stands before the other, which then says nothing.
    var is64 = false
    /// Records to leave out at the end of the directory, which the end still counts.
    var missingRecords = 0

    init(_ members: [Member]) { self.members = members }

    var bytes: [UInt8] {
        var body: [UInt8] = []
        var records: [[UInt8]] = []
        for member in members {
            let offset = member.offset ?? body.count
            let size = member.statedSize ?? member.data.count
            let name = member.localName ?? member.name
            let crc = crc32(member.data)
            body += little32(0x0403_4B50) + little16(20) + little16(member.localFlags ?? member.flags)
            body += little16(0) + little32(0x21_0000)
            body += little32(crc) + little32(size) + little32(size)
            body += little16(name.count) + little16(member.extra.count) + name + member.extra
            body += member.data + member.following
            var record = little32(0x0201_4B50) + little16(0x314) + little16(20) + little16(member.flags)
            record += little16(0) + little32(0x21_0000) + little32(crc) + little32(size) + little32(size)
            record +=
                little16(member.name.count) + little16(member.extra.count) + [UInt8](repeating: 0, count: 6)
            record += little32(0o100644 << 16) + little32(offset) + member.name + member.extra
            records.append(record)
        }
        let size = records.reduce(0) { $0 + $1.count }
        let directory = records.dropLast(missingRecords).flatMap { $0 }
        let count = statedCount ?? members.count
        var end: [UInt8] = []
        if is64 {
            end += little32(0x0606_4B50) + little64(44) + little16(45) + little16(45) + little64(0)
            end += little64(count) + little64(count) + little64(size) + little64(body.count)
            end += little32(0x0706_4B50) + little32(0) + little64(prefix.count + body.count + directory.count)
            end += little32(1)
        }
        end += little32(0x0605_4B50) + little32(0)
        end += little16(is64 ? 0xFFFF : count) + little16(is64 ? 0xFFFF : count)
        end += little32(is64 ? 0xFFFF_FFFF : size) + little32(is64 ? 0xFFFF_FFFF : body.count)
        return prefix + body + directory + end + little16(comment.count) + comment
    }
}

/// A tar of regular files whose names stand in pax records, as UTF-8 or whatever a tool writes there.
func paxFile(_ members: [(name: [UInt8], bytes: [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = []
    for member in members {
        // The length counts its own digits: all names here are short.
        let length = member.name.count + " path=\n".utf8.count + 2
        let record = Array("\(length) path=".utf8) + member.name + [0x0A]
        var header = Array(Tar.archive([(Array("pax".utf8), record)]).dropLast(1024))
        let checksum = Int(String(decoding: header[148..<154], as: UTF8.self), radix: 8) ?? 0
        let type = UInt8(ascii: "x")
        let digits = String(checksum + Int(type - header[156]), radix: 8).utf8
        header[156] = type
        header.replaceSubrange(148..<154, with: [UInt8](repeating: 0x30, count: 6 - digits.count) + digits)
        bytes += header + Tar.archive([(Array("short".utf8), member.bytes)]).dropLast(1024)
    }
    return bytes + [UInt8](repeating: 0, count: 1024)
}

/// A cpio of regular files, in its “newc” format.
func cpioFile(_ members: [(name: [UInt8], bytes: [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = []
    func pad() { bytes += [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4) }
    for (index, member) in (members + [(Array("TRAILER!!!".utf8), [])]).enumerated() {
        let fields = [
            index + 1, 0o100644, 0, 0, 1, 0, member.bytes.count, 0, 0, 0, 0, member.name.count + 1, 0,
        ]
        bytes += "070701".utf8
        for field in fields {
            let digits = String(field, radix: 16)
            bytes += (String(repeating: "0", count: 8 - digits.count) + digits).utf8
        }
        bytes += member.name + [0]
        pad()
        bytes += member.bytes
        pad()
    }
    return bytes + [UInt8](repeating: 0, count: 512)
}

func little16(_ value: Int) -> [UInt8] { (0..<2).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
func little32(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
func little64(_ value: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }

/// Bit by bit, as the zip specification describes it.
func crc32(_ bytes: [UInt8]) -> Int {
    var crc: UInt32 = .max
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return Int(~crc)
}

/// All that a source delivers.
struct Delivery {
    var entries: [(entry: Entry, bytes: [UInt8])] = []
    var skipped = SkippedEntries()

    /// In the order of keys.
    init(_ source: any EntrySource) throws {
        var batch = EntryBatch()
        while true {
            try source.fill(&batch)
            if batch.entries.isEmpty { break }
            for entry in batch.entries { entries.append((entry, batch.withBytes(of: entry) { Array($0) })) }
        }
        #expect(source.fractionRead == 1)
        entries.sort { $0.entry.key < $1.entry.key }
        skipped = source.skipped
    }

    init(_ path: String, entryLimit: Int = 1 << 20, names: NameEncoding? = nil) throws {
        try self.init(openImages(at: path, entryLimit: entryLimit, names: names))
    }

    var keys: [String] { entries.map(\.entry.key.text) }
    var classes: Set<Key> { Set(entries.compactMap(\.entry.label)) }

    /// Why the entry of this name cannot be used; `nil` if it can, or is not there.
    func reason(_ key: String) -> String? {
        for (entry, _) in entries where entry.key.text == key {
            if case .unusable(let reason) = entry.content { return reason }
        }
        return nil
    }
}

/// What opening and reading a source throws.
func failure(_ path: String, sourceLocation: SourceLocation = #_sourceLocation) -> IngestError? {
    #expect(throws: IngestError.self, sourceLocation: sourceLocation) { try Delivery(path) }
}
