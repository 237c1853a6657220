// The JSON inside a safetensors header, checked member by member.

internal import Dataset

enum SafetensorsHeaderJSON {
    /// Parses the JSON and checks each tensor by itself; the caller checks how they are arranged.
    static func parse(
        _ json: [UInt8], file: String
    ) throws(StorageError) -> (tensors: [TensorInfo], metadata: [Key: String]) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: json)
        } catch {
            throw .headerNotJSON(file: file, reason: error.reason)
        }
        guard case .object(let members) = value else {
            throw .headerNotJSON(file: file, reason: "not an object")
        }
        var tensors: [TensorInfo] = []
        var metadata: [Key: String] = [:]
        // Sorted, so that a header with several faults always gives the same error.
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard name == "__metadata__" else {
                tensors.append(try tensor(name.text, value, file))
                continue
            }
            guard case .object(let entries) = value else {
                throw .headerNotJSON(file: file, reason: "__metadata__ is not an object")
            }
            for (key, entry) in entries.sorted(by: { $0.key < $1.key }) {
                guard case .string(let text) = entry else {
                    throw .headerNotJSON(
                        file: file, reason: "metadata “\(key.text.excerpt)” is not a string")
                }
                metadata[key] = text
            }
        }
        return (tensors, metadata)
    }

    private static func tensor(_ name: String, _ value: JSONValue, _ file: String) throws(StorageError)
        -> TensorInfo
    {
        func invalid(_ reason: String) -> StorageError {
            .invalidTensor(file: file, tensor: name.excerpt, reason: reason)
        }
        guard case .object(let members) = value else { throw invalid("not an object") }
        guard Set(members.keys) == ["dtype", "shape", "data_offsets"] else {
            throw invalid("needs exactly dtype, shape and data_offsets")
        }
        guard case .string(let typeName)? = members["dtype"], let type = TensorType(rawValue: typeName) else {
            let allowed = TensorType.allCases.map(\.rawValue).joined(separator: ", ")
            throw invalid("dtype is not one of \(allowed)")
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
            numbers.append(number)
        }
        return numbers
    }
}
