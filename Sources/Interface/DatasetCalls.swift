// The functions of prep.h for inspecting a dataset.

public import CPrep
internal import Dataset
internal import Foundation
internal import Shards

final class DatasetHandle: Handle, @unchecked Sendable {
    let dataset: PreparedDataset
    let manifest: KeptText

    init(_ folder: String) throws {
        dataset = try PreparedDataset(folder)
        manifest = KeptText(dataset.manifest.json.canonicalText)
    }
}

@_cdecl("prep_dataset_open")
public func prepDatasetOpen(
    _ folder: UnsafePointer<CChar>?, _ result: UnsafeMutablePointer<OpaquePointer?>
) -> prep_status {
    status {
        result.pointee = try DatasetHandle(text(folder, "the folder")).retained
        return PREP_OK
    }
}

@_cdecl("prep_dataset_close")
public func prepDatasetClose(_ dataset: OpaquePointer?) { close(dataset, DatasetHandle.self) }

@_cdecl("prep_dataset_manifest")
public func prepDatasetManifest(_ dataset: OpaquePointer?) -> UnsafePointer<CChar>? {
    try? object(dataset, DatasetHandle.self).manifest.pointer
}

@_cdecl("prep_dataset_table")
public func prepDatasetTable(
    _ dataset: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, _ length: UnsafeMutablePointer<Int>
) -> prep_status {
    status {
        let handle = try object(dataset, DatasetHandle.self)
        let name = try text(name, "the name of a table")
        guard let table = PreparedDataset.Table(rawValue: name) else {
            let known = PreparedDataset.Table.allCases.map(\.rawValue)
            throw UsageFailure(description: Spelling.unknown("table", name, allowed: known))
        }
        // Others take the form of the rows for granted.
        switch table {
        case .provenance: _ = try handle.dataset.provenance()
        case .rejections: _ = try handle.dataset.rejections()
        case .findings: _ = try handle.dataset.findingRows()
        }
        let bytes = try handle.dataset.csv(table)
        guard let copy = malloc(bytes.count + 1) else {
            throw UsageFailure(description: "no memory for a table of \(bytes.count) bytes")
        }
        bytes.withUnsafeBytes {
            copy.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(copy), byteCount: $0.count)
        }
        copy.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
        result.pointee = copy.assumingMemoryBound(to: CChar.self)
        length.pointee = bytes.count
        return PREP_OK
    }
}

@_cdecl("prep_dataset_verify")
public func prepDatasetVerify(_ dataset: OpaquePointer?) -> prep_status {
    status {
        let dataset = try object(dataset, DatasetHandle.self).dataset
        let problems = Verification(of: dataset, workers: ProcessInfo.processInfo.activeProcessorCount)
            .problems
        guard problems.isEmpty else { throw DamagedDataset(problems: problems) }
        return PREP_OK
    }
}

/// What a verification has found.
private struct DamagedDataset: Failure {
    let problems: [String]
    var kind: FailureKind { .badInput }
    var description: String { problems.joined(separator: "\n") }
}
