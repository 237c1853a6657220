// Decides the split of each sample, as far as the source gives it.

internal import Dataset

/// What the source says about the split of each sample, unless the configuration says otherwise.
struct SplitRule: Sendable {
    private let configuration: PipelineConfiguration
    private let folders: SplitFolders
    /// Whether the source has official test images.
    private let hasTest: Bool
    private var isOfImages: Bool { configuration.source == .images }
    private var keeps: Bool { configuration.given == .keep }

    init(
        _ rows: any StagedRows, _ keys: StagedKeys, _ configuration: PipelineConfiguration
    ) throws(PipelineError) {
        self.configuration = configuration
        var (tops, hasTest) = (TopFolders(), false)
        let isOfImages = configuration.source == .images
        try rows.forEach { sample in
            if isOfImages {
                tops.add(keys.keyInInput(sample.key, Int(sample.input)))
            } else if sample.givenSplit != nil {
                hasTest = true
            }
        }
        (folders, self.hasTest) = (SplitFolders(tops), hasTest)
    }

    /// Why a sample has no label; `nil` if it has one.
    ///
    /// - Parameter key: without the name of its input
    func problem(of key: Key) -> String? {
        // Divided anew, a folder “test” of images is a class, but not beside a “train” that has class folders.
        keeps || folders.areSplits ? folders.problem(of: key) : nil
    }

    /// The split of a sample; `nil` if it is to be divided.
    func split(of key: Key, _ sample: StagedSample) -> Split? {
        isOfImages
            ? keeps ? folders.split(of: key) : nil : configuration.officialTest ? sample.givenSplit : nil
    }

    /// How `samples` got their splits.
    func origin(_ samples: [PlanInput]) -> SplitOrigin {
        guard isOfImages else {
            return configuration.officialTest ? .officialTest : .divided(t10k: hasTest)
        }
        let names = folders.folders.map { $0.name.text }
        return samples.contains { $0.givenSplit != nil }
            ? .folders(names, dividesTrain: samples.contains { $0.givenSplit == nil })
            : .divided(t10k: false, folders: keeps ? names : [])
    }
}
