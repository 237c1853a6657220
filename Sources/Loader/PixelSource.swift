// Where an epoch's pixels come from: the whole split in memory, or one window at a time.

internal import Dataset

/// Delivers the pixels at given places of an epoch's order.
protocol PixelSource: Sendable {
    /// Calls `body` for each place in turn with the row there and its pixels, which are valid only
    /// during the call.
    ///
    /// - Parameters:
    ///   - places: in the order; places beyond its end wrap around
    ///   - measures: receives the time of reading and decoding
    func forEach(
        _ places: Range<Int>, _ measures: inout WorkMeasures,
        _ body: (_ index: Int, _ row: Int, _ pixels: UnsafePointer<UInt8>) -> Void
    ) throws
}
