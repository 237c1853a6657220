// The recipe for a dataset for which none is named.

internal import Dataset
internal import Loader
public import Shards

extension Recipe {
    /// Name of the recipe that ``standard(for:)`` adapts.
    package static let standardName = "standard"

    /// Images that a standard run sees, over all its epochs.
    private static let standardImages = 600_000
    /// Fewer train images than this are taken in smaller batches, since they make few steps.
    private static let smallSplit = 4000

    /// The recipe `standard`, adapted to a dataset: pixels normalized by its mean and deviation, an input of its images'
    /// size with as many blocks as halve it to 8 pixels, and epochs for about 600,000 images.
    ///
    /// - Parameter fold: the fold that is held out, if any
    public static func standard(for manifest: Manifest, holdingOut fold: Int? = nil) throws -> Recipe {
        var recipe = try named(standardName)
        recipe.pixels = .normalized(by: manifest, holdingOut: fold)
        recipe.input.channels = manifest.image.channels
        recipe.input.size = ImageSize(
            width: max(manifest.image.size.width, 8), height: max(manifest.image.size.height, 8))
        let head = recipe.layers.firstIndex(of: .flatten) ?? recipe.layers.endIndex
        recipe.layers = blocks(for: recipe.input.size) + recipe.layers[head...]
        let samples = max(trainImages(manifest, fold), 1)
        recipe.epochs = min(max(standardImages / samples, 1), 100)
        if samples < smallSplit { recipe.batch = 32 }
        return recipe
    }

    /// Why ``standard(for:)`` is as it is, in one line.
    package func standardReason(_ manifest: Manifest, holdingOut fold: Int? = nil) -> String {
        let images = Self.trainImages(manifest, fold)
        return "pixels normalized by the data's mean and deviation, "
            + (epochs == 1 ? "1 epoch" : "\(epochs) epochs") + " for \(images) train images"
    }

    private static func trainImages(_ manifest: Manifest, _ fold: Int?) -> Int {
        guard let fold else { return manifest[.train].rows }
        return manifest[.train].rows + manifest[.validation].rows - manifest.folds[fold].samples
    }

    private static func blocks(for size: ImageSize) -> [LayerSpecification] {
        var layers: [LayerSpecification] = []
        var (side, filters) = (min(size.width, size.height), 16)
        repeat {
            layers += [
                .convolution(filters: filters, kernel: 3, padding: .same), .relu, .maxPool(2),
            ]
            (side, filters) = (side / 2, min(filters * 2, 128))
        } while side > 8
        return layers
    }
}
