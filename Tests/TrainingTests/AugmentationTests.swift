// Augmentation in recipes.

import Configuration
import Imaging
import Testing

@testable import Training

@Suite("Augmentation of a recipe")
struct AugmentationTests {
    private func recipe(_ augment: String) throws -> Recipe {
        try Recipe(
            yaml: "name: x\nlayers: [flatten, linear: classes]\naugment: \(augment)\n", file: "x.yaml")
    }

    @Test("is read and written, with order and probabilities")
    func roundTrip() throws {
        let recipe = try recipe(
            "{flip: horizontal, crop: 4, rotate: 5, elastic: 30/4, order: [crop, affine, flip, elastic], "
                + "probability: {affine: 0.3}}")
        #expect(
            recipe.augmentation
                == Augmentation(
                    .crop(4), .affine(rotation: 5, probability: 0.3), .flip(), .elastic(alpha: 30, sigma: 4)))
        #expect(try Recipe(yaml: recipe.yaml, file: "again") == recipe)
        #expect(try self.recipe("none").augmentation == nil)
    }

    @Test("of affine changes alone is written as before")
    func affineAlone() throws {
        #expect(
            try recipe("{rotate: 8, scale: 0.1}").yaml.contains(
                "\naugment: {rotate: 8.0, shift: 0.0, scale: 0.1, shear: 0.0}\n"))
    }

    @Test("has no copies: each epoch draws anew")
    func copies() {
        let error = #expect(throws: ConfigurationError.self) { try recipe("{flip: horizontal, copies: 2}") }
        #expect(error?.reason.contains("unknown key “copies”") == true)
    }
}
