// What `prep recipes` prints: the recipes there are, or the layers of one.

package import Storage
package import Training

/// A recipe with its layers worked out for a number of classes.
package struct RecipeSheet {
    private let recipe: Recipe
    private let architecture: Architecture

    package init(_ recipe: Recipe, classes: Int) throws {
        self.recipe = recipe
        architecture = try Architecture(recipe, classes: classes)
    }

    /// Several recipes, a line each.
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

            Layers of one: prep recipes NAME. As a file to change: prep recipes NAME --yaml.
            Every key explained: prep recipes --example.
            """
    }

    package var text: String {
        var table = TextTable([.right, .left, .right, .right])
        table.add(["", "layer", "output", "parameters"])
        table.add(["", "input", "1x\(recipe.input.height)x\(recipe.input.width)", ""])
        for (index, layer) in architecture.layers.enumerated() {
            table.add([
                "\(index)", layer.specification.text, "\(layer.output)",
                layer.parameterCount == 0 ? "" : TextStyle.count(layer.parameterCount),
            ])
        }
        let multiplyAdds = architecture.layers.map(\.multiplyAdds).reduce(0, +)
        return """
            \(recipe.name): \(recipe.summary)
            Made for: \(recipe.data)

            \(table.lines().joined(separator: "\n"))

            \(TextStyle.count(architecture.parameterCount)) parameters, \(TextStyle.count(multiplyAdds)) multiply-adds an image; \
            batches of \(recipe.batch), \(TextStyle.plural(recipe.epochs, "epoch"))
            """
    }

    package var json: JSONValue {
        .object([
            "name": .string(recipe.name), "summary": .string(recipe.summary), "data": .string(recipe.data),
            "parameters": .integer(architecture.parameterCount),
            "batch": .integer(recipe.batch), "epochs": .integer(recipe.epochs),
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
