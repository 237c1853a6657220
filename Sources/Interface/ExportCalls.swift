// The functions of prep.h that write a dataset for others.

internal import Configuration
public import CPrep
internal import Dataset
internal import Export
internal import Foundation
internal import Pipeline
internal import Shards

@_cdecl("prep_dataset_export")
public func prepDatasetExport(
    _ dataset: OpaquePointer?, _ format: UnsafePointer<CChar>?, _ output: UnsafePointer<CChar>?,
    _ words: UnsafePointer<CChar>?
) -> prep_status {
    status {
        let handle = try object(dataset, DatasetHandle.self)
        let name = try text(format, "the format")
        guard let format = ExportFormat(rawValue: name) else {
            let known = ExportFormat.allCases.map(\.rawValue)
            throw UsageFailure(description: Spelling.unknown("format", name, allowed: known))
        }
        _ = try DatasetExport(
            handle.dataset, as: format, to: try text(output, "the folder"), about: try about(words),
            workers: ProcessInfo.processInfo.activeProcessorCount)
        return PREP_OK
    }
}

@_cdecl("prep_dataset_card")
public func prepDatasetCard(_ dataset: OpaquePointer?, _ words: UnsafePointer<CChar>?) -> prep_status {
    status {
        _ = try DatasetCard(try object(dataset, DatasetHandle.self).dataset, about: try about(words)).write()
        return PREP_OK
    }
}

/// What is said about a dataset; nothing if `words` is NULL.
private func about(_ words: UnsafePointer<CChar>?) throws -> About {
    guard words != nil else { return About() }
    guard let node = try YAMLNode.parse(try text(words, "about"), file: "about") else { return About() }
    return try About(node)
}
