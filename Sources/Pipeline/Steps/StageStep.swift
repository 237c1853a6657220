// The first step: the entries of a part, decoded, brought to their final size, and measured.

internal import Dataset
internal import Ingest
internal import Parallel

extension WorkFolder {
    /// Stages a part, unless that is done, and its inputs have not changed since.
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
        let names = try InputNames(paths).names
        let order = inputs.names.compactMap { name in names.firstIndex(of: name) }
        guard order.count == inputs.names.count, names.count == order.count else {
            throw WorkError.otherWork(folder: path, differs: "inputs")
        }
        let slices = PartInputs(part, of: parts, inputs: order.count).slices
        let configuration = configuration
        let inputs = inputs
        @Sendable func open(_ slice: PartInputs.Slice) throws -> (source: any EntrySource, state: Digest) {
            let path = paths[order[slice.input]]
            let source = try configuration.open(path, SourcePiece(slice.piece, of: slice.count))
            return (source, try fingerprint(of: source, at: path))
        }
        if let record = staged.record(checks: { _ in true }),
            let known = try? staged.states(record),
            try slices.allSatisfy({ try known[inputs.names[$0.input]] == open($0).state })
        {
            return nil
        }
        let states = Lock<[Key: Digest]>([:])
        let queue = try InputQueue(slices.count) { index in
            let (source, state) = try open(slices[index])
            states.withLock { $0[inputs.names[slices[index].input]] = state }
            return source
        }
        let stager = Stager(
            configuration: configuration, names: inputs, memory: memory, scratchFolder: path,
            workers: workers,
            isCancelled: isCancelled, report: report)
        let entries: StagedEntries
        do {
            entries = try stager.run(queue, slices.map(\.input), of: order.count)
        } catch PipelineError.interrupted {
            throw WorkError.interrupted(folder: path)
        }
        return try staged.images(staged.write(entries, states.withLock { $0 })).count
    }
}
