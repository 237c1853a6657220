// The formats that a dataset can be exported to.

internal import Storage

/// A format of another tool.
package enum ExportFormat: String, CaseIterable, Sendable {
    /// `train/CLASS/00000000.png` …, as torchvision's ImageFolder and Keras read.
    case folder
    /// MNIST's files, such as `train-images-idx3-ubyte`.
    case idx
    /// One `.npz` with Keras' names: `x_train`, `y_train` …
    case npz
    /// `train.csv` … with the columns `label`, `pixel0` …, as on Kaggle.
    case csv
    /// Tar files of PNGs, with DALI's indices.
    case webdataset

    var writer: any ExportWriter {
        switch self {
        case .folder: FolderExport()
        case .idx: IDXExport()
        case .npz: NPZExport()
        case .csv: CSVExport()
        case .webdataset: WebDatasetExport()
        }
    }
}

/// Writes a dataset in one format.
protocol ExportWriter {
    /// Throws `ExportError` if the format cannot hold the dataset.
    func check(_ source: ExportSource) throws(ExportError)

    /// Writes all files into an empty folder. The same dataset gives the same bytes.
    func write(_ source: ExportSource, to folder: Folder) throws

    /// What Croissant reads from these files, besides the list of samples.
    func layout(_ source: ExportSource) -> Croissant.Layout
}

extension ExportWriter {
    func check(_ source: ExportSource) throws(ExportError) {}

    func layout(_ source: ExportSource) -> Croissant.Layout { Croissant.Layout() }
}
