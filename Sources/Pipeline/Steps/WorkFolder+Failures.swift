// What failures mean in a work folder.

internal import Dataset
internal import Storage

/// Runs `body`, in which a file that is not what it should be is as good as missing.
func believing<R>(_ missing: @autoclosure () -> WorkError, _ body: () throws -> R) throws -> R {
    do {
        return try body()
    } catch let error as StorageError where error.kind != .io {
        throw missing()
    }
}

extension WorkFolder {
    /// Runs a step, of which parts are done when it is interrupted.
    func keeping<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch PipelineError.interrupted {
            throw WorkError.interrupted(folder: path)
        }
    }
}
