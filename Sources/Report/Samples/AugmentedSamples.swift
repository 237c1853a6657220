// prep inspect --augmented: some samples, and what an augmentation makes of each.

package import Dataset
package import Imaging

/// Samples with augmented versions: a row for each, the sample itself first.
package struct AugmentedSamples: Sendable {
    /// Training draws with this seed unless told otherwise.
    private static let seed: UInt64 = 0

    private let augmentation: Augmentation
    private let rows: [[SampleView]]

    package var count: Int { rows.count }

    /// Bytes of pixels of all versions: people look at a few small images.
    package static let byteLimit = 1 << 28

    /// - Parameter versions: of each sample, one for each of the first epochs of a training
    package init(_ show: SampleShow, _ augmentation: Augmentation, versions: Int) {
        self.augmentation = augmentation
        rows = show.samples.map { sample in
            let augmenter = Augmenter(augmentation, shape: sample.image.shape)
            return [sample]
                + (0..<versions).map { epoch in
                    var random = SeededRandom(
                        seed: Self.seed, purpose: .augmentation, epoch: UInt64(epoch),
                        sample: sample.row.key.identity)
                    let pixels = sample.image.pixels.withUnsafeBufferPointer {
                        Array(augmenter.augment($0, &random))
                    }
                    return SampleView(row: sample.row, image: Picture(sample.image.shape, pixels: pixels))
                }
        }
    }

    /// Drawn in a terminal, each sample with its versions.
    package func text(width: Int, colors: TerminalColors) -> String {
        rows.map { row in
            let pictures = row.enumerated().map { index, sample in
                (sample.image, index == 0 ? sample.caption : "epoch \(index)")
            }
            return TerminalImages(pictures).text(width: width, colors: colors)
        }.joined(separator: "\n\n")
    }

    /// One image, a row for each sample.
    package var sheet: ContactSheet {
        ContactSheet(rows.joined().map(\.image), columns: rows.first?.count ?? 1)
    }

    /// Part of a dataset's page.
    var html: HTML {
        HTML([
            element("p", ["class": "note"]) {
                "A row for each sample: the sample itself, then what a training with seed \(Self.seed) makes of it in its "
                "first epochs, with "
                element("code") { augmentation.description }
                "."
            },
            Report.sheet(Array(rows.joined()), columns: rows.first?.count ?? 1, label: "Augmented samples"),
        ])
    }
}
