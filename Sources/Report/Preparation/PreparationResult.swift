// What a preparation prints of its result, whether one process made it or many.

internal import Dataset
package import Pipeline
package import Shards

/// A prepared dataset and what planning found.
package struct PreparationResult {
    private let manifest: Manifest
    private let notes: PlanNotes

    package init(_ manifest: Manifest, _ notes: PlanNotes) { (self.manifest, self.notes) = (manifest, notes) }

    /// - Parameter folder: the prepared dataset's folder
    package func lines(_ folder: String) -> [String] {
        let parts = Split.allCases.map { split in
            let contents = manifest[split]
            return "\(TextStyle.count(contents.samples)) \(split.rawValue)"
                + (contents.copies > 0 ? " (+ \(TextStyle.count(contents.copies)) augmented)" : "")
        }
        let images = TextStyle.plural(manifest.samples, "image")
        var lines = [
            "\(folder): \(images) in \(TextStyle.bytes(manifest.totalBytes))",
            "  \(parts.joined(separator: ", "))",
        ]
        lines += (originLines + together + leftOut(folder)).map { "  \($0)" }
        lines += (unmet + manifest.warnings).map { "  warning: \($0)" }
        let found = manifest.findings.filter { $0.samples > 0 }
        if !found.isEmpty {
            let names = found.map { "\($0.name) \(TextStyle.count($0.samples))" }
            lines.append("  worth a look: \(names.joined(separator: ", "))")
        }
        lines.append("  digest \(manifest.digest.hex)")
        return lines
    }

    /// Where the splits come from, if not from ratios alone.
    private var originLines: [String] {
        var lines: [String] = []
        switch notes.origin {
        case .divided(t10k: false, folders: []): break
        case .divided(t10k: false, folders: let names):
            lines.append(
                "\(names.map { $0.visible() + "/" }.joined(separator: ", ")) was divided like the rest: "
                    + "train and a labelled validation or test folder are kept")
        case .divided:
            lines.append(
                "the test images were divided like train; mnist --official-test, or images --given keep, keeps "
                    + "them as the test split")
        case .parts(let splits):
            let names = splits.map(\.rawValue).joined(separator: " and ")
            lines.append("the \(names) images of the input are the \(names) split")
        case .table(let name, let dividesTrain):
            lines.append(
                "splits as given by \(name.visible())\(dividesTrain ? "; validation was taken from train" : "") "
                    + "(--split divides anew)")
        case .folders(let names, let dividesTrain):
            lines.append(
                "splits as given by the folders \(names.map { $0.visible() + "/" }.joined(separator: ", "))"
                    + (dividesTrain ? "; validation was taken from train" : "") + " (--split divides anew)")
        }
        return lines
    }

    /// What was kept together.
    private var together: [String] {
        let near = manifest.nearDuplicates
        let together = manifest.duplicates.groups - manifest.duplicates.crossing
        var texts: [String] = []
        func note(_ count: Int, _ text: String) { if count > 0 { texts.append(text) } }
        note(together, "\(TextStyle.plural(together, "group")) of duplicates kept together")
        note(
            manifest.duplicates.crossing,
            "\(TextStyle.plural(manifest.duplicates.crossing, "group")) of duplicates in two splits")
        if near.crossing > 0 {
            texts.append(
                "\(TextStyle.plural(near.crossing, "pair")) of near-duplicates in two splits")
        } else {
            note(near.pairs, "\(TextStyle.plural(near.pairs, "pair")) of near-duplicates kept together")
        }
        // Groups of one image have nothing to keep together.
        if let groups = notes.groups, groups.samples > groups.groups {
            note(
                groups.groups,
                "\(TextStyle.plural(groups.groups, "group")) of \(TextStyle.plural(groups.samples, "image")) kept together"
            )
        }
        let folds = manifest.folds.map(\.samples)
        note(
            folds.count,
            "\(folds.count) folds of \(TextStyle.range(folds)) images of train and validation")
        return texts
    }

    /// What was left out, changed or skipped.
    private func leftOut(_ folder: String) -> [String] {
        let dropped = manifest.findings.reduce(0) { $0 + $1.dropped } - droppedLeaks
        var texts: [String] = []
        func note(_ count: Int, _ text: String) { if count > 0 { texts.append(text) } }
        note(
            notes.leaks,
            "\(TextStyle.plural(notes.leaks, "image")) identical or near to one of a given split, "
                + (droppedLeaks > 0 ? "left out (--leaks)" : "kept (--leaks)"))
        note(
            manifest.rejected,
            "\(TextStyle.count(manifest.rejected)) rejected (see \(folder)/rejected.csv)")
        note(dropped, "\(TextStyle.count(dropped)) of them left out by --drop")
        note(
            notes.relabelled + notes.decidedOut,
            "--relabel gave \(TextStyle.plural(notes.relabelled, "image")) another label and left out "
                + TextStyle.count(notes.decidedOut))
        note(
            notes.undropped.count,
            "--drop left out nothing for \(notes.undropped.map(\.rawValue).joined(separator: ", ")): no image is that"
        )
        note(
            notes.unlabelled,
            "\(TextStyle.count(notes.unlabelled)) of them without a label; after training, prep predict names them"
        )
        note(
            notes.unsuitable.count,
            "photos, so the rules for ink on paper were not applied: "
                + notes.unsuitable.map(\.rawValue).joined(separator: ", "))
        note(
            notes.prefixes.count,
            "\(notes.prefixes.map { $0.visible() }.joined(separator: ", ")) have keys in common, so their keys begin with these names"
        )
        texts += notes.remarks
        note(
            notes.emptyInputs.count,
            "no image in \(notes.emptyInputs.map { $0.visible() }.joined(separator: ", "))")
        note(notes.skipped.others, "\(TextStyle.plural(notes.skipped.others, "other file")) skipped")
        note(notes.skipped.links, "\(TextStyle.plural(notes.skipped.links, "link")) not followed")
        return texts
    }

    private var droppedLeaks: Int { manifest.findings.first { $0.name == "leak" }?.dropped ?? 0 }

    /// What the samples that stay together did not allow, with numbers.
    private var unmet: [String] {
        let found = Split.allCases.map { manifest[$0].samples }
        var lines: [String] = []
        let levels = manifest.nearDuplicates.levels
        if levels == 0, notes.wantedLevels > 0 {
            lines.append("near-duplicates were not looked for: there are too many images")
        } else if levels < notes.wantedLevels {
            lines.append(
                "too many near-duplicates within \(TextStyle.levels(notes.wantedLevels)) levels; only those within "
                    + "\(TextStyle.levels(levels)) were kept together")
        }
        let folds = manifest.folds.map(\.samples)
        if let least = folds.min(), let most = folds.max(), most > least + 1 {
            lines.append("groups do not allow even folds: they have \(TextStyle.range(folds)) images")
        }
        if let groups = notes.groups, groups.without > 0 {
            lines.append("\(TextStyle.plural(groups.without, "image")) are in no group")
        }
        if let groups = notes.groups, groups.unknown > 0 {
            lines.append(
                "the table of groups has \(TextStyle.plural(groups.unknown, "key")) without an image of the dataset"
            )
        }
        if notes.imageless.count > 0 {
            let rest = notes.imageless.count > notes.imageless.first.count ? " …" : ""
            lines.append(
                "\(TextStyle.plural(notes.imageless.count, "row")) of the table of labels without an image: "
                    + notes.imageless.first.map { $0.visible() }.joined(separator: ", ") + rest)
        }
        if found != notes.wantedSizes {
            let sizes = zip(Split.allCases, zip(found, notes.wantedSizes)).map { split, sizes in
                "\(split.rawValue) \(TextStyle.count(sizes.0)) (wanted \(TextStyle.count(sizes.1)))"
            }
            lines.append("groups do not allow the wanted sizes: \(sizes.joined(separator: ", "))")
        }
        // Given splits have classes of their own.
        guard case .divided = notes.origin else { return lines }
        if manifest.units > 0, let unevenClass {
            lines.append("groups do not allow even classes; farthest off: \(unevenClass)")
        }
        return lines
    }

    /// The class that is farthest from its share of a split, if that is by more than two samples.
    private var unevenClass: String? {
        var farthest: (distance: Double, text: String?) = (2, nil)
        for (label, total) in manifest.classTotals.enumerated() {
            for split in Split.allCases {
                let share = Double(total) * Double(manifest[split].samples) / Double(manifest.samples)
                let count = manifest[split].classes[label]
                guard abs(Double(count) - share) > farthest.distance else { continue }
                farthest = (
                    abs(Double(count) - share),
                    "“\(manifest.classes.names[label].visible())” has \(TextStyle.count(count)) samples in "
                        + "\(split.rawValue), its share is \(TextStyle.decimal(share, 1))"
                )
            }
        }
        return farthest.text
    }
}
