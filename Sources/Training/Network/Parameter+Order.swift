// Copies parameters between memory and files, where their elements may be in another order.

extension Parameter {
    /// The elements in PyTorch's order, from a buffer of all parameters.
    func exported(from buffer: FloatBuffer) -> [Float] {
        let stored = UnsafeBufferPointer(start: buffer + offset, count: count)
        guard let flattened else { return Array(stored) }
        var exported = [Float](repeating: 0, count: count)
        Self.forEachColumn(flattened, rows: shape[0]) { inMemory, inFile in
            exported[inFile] = stored[inMemory]
        }
        return exported
    }

    /// Sets the elements, given in PyTorch's order.
    func set(_ values: [Float], in buffer: FloatBuffer) {
        precondition(values.count == count)
        let stored = buffer + offset
        guard let flattened else {
            for (index, value) in values.enumerated() { stored[index] = value }
            return
        }
        Self.forEachColumn(flattened, rows: shape[0]) { inMemory, inFile in
            stored[inMemory] = values[inFile]
        }
    }

    /// Calls `body` with the index of each weight in NHWC and in NCHW order.
    private static func forEachColumn(_ shape: FeatureShape, rows: Int, _ body: (Int, Int) -> Void) {
        let area = shape.height * shape.width
        for row in 0..<rows {
            for place in 0..<area {
                for channel in 0..<shape.channels {
                    body(
                        row * shape.count + place * shape.channels + channel,
                        row * shape.count + channel * area + place)
                }
            }
        }
    }
}
