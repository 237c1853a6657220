// The checks that need all shards together: counts, provenance, leaks, statistics.

internal import Dataset
internal import Storage

/// Collects the contents of one shard after the other, then checks them together.
struct DatasetCheck {
    private let dataset: PreparedDataset
    private var counts: [Split: [Int]] = [:]
    private var copyCounts: [Split: Int] = [:]
    /// Per id: the split of its original.
    private var originals: [Split?]
    private var shardOf: [Int]
    private var slotOf: [Int]
    private var labelOf: [UInt16]
    private var foldOf: [UInt8?]
    private var foldMoments: FoldMoments
    private var copies: [(id: UInt32, label: UInt16, number: UInt8)] = []
    /// Ids of the samples with the same pixels.
    private var samplesOfPixels: [Digest: [Int]] = [:]
    private var moments: PixelMoments
    private var identityProblems: [String] = []
    private var shardNumber: [Split: Int] = [:]

    init(_ dataset: PreparedDataset) {
        self.dataset = dataset
        let count = dataset.manifest.samples
        originals = Array(repeating: nil, count: count)
        shardOf = Array(repeating: 0, count: count)
        slotOf = shardOf
        labelOf = Array(repeating: 0, count: count)
        foldOf = Array(repeating: nil, count: count)
        let channels = dataset.manifest.image.channels
        foldMoments = FoldMoments(folds: dataset.manifest.folds.count, channels: channels)
        moments = PixelMoments(channels: channels)
    }

    mutating func add(_ shard: ShardCheck, _ split: Split) {
        let number = shardNumber[split, default: 0]
        shardNumber[split] = number + 1
        foldMoments.add(shard.foldMoments)
        for slot in shard.ids.indices {
            let id = Int(shard.ids[slot])
            guard shard.copies[slot] == 0 else {
                copyCounts[split, default: 0] += 1
                copies.append((shard.ids[slot], shard.labels[slot], shard.copies[slot]))
                continue
            }
            if originals[id] != nil { identityProblems.append("sample \(id) is stored twice") }
            originals[id] = split
            (shardOf[id], slotOf[id], labelOf[id]) = (number, slot, shard.labels[slot])
            foldOf[id] = shard.folds?[slot]
            counts[split, default: Array(repeating: 0, count: dataset.manifest.classes.count)][
                Int(shard.labels[slot])] += 1
            samplesOfPixels[shard.pixels[slot], default: []].append(id)
        }
        if split == .train { moments.add(shard.moments) }
    }

    func finish() -> [Verification.Check] {
        let provenance = Result { try dataset.provenance() }
        return [
            Verification.Check("every sample is stored exactly once", problems: identityProblems + missing()),
            Verification.Check(
                "counts per split and class match dataset.json", problems: countProblems()),
            Verification.Check(
                "augmented copies are of train samples, lie in train only, and have their original's label",
                problems: copyProblems()),
            Verification.Check(
                dataset.manifest.duplicates.crossing == 0
                    ? "no image lies in two splits, and duplicate counts are correct"
                    : "only images that the source has in two splits lie in two, and duplicate counts are correct",
                problems: leakProblems()),
            Verification.Check(
                "provenance.csv agrees with the shards, and what belongs together lies in one split and fold",
                problems: provenanceProblems(provenance)),
            Verification.Check(
                "mean and standard deviation match the pixels of train", problems: statisticsProblems()),
            Verification.Check(
                "findings.csv lists the samples of all findings", problems: findingProblems(provenance)),
            Verification.Check("the folder holds no other files", problems: strayFiles()),
        ]
    }

    private func missing() -> [String] {
        let count = originals.count { $0 == nil }
        return count == 0 ? [] : ["\(count) samples of the provenance are in no shard"]
    }

    private func countProblems() -> [String] {
        let names = dataset.classes.names
        var problems: [String] = []
        for split in Split.allCases {
            let expected = dataset.manifest[split]
            let found = counts[split] ?? Array(repeating: 0, count: names.count)
            if found.reduce(0, +) != expected.samples {
                problems.append("\(split.rawValue): \(found.reduce(0, +)) samples, not \(expected.samples)")
            }
            for (label, name) in names.enumerated() where found[label] != expected.classes[label] {
                problems.append(
                    "\(split.rawValue): \(found[label]) of class “\(name.excerpt)”, "
                        + "not \(expected.classes[label])"
                )
            }
            if copyCounts[split] ?? 0 != expected.copies {
                problems.append("\(split.rawValue): \(copyCounts[split] ?? 0) copies, not \(expected.copies)")
            }
        }
        return problems
    }

    private func copyProblems() -> [String] {
        var problems: [String] = []
        for split in [Split.validation, .test] where copyCounts[split] ?? 0 > 0 {
            problems.append("\(split.rawValue) holds augmented copies")
        }
        let foreign = copies.count { originals[Int($0.id)] != .train }
        if foreign > 0 { problems.append("\(foreign) copies are of samples outside train") }
        let train = dataset.manifest[.train]
        let perSample = train.copies / max(train.samples, 1)
        let known = Set(copies.map { UInt64($0.id) << 8 | UInt64($0.number) }).count
        if known != copies.count || copies.contains(where: { Int($0.number) > perSample }) {
            problems.append("copies of a sample are not numbered from 1 to \(perSample)")
        }
        let renamed = copies.count { originals[Int($0.id)] == .train && labelOf[Int($0.id)] != $0.label }
        if renamed > 0 { problems.append("\(renamed) copies have a different label than their original") }
        return problems
    }

    private func leakProblems() -> [String] {
        let groups = samplesOfPixels.values.filter { $0.count > 1 }
        let leaks = groups.count { ids in Set(ids.map { originals[$0] }).count > 1 }
        let samples = groups.reduce(0) { $0 + $1.count }
        let expected = dataset.manifest.duplicates
        var problems: [String] = []
        if leaks != expected.crossing {
            problems.append("\(leaks) images lie in more than one split, not \(expected.crossing)")
        }
        if (groups.count, samples) != (expected.groups, expected.samples) {
            problems.append(
                "\(groups.count) groups of \(samples) identical images, "
                    + "not \(expected.groups) of \(expected.samples)"
            )
        }
        return problems
    }

    /// Sets of samples that the split should have kept together, but did not.
    private func unitProblems(_ rows: [ProvenanceRow]) -> [String] {
        var splits: [Int: Split] = [:]
        var folds: [Int: Int] = [:]
        var (parted, folded) = (Set<Int>(), Set<Int>())
        for row in rows {
            guard let unit = row.unit else { continue }
            if splits[unit, default: row.split] != row.split { parted.insert(unit) }
            splits[unit] = row.split
            guard let fold = row.fold else { continue }
            if folds[unit, default: fold] != fold { folded.insert(unit) }
            folds[unit] = fold
        }
        var problems =
            parted.count == dataset.manifest.partedUnits
            ? [] : ["\(parted.count) sets of samples that belong together are parted"]
        if !folded.isEmpty { problems.append("\(folded.count) sets of samples are in several folds") }
        let expected = dataset.manifest.units
        if splits.count != expected {
            problems.append("\(splits.count) sets of samples that belong together, not \(expected)")
        }
        return problems
    }

    /// Per id: the number of its group of identical images, in order of the groups' first ids.
    private var groups: [Int?] {
        var groups = [Int?](repeating: nil, count: originals.count)
        let ordered = samplesOfPixels.values.filter { $0.count > 1 }.map { $0.sorted() }.sorted {
            $0[0] < $1[0]
        }
        for (number, ids) in ordered.enumerated() {
            for id in ids { groups[id] = number }
        }
        return groups
    }

    private func provenanceProblems(_ provenance: Result<[ProvenanceRow], any Error>) -> [String] {
        let rows: [ProvenanceRow]
        do {
            rows = try provenance.get()
            let rejections = try dataset.rejections()
            guard zip(rejections, rejections.dropFirst()).allSatisfy({ $0.key <= $1.key }) else {
                return ["\(dataset.manifest.rejections.name) is not in the order of its keys"]
            }
        } catch {
            return ["\(error)"]
        }
        let (classes, groups) = (dataset.classes, groups)
        let wrong = rows.indices.filter { id in
            let row = rows[id]
            return originals[id] != nil
                && (row.split != originals[id] || row.shard != shardOf[id] || row.slot != slotOf[id]
                    || classes[row.label]?.rawValue != labelOf[id] || row.group != groups[id]
                    || row.fold != foldOf[id].map(Int.init))
        }
        guard let first = wrong.first else { return unitProblems(rows) }
        return [
            "\(wrong.count) rows have a wrong place, label, group or fold; the first is "
                + "“\(rows[first].key.text.excerpt)”"
        ]
    }

    private func statisticsProblems() -> [String] {
        let manifest = dataset.manifest
        if foldMoments.folds != manifest.folds { return ["those of the folds differ"] }
        guard moments.mean != manifest.mean || moments.standardDeviation != manifest.std else { return [] }
        return ["\(moments.mean) and \(moments.standardDeviation), not \(manifest.mean) and \(manifest.std)"]
    }

    private func findingProblems(_ provenance: Result<[ProvenanceRow], any Error>) -> [String] {
        do {
            var found: [String: Set<UInt32>] = [:]
            let file = "\(dataset.folder)/\(dataset.manifest.findingTable.name)"
            let table = try dataset.csv(.findings)
            let rows = try FindingTable.decode(table, of: dataset.manifest, file: file)
            for row in rows { found[row.finding, default: []].insert(row.id) }
            if let line = try misnamedLine(of: table, rows, try provenance.get(), file) {
                return ["\(file): line \(line): not the key and label of its sample"]
            }
            return dataset.manifest.findings.compactMap { finding in
                let count = found[finding.name]?.count ?? 0
                // An image that leaks is listed with the one that it repeats.
                return count < finding.samples || count > finding.samples && finding.name != "leak"
                    ? "\(finding.name): \(count) samples, not \(finding.samples)" : nil
            }
        } catch {
            return ["\(error)"]
        }
    }

    /// The first line of the table of findings whose key or label is not that of its sample.
    private func misnamedLine(
        of table: [UInt8], _ rows: [FindingRow], _ samples: [ProvenanceRow], _ file: String
    ) throws -> Int? {
        var (place, first): (Int, Int?) = (0, nil)
        try TableLines.forEach(of: table, columns: FindingTable.columns, file: file) { line, fields in
            let sample = samples[Int(rows[place].id)]
            let expected = FindingTable.fields(rows[place], (sample.key, sample.label))
            if !zip(fields, expected).allSatisfy({ $0.elementsEqual($1.utf8) }) { first = first ?? line }
            place += 1
        }
        return first
    }

    private func strayFiles() -> [String] {
        // A preparation that will replace the dataset works in `.partial`, under a lock.
        var expected = Set(dataset.manifest.files.map(\.name))
        expected.formUnion([Manifest.fileName, OutputFolder.partialName, FolderLock.fileName])
        expected.formUnion(PreparedDataset.cardNames)
        do {
            let folder = try Folder(dataset.folder)
            return try folder.names().sorted().compactMap { name in
                let path = "\(dataset.folder)/\(name.excerpt)"
                if !expected.contains(name) { return "\(path) is not part of the dataset" }
                if name == OutputFolder.partialName { return nil }
                return try folder.status(of: name)?.kind == .file ? nil : "\(path) is not a regular file"
            }
        } catch {
            return ["\(error)"]
        }
    }
}
