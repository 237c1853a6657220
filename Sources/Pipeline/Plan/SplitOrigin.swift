// Where the splits of a dataset come from: ratios, folders of the source, or MNIST's own test files.

internal import Dataset
internal import Shards

/// How samples got their splits.
public enum SplitOrigin: Sendable, Equatable {
    /// All were divided by ratios. `t10k`: the source has official test images, which were divided too. `folders`: top
    /// folders that are named as splits, but have no other beside them.
    case divided(t10k: Bool, folders: [String] = [])
    /// MNIST's t10k files are test; train was divided.
    case officialTest
    /// Folders of the source are the splits; `true` if validation was divided from train.
    case folders([String], dividesTrain: Bool)
}

extension SplitOrigin {
    /// Gives samples the splits that the source says, unless the configuration says otherwise, and moves those without a
    /// label to the rejections.
    ///
    /// - Parameter samples: with keys that have no wrapping folders
    init(
        _ samples: inout [StagedSample], _ rejections: inout [StagedRejection],
        _ configuration: PipelineConfiguration
    ) {
        let keeps = configuration.given == .keep
        guard configuration.source == .images else {
            let hasTest = samples.contains { $0.givenSplit != nil }
            self = configuration.officialTest ? .officialTest : .divided(t10k: hasTest)
            guard !configuration.officialTest else { return }
            for index in samples.indices { samples[index].givenSplit = nil }
            return
        }
        let folders = SplitFolders(samples.lazy.map(\.key))
        // Divided anew, a folder “test” of images is a class, but not beside a “train” that has class folders.
        if !folders.unlabelled.isEmpty, keeps || folders.areSplits {
            samples.removeAll { sample in
                guard let reason = folders.problem(of: sample.key) else { return false }
                let rejection = Rejection(key: sample.key, reason: reason)
                rejections.append(StagedRejection(rejection: rejection, input: Int(sample.input)))
                return true
            }
        }
        for index in samples.indices where keeps {
            samples[index].givenSplit = folders.split(of: samples[index].key)
        }
        self =
            samples.contains { $0.givenSplit != nil }
            ? .folders(
                folders.folders.map { $0.name.text },
                dividesTrain: samples.contains { $0.givenSplit == nil })
            : .divided(t10k: false, folders: keeps ? folders.folders.map { $0.name.text } : [])
    }
}
