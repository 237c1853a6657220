// Decides the split of each sample, as far as the source gives it.

internal import Dataset

/// What the source says about the split of each sample, unless the configuration says otherwise.
struct SplitRule: Sendable {
    /// What gives splits.
    private enum Giver {
        /// Top folders of images.
        case folders
        /// The file that an image is in: t10k, x_test.
        case parts
        /// A column of a table of labels.
        case column(file: String)
    }

    private let configuration: PipelineConfiguration
    private let giver: Giver
    private let folders: SplitFolders
    /// The splits that parts or a column give.
    private let given: Set<Split>
    private var keeps: Bool { configuration.given == .keep }

    init(
        _ rows: any StagedRows, _ keys: StagedKeys, _ configuration: PipelineConfiguration
    ) throws(PipelineError) {
        self.configuration = configuration
        let labels = configuration.labels
        let giver: Giver =
            if let labels, let column = labels.columns.split, !column.isEmpty {
                .column(file: labels.fileName)
            } else {
                configuration.source == .images ? .folders : .parts
            }
        self.giver = giver
        var (tops, given) = (TopFolders(), Set<Split>())
        try rows.forEach { sample in
            switch giver {
            case .folders: tops.add(keys.keyInInput(sample.key, Int(sample.input)))
            case .parts: if let split = sample.givenSplit { given.insert(split) }
            // What the column leaves open is train, as other folders beside a folder “test” are.
            case .column: given.insert(sample.givenSplit ?? .train)
            }
        }
        (folders, self.given) = (SplitFolders(tops, areLabelled: labels != nil), given)
        if case .parts = giver, configuration.officialTest, given.isEmpty {
            throw .noOfficialTest(input: "the input")
        }
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
        switch giver {
        case .folders: return keeps ? folders.split(of: key) : nil
        case .parts:
            guard configuration.officialTest else { return nil }
            // With a validation part, nothing is taken from train for it.
            return sample.givenSplit ?? (given.contains(.validation) ? .train : nil)
        case .column:
            // As for folders, validation is taken from train where there is none, and a single split is none.
            guard keeps, given.count > 1 else { return nil }
            let split = sample.givenSplit ?? .train
            return split == .train && !given.contains(.validation) ? nil : split
        }
    }

    /// How `samples` got their splits.
    func origin(_ samples: [PlanInput]) -> SplitOrigin {
        let areGiven = samples.contains { $0.givenSplit != nil }
        let dividesTrain = samples.contains { $0.givenSplit == nil }
        switch giver {
        case .folders:
            let names = folders.folders.map { $0.name.text }
            return areGiven
                ? .folders(names, dividesTrain: dividesTrain)
                : .divided(t10k: false, folders: keeps && configuration.labels == nil ? names : [])
        case .parts:
            return configuration.officialTest
                ? .parts(Split.allCases.filter(given.contains)) : .divided(t10k: given.contains(.test))
        case .column(let file):
            return areGiven ? .table(file, dividesTrain: dividesTrain) : .divided(t10k: false)
        }
    }
}
