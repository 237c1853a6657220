// The stages of a pipeline: what each is called in YAML and in the manifest, and which type of Imaging applies it.

internal import Configuration
public import Dataset
public import Imaging
package import Storage

extension PipelineConfiguration {
    /// A step between decoding and staging, with its parameters.
    public enum StageConfiguration: Sendable, Equatable {
        /// RGB to gray, equal to Pillow's `convert("L")`.
        case grayscale
        /// Gray to RGB, equal to Pillow's `convert("RGB")`.
        case rgb
        /// To `size` in pixels, antialiased as in Pillow.
        case resize(size: ImageSize, filter: ResizeFilter, fit: Fit)
        /// Keeps or inverts the gray levels.
        case polarity(Polarity.Mode)
    }
}

extension PipelineConfiguration.StageConfiguration {
    private enum Name: String, CaseIterable {
        case grayscale, rgb, resize, polarity
    }

    /// The stage, ready to apply.
    var stage: any Stage {
        switch self {
        case .grayscale: Grayscale()
        case .rgb: RGB()
        case .resize(let size, let filter, .mnist): MNISTShape(size: size, filter: filter)
        case .resize(let size, let filter, let fit): Resize(size: size, filter: filter, fit: fit)
        case .polarity(let mode): Polarity(mode)
        }
    }

    /// What messages call a stage that works on gray images alone; `nil` for the others.
    var grayOnlyName: String? {
        switch self {
        case .polarity: "polarity"
        case .resize(_, _, .mnist): "resize with fit: mnist"
        case .grayscale, .rgb, .resize: nil
        }
    }

    /// As in a YAML file.
    package var definition: JSONValue {
        switch self {
        case .grayscale: .string(Name.grayscale.rawValue)
        case .rgb: .string(Name.rgb.rawValue)
        case .resize(let size, let filter, let fit):
            .object([
                "resize": .object([
                    "size": .string(size.description), "filter": .string(filter.rawValue),
                    "fit": .string(fit.rawValue),
                ])
            ])
        case .polarity(let mode): .object(["polarity": .string(mode.rawValue)])
        }
    }

    /// Reads an item of the list `stages`: `grayscale`, or a name and its value.
    init(_ item: YAMLNode) throws(ConfigurationError) {
        let names = Name.allCases.map(\.rawValue)
        if let scalar = item.scalar {
            switch Name(rawValue: scalar) {
            case .grayscale:
                self = .grayscale
                return
            case .rgb:
                self = .rgb
                return
            case .some:
                throw item.error(
                    "\(scalar) needs a value, such as “\(scalar): …”; see pipelines/example.yaml")
            case nil:
                throw item.error(Spelling.unknown("stage", scalar, allowed: names))
            }
        }
        let members = try item.named("a stage").members(names)
        guard members.count == 1, let (text, node) = members.first, let name = Name(rawValue: text) else {
            throw item.error("write one stage per list item; begin each with a dash")
        }
        switch name {
        case .grayscale, .rgb: throw item.error("\(text) takes no value")
        case .polarity: self = .polarity(try node.choice(Polarity.Mode.self))
        case .resize:
            let members = try node.members(["size", "filter", "fit"])
            guard let size = members["size"] else { throw node.error("resize needs a size") }
            self = .resize(
                size: try size.value(Quantity.sizeNotation, Quantity.imageSize),
                filter: try members["filter"]?.choice(ResizeFilter.self) ?? .bilinear,
                fit: try members["fit"]?.choice(Fit.self) ?? .stretch)
        }
    }
}
