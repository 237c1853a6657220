// prep recipes: lists the recipes that the program carries, or shows one.

internal import ArgumentParser
internal import Report
internal import Storage
internal import Training

struct Recipes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the recipes that the program carries, or show one.",
        discussion: """
            With the name or file of a recipe, prints its layers with their output shapes and parameters; with \
            --yaml as well, prints it as a file to change and pass to prep train --recipe FILE.

              prep recipes
              prep recipes cnn
              prep recipes cnn --yaml > mine.yaml
            """)

    @Argument(help: "A recipe's name or a YAML file.", completion: Completion.recipe)
    var recipe: String?

    @Option(help: "Number of classes to compute shapes for.")
    var classes = 10

    @Flag(help: "Print the recipe as YAML.")
    var yaml = false

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print an example recipe that explains every key.")
    var example = false

    @OptionGroup var quiet: QuietOption

    func validate() throws {
        guard !yaml || recipe != nil || example else {
            throw ValidationError("--yaml prints one recipe: name it, such as prep recipes cnn --yaml")
        }
        guard !json || !yaml && !example else {
            throw ValidationError("a recipe is printed as YAML or as JSON, not both")
        }
    }

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

    /// Prints a text that may already end in a line break.
    private static func print(_ text: String) {
        Terminal.print(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
}
