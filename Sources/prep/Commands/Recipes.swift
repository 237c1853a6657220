// prep recipes: what can be trained.

internal import ArgumentParser
internal import Report
internal import Shards
internal import Training

struct Recipes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the recipes that can be trained.",
        discussion: """
            With a name or a file: its layers, their output shapes and parameters. With --yaml: its text, to be \
            changed and passed to prep train --recipe FILE. With --example: a recipe that explains every key.
            """)

    @Argument(help: "A recipe's name, or a YAML file.")
    var recipe: String?

    @Option(help: "Classes to work out the shapes for.")
    var classes = 10

    @Flag(help: "Print the recipe as YAML.")
    var yaml = false

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print a recipe that explains every key.")
    var example = false

    func run() throws {
        if example { return Self.print(BuiltinRecipe.example) }
        guard (1...Architecture.classLimit).contains(classes) else {
            throw ValidationError("--classes must be from 1 to \(Architecture.classLimit)")
        }
        if let name = recipe {
            if yaml, let builtin = BuiltinRecipe(rawValue: name) { return Self.print(builtin.text) }
            let recipe = try Recipe.named(name)
            if yaml { return Self.print(recipe.yaml) }
            let architecture = try Architecture(recipe, classes: classes)
            if json { return Terminal.print(json: Self.json(recipe, architecture)) }
            return Terminal.print(Self.text(recipe, architecture))
        }
        let all = try BuiltinRecipe.allCases.map { builtin in
            let recipe = try builtin.recipe()
            return (recipe, try Architecture(recipe, classes: classes))
        }
        if json {
            return Terminal.print(json: .array(all.map { Self.json($0, $1) }))
        }
        var table = TextTable([.left, .right, .right, .right, .left])
        table.add(["recipe", "input", "parameters", "epochs", ""])
        for (recipe, architecture) in all {
            table.add([
                recipe.name, "\(recipe.input)", TextStyle.count(architecture.parameterCount),
                "\(recipe.epochs)", recipe.summary,
            ])
        }
        Terminal.print(table.lines(indent: 0).joined(separator: "\n"))
        Terminal.print(
            "\nLayers of one: prep recipes NAME. As a file to change: prep recipes NAME --yaml.\nEvery key explained: prep recipes --example."
        )
    }

    /// Text that ends in a line break of its own.
    private static func print(_ text: String) {
        Terminal.print(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }

    private static func text(_ recipe: Recipe, _ architecture: Architecture) -> String {
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

    private static func json(_ recipe: Recipe, _ architecture: Architecture) -> JSONValue {
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
