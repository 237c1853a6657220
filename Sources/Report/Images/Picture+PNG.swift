// Pictures as PNG files, for pages and for --png.

internal import Foundation
internal import Imaging

extension Picture {
    /// The picture as a PNG file.
    var png: [UInt8] { pixels.withUnsafeBufferPointer { PNGEncoder.encode($0, shape) } }
}

/// A PNG file as a `data:` URI, which needs no network.
func dataURI(png: [UInt8]) -> String {
    "data:image/png;base64," + Data(png).base64EncodedString()
}
