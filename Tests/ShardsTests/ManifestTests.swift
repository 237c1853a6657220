// Hostile manifests and shards: refused when opened or found by verification, never a crash.

import Dataset
import Foundation
import Storage
import TestSupport
import Testing

@testable import Shards

@Suite("Hostile manifests")
struct ManifestTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func document(_ name: String = "x") throws -> JSONValue {
        try JSONValue(parsing: FileSystem.read(folder("\(name)/dataset.json")))
    }

    /// Writes a document with both digests made right, as far as that can be done.
    private func store(_ document: JSONValue) throws {
        guard case .object(var members) = document else { return }
        if let digest = Self.rootDigest(members) { members["digest"] = .string(digest.hex) }
        members["manifest_digest"] = .string(Manifest.manifestDigest(members).hex)
        try folder.write("x/dataset.json", Array(JSONValue.object(members).readableText.utf8))
    }

    /// FORMAT.md's root digest, of whatever stands in the document.
    private static func rootDigest(_ members: [Key: JSONValue]) -> Digest? {
        var identity = members.filter {
            ["classes", "format", "image", "version"].contains($0.key)
        }
        for name: Key in ["provenance"] {
            guard case .object(let file)? = members[name] else { return nil }
            identity[name] = file["content_sha256"]
        }
        guard case .object(let splits)? = members["splits"] else { return nil }
        identity["splits"] = .object(
            splits.mapValues { split in
                guard case .object(let contents) = split, case .array(let shards)? = contents["shards"] else {
                    return .null
                }
                return .array(
                    shards.map { shard in
                        if case .object(let record) = shard {
                            record["content_sha256"] ?? .null
                        } else {
                            .null
                        }
                    })
            })
        return Digest(of: JSONValue.object(identity).canonicalText)
    }

    /// What is left of opening and verifying: the problems, or `nil` where there are none.
    private func outcome() -> [String]? {
        do {
            let problems = Verification(of: try PreparedDataset(folder("x")), workers: 1).problems
            return problems.isEmpty ? nil : problems
        } catch {
            return ["\(error)"]
        }
    }

    /// Everywhere in a document: the path there, for messages, and the document with `change` made there.
    private static func changes(
        of value: JSONValue, at path: String, _ change: (JSONValue) -> [JSONValue?]
    ) -> [(path: String, document: JSONValue)] {
        var found: [(String, JSONValue)] = []
        switch value {
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                let place = "\(path).\(name)"
                func with(_ new: JSONValue?) -> JSONValue {
                    var changed = members
                    changed[name] = new
                    return .object(changed)
                }
                found += change(member).map { (place, with($0)) }
                found += changes(of: member, at: place, change).map { ($0.path, with($0.document)) }
            }
        case .array(let items):
            // The first two and the last stand for all.
            for index in Set([0, 1, items.count - 1]).sorted() where items.indices.contains(index) {
                func with(_ new: JSONValue?) -> JSONValue {
                    .array(items[..<index] + (new.map { [$0] } ?? []) + items[(index + 1)...])
                }
                let place = "\(path)[\(index)]"
                found += change(items[index]).map { (place, with($0)) }
                found += changes(of: items[index], at: place, change).map { ($0.path, with($0.document)) }
            }
        default: break
        }
        return found
    }

    private static let values: [JSONValue?] = [
        nil, .null, .bool(true), .integer(-1), .integer(0), .integer(1), .integer(2), .integer(255),
        .integer(257),
        .integer(1 << 31), .integer(1 << 32), .integer(1 << 62), .integer(.max), .integer(.min),
        .unsigned(.max),
        .number(0.5), .number(1e300), .string(""), .string("../x"), .string("a/b"), .string("a\u{0}b"),
        .string(String(repeating: "0", count: 64)), .array([]), .array([.null]), .object([:]),
    ]

    /// What may be anything, as far as the rest of a dataset can tell.
    private static func isFree(_ path: String) -> Bool {
        [".name", ".seed", ".compression.level"].contains(path) || path.hasPrefix(".configuration")
            || path.hasPrefix(".findings") || path.hasPrefix(".near_duplicates")
    }

    @Test(
        "a small side file may unpack to 64 MiB, a larger one to 256 times its size, neither beyond its rows"
    )
    func sideFiles() {
        #expect(Manifest.sideFileLimit(rows: 1_000_000, bytes: 1) == 64 << 20)
        #expect(Manifest.sideFileLimit(rows: 1_000_000, bytes: 1 << 20) == 256 << 20)
        #expect(Manifest.sideFileLimit(rows: 1, bytes: 1 << 20) == 280_000)
        #expect(Manifest.sideFileLimit(rows: Int(UInt32.max), bytes: Manifest.Limit.bytes) > 1 << 40)
    }

    @Test(
        "any value in a manifest that is replaced or taken away, with digests made right, is refused or found",
        arguments: [true, false])
    func mutations(compressed: Bool) throws {
        try HandmadeDataset.write(compressed ? .zstd : .none, to: folder("x"))
        let original = try document()
        var tried = 0
        for (path, document) in Self.changes(of: original, at: "", { _ in Self.values }) {
            if document == original || path == ".digest" || path == ".manifest_digest" { continue }
            tried += 1
            try store(document)
            let problems = outcome()
            #expect(problems != nil || Self.isFree(path), "\(path)")
            for problem in problems ?? [] { #expect(problem.utf8.count < 2000) }
        }
        #expect(tried > 2500)
        try store(original)
        #expect(outcome() == nil)
    }

    @Test("a change that leaves both digests alone is refused for them")
    func digests() throws {
        try HandmadeDataset.write(to: folder("x"))
        let text = String(decoding: try FileSystem.read(folder("x/dataset.json")), as: UTF8.self)
        for (from, to) in [("\"threshold\": 24", "\"threshold\": 25"), ("nothing there", "nothing here")] {
            #expect(text.contains(from))
            try folder.write("x/dataset.json", Array(text.replacingOccurrences(of: from, with: to).utf8))
            #expect(outcome()?.first?.contains("manifest_digest") ?? false)
        }
    }

    @Test("shards that are links, pipes, folders or missing are named")
    func files() throws {
        let manifest = try HandmadeDataset.write(to: folder("x"))
        let path = folder("x/\(manifest.shards[0].record.name)")
        try FileManager.default.moveItem(atPath: path, toPath: folder("elsewhere"))
        func expectProblem(_ text: String) {
            #expect(outcome()?.contains { $0.contains(path) && $0.contains(text) } ?? false, "\(text)")
            try? FileManager.default.removeItem(atPath: path)
        }
        expectProblem("No such file")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder("elsewhere"))
        expectProblem("it is a link")
        #expect(mkfifo(path, 0o600) == 0)
        expectProblem("not a file")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        expectProblem("not a file")
    }

    @Test("a link is not mapped")
    func mappedLink() throws {
        try folder.write("file", [1])
        try FileManager.default.createSymbolicLink(
            atPath: folder("link"), withDestinationPath: folder("file"))
        let reason = "it is a link; the files of a dataset lie in its folder"
        #expect(throws: StorageError.unusable(file: folder("link"), reason: reason)) {
            try MappedFile(folder("link"))
        }
        #expect(try MappedFile(folder("file")).bytes.count == 1)
    }

    @Test("a manifest that is a pipe or a link is refused, not waited for")
    func pipe() throws {
        try HandmadeDataset.write(to: folder("x"))
        let path = folder("x/dataset.json")
        try FileManager.default.moveItem(atPath: path, toPath: folder("elsewhere"))
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: StorageError.unusable(file: path, reason: "it is not a file")) {
            try PreparedDataset(folder("x"))
        }
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder("elsewhere"))
        #expect(throws: StorageError.self) { try PreparedDataset(folder("x")) }
    }
}
