// The functions of prep.h for loading.

public import CPrep
internal import Foundation
internal import Loader

final class LoaderHandle: Handle, @unchecked Sendable {
    let loader: DataLoader
    /// Where the loader continues.
    let start: (epoch: Int, step: Int)

    init(_ loader: DataLoader, start: (epoch: Int, step: Int)) { (self.loader, self.start) = (loader, start) }
}

final class EpochHandle: Handle, @unchecked Sendable {
    let stream: BatchStream

    init(_ stream: BatchStream) { self.stream = stream }
}

@_cdecl("prep_loader_open")
public func prepLoaderOpen(
    _ dataset: OpaquePointer?, _ options: UnsafePointer<CChar>?,
    _ result: UnsafeMutablePointer<OpaquePointer?>
) -> prep_status {
    status {
        let dataset = try object(dataset, DatasetHandle.self).dataset
        let request = try LoaderRequest(try options.map { try text($0, "options") } ?? "", dataset.manifest)
        result.pointee = try request.open(dataset).retained
        return PREP_OK
    }
}

@_cdecl("prep_loader_close")
public func prepLoaderClose(_ loader: OpaquePointer?) { close(loader, LoaderHandle.self) }

@_cdecl("prep_loader_describe")
public func prepLoaderDescribe(
    _ loader: OpaquePointer?, _ info: UnsafeMutablePointer<prep_loader_info>
) -> prep_status {
    status {
        let handle = try object(loader, LoaderHandle.self)
        let (loader, shape) = (handle.loader, handle.loader.imageShape)
        info.pointee = prep_loader_info(
            samples: Int64(loader.sampleCount), steps: Int64(loader.stepsPerEpoch),
            height: Int64(shape.size.height), width: Int64(shape.size.width), channels: Int64(shape.channels),
            is_float: loader.options.format == .u8 ? 0 : 1, is_planar: loader.options.layout == .nchw ? 1 : 0,
            epoch: Int64(handle.start.epoch), step: Int64(handle.start.step))
        return PREP_OK
    }
}

@_cdecl("prep_loader_state")
public func prepLoaderState(
    _ loader: OpaquePointer?, _ epoch: Int64, _ step: Int64,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> prep_status {
    status {
        let loader = try object(loader, LoaderHandle.self).loader
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let state = try encoder.encode(try loader.state(epoch: Int(epoch), step: Int(step)))
        handOver(String(decoding: state, as: UTF8.self), to: json)
        return PREP_OK
    }
}

@_cdecl("prep_epoch_open")
public func prepEpochOpen(
    _ loader: OpaquePointer?, _ epoch: Int64, _ step: Int64, _ result: UnsafeMutablePointer<OpaquePointer?>
) -> prep_status {
    status {
        let loader = try object(loader, LoaderHandle.self).loader
        result.pointee = EpochHandle(try loader.batches(epoch: Int(epoch), from: Int(step))).retained
        return PREP_OK
    }
}

@_cdecl("prep_epoch_close")
public func prepEpochClose(_ epoch: OpaquePointer?) {
    (try? object(epoch, EpochHandle.self))?.stream.close()
    close(epoch, EpochHandle.self)
}

@_cdecl("prep_epoch_next")
public func prepEpochNext(
    _ epoch: OpaquePointer?, _ batch: UnsafeMutablePointer<prep_batch>
) -> prep_status {
    status {
        guard let next = try object(epoch, EpochHandle.self).stream.next() else { return PREP_END }
        batch.pointee = prep_batch(
            pixels: next.pixels, labels: next.labels.baseAddress, ids: next.ids.baseAddress,
            count: Int64(next.count), step: Int64(next.step))
        return PREP_OK
    }
}
