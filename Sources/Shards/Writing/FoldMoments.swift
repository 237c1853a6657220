// Mean and standard deviation of what each fold of a cross-validation trains on.

package import Storage

/// Sums over the pixels of each fold, and what is outside of it.
package struct FoldMoments: Sendable {
    /// Per fold: of all its rows, augmented copies included.
    private var moments: [PixelMoments]
    /// Per fold: samples, not counting copies.
    private var samples: [Int]

    private let channels: Int

    /// - Parameter channels: of the images
    package init(folds: Int, channels: Int) {
        self.channels = channels
        moments = Array(repeating: PixelMoments(channels: channels), count: folds)
        samples = Array(repeating: 0, count: folds)
    }

    /// Adds a row of a fold.
    ///
    /// - Parameter isCopy: whether it is an augmented copy
    package mutating func add(_ image: some Sequence<UInt8>, fold: UInt8, isCopy: Bool) {
        moments[Int(fold)].add(PixelMoments(Array(image), channels: channels))
        samples[Int(fold)] += isCopy ? 0 : 1
    }

    /// Adds all rows of a shard that have a fold.
    package mutating func add(_ rows: ShardSamples) {
        for (row, fold) in (rows.folds ?? []).enumerated() {
            add(rows.image(row), fold: fold, isCopy: rows.copies?[row] ?? 0 > 0)
        }
    }

    package var json: JSONValue {
        .array(
            zip(moments, samples).map { .object(["samples": .integer($1), "moments": $0.json]) })
    }

    /// - Parameter folds: how many there must be
    package init(
        _ object: inout JSONObject, _ name: String, folds: Int, channels: Int
    ) throws(JSONProblem) {
        let list = try object.list(name) { (fold) throws(JSONProblem) in
            (
                try fold.integer("samples", in: 0...Int(UInt32.max)),
                try PixelMoments(&fold, "moments", channels: channels)
            )
        }
        guard list.count == folds else { throw object.problem(name, "a list of \(folds)") }
        self.channels = channels
        (samples, moments) = (list.map(\.0), list.map(\.1))
    }

    package mutating func add(_ other: FoldMoments) {
        for fold in moments.indices {
            moments[fold].add(other.moments[fold])
            samples[fold] += other.samples[fold]
        }
    }

    /// What the manifest says about the folds.
    package var folds: [Manifest.Fold] {
        moments.indices.map { fold in
            var outside = PixelMoments(channels: channels)
            for other in moments.indices where other != fold { outside.add(moments[other]) }
            return .init(samples: samples[fold], mean: outside.mean, std: outside.standardDeviation)
        }
    }
}
