// prep inspect: shows what is in a dataset.

internal import ArgumentParser
internal import Dataset
internal import Report
internal import Shards
internal import Storage

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is in a prepared dataset.",
        usage: "prep inspect [<options>] <dataset>",
        discussion: """
            Prints splits, classes, shards, pixel statistics, duplicates, rejected entries and findings. --html writes \
            a page with samples of every class, mean images, a histogram, duplicates and the pipeline; --show draws \
            samples in the terminal.
            """)

    @Argument(help: "The dataset's folder, such as shards/mnist.")
    var dataset: String

    @Option(help: ArgumentHelp("Write an HTML page, which needs no other files.", valueName: "report.html"))
    var html: String?

    @Option(help: ArgumentHelp("Draw this many samples in the terminal.", valueName: "8"))
    var show: Int?

    @Option(help: ArgumentHelp("Write the samples as one PNG image.", valueName: "sheet.png"))
    var png: String?

    @Option(name: .customLong("class"), help: "Show samples of this class; may be repeated.")
    var classNames: [String] = []

    @Option(help: "Show samples of this split.")
    var split: Split?

    @Option(
        help: ArgumentHelp(
            "Show the sample with this key; may be repeated.", valueName: "4/Four_full (7).jpg"))
    var key: [String] = []

    @Option(
        help: ArgumentHelp(
            "List the samples of a finding, or of all; with --csv as a table.", valueName: "frame|all"))
    var findings: String?

    @Flag(help: "With --findings: print the table findings.csv, all samples with what the rule compares.")
    var csv = false

    @OptionGroup var jobs: JobsOption

    @Flag(help: "Print JSON.")
    var json = false

    private var showsSamples: Bool {
        show != nil || png != nil || !classNames.isEmpty || split != nil || !key.isEmpty
    }

    func validate() throws {
        guard (1...10_000).contains(show ?? 1) else {
            throw ValidationError("--show must be from 1 to 10000")
        }
        guard !csv || findings != nil else {
            throw ValidationError("--csv needs --findings, such as --findings all")
        }
        guard !json || !showsSamples else {
            throw ValidationError("--json prints no samples; leave it out to see samples")
        }
    }

    func run() throws {
        let workers = try jobs.count()
        let dataset = try PreparedDataset(dataset)
        if let findings { return try list(findings, dataset) }
        if let html {
            let line = try writePage(DatasetReport(dataset, workers: workers).page, to: html)
            if !json { Terminal.print(line) }
        }
        if showsSamples { try showSamples(dataset, workers) }
        if json {
            Terminal.print(json: dataset.manifest.summaryJSON)
        } else if html == nil, !showsSamples {
            Terminal.print(try dataset.text(width: Terminal.width()))
        }
    }

    /// Prints the samples of a finding, or of all.
    private func list(_ name: String, _ dataset: PreparedDataset) throws {
        let names = dataset.manifest.findings.map(\.name)
        guard name == "all" || names.contains(name) else {
            throw ValidationError(
                "--findings: “\(name.excerpt)” is not all, \(names.joined(separator: ", "))")
        }
        let rows = try dataset.findingRows().filter { name == "all" || $0.finding == name }
        if json {
            for line in try dataset.findingsLines(rows) { Terminal.print(json: line, isLine: true) }
        } else if csv {
            Terminal.print(drawing: String(try dataset.findingsCSV(rows).dropLast()))
        } else {
            Terminal.print(try dataset.findingsText(rows))
        }
    }

    /// Writes the PNG if one was requested, and draws the samples unless only a PNG was requested.
    private func showSamples(_ dataset: PreparedDataset, _ workers: Int) throws {
        let samples: SampleShow
        do {
            samples = try SampleShow(
                dataset, count: show ?? (png == nil ? 8 : 100), classNames: classNames, split: split,
                keys: key, workers: workers)
        } catch let error as UnknownSamples {
            // A `ValidationError` is printed together with the usage.
            throw ValidationError(error.description)
        }
        if let png {
            let sheet = samples.sheet
            try FileSystem.write([sheet.png], to: png)
            Terminal.print("\(png): \(TextStyle.plural(samples.count, "image")), \(sheet.size) pixels")
        }
        if show != nil || png == nil {
            Terminal.print(drawing: samples.text(width: Terminal.width(), colors: Terminal.colors))
        }
    }
}
