// prep recipes: what can be trained.

internal import ArgumentParser
internal import Report
internal import Storage
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
        if example { return Self.print(Recipe.builtinText("example") ?? "") }
        guard (1...Architecture.classLimit).contains(classes) else {
            throw ValidationError("--classes must be from 1 to \(Architecture.classLimit)")
        }
        guard let name = recipe else {
            let sheets = try Recipe.builtinNames.map { try RecipeSheet(Recipe.named($0), classes: classes) }
            if json { return Terminal.print(json: .array(sheets.map(\.json))) }
            return Terminal.print(RecipeSheet.text(sheets))
        }
        if yaml, let text = Recipe.builtinText(name) { return Self.print(text) }
        let recipe = try Recipe.named(name)
        if yaml { return Self.print(recipe.yaml) }
        let sheet = try RecipeSheet(recipe, classes: classes)
        if json { return Terminal.print(json: sheet.json) }
        Terminal.print(sheet.text)
    }

    /// Text that ends in a line break of its own.
    private static func print(_ text: String) {
        Terminal.print(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
}
