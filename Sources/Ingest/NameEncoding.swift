// Names of entries in their own encodings: the one place that decides which bytes a name becomes.

internal import Foundation

/// The encoding of names that do not say which one they are in, as the user states it.
public struct NameEncoding: Sendable, Equatable {
    /// As iconv knows it: `gbk`, `shift-jis`, `latin1`.
    public let name: String

    public static let notation = "an encoding that iconv knows, such as gbk, shift-jis or latin1"

    public init(_ name: String) throws(IngestError) {
        // What follows a slash tells iconv to drop or replace characters, which would merge names.
        guard !name.isEmpty, !name.contains("/"), Iconv(from: name) != nil else {
            throw .unknownEncoding(name: name)
        }
        self.name = name
    }
}

/// Turns the names of one source into UTF-8, where it is known what they are in.
///
/// What says that it is UTF-8 or Unicode is taken as it is. Else the encoding that the user states counts, and
/// what it cannot decode keeps its bytes. Without one, names keep their bytes, but for those of a zip: there they
/// are UTF-8 if every one of them is valid (macOS and Linux write UTF-8 without saying so), or else code page 437
/// (zip specification, appendix D).
struct NameDecoder {
    private let converter: Iconv?
    private let isCP437: Bool

    /// - Parameter isCP437: of names that nothing else is known of
    init(_ encoding: NameEncoding?, isCP437: Bool = false) {
        converter = encoding.flatMap { Iconv(from: $0.name) }
        self.isCP437 = isCP437 && encoding == nil
    }

    func decode(_ name: [UInt8], isUnicode: Bool = false) -> [UInt8] {
        if isUnicode { return name }
        if isCP437 { return Self.fromCP437(name) }
        return converter?.decode(name) ?? name
    }

    /// Not by iconv, so that keys are the same on systems that lack this table.
    private static func fromCP437(_ name: [UInt8]) -> [UInt8] {
        if name.allSatisfy({ $0 < 128 }) { return name }
        return Array(String(String.UnicodeScalarView(name.map { cp437[Int($0)] })).utf8)
    }

    /// By byte: ASCII, then what IBM's page has from 128 on.
    private static let cp437: [UnicodeScalar] =
        (0..<128).map { UnicodeScalar(UInt8($0)) }
        + Array(
            ("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧"
                + "╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}").unicodeScalars)
}

/// An owner of iconv's state, from some encoding to UTF-8.
private final class Iconv {
    private let state: iconv_t

    init?(from encoding: String) {
        guard let opened = iconv_open("UTF-8", encoding), opened != iconv_t(bitPattern: -1) else {
            return nil
        }
        state = opened
    }

    deinit { iconv_close(state) }

    /// `nil` if `name` is not in the encoding.
    func decode(_ name: [UInt8]) -> [UInt8]? {
        iconv(state, nil, nil, nil, nil)
        var input = name.map { CChar(bitPattern: $0) }
        // No encoding has a byte that becomes more than four characters of four bytes.
        var output = [CChar](repeating: 0, count: 16 * name.count + 16)
        let room = output.count
        var left = (input: input.count, output: room)
        let status = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                var (from, to) = (input.baseAddress, output.baseAddress)
                let status = iconv(state, &from, &left.input, &to, &left.output)
                // Encodings with shift states may still hold a character back.
                return status == -1 ? status : iconv(state, nil, nil, &to, &left.output)
            }
        }
        guard status != -1, left.input == 0 else { return nil }
        return output.prefix(room - left.output).map { UInt8(bitPattern: $0) }
    }
}

/// Whether bytes are UTF-8.
func isValidUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.allSatisfy { $0 < 128 } || String(validating: bytes, as: UTF8.self) != nil
}
