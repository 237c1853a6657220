// What command-line flags change in a pipeline.

package import Configuration
package import Dataset
package import Imaging

extension PipelineConfiguration {
    /// Sets what becomes of colours.
    ///
    /// - Throws: an error if another stage needs gray images
    package mutating func override(channels: Channels) throws(ConfigurationError) {
        guard channels != self.channels else { return }
        stages.removeAll { $0 == .grayscale || $0 == .rgb }
        if channels == .gray { stages.insert(.grayscale, at: 0) }
        if channels == .rgb { stages.insert(.rgb, at: 0) }
        if channels != .gray, let name = stages.lazy.compactMap(\.grayOnlyName).first {
            throw ConfigurationError(
                file: "--channels", line: nil,
                reason: "\(channels.rawValue) is not possible with \(name), which needs gray images")
        }
    }

    /// Changes the last resize stage, which decides the size, or adds one if the pipeline has none.
    ///
    /// `mnist` makes all images gray.
    ///
    /// - Throws: an error if no size is known, or if `mnist` would come before grayscale
    package mutating func override(
        size: ImageSize?, filter: ResizeFilter?, fit: Fit?
    ) throws(ConfigurationError) {
        guard size != nil || filter != nil || fit != nil else { return }
        if fit == .mnist { try override(channels: .gray) }
        let gray = stages.firstIndex { $0 == .grayscale || $0 == .rgb } ?? -1
        for index in stages.indices.reversed() {
            guard case .resize(let oldSize, let oldFilter, let oldFit) = stages[index] else { continue }
            if fit == .mnist, index < gray {
                throw ConfigurationError(
                    file: "--fit", line: nil,
                    reason: "mnist needs gray images, and this pipeline resizes before grayscale")
            }
            stages[index] = .resize(size: size ?? oldSize, filter: filter ?? oldFilter, fit: fit ?? oldFit)
            return
        }
        // `--fit mnist` means MNIST's size unless another is given.
        guard let size = size ?? (fit == .mnist ? ImageSize(width: 28, height: 28) : nil) else {
            throw ConfigurationError(
                file: "--fit, --filter", line: nil,
                reason: "this pipeline keeps the size of its images; add --size to change it")
        }
        stages.insert(.resize(size: size, filter: filter ?? .bilinear, fit: fit ?? .stretch), at: gray + 1)
    }

    /// Changes the polarity stage, or adds one at the end. Makes all images gray.
    package mutating func override(polarity: Polarity.Mode) throws(ConfigurationError) {
        try override(channels: .gray)
        for index in stages.indices {
            guard case .polarity = stages[index] else { continue }
            stages[index] = .polarity(polarity)
            return
        }
        stages.append(.polarity(polarity))
    }
}
