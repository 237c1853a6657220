// Finds the arrays of a dataset in a .npz or a folder of .npy files, and what each holds by its name.

internal import Dataset
internal import Storage

/// The arrays of images and labels that belong together.
struct ArrayFiles {
    struct Pair {
        let part: PixelPart
        let images: NumberArray
        let labels: NumberArray?
    }

    /// Train, validation, test, as far as they are there.
    let pairs: [Pair]

    private enum Content { case images, labels }

    private static let images: Set<Substring> = ["x", "image", "images", "imgs", "data", "pixels"]
    private static let labels: Set<Substring> = ["y", "label", "labels", "target", "targets"]
    /// What an array of this name holds, and the number of its part; a name without a part is that of train.
    private static func role(of name: String) -> (content: Content, part: Int)? {
        let words = name.lowercased().split { "_- .".contains($0) }
        var (content, part): (Content?, Int?) = (nil, nil)
        for word in words {
            if let index = PixelPart.words.firstIndex(where: { $0.names.contains(word) }), part == nil {
                part = index
            } else if images.contains(word), content == nil {
                content = .images
            } else if labels.contains(word), content == nil {
                content = .labels
            } else {
                return nil
            }
        }
        return content.map { ($0, part ?? 0) }
    }

    /// - Throws: an error that lists all arrays, unless one at least holds images, with labels if `needsLabels`
    init(_ arrays: [NumberArray], path: String, needsLabels: Bool, options: PixelOptions) throws(IngestError)
    {
        let failure = IngestError.noArrays(path: path, found: arrays.map(\.text))
        var found: [[Content: NumberArray]] = [[:], [:], [:]]
        for array in arrays {
            guard let role = Self.role(of: array.name) else { continue }
            if let problem = array.problem { throw problem }
            if let other = found[role.part].updateValue(array, forKey: role.content) {
                throw .malformedArray(
                    path: path,
                    reason: "\(other.name) and \(array.name) would both be the "
                        + "\(role.content == .images ? "images" : "labels") of \(PixelPart.words[role.part].part.name)\n"
                        + "Leave one out.")
            }
        }
        // numpy.savez without names calls them arr_0 and arr_1, and numpy.save has no name for its array.
        if found.allSatisfy(\.isEmpty), arrays.count <= 2 {
            for case let problem? in arrays.lazy.map(\.problem) { throw problem }
            let images = arrays.filter {
                $0.header.shape.count > 1 && ImageNumbers.layout($0.header.shape, options.shape) != nil
            }
            if images.count == 1 {
                found[0] = [.images: images[0]]
                found[0][.labels] = arrays.first { $0.name != images[0].name }
            }
        }
        var pairs: [Pair] = []
        for (contents, part) in zip(found, PixelPart.words) {
            guard let images = contents[.images] else {
                guard contents.isEmpty else { throw failure }
                continue
            }
            guard contents[.labels] != nil || !needsLabels else {
                throw .malformedArray(
                    path: path,
                    reason: "\(images.name) has no array of labels\n"
                        + "Add it, or leave out the images. prep predict takes images without labels.")
            }
            pairs.append(Pair(part: part.part, images: images, labels: contents[.labels]))
        }
        guard !pairs.isEmpty else { throw failure }
        self.pairs = pairs
    }

    // MARK: Files

    /// The arrays of a `.npz`, in the order of their names.
    static func members(_ path: String) throws(IngestError) -> [NumberArray] {
        let file = try InputFile(SystemPath(path))
        guard let directory = try ZipDirectory(file) else {
            throw .malformedArray(path: path, reason: "not a .npz file")
        }
        var arrays: [NumberArray] = []
        for member in directory.members where member.content.kind == .file {
            let name = Key(bytes: directory.name(of: member)).text
            guard name.hasSuffix(".npy") else { continue }
            if let problem = member.problem {
                throw .malformedArray(path: "\(path): \(name)", reason: problem.reason)
            }
            guard member.content.method != .other else {
                throw .malformedArray(
                    path: "\(path): \(name)",
                    reason: "encrypted, or packed by a method that NumPy does not use")
            }
            arrays.append(
                NumberArray(String(name.dropLast(4))) { () throws(IngestError) in
                    try ByteStream(member, named: name, in: file)
                })
        }
        return arrays.sorted { Key(utf8: $0.name) < Key(utf8: $1.name) }
    }

    /// The first image in a zip of arrays, and whether one of its arrays is named as images.
    static func mixture(inZip path: String) throws(IngestError) -> (image: String?, holdsImageArray: Bool) {
        guard let directory = try ZipDirectory(InputFile(SystemPath(path))) else { return (nil, false) }
        let names = directory.members.filter { $0.content.kind == .file }.map { directory.name(of: $0) }
        let arrays = names.map { Key(bytes: $0).text }.filter { $0.hasSuffix(".npy") }
        return (
            names.first { EntryPath($0).claimsToBeImage }.map { Key(bytes: $0).text },
            arrays.contains { role(of: String($0.dropLast(4)))?.content == .images }
        )
    }

    /// The first file in a folder, or in its folders, that is named as an image, in the order of their names.
    static func image(inFolder folder: SystemPath, depth: Int = 3) throws(IngestError) -> String? {
        let names = try folder.namesInFolder().sorted { $0.lexicographicallyPrecedes($1) }
        for name in names where name.first != UInt8(ascii: ".") {
            let path = folder.appending(name)
            if EntryPath(name).claimsToBeImage { return path.text }
            guard depth > 0, try path.status(followsLinks: false).kind == .folder else { continue }
            if let image = try image(inFolder: path, depth: depth - 1) { return image }
        }
        return nil
    }

    /// Names of `.npy` files in a folder that holds images and labels as arrays; `nil` if it is another folder.
    static func names(inFolder path: String) throws(IngestError) -> [String]? {
        let names = try SystemPath(path).namesInFolder().map { Key(bytes: $0).text }
            .filter { $0.hasSuffix(".npy") && !$0.hasPrefix(".") }
        let contents = names.compactMap { role(of: String($0.dropLast(4)))?.content }
        return contents.contains(.images) ? names : nil
    }

    /// A single file, or those of a folder.
    static func files(_ paths: [String]) -> [NumberArray] {
        paths.map { path in
            let name = FileSystem.split(path).name
            return NumberArray(String(name.dropLast(4))) { () throws(IngestError) in
                try ByteStream(SystemPath(path))
            }
        }
    }
}
