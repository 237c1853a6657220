// Loading with a held-out fold. Oracle: the provenance, row by row.

import Dataset
import Foundation
import Imaging
import Pipeline
import Shards
import Testing

@testable import Loader

@Suite("Held-out folds")
struct FoldTests {
    private static func made(_ codec: Manifest.Compression.Codec = .zstd, copies: Int = 0) throws
        -> SmallDataset
    {
        try SmallDataset(codec) { configuration in
            configuration.folds = 4
            if copies > 0 {
                configuration.augmentation = .init(
                    Augmentation(.affine(rotation: 10, shift: 2)), copies: copies)
            }
        }
    }

    private func ids(_ loader: DataLoader, epoch: Int = 0) throws -> [UInt32] {
        try loader.copies(epoch: epoch).flatMap(\.ids)
    }

    @Test(
        "a fold is validation, the others are train with their copies, and test stays test",
        arguments: [Manifest.Compression.Codec.zstd, .none], [nil, 2])
    func parts(_ codec: Manifest.Compression.Codec, window: Int?) throws {
        let small = try Self.made(codec, copies: 1)
        let rows = try small.dataset.provenance()
        let all = rows.indices.map { UInt32($0) }
        for number in 0..<4 {
            let fold = try HeldOutFold(number, of: small.dataset)
            func load(_ split: Split) throws -> [UInt32] {
                try ids(
                    DataLoader(
                        small.dataset, split: split, holdingOut: fold,
                        options: options { ($0.windowBlocks, $0.remainder) = (window, .keep) }))
            }
            let held = all.filter { rows[Int($0)].fold == number }
            let others = all.filter { rows[Int($0)].fold.map { $0 != number } ?? false }
            // Copies were made of samples of the train split.
            let copied = others.filter { rows[Int($0)].split == .train }
            #expect(try load(.validation).sorted() == held)
            #expect(try load(.train).sorted() == (others + copied).sorted())
            #expect(try load(.test).sorted() == all.filter { rows[Int($0)].split == .test })
        }
    }

    @Test(
        "pixels and labels are those of the sample, whatever shard it lies in, and the order is that of all epochs"
    )
    func pixels() throws {
        let small = try Self.made()
        var images: [UInt32: [Float]] = [:]
        for split in Split.allCases {
            images.merge(
                try DataLoader(small.dataset, split: split, options: options { $0.remainder = .keep })
                    .copies(epoch: 0).reduce(into: [:]) { $0.merge($1.images) { a, _ in a } }
            ) { a, _ in a }
        }
        let fold = try HeldOutFold(2, of: small.dataset)
        for window in [nil, 3] {
            let loader = try DataLoader(
                small.dataset, holdingOut: fold, options: options { $0.windowBlocks = window })
            let first = try loader.copies(epoch: 1)
            for batch in first {
                for (id, image) in batch.images { #expect(image == images[id]) }
            }
            #expect(
                try DataLoader(
                    small.dataset, holdingOut: fold,
                    options: options { ($0.windowBlocks, $0.workers) = (window, 5) }
                ).copies(epoch: 1) == first)
            #expect(try ids(loader, epoch: 2) != ids(loader, epoch: 1))
            // A saved state remembers the fold.
            let text = try JSONEncoder().encode(loader.state(epoch: 1, step: 3))
            let state = try JSONDecoder().decode(LoaderState.self, from: text)
            #expect(state.fold == 2)
            let resumed = try DataLoader(small.dataset, resuming: state, options: options())
            #expect(try resumed.copies(epoch: 1, from: 3) == Array(first[3...]))
        }
    }

    @Test("a fold that does not exist is an error that says which do")
    func missing() throws {
        let small = try Self.made()
        for number in [-1, 4] {
            #expect { try HeldOutFold(number, of: small.dataset) } throws: { "\($0)".contains("from 0 to 3") }
        }
        let plain = try SmallDataset()
        #expect { try HeldOutFold(0, of: plain.dataset) } throws: { "\($0)".contains("--folds") }
        let foreign = try HeldOutFold(0, of: small.dataset)
        #expect {
            try DataLoader(plain.dataset, holdingOut: foreign)
        } throws: { "\($0)".contains("not a fold of") }
    }
}
