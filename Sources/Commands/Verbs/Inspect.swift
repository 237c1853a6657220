// prep inspect: shows what is in a dataset.

internal import ArgumentParser
internal import Configuration
internal import Dataset
internal import Imaging
internal import Report
internal import Shards
internal import Storage
internal import Training

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is in a prepared dataset.",
        usage: "prep inspect [<options>] <dataset>",
        discussion: """
            Prints splits, classes, shards, pixel statistics, duplicates, rejected entries and findings. --html writes \
            a page with samples of every class, mean images, a histogram, duplicates and the pipeline; --show draws \
            samples in the terminal. --augmented shows what an augmentation makes of train samples, in the terminal, \
            or in what --png and --html write.

              prep inspect shards/mnist
              prep inspect shards/kaggle --html report.html
              prep inspect shards/kaggle --class 4 --show 12
              prep inspect shards/kaggle --findings near-duplicate
              prep inspect shards/mnist --augmented 5 --augment rotate=10,shift=2
            """)

    @Argument(help: "The dataset's folder, such as shards/mnist.", completion: Completion.dataset)
    var dataset: String

    @Option(
        help: ArgumentHelp("Write an HTML page, which needs no other files.", valueName: "report.html"),
        completion: .file())
    var html: String?

    @Option(help: ArgumentHelp("Draw this many samples in the terminal.", valueName: "8"))
    var show: Int?

    @Option(
        help: ArgumentHelp("Write the samples as one PNG image.", valueName: "sheet.png"), completion: .file()
    )
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
            "Show this many augmented versions beside each sample, as in the first epochs of a training; needs --augment.",
            valueName: "12"))
    var augmented: Int?

    @Option(
        help: ArgumentHelp(
            "The augmentation for --augmented, as for prep train.", valueName: "rotate=10,flip=horizontal"))
    var augment: String?

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
        show != nil || png != nil || (html == nil && augmented != nil)
            || (augmented == nil && (!classNames.isEmpty || split != nil || !key.isEmpty))
    }

    @OptionGroup var quiet: QuietOption

    func validate() throws {
        guard (1...10_000).contains(show ?? 1) else {
            throw ValidationError("--show must be from 1 to 10000")
        }
        guard key.isEmpty || classNames.isEmpty && split == nil && show == nil else {
            throw ValidationError("--key names the samples; leave --class, --split and --show out")
        }
        guard findings == nil || classNames.isEmpty && split == nil && key.isEmpty else {
            throw ValidationError(
                "--findings lists all samples of a finding; leave --class, --split and --key out")
        }
        guard !csv || !json else { throw ValidationError("--csv and --json exclude each other") }
        guard !csv || findings != nil else {
            throw ValidationError("--csv needs --findings, such as --findings all")
        }
        guard findings == nil || html == nil && png == nil && show == nil && augmented == nil else {
            throw ValidationError(
                "--findings lists samples as text; --html, --png, --show and --augmented are without it")
        }
        guard (1...100).contains(augmented ?? 1) else {
            throw ValidationError("--augmented must be from 1 to 100")
        }
        guard (augmented == nil) == (augment == nil) else {
            throw ValidationError(
                "--augmented and --augment need each other, such as --augmented 12 --augment rotate=10,shift=2"
            )
        }
        guard !json || !showsSamples else {
            throw ValidationError("--json prints no samples; leave it out to see samples")
        }
    }

    func run() throws {
        try OutputFiles.require((html, .page), (png, .picture))
        let workers = try jobs.count()
        let dataset = try PreparedDataset(dataset)
        if let findings { return try list(findings, dataset) }
        var pageLine: String?
        if let html {
            var report = try DatasetReport(dataset, workers: workers)
            report.augmented = try augmentedSamples(selection(dataset, workers)) ?? preview(dataset, workers)
            pageLine = try writePage(report.page, to: html)
        }
        // Files first: who reads what is printed may stop reading.
        if showsSamples { try showSamples(dataset, workers) }
        if let pageLine, !json { Terminal.print(pageLine) }
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
                "--findings: \(Spelling.notOneOf(["all"] + names, name))")
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

    /// The samples that the options choose.
    private func selection(_ dataset: PreparedDataset, _ workers: Int) throws -> SampleShow {
        do {
            return try SampleShow(
                dataset, count: show ?? (png == nil || augmented != nil ? 8 : 100), classNames: classNames,
                // Only train is augmented.
                split: split ?? (augmented == nil ? nil : .train), keys: key, workers: workers,
                // Augmentations count in pixels.
                areExact: augmented != nil)
        } catch let error as UnknownSamples {
            // A `ValidationError` is printed together with the usage.
            throw ValidationError(error.description)
        }
    }

    /// The samples with their augmented versions, if they are asked for.
    private func augmentedSamples(_ samples: @autoclosure () throws -> SampleShow) throws -> AugmentedSamples?
    {
        guard let augmented, let augment else { return nil }
        let augmentation = try Augmentation.parse(augment, option: "--augment").0
        let samples = try samples()
        guard samples.byteCount * (augmented + 1) <= AugmentedSamples.byteLimit else {
            throw ValidationError(
                "so many versions of such large images are too much to show; choose fewer with --show and --augmented"
            )
        }
        return AugmentedSamples(samples, augmentation, versions: augmented)
    }

    /// What the recipe that is taken without another makes of a few samples; `nil` if there are none to train on, or
    /// they are too large for a page.
    private func preview(_ dataset: PreparedDataset, _ workers: Int) throws -> AugmentedSamples? {
        let size = dataset.manifest.image.size
        guard dataset.manifest.hasSamples(.train), max(size.width, size.height) <= PixelSurvey.largestSide,
            let augmentation = try Recipe.standard(for: dataset.manifest).augmentation
        else { return nil }
        let samples = try SampleShow(
            dataset, count: 6, classNames: [], split: .train, keys: [], workers: workers, areExact: true)
        return AugmentedSamples(samples, augmentation, versions: 9)
    }

    /// Writes the PNG if one was requested, and draws the samples unless only a PNG was requested.
    private func showSamples(_ dataset: PreparedDataset, _ workers: Int) throws {
        let samples = try selection(dataset, workers)
        let versions = try augmentedSamples(samples)
        if let png {
            let sheet = versions?.sheet ?? samples.sheet
            try FileSystem.write([sheet.png], to: png)
            let count = TextStyle.plural(samples.count, "image")
            let what = augmented.map { "\(count) and \($0) augmented of each" } ?? count
            Terminal.print("\(png): \(what), \(sheet.size) pixels")
        }
        if show != nil || png == nil {
            let (width, colors) = (Terminal.width(), Terminal.colors)
            Terminal.print(
                drawing: versions?.text(width: width, colors: colors)
                    ?? samples.text(width: width, colors: colors))
        }
    }
}
