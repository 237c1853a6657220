// Where an epoch's pixels come from, whatever holds them.

internal import Dataset

/// Gives the pixels of places in an epoch's order.
protocol PixelSource: Sendable {
    /// Calls `body` for each place in turn with the row there and its pixels, which are valid only
    /// during the call.
    ///
    /// - Parameters:
    ///   - places: of the order; those beyond its end wrap around
    ///   - measures: told how long reading and decoding took
    func forEach(
        _ places: Range<Int>, _ measures: inout WorkMeasures,
        _ body: (_ index: Int, _ row: Int, _ pixels: UnsafePointer<UInt8>) -> Void
    ) throws
}
