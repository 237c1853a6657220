// The first step: the entries of a part, decoded, brought to their final size, and measured.

internal import Dataset
internal import Ingest
internal import Parallel

extension WorkFolder {
    /// Stages a part, unless that is done.
    ///
    /// - Parameters:
    ///   - paths: of all inputs, in any order
    ///   - memory: bytes of pixels to hold; those beyond it go to a scratch file in the work folder
    /// - Returns: number of images, or `nil` if it was done before
    /// - Throws: ``IngestError``, ``PipelineError``, ``WorkError`` or ``StorageError``
    public func stage(
        part: Int, of paths: [String], workers: Int, memory: Int,
        isCancelled: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (PreparationProgress) -> Void = { _ in }
    ) throws -> Int? {
        try check(part: part)
        let staged = StagedPart(work: self, number: part)
        if staged.record(checks: { _ in true }) != nil { return nil }
        let names = try InputNames(paths).names
        let order = inputs.names.compactMap { name in names.firstIndex(of: name) }
        guard order.count == inputs.names.count, names.count == order.count else {
            throw WorkError.otherWork(folder: path, differs: "inputs")
        }
        let slices = PartInputs(part, of: parts, inputs: order.count).slices
        let configuration = configuration
        let listings = Lock<[Int: Digest]>([:])
        let queue = try InputQueue(slices.count) { index in
            let slice = slices[index]
            let source = try configuration.open(
                paths[order[slice.input]], SourcePiece(slice.piece, of: slice.count))
            if slice.count > 1, let listing = (source as? any DivisibleSource)?.listing {
                listings.withLock { $0[slice.input] = listing }
            }
            return source
        }
        let stager = Stager(
            configuration: configuration, memory: memory, scratchFolder: path, workers: workers,
            isCancelled: isCancelled, report: report)
        let entries = try stager.run(queue, slices.map(\.input), of: order.count)
        return try staged.images(staged.write(entries, listings.withLock { $0 })).count
    }
}
