// What the commands that prepare data may say about their inputs.

public import ArgumentParser
internal import Configuration
internal import Dataset
internal import Ingest
internal import Storage
internal import Pipeline

/// Labels beside images, and how tables, arrays and IDX files are read.
struct InputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A CSV file with the label of each image, instead of folders; keys may lack folders and the ending.",
            valueName: "FILE.csv"), completion: .file())
    var labels: String?

    @Option(
        help: ArgumentHelp(
            "Its column of images. (default: key, filename, file, image, image_id, id, path …)",
            valueName: "NAME"))
    var keyColumn: String?

    @Option(
        help: ArgumentHelp(
            "Its column of labels, or that of a table of pixels, which may be a number from 1. (default: label, class, target …)",
            valueName: "NAME"))
    var labelColumn: String?

    @Option(
        help: ArgumentHelp(
            "Its column of splits: train, val or test. (default: split, if there)", valueName: "NAME"))
    var splitColumn: String?

    @Option(
        help: ArgumentHelp(
            "Its column of groups that stay in one split. (default: group, if there)", valueName: "NAME"))
    var groupColumn: String?

    @Option(
        help: ArgumentHelp("Size of the images in a table of pixels. (default: square)", valueName: "WxH"))
    var shape: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Exchange rows and columns of pixels. (default: for files named emnist-…)")
    var transpose: Bool?

    @Option(
        help: ArgumentHelp(
            "What the names of IDX files begin with, where a folder has several sets.",
            valueName: "emnist-letters"))
    var prefix: String?

    @Option(
        help: ArgumentHelp(
            "Names of the classes 0, 1 …, or a file with a name in each line, or EMNIST's mapping file.",
            valueName: "FILE|a,b,c"), completion: .file())
    var classNames: String?

    /// Replaces the values of a pipeline for which an option is given.
    func apply(to configuration: inout PipelineConfiguration) throws {
        // Its columns are those of the pipeline's own table, unless options name others.
        if let labels {
            configuration.labels = LabelRule(
                path: labels, columns: configuration.labels?.columns ?? LabelColumns())
        }
        if configuration.labels != nil {
            if let keyColumn { configuration.labels?.columns.key = keyColumn }
            if let labelColumn { configuration.labels?.columns.label = labelColumn }
            if let splitColumn { configuration.labels?.columns.split = splitColumn }
            if let groupColumn { configuration.labels?.columns.group = groupColumn }
        } else {
            guard keyColumn == nil, splitColumn == nil, groupColumn == nil else {
                throw ValidationError("--key-column, --split-column and --group-column need --labels")
            }
            if let labelColumn { configuration.pixels.labelColumn = labelColumn }
        }
        if let shape {
            configuration.pixels.shape = try parseOption(
                shape, "--shape", Quantity.sizeNotation, Quantity.imageSize)
        }
        if let transpose { configuration.pixels.transposes = transpose }
        if let prefix { configuration.pixels.prefix = prefix }
        if let classNames {
            if !FileSystem.exists(classNames), classNames.contains(where: { "/.".contains($0) }),
                !classNames.contains(",")
            {
                throw IngestError.notFound(path: classNames)
            }
            guard let naming = try ClassNaming(option: classNames) else {
                throw ValidationError("--class-names: “\(classNames.excerpt)” is not \(ClassNaming.notation)")
            }
            configuration.classNames = naming
        }
    }
}
