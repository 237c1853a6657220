// A saved place in the data: it continues exactly, or it is refused.

import Dataset
import Foundation
import Imaging
import Shards
import Testing

@testable import Loader

@Suite("States of a loader")
struct StateTests {
    private let small: SmallDataset
    private var dataset: PreparedDataset { small.dataset }

    init() throws { small = try SmallDataset() }

    @Test(
        "resuming at any step of an epoch continues exactly, with other workers and ranks",
        arguments: [nil, 2])
    func resume(window: Int?) throws {
        let loader = try DataLoader(dataset, options: options { $0.windowBlocks = window })
        let whole = try loader.copies(epoch: 3)
        #expect(whole.count == 18 && loader.stepsPerEpoch == 18)
        for step in 0...18 {
            let text = try JSONEncoder().encode(loader.state(epoch: 3, step: step))
            #expect(text.count < 400)
            let restored = try JSONDecoder().decode(LoaderState.self, from: text)
            let resumed = try DataLoader(
                dataset, resuming: restored, options: options { ($0.workers, $0.seed) = (5, 99) })
            #expect(try resumed.copies(epoch: restored.epoch, from: restored.step) == Array(whole[step...]))
        }
        // Two ranks take over: together they give the same global batches.
        let state = try loader.state(epoch: 3, step: 9)
        let parts = try (0..<2).map { rank in
            try DataLoader(dataset, resuming: state, options: options { $0.rank = Rank(rank, of: 2) }).copies(
                epoch: 3, from: 9)
        }
        for (index, batch) in whole[9...].enumerated() {
            #expect(parts[0][index].ids + parts[1][index].ids == batch.ids)
        }
    }

    /// What a caller may choose for pixels; each differs from the one before in one option.
    private static let pixelOptions: [LoaderOptions] = [
        options(),
        options { $0.format = .u8 },
        options { $0.format = .float(mean: 0.1307, deviation: 0.3081) },
        options {
            $0.format = .float(mean: 0.1307, deviation: 0.3081)
            $0.augmentation = Augmentation(.affine(rotation: 10, shift: 0.1))
        },
        options {
            $0.format = .float(mean: 0.1307, deviation: 0.3081)
            $0.augmentation = Augmentation(.affine(rotation: 10, shift: 0.2))
        },
        options {
            $0.format = .float(mean: 0.1307, deviation: 0.3081)
            $0.augmentation = Augmentation(.affine(rotation: 10, shift: 0.2))
            $0.canvas = ImageSize(width: 32, height: 32)
        },
    ]

    @Test("a state remembers what becomes of pixels: with the same options it continues")
    func pixels() throws {
        for options in Self.pixelOptions {
            let loader = try DataLoader(dataset, options: options)
            let text = try JSONEncoder().encode(loader.state(epoch: 1, step: 16))
            let state = try JSONDecoder().decode(LoaderState.self, from: text)
            #expect(try loader.state(epoch: 1, step: 16) == state)
            let resumed = try DataLoader(dataset, resuming: state, options: options)
            #expect(try resumed.copies(epoch: 1, from: 16) == loader.copies(epoch: 1, from: 16))
        }
    }

    @Test("with another layout it is refused; a state of versions that saved none has any")
    func otherLayout() throws {
        var state = try DataLoader(dataset, options: options { $0.layout = .nhwc }).state(epoch: 0, step: 0)
        #expect(throws: LoaderError.self) {
            try DataLoader(dataset, resuming: state, options: options { $0.layout = .nchw })
        }
        state.layout = nil
        state = try JSONDecoder().decode(LoaderState.self, from: try JSONEncoder().encode(state))
        _ = try DataLoader(dataset, resuming: state, options: options { $0.layout = .nchw })
    }

    @Test("with another format, augmentation or canvas it is refused, and says what differs")
    func otherPixels() throws {
        let names = ["format", "format", "augmentation", "augmentation", "canvas"]
        let neighbours = zip(Self.pixelOptions, Self.pixelOptions.dropFirst())
        for ((saved, given), name) in zip(neighbours, names) {
            for (saved, given) in [(saved, given), (given, saved)] {
                let state = try DataLoader(dataset, options: saved).state(epoch: 0, step: 0)
                let error = #expect(throws: LoaderError.self) {
                    try DataLoader(dataset, resuming: state, options: given)
                }
                guard case .invalid(name, _)? = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
        }
        let state = try DataLoader(dataset, options: Self.pixelOptions[3]).state(epoch: 0, step: 0)
        let error = #expect(throws: LoaderError.self) {
            try DataLoader(dataset, resuming: state, options: Self.pixelOptions[4])
        }
        #expect(
            error?.description
                == "augmentation: the state was saved with rotate=10.0,shift=0.1,scale=0.0,shear=0.0, "
                + "but the loader has rotate=10.0,shift=0.2,scale=0.0,shear=0.0; "
                + "resume with the saved value")
    }

    @Test("a state of other data is refused")
    func otherData() throws {
        var state = try DataLoader(dataset, options: options()).state(epoch: 0, step: 0)
        state.digest = Digest(of: "other")
        let error = #expect(throws: LoaderError.self) {
            try DataLoader(dataset, resuming: state, options: options())
        }
        #expect(
            error
                == .otherDataset(
                    folder: dataset.folder, expected: state.digest, found: dataset.manifest.digest))
    }

    @Test("a state that no loader has saved is refused when it is resumed")
    func impossible() throws {
        let changes: [(option: String, change: (inout LoaderState) -> Void)] = [
            ("epoch", { $0.epoch = -1 }), ("epoch", { $0.epoch = .min }),
            ("step", { $0.step = -1 }), ("step", { $0.step = 19 }), ("step", { $0.step = .max }),
            ("batch size", { $0.batchSize = 0 }), ("batch size", { $0.batchSize = -64 }),
            ("batch size", { $0.batchSize = .max }),
            ("window", { $0.windowBlocks = 0 }), ("window", { $0.windowBlocks = .min }),
        ]
        for (option, change) in changes {
            var state = try DataLoader(dataset, options: options()).state(epoch: 0, step: 0)
            change(&state)
            let error = #expect(throws: LoaderError.self) {
                try DataLoader(dataset, resuming: state, options: options())
            }
            guard case .invalid(option, _)? = error else {
                Issue.record("\(option): \(String(describing: error))")
                continue
            }
        }
    }

    @Test("the largest epoch and window are as good as any")
    func largest() throws {
        var state = try DataLoader(dataset, options: options()).state(epoch: .max, step: 17)
        state.windowBlocks = .max
        let resumed = try DataLoader(dataset, resuming: state, options: options())
        #expect(try resumed.copies(epoch: state.epoch, from: state.step).map(\.ids.count) == [32])
    }
}
