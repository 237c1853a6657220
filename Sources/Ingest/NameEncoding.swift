// Converts the names of entries to UTF-8: the only place that decides which bytes a key gets.

internal import Foundation

/// The encoding of names for which the input does not state one, as the user gives it.
public struct NameEncoding: Sendable, Equatable {
    /// Its name for iconv: `gbk`, `shift-jis`, `latin1`.
    public let name: String

    package static let notation = "an encoding that iconv knows, such as gbk, shift-jis or latin1"

    /// Throws `IngestError.unknownEncoding` if iconv does not know `name`, or if `name` contains a slash.
    public init(_ name: String) throws(IngestError) {
        // A suffix after a slash makes iconv drop or replace characters, which could make two names equal.
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), Iconv(from: name) != nil else {
            throw .unknownEncoding(name: name)
        }
        self.name = name
    }
}

/// Converts the names of one source to UTF-8, if their encoding is known.
///
/// Names that the input marks as UTF-8 or Unicode stay unchanged. All others are decoded with the user's encoding;
/// names that it cannot decode keep their bytes. If the user gives none, names keep their bytes, except in a zip:
/// if all its unmarked names are valid UTF-8, they are UTF-8 (macOS and Linux write UTF-8 without marking it), else
/// code page 437 (zip specification, appendix D).
struct NameDecoder {
    private let converter: Iconv?
    private let isCP437: Bool

    /// - Parameter isCP437: whether unmarked names are in code page 437, unless `encoding` says otherwise
    init(_ encoding: NameEncoding?, isCP437: Bool = false) {
        converter = encoding.flatMap { Iconv(from: $0.name) }
        self.isCP437 = isCP437 && encoding == nil
    }

    func decode(_ name: [UInt8], isUnicode: Bool = false) -> [UInt8] {
        if isUnicode { return name }
        if isCP437 { return Self.fromCP437(name) }
        return converter?.decode(name) ?? name
    }

    /// Done without iconv, because some systems lack its table and keys must be the same everywhere.
    private static func fromCP437(_ name: [UInt8]) -> [UInt8] {
        if name.allSatisfy({ $0 < 128 }) { return name }
        return Array(String(String.UnicodeScalarView(name.map { cp437[Int($0)] })).utf8)
    }

    /// The character of each byte: ASCII, then IBM's code page from 128 on.
    private static let cp437: [UnicodeScalar] =
        (0..<128).map { UnicodeScalar(UInt8($0)) }
        + Array(
            ("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧"
                + "╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}").unicodeScalars)
}

/// Converts from one encoding to UTF-8; owns iconv's state.
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
        // In no encoding does a byte become more than four characters of four bytes each.
        var output = [CChar](repeating: 0, count: 16 * name.count + 16)
        let room = output.count
        var left = (input: input.count, output: room)
        let status = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                var (from, to) = (input.baseAddress, output.baseAddress)
                let status = iconv(state, &from, &left.input, &to, &left.output)
                // With shift states, iconv may still hold back a character.
                return status == -1 ? status : iconv(state, nil, nil, &to, &left.output)
            }
        }
        guard status != -1, left.input == 0 else { return nil }
        return output.prefix(room - left.output).map { UInt8(bitPattern: $0) }
    }
}

/// Whether `bytes` are valid UTF-8.
func isValidUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.allSatisfy { $0 < 128 } || String(validating: bytes, as: UTF8.self) != nil
}
