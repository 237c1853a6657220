// prep images: any labelled archive or folder.

internal import ArgumentParser
internal import Pipeline

struct Images: PreparingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prepare any labelled archive or folder of images, or pixels in a table.",
        discussion:
            """
            Runs the pipeline “images”, which the program carries (pipelines/images.yaml). The class of an image \
            is the name of the folder that it lies in, or stands in a table (--labels). Also reads pixels: a CSV file with \
            a row per image, .npz, or a folder with x_train.npy and y_train.npy. Colours stay, unless every image is \
            gray. Pixels equal those of Pillow's convert and resize, with three exceptions: images are turned upright \
            (EXIF, XMP), transparent pixels are blended with white, and levels of more than 8 bits are scaled.

              prep images photos.zip --size 64
              prep images scans/ --labels labels.csv --size 32
              prep images a.zip b.tar.gz --name both --group-by folder
            """)

    @Argument(
        help:
            "Archives (zip, tar, tar.gz, 7z …) and folders with one folder per class, or files of pixels (.csv, .csv.gz, .npz); several become one dataset.",
        completion: .file())
    var inputs: [String]

    @OptionGroup var options: PrepareOptions

    func pipeline() throws -> PipelineConfiguration { try .named("images") }
}
