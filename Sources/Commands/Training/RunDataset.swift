// The dataset that a run was trained on: found where it usually lies, or checked.

internal import Dataset
internal import Shards
internal import Training

extension PreparedDataset {
    /// - Throws: `TrainingError` if this is not the dataset that a run was trained on
    func require(_ digest: Digest) throws {
        guard manifest.digest == digest else {
            throw TrainingError.otherDataset(
                folder: folder, expected: String(digest.hex.prefix(12)),
                found: String(manifest.digest.hex.prefix(12)))
        }
    }

    /// A dataset where `prep` usually writes it; `nil` if there is none, or another.
    static func usual(_ name: String, _ digest: Digest) -> PreparedDataset? {
        let found = try? PreparedDataset("shards/\(name)")
        return found?.manifest.digest == digest ? found : nil
    }
}
