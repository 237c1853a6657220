// The folder that the steps of a preparation share: what is prepared, and what is done.

internal import Configuration
internal import Dataset
internal import Foundation
internal import Shards
internal import Storage

/// A folder that any number of processes, on any machines, may work in at once.
///
/// Every file is written under a name of its own and renamed, and is the same whoever writes it. So it does not matter
/// if two do one task, or if one is killed.
public final class WorkFolder: Sendable {
    /// Path of the folder.
    public let path: String
    let configuration: PipelineConfiguration
    /// Names of the inputs, in the order of their numbers, which is that of their bytes.
    let inputs: InputNames
    /// Into how many parts the inputs are divided.
    public let parts: Int
    let digest: Digest

    static let fileName = "work.json"
    private static let formatName = "prep-work"

    /// The most parts: each has a few files.
    public static let partLimit = 100_000

    /// Opens the folder that steps have begun to work in. Throws ``WorkError`` or ``StorageError``.
    public init(_ path: String) throws {
        guard try FileSystem.isThere("\(path)/\(Self.fileName)") else { throw WorkError.noWork(folder: path) }
        self.path = path
        let file = "\(path)/\(Self.fileName)"
        do {
            let json = try JSONValue(parsing: try ReadableFile.contents(of: file, limit: 64 << 20))
            var object = try JSONObject(json)
            _ = try object.text("format", "“\(Self.formatName)”") { $0 == Self.formatName ? $0 : nil }
            _ = try object.integer("version", in: 1...1)
            parts = try object.integer("parts", in: 1...Self.partLimit)
            inputs = InputNames(names: try object.texts("inputs").map { Key(text: $0) })
            var configuration = try PipelineConfiguration(
                definition: try object.take("configuration"), file: file)
            if object.has("groups") {
                // The user's own table may be elsewhere on this machine, or may have changed.
                let table = "\(path)/groups/\(configuration.groups?.value ?? "")"
                guard Digest(of: try FileSystem.read(table)) == (try object.digest("groups")) else {
                    throw WorkError.malformed(file: table, reason: "not the table that the work began with")
                }
                configuration.groups = .table(path: table)
            }
            if let labels = configuration.labels {
                configuration.labels = labels.at("\(path)/labels/\(labels.fileName)")
                do {
                    _ = try configuration.resolved(for: [])
                } catch let error as any Failure where error.kind == .badInput {
                    throw WorkError.malformed(
                        file: "\(path)/labels/\(labels.fileName)", reason: error.description)
                }
            }
            self.configuration = configuration
            try object.finish()
            digest = Digest(of: json.canonicalText)
        } catch let problem as JSONProblem {
            throw WorkError.malformed(file: file, reason: problem.reason)
        } catch let error as ConfigurationError {
            throw WorkError.malformed(file: file, reason: error.reason)
        }
    }

    /// Opens the folder, and begins the work if nobody has.
    ///
    /// - Throws: ``WorkError/otherWork(folder:differs:)`` if the folder is that of another preparation
    public convenience init(
        _ path: String, _ configuration: PipelineConfiguration, inputs: [String], parts: Int
    ) throws {
        guard (1...Self.partLimit).contains(parts) else {
            throw WorkError.beyond(what: "parts \(parts)", count: Self.partLimit)
        }
        let names = try InputNames(inputs).names.sorted()
        let configuration = try configuration.resolved(for: inputs)
        // A configuration that was made in code has the limits of one in a file.
        _ = try PipelineConfiguration(
            definition: configuration.work, file: "configuration \(configuration.name)")
        try Self.checkPlace(path, inputs)
        var members: [Key: JSONValue] = [
            "format": .string(Self.formatName), "version": .integer(1), "parts": .integer(parts),
            "inputs": .strings(names.map(\.text)), "configuration": configuration.work,
        ]
        let folder = try Folder(creating: path)
        let isNew = try folder.status(of: Self.fileName) == nil
        if isNew { try Self.requireUnused(folder) }
        if case .table(let table)? = configuration.groups {
            let bytes = try FileSystem.read(table)
            members["groups"] = .string(Digest(of: bytes).hex)
            if isNew {
                try Self.keep(
                    bytes, as: configuration.groups?.value ?? "", in: folder.folder(creating: "groups"))
            }
        }
        if isNew, let labels = configuration.labels {
            try Self.keep(
                FileSystem.read(labels.path), as: labels.fileName, in: folder.folder(creating: "labels"))
        }
        let json = JSONValue.object(members)
        if isNew {
            // Of two preparations that begin at once, the first decides what is prepared here.
            var file = try AtomicFile(folder, Self.fileName)
            try file.write(Array(json.readableText.utf8))
            try file.commitIfNew()
        }
        try self.init(path)
        guard digest == Digest(of: json.canonicalText) else {
            let differs = [
                (self.parts != parts, "parts"), (self.inputs.names != names, "inputs"),
                (self.configuration.work != configuration.work, "options"),
            ].filter(\.0).map(\.1)
            throw WorkError.otherWork(
                folder: path, differs: differs.isEmpty ? "groups" : differs.joined(separator: " and "))
        }
    }

    /// What steps write, besides the tables that the work begins with.
    private static let stepNames = ["staged", "plan", "plan.json", "partition", "shards"]

    /// - Throws: an error if something of the user's, of another work, or of a dataset would be replaced
    private static func requireUnused(_ folder: Folder) throws {
        for name in stepNames where try folder.status(of: name) != nil {
            // Another process may have begun just now.
            guard try folder.status(of: fileName) == nil else { return }
            throw WorkError.notEmpty(folder: folder.path, holds: name)
        }
    }

    /// Writes a copy of a table of the user's, unless the same is there.
    private static func keep(_ table: [UInt8], as name: String, in folder: Folder) throws {
        var file = try AtomicFile(folder, name)
        try file.write(table)
        try file.commitIfNew()
        guard try folder.read(name) == table else {
            throw WorkError.notEmpty(folder: folder.path, holds: name)
        }
    }

    /// A work folder in an input would become a part of it.
    private static func checkPlace(_ path: String, _ inputs: [String]) throws(WorkError) {
        let place = FileSystem.place(of: path)
        for input in inputs where FileSystem.isInside(place, FileSystem.resolved(input)) {
            throw .insideInput(folder: path, input: input)
        }
    }

    // MARK: Steps

    /// The record of a step that is done, whose files are there and have their sizes.
    ///
    /// - Parameters:
    ///   - name: path in this folder, without `.json`
    ///   - basis: what it must have been made from; `nil` for anything
    ///   - checks: whether the digest of a file is compared, by its name
    func record(_ name: String, basis: Digest?, checks: (String) -> Bool) -> StepRecord? {
        guard let bytes = try? ReadableFile.contents(of: "\(path)/\(name).json", limit: 64 << 20),
            let record = try? StepRecord(try JSONValue(parsing: bytes)), basis == nil || record.basis == basis
        else { return nil }
        for file in record.files {
            guard let found = try? ReadableFile("\(path)/\(file.name)", followsLinks: false),
                found.size == file.bytes
            else { return nil }
            if checks(file.name), (try? found.digest()) != file.sha256 { return nil }
        }
        return record
    }

    /// A folder in this one, which must not be a link.
    func folder(_ name: String) throws -> Folder { try Folder(path).folder(creating: name) }

    /// Writes a file of a step.
    ///
    /// - Parameter body: is given a function that appends bytes
    func write(
        _ name: String, _ body: ((_ bytes: [UInt8]) throws -> Void) throws -> Void
    ) throws -> StepRecord.File {
        let (parent, last) = FileSystem.split(name)
        var file = try AtomicFile(try parent == "." ? Folder(path) : folder(parent), last)
        var digest = CountedDigest()
        try body { bytes in
            digest.update(bytes)
            try file.write(bytes)
        }
        try file.commit()
        return StepRecord.File(name: name, bytes: digest.count, sha256: digest.finish())
    }

    /// Says that a step is done.
    func commit(_ record: StepRecord, as name: String) throws {
        _ = try write("\(name).json") { append in try append(Array(record.json.readableText.utf8)) }
    }

    /// Such as `staged/part-00003-of-00064`.
    func name(_ folder: String, part: Int) -> String {
        "\(folder)/part-\(ShardRecord.padded(part))-of-\(ShardRecord.padded(parts))"
    }

    func check(part: Int) throws(WorkError) {
        guard (0..<parts).contains(part) else { throw .beyond(what: "part \(part)", count: parts) }
    }
}

extension PipelineConfiguration {
    /// All that a step needs to know, also what does not define the data.
    var work: JSONValue {
        guard case .object(var members) = definition, case .object(var shards)? = members["shards"] else {
            return .null
        }
        shards["compression"] = .string(compression.codec.rawValue)
        shards["level"] = .integer(max(compression.level, 1))
        members["shards"] = .object(shards)
        members["max_rejected"] = .string("\(maxRejected * 100)%")
        return .object(members)
    }
}
