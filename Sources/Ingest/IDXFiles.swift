// Finds the files of an IDX dataset under the names that are in use.

internal import Dataset
internal import Foundation

/// The paths of a dataset's files.
struct IDXFiles {
    struct Pair {
        let images: SystemPath
        let labels: SystemPath
    }

    /// At least one of the two.
    let train, test: Pair?

    /// Looks in `folder` and up to three levels below it for names such as
    /// `train-images-idx3-ubyte`, with dash or dot, with `.gz` or without, with any prefix.
    ///
    /// Images belong to the labels with the same folder and prefix. Several sets are ambiguous, unless exactly one
    /// lies directly in `folder`, or `prefix` names one.
    init(in folder: String, prefix: String? = nil) throws(IngestError) {
        let root = SystemPath(folder)
        guard case .folder = try FileKind(at: root) else { throw .notAFolder(path: folder) }
        var sets = try Self.search(root)
        if let prefix {
            let dashes = CharacterSet(charactersIn: "-.")
            func bare(_ text: String) -> String { text.trimmingCharacters(in: dashes) }
            let found = Set(sets.map { bare($0.place.prefix.text) }).sorted()
            sets = sets.filter { bare($0.place.prefix.text) == bare(prefix) }
            if sets.isEmpty { throw .noSuchPrefix(folder: folder, prefix: prefix, found: found) }
        }
        let complete = sets.filter { $0.isComplete(.train) }
        let direct = complete.filter { $0.place.folder == Key(bytes: root.bytes) }
        guard let train = try Self.pair(.train, in: direct.count == 1 ? direct : sets, folder) else {
            guard let alone = try Self.pair(.t10k, in: sets, folder) else {
                throw .missingIDX(folder: folder, file: Role(part: .train, isLabels: false).fileName)
            }
            (self.train, test) = (nil, alone.pair)
            return
        }
        self.train = train.pair
        test = try Self.test(of: train.place, in: sets, train.pair, folder)
    }

    /// The t10k files that belong to the set at `place`: its own, or those of a folder without train files.
    private static func test(
        of place: Place?, in sets: [FileSet], _ train: Pair, _ folder: String
    ) throws(IngestError) -> Pair? {
        let own = sets.filter { $0.place == place && $0.isComplete(.t10k) }
        let others = sets.filter { place == nil || $0.place == place || !$0.hasAny(.train) }
        guard let found = try pair(.t10k, in: own.isEmpty ? others : own, folder) else { return nil }
        if let place, let other = found.place, other.prefix != place.prefix {
            throw .ambiguousIDX(folder: folder, files: [train.images.text, found.pair.images.text])
        }
        return found.pair
    }

    /// The only pair of files of `part`, and the place of its set if both lie in one; `nil` if there is no pair.
    private static func pair(
        _ part: Part, in sets: [FileSet], _ folder: String
    ) throws(IngestError) -> (pair: Pair, place: Place?)? {
        let (images, labels) = (Role(part: part, isLabels: false), Role(part: part, isLabels: true))
        let complete = sets.filter { $0.isComplete(part) }
        if let set = complete.first {
            guard complete.count == 1 else { throw ambiguous(complete, [images], folder) }
            return (
                Pair(images: try set.file(images, folder), labels: try set.file(labels, folder)), set.place
            )
        }
        // Images and labels may lie in two folders, if one holds only images and the other only labels; otherwise
        // they could belong to different sets.
        let (withImages, withLabels) = (sets.filter { $0.has(images) }, sets.filter { $0.has(labels) })
        guard let imageSet = withImages.first, let labelSet = withLabels.first else {
            if withImages.isEmpty && withLabels.isEmpty { return nil }
            throw .missingIDX(folder: folder, file: (withImages.isEmpty ? images : labels).fileName)
        }
        guard withImages.count == 1, withLabels.count == 1, imageSet.place.prefix == labelSet.place.prefix,
            imageSet.holdsOnly(labels: false), labelSet.holdsOnly(labels: true)
        else {
            throw ambiguous(withImages + withLabels, [images, labels], folder)
        }
        return (
            Pair(images: try imageSet.file(images, folder), labels: try labelSet.file(labels, folder)), nil
        )
    }

    private static func ambiguous(_ sets: [FileSet], _ roles: [Role], _ folder: String) -> IngestError {
        let files = sets.flatMap { set in roles.flatMap { (set.candidates[$0] ?? []).map(\.path.text) } }
        return .ambiguousIDX(folder: folder, files: files)
    }

    private enum Part: String { case train, t10k }

    private struct Role: Hashable {
        let part: Part
        let isLabels: Bool

        var fileName: String { "\(part.rawValue)-\(isLabels ? "labels-idx1" : "images-idx3")-ubyte" }
    }

    /// What the files of a set share: the folder and the prefix of their names (`emnist-letters-`).
    private struct Place: Hashable {
        let folder: Key
        let prefix: Key
    }

    /// A file whose name fits a role. The best is the one nearest the root, then the unpacked one, then by path.
    private struct Candidate: Comparable {
        let path: SystemPath
        let isPacked: Bool

        static func < (a: Candidate, b: Candidate) -> Bool { a.order < b.order }
        static func == (a: Candidate, b: Candidate) -> Bool { a.order == b.order }

        private var order: (Int, Int, Key) {
            (path.bytes.count { $0 == UInt8(ascii: "/") }, isPacked ? 1 : 0, Key(bytes: path.bytes))
        }
    }

    private struct FileSet {
        let place: Place
        var candidates: [Role: [Candidate]] = [:]

        func has(_ role: Role) -> Bool { candidates[role] != nil }

        func isComplete(_ part: Part) -> Bool {
            has(Role(part: part, isLabels: false)) && has(Role(part: part, isLabels: true))
        }

        func hasAny(_ part: Part) -> Bool { candidates.keys.contains { $0.part == part } }

        func holdsOnly(labels: Bool) -> Bool { candidates.keys.allSatisfy { $0.isLabels == labels } }

        /// The best file for `role`, which must have candidates. The others, such as a packed copy or one of Kaggle's
        /// two copies, must have the same contents.
        func file(_ role: Role, _ folder: String) throws(IngestError) -> SystemPath {
            let files = (candidates[role] ?? []).sorted()
            guard let best = files.first else { throw .missingIDX(folder: folder, file: role.fileName) }
            for other in files.dropFirst() {
                guard try InputFile(best.path).holdsTheSame(as: InputFile(other.path)) else {
                    throw .ambiguousIDX(folder: folder, files: files.map(\.path.text))
                }
            }
            return best.path
        }
    }

    /// The sets below `root`, in the order of their folders.
    private static func search(_ root: SystemPath) throws(IngestError) -> [FileSet] {
        var sets: [Place: FileSet] = [:]
        var pending = [(folder: root, owner: root, depth: 0)]
        while let (folder, owner, depth) = pending.popLast() {
            for name in try folder.namesInFolder() {
                if name.first == UInt8(ascii: ".") || name.elementsEqual("__MACOSX".utf8) { continue }
                let path = folder.appending(name)
                let found = role(of: name)
                guard let kind = try kind(of: path, isWanted: found != nil) else { continue }
                switch kind {
                case .folder:
                    if depth == 3 { continue }
                    // Kaggle ships train-images-idx3-ubyte/train-images-idx3-ubyte.
                    pending.append((path, found == nil ? path : owner, depth + 1))
                case .file:
                    guard let (role, prefix) = found else { continue }
                    let place = Place(folder: Key(bytes: owner.bytes), prefix: prefix)
                    sets[place, default: FileSet(place: place)].candidates[role, default: []].append(
                        Candidate(path: path, isPacked: name.suffix(3).elementsEqual(".gz".utf8)))
                }
            }
        }
        return sets.values.sorted { ($0.place.folder, $0.place.prefix) < ($1.place.folder, $1.place.prefix) }
    }

    /// `nil` for anything but a file or folder if its name does not fit a role. A link may lead to a file that does, never
    /// to a folder.
    private static func kind(of path: SystemPath, isWanted: Bool) throws(IngestError) -> FileKind? {
        switch try path.status(followsLinks: false).kind {
        case .folder: return .folder
        case .file: return .file
        case .link, .other:
            guard isWanted, case .file = try FileKind(at: path) else { return nil }
            return .file
        }
    }

    private static func role(of name: [UInt8]) -> (Role, prefix: Key)? {
        // Compared as bytes, because the prefix need not be UTF-8.
        var stem = name.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "-") : $0 }
        if stem.suffix(3).asciiLowercased == "-gz" { stem.removeLast(3) }
        for (part, names) in [(Part.train, ["train"]), (Part.t10k, ["t10k", "test"])] {
            for name in names {
                for isLabels in [false, true] {
                    let ending = "\(name)-\(isLabels ? "labels-idx1" : "images-idx3")-ubyte"
                    if stem.suffix(ending.utf8.count).asciiLowercased == ending {
                        return (
                            Role(part: part, isLabels: isLabels), Key(bytes: stem.dropLast(ending.utf8.count))
                        )
                    }
                }
            }
        }
        return nil
    }
}
