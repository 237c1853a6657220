// What `prep recipes` prints: all recipes, or the layers of one.

package import Storage
package import Training

/// A recipe with the shapes of its layers for a number of classes.
package struct RecipeSheet {
    private let recipe: Recipe
    private let architecture: Architecture

    package init(_ recipe: Recipe, classes: Int) throws {
        self.recipe = recipe
        architecture = try Architecture(recipe, classes: classes)
    }

    /// A table of recipes, one per line.
    package static func text(_ sheets: [RecipeSheet]) -> String {
        var table = TextTable([.left, .right, .right, .right, .left])
        table.add(["recipe", "input", "parameters", "epochs", ""])
        for sheet in sheets {
            let recipe = sheet.recipe
            table.add([
                recipe.name, "\(recipe.input)", TextStyle.count(sheet.architecture.parameterCount),
                "\(recipe.epochs)", recipe.summary,
            ])
        }
        return """
            \(table.text)

            prep recipes NAME shows a recipe's layers; with --yaml it prints the recipe as a file to change.
            prep recipes --example explains every key.
            """
    }

    package var text: String {
        var table = TextTable([.right, .left, .right, .right])
        table.add(["", "layer", "output", "parameters"])
        table.add([
            "", "input", "\(recipe.input.channels)x\(recipe.input.size.height)x\(recipe.input.size.width)",
            "",
        ])
        for (index, layer) in architecture.layers.enumerated() {
            table.add([
                "\(index)", layer.specification.text, "\(layer.output)",
                layer.parameterCount == 0 ? "" : TextStyle.count(layer.parameterCount),
            ])
        }
        let multiplyAdds = architecture.layers.map(\.multiplyAdds).reduce(0, +)
        return """
            \(recipe.name): \(recipe.summary)
            Data: \(recipe.data)

            \(table.lines().joined(separator: "\n"))

            \(TextStyle.count(architecture.parameterCount)) parameters, \
            \(TextStyle.count(multiplyAdds)) multiply-adds per image; \
            batches of \(recipe.batch), \(TextStyle.plural(recipe.epochs, "epoch"))
            """
    }

    package var json: JSONValue {
        .object([
            "name": .string(recipe.name), "summary": .string(recipe.summary), "data": .string(recipe.data),
            "parameters": .integer(architecture.parameterCount),
            "batch": .integer(recipe.batch), "epochs": .integer(recipe.epochs),
            "yaml": .string(recipe.yaml),
            "layers": .array(
                architecture.layers.map { layer in
                    .object([
                        "layer": .string(layer.specification.text), "output": .string("\(layer.output)"),
                        "parameters": .integer(layer.parameterCount),
                        "multiply_adds": .integer(layer.multiplyAdds),
                    ])
                }),
        ])
    }
}
