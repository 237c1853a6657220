// prep images: any labelled archive or folder.

internal import ArgumentParser
internal import Pipeline

struct Images: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prepare any labelled archive or folder of images.",
        discussion:
            """
            Runs pipelines/images.yaml. The folder an image lies in is its class: digits, letters or words. Pixels are \
            those of Pillow's convert("L") and resize, but for three things that people expect: images are turned upright \
            (EXIF, XMP), transparency lies over white, and 16-bit levels are scaled to 8.
            """)

    @Argument(help: "A zip, tar, tar.gz, 7z … or a folder, with one folder per class.")
    var input: String

    @OptionGroup var options: PrepareOptions

    func run() throws {
        try Prepare.run(PipelineConfiguration.named("images"), input: input, options: options)
    }
}
