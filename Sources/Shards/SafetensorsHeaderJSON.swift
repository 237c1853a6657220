// The JSON inside a safetensors header, checked member by member.

internal import Foundation

enum SafetensorsHeaderJSON {
    /// Parses and checks each tensor by itself; their arrangement is the caller's to check.
    static func parse(
        _ json: [UInt8], file: String
    ) throws(ShardError) -> (tensors: [TensorInfo], metadata: [String: String]) {
        guard !hasDuplicateKeys(json) else {
            throw .headerNotJSON(file: file, reason: "a key appears twice")
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: json)
        } catch {
            throw .headerNotJSON(file: file, reason: "malformed JSON")
        }
        guard case .object(let members) = value else {
            throw .headerNotJSON(file: file, reason: "not an object")
        }
        var tensors: [TensorInfo] = []
        var metadata: [String: String] = [:]
        for (name, value) in members {
            guard name == "__metadata__" else {
                tensors.append(try tensor(name, value, file))
                continue
            }
            guard case .object(let entries) = value else {
                throw .headerNotJSON(file: file, reason: "__metadata__ is not an object")
            }
            for (key, entry) in entries {
                guard case .string(let text) = entry else {
                    throw .headerNotJSON(file: file, reason: "metadata “\(key)” is not a string")
                }
                metadata[key] = text
            }
        }
        return (tensors, metadata)
    }

    private static func tensor(_ name: String, _ value: JSONValue, _ file: String) throws(ShardError)
        -> TensorInfo
    {
        func invalid(_ reason: String) -> ShardError {
            .invalidTensor(file: file, tensor: name, reason: reason)
        }
        guard case .object(let members) = value else { throw invalid("not an object") }
        guard Set(members.keys) == ["dtype", "shape", "data_offsets"] else {
            throw invalid("needs exactly dtype, shape and data_offsets")
        }
        guard case .string(let typeName)? = members["dtype"], let type = TensorType(rawValue: typeName) else {
            throw invalid("dtype is none of \(TensorType.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let shape = members["shape"].flatMap(naturals) else {
            throw invalid("shape is not a list of sizes")
        }
        guard let offsets = members["data_offsets"].flatMap(naturals), offsets.count == 2,
            offsets[0] <= offsets[1]
        else { throw invalid("data_offsets are not a start and an end") }
        var size = type.size
        for dimension in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
            guard !overflow else { throw invalid("its size overflows") }
            size = product
        }
        guard size == offsets[1] - offsets[0] else {
            throw invalid("spans \(offsets[1] - offsets[0]) bytes, but its shape needs \(size)")
        }
        return TensorInfo(name: name, type: type, shape: shape, range: offsets[0]..<offsets[1])
    }

    private static func naturals(_ value: JSONValue) -> [Int]? {
        guard case .array(let items) = value else { return nil }
        var numbers: [Int] = []
        for item in items {
            guard case .integer(let number) = item, number >= 0 else { return nil }
            numbers.append(Int(number))
        }
        return numbers
    }

    /// JSON parsers keep one of two equal keys without a word; here that would hide a tensor.
    /// Compares the raw spelling of the keys of every object.
    static func hasDuplicateKeys(_ json: [UInt8]) -> Bool {
        var objects: [Set<[UInt8]>] = []
        var position = 0
        var lastString: [UInt8]?
        while position < json.count {
            switch json[position] {
            case UInt8(ascii: "{"): objects.append([])
            case UInt8(ascii: "}"): _ = objects.popLast()
            case UInt8(ascii: "\""):
                let start = position + 1
                position = start
                while position < json.count, json[position] != UInt8(ascii: "\"") {
                    position += json[position] == UInt8(ascii: "\\") ? 2 : 1
                }
                lastString = Array(json[start..<min(position, json.count)])
            case UInt8(ascii: ":"):
                if let key = lastString, let last = objects.indices.last {
                    guard objects[last].insert(key).inserted else { return true }
                }
                lastString = nil
            default: break
            }
            position += 1
        }
        return false
    }
}
