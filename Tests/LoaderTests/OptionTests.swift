// Options that cannot be, and options that only look so.

import Dataset
import Imaging
import Testing

@testable import Loader

@Suite("Options of a loader")
struct OptionTests {
    private let small: SmallDataset

    init() throws { small = try SmallDataset() }

    @Test("an empty split is an error that names it")
    func emptySplit() throws {
        let small = try SmallDataset { $0.ratios = SplitRatios(text: "90/10/0") ?? .standard }
        let folder = small.dataset.folder
        #expect(throws: LoaderError.emptySplit(folder: folder, split: .test)) {
            try DataLoader(small.dataset, split: .test, options: options())
        }
        #expect(try DataLoader(small.dataset, split: .validation).sampleCount == 140)
    }

    @Test("senseless options are errors that name the option, and none of them traps")
    func senselessOptions() throws {
        let huge = ImageSize(width: .max, height: .max)
        let changes: [(option: String, change: (inout LoaderOptions) -> Void)] = [
            ("batch size", { $0.batchSize = 0 }), ("batch size", { $0.batchSize = .min }),
            ("batch size", { $0.batchSize = .max }),
            // 215 terabytes of slots.
            ("batch size", { ($0.batchSize, $0.prefetch, $0.remainder) = (1 << 24, 4096, .pad) }),
            ("workers", { $0.workers = 0 }), ("workers", { $0.workers = .max }),
            ("prefetch", { $0.prefetch = 0 }), ("prefetch", { $0.prefetch = .max }),
            ("rank", { $0.rank = Rank(2, of: 2) }), ("rank", { $0.rank = Rank(-1, of: 2) }),
            ("rank", { $0.rank = Rank(0, of: 0) }), ("rank", { $0.rank = Rank(0, of: 65) }),
            ("rank", { $0.rank = Rank(.max - 1, of: .max) }),
            ("window", { $0.windowBlocks = 0 }), ("memory", { $0.memory = -1 }),
            ("canvas", { $0.canvas = huge }), ("canvas", { $0.canvas = ImageSize(width: 27, height: 28) }),
            ("canvas", { $0.canvas = ImageSize(width: -1, height: .min) }),
            ("format", { $0.format = .float(mean: .nan, deviation: 1) }),
            ("format", { $0.format = .float(mean: 0, deviation: 0) }),
            ("format", { $0.format = .float(mean: 0, deviation: .infinity) }),
            ("augmentation", { $0.augmentation = Augmentation(.affine(rotation: 1e300)) }),
            ("augmentation", { $0.augmentation = Augmentation(.affine(shift: .nan)) }),
            ("augmentation", { $0.augmentation = Augmentation(.affine(scale: 1)) }),
            ("augmentation", { $0.augmentation = Augmentation(.affine(shear: 90)) }),
        ]
        for (option, change) in changes {
            let error = #expect(throws: LoaderError.self) {
                try DataLoader(small.dataset, options: options(change))
            }
            guard case .invalid(option, _)? = error else {
                Issue.record("\(option): \(String(describing: error))")
                continue
            }
        }
        let loader = try DataLoader(small.dataset, options: options())
        for (epoch, step) in [(0, 19), (0, -1), (0, Int.min), (-1, 0)] {
            #expect(throws: LoaderError.self) { try loader.batches(epoch: epoch, from: step) }
        }
    }

    @Test("options may be as large as they like where that makes sense", .timeLimit(.minutes(5)))
    func largeOptions() throws {
        let reference = try DataLoader(small.dataset, options: options()).copies(epoch: 0)
        // A batch of everything takes no more memory than everything.
        let whole = try DataLoader(
            small.dataset,
            options: options { ($0.batchSize, $0.memory, $0.workers) = (1 << 24, .max, 1024) })
        #expect(try whole.copies(epoch: 0).map(\.ids) == [reference.flatMap(\.ids)])
        for window in [1000, .max] {
            let windowed = try DataLoader(
                small.dataset, options: options { ($0.windowBlocks, $0.prefetch) = (window, 4096) })
            #expect(Set(try windowed.copies(epoch: 0).flatMap(\.ids)) == Set(reference.flatMap(\.ids)))
        }
        let least = try DataLoader(small.dataset, options: options { $0.memory = 0 })
        #expect(try least.state(epoch: 0, step: 0).windowBlocks == 1)
    }
}
