// How random affine transformations are written: rotate, shift, scale, shear.

package import Imaging

extension RandomAffine {
    /// Allowed values: degrees, pixels, a fraction of the size, degrees.
    package static let ranges: [String: ClosedRange<Double>] = [
        "rotate": 0...180, "shift": 0...1024, "scale": 0...0.9, "shear": 0...60,
    ]

    /// From values by name; missing values are 0.
    package init(_ values: [String: Double]) {
        self.init(
            rotation: values["rotate"] ?? 0, shift: values["shift"] ?? 0, scale: values["scale"] ?? 0,
            shear: values["shear"] ?? 0)
    }

    /// From the members of a YAML mapping; other keys are ignored.
    package init(_ members: [String: YAMLNode]) throws(ConfigurationError) {
        var values: [String: Double] = [:]
        for (key, range) in Self.ranges {
            if let node = members[key] { values[key] = try node.number(range) }
        }
        self.init(values)
    }
}
