// Which rows of a table of labels mean an image.

package import Dataset

extension LabelTable {
    /// The rows that may mean the image of this key, by their numbers: none, one, or several that fit equally well.
    ///
    /// A row fits if the last parts of both paths are equal as far as both go, where one of the two may lack the ending
    /// of images. Those with more folders in common fit better, then those with no others, then those with the same ending.
    package func rows(matching key: Key) -> [Int] {
        let path = EntryPath(key.bytes)
        guard let all = path.ends.last else { return [] }
        var best: (rank: (Int, Int, Int), rows: [Int]) = ((0, 0, 0), [])
        for number in path.ends.flatMap({ names[$0] ?? [] }) + (longerNames[all] ?? []) {
            let row = EntryPath(rows[number].key.bytes)
            guard let name = path.components.last, let rowName = row.components.last else { continue }
            let isExact = name == rowName
            guard path.stem == row.stem, isExact || !path.claimsToBeImage || !row.claimsToBeImage else {
                continue
            }
            let folders = (path.components.dropLast().reversed(), row.components.dropLast().reversed())
            let shared = zip(folders.0, folders.1).prefix { $0 == $1 }.count
            guard shared == min(folders.0.count, folders.1.count) else { continue }
            let rank = (shared, shared == max(folders.0.count, folders.1.count) ? 1 : 0, isExact ? 1 : 0)
            if best.rows.isEmpty || rank > best.rank {
                best = (rank, [number])
            } else if rank == best.rank {
                best.rows.append(number)
            }
        }
        return best.rows
    }
}
