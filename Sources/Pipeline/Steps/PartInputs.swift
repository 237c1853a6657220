// Which entries belong to a part of a preparation.

/// Inputs, or pieces of one, that are a part.
struct PartInputs {
    /// Input `input`, or the entries of one of `count` pieces of it. Of an input that cannot be divided, the first piece has
    /// all entries.
    struct Slice: Equatable {
        let input, piece, count: Int
    }

    let slices: [Slice]

    /// - Parameters:
    ///   - part: its number, below `parts`
    ///   - inputs: how many there are
    init(_ part: Int, of parts: Int, inputs: Int) {
        guard inputs < parts else {
            slices = (part * inputs / parts..<(part + 1) * inputs / parts).map {
                Slice(input: $0, piece: 0, count: 1)
            }
            return
        }
        // Each input has as many parts as every other, or one more.
        let input = (0..<inputs).first { part < ($0 + 1) * parts / inputs } ?? inputs - 1
        let first = input * parts / inputs
        slices = [Slice(input: input, piece: part - first, count: (input + 1) * parts / inputs - first)]
    }
}
