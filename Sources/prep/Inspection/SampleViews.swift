// Samples by id, with their pixels and where they come from.

internal import Dataset
internal import Report
internal import Shards

/// What a page shows of some samples of a dataset.
struct SampleViews {
    private var views: [UInt32: SampleView] = [:]

    /// Reads the originals with these ids; ids that the dataset lacks are passed over.
    init(_ dataset: PreparedDataset, ids: some Sequence<UInt32>, jobs: Int) throws {
        let provenance = try dataset.provenance()
        let wanted = Set(ids).filter { provenance.indices.contains(Int($0)) }
        let survey = try PixelSurvey(
            of: dataset, places: Set(wanted.map { provenance[Int($0)].place }), means: 0, budget: 0,
            workers: jobs)
        for id in wanted {
            let row = provenance[Int(id)]
            views[id] = survey.images[row.place].map { SampleView(row, $0, size: dataset.manifest.image) }
        }
    }

    subscript(id: UInt32) -> SampleView? { views[id] }
}
