// Finding the files of an IDX dataset among the names they have in the wild.

internal import Foundation

/// The paths of a dataset's files.
struct IDXFiles {
    struct Pair {
        let images: String
        let labels: String
    }

    let train: Pair
    let test: Pair?

    /// Looks in `folder` and up to three levels below it for names such as
    /// `train-images-idx3-ubyte`, with dash or dot, with `.gz` or without, with any prefix.
    init(in folder: String) throws(IngestError) {
        guard case .folder = try FileKind(at: folder) else { throw .notAFolder(path: folder) }
        var found: [Role: [Candidate]] = [:]
        Self.search(folder, depth: 0, &found)
        func file(_ role: Role) throws(IngestError) -> String? {
            let candidates = (found[role] ?? []).sorted()
            guard let best = candidates.first else { return nil }
            guard Set(candidates.map(\.stem)).count == 1 else {
                throw .ambiguousIDX(folder: folder, files: candidates.map(\.path))
            }
            return best.path
        }
        func pair(_ part: Part) throws(IngestError) -> Pair? {
            let images = try file(Role(part: part, isLabels: false))
            let labels = try file(Role(part: part, isLabels: true))
            switch (images, labels) {
            case (let images?, let labels?): return Pair(images: images, labels: labels)
            case (nil, nil): return nil
            case (nil, _): throw .missingIDX(folder: folder, file: "\(part.rawValue)-images-idx3-ubyte")
            case (_, nil): throw .missingIDX(folder: folder, file: "\(part.rawValue)-labels-idx1-ubyte")
            }
        }
        guard let train = try pair(.train) else {
            throw .missingIDX(folder: folder, file: "train-images-idx3-ubyte")
        }
        self.train = train
        test = try pair(.t10k)
    }

    private enum Part: String { case train, t10k }

    private struct Role: Hashable {
        let part: Part
        let isLabels: Bool
    }

    /// A file that could play a role. The best is the shallowest, then the plain one, then by name.
    private struct Candidate: Comparable {
        let path: String
        let depth: Int
        let isPacked: Bool
        /// The name without `.gz` and with dashes: equal stems are the same file twice.
        let stem: String

        static func < (a: Candidate, b: Candidate) -> Bool {
            (a.depth, a.isPacked ? 1 : 0, a.path) < (b.depth, b.isPacked ? 1 : 0, b.path)
        }
    }

    private static func search(_ folder: String, depth: Int, _ found: inout [Role: [Candidate]]) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names.sorted() where !name.hasPrefix(".") && name != "__MACOSX" {
            let path = "\(folder)/\(name)"
            switch try? FileKind(at: path) {
            case .folder?: if depth < 3 { search(path, depth: depth + 1, &found) }
            case .file?:
                guard let (role, stem) = role(of: name) else { continue }
                found[role, default: []].append(
                    Candidate(
                        path: path, depth: depth, isPacked: name.lowercased().hasSuffix(".gz"), stem: stem))
            case nil: continue
            }
        }
    }

    private static func role(of name: String) -> (Role, stem: String)? {
        var stem = name.lowercased()
        if stem.hasSuffix(".gz") { stem.removeLast(3) }
        stem = stem.replacingOccurrences(of: ".", with: "-")
        for (part, names) in [(Part.train, ["train"]), (Part.t10k, ["t10k", "test"])] {
            for name in names {
                if stem.hasSuffix("\(name)-images-idx3-ubyte") {
                    return (Role(part: part, isLabels: false), stem)
                }
                if stem.hasSuffix("\(name)-labels-idx1-ubyte") {
                    return (Role(part: part, isLabels: true), stem)
                }
            }
        }
        return nil
    }
}
