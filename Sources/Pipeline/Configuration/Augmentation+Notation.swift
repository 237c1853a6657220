// How offline augmentation is written on the command line.

internal import Configuration
internal import Imaging

extension PipelineConfiguration.Augmentation {
    package static let notation = "of the form rotate=10,shift=2,copies=1 (also scale, shear)"

    /// Parses `rotate=10,shift=2,copies=1`; `copies` defaults to 1.
    package init?(text: String) {
        var values: [String: Double] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, let value = Double(pair[1]), values[pair[0]] == nil,
                let range = pair[0] == "copies" ? 1...255 : RandomAffine.ranges[pair[0]],
                range.contains(value)
            else { return nil }
            values[pair[0]] = value
        }
        let copies = values["copies"] ?? 1
        guard copies == copies.rounded(), !values.isEmpty else { return nil }
        self.init(affine: RandomAffine(values), copies: Int(copies))
    }
}
