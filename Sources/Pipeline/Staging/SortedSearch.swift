// Searching in arrays that ascend.

extension [Int] {
    /// In an array that ascends, the last index whose value is not above `value`; 0 if all are.
    func lastIndex(notAbove value: Int) -> Int {
        var (low, high) = (0, count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if self[middle] <= value { low = middle } else { high = middle }
        }
        return low
    }
}
