// Where the splits of a dataset come from: ratios, folders of the source, or MNIST's own test files.

public import Dataset
internal import Shards

/// How samples got their splits.
public enum SplitOrigin: Sendable, Equatable, Codable {
    /// All were divided by ratios. `t10k`: the source has official test images, which were divided too. `folders`: top
    /// folders that are named as splits, but have no other beside them.
    case divided(t10k: Bool, folders: [String] = [])
    /// Files such as MNIST's t10k, arrays or tables give these splits; validation was divided from train if it is not
    /// among them.
    case parts([Split])
    /// Folders of the source are the splits; `true` if validation was divided from train.
    case folders([String], dividesTrain: Bool)
    /// A column of a table of labels gives the splits.
    case table(String, dividesTrain: Bool)
}
