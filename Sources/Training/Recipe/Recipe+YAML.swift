// Reads a recipe from YAML. Every key is listed here once, with the values that it accepts.

public import Configuration
internal import Dataset
internal import Imaging
internal import Loader

extension Recipe {
    /// Reads a recipe from YAML text.
    ///
    /// - Parameter file: the name of the text in errors
    /// - Throws: `ConfigurationError` with file, line and the allowed values
    public init(yaml text: String, file: String) throws(ConfigurationError) {
        guard let root = try YAMLNode.parse(text, file: file) else {
            throw ConfigurationError(file: file, line: nil, reason: "empty; a recipe needs name and layers")
        }
        let members = try root.members(Self.keys)
        guard let name = members["name"], let layers = members["layers"] else {
            throw root.error("a recipe needs name and layers")
        }
        self.init(
            name: try name.value("letters, digits, dash and underscore", Self.validName),
            summary: try members["summary"]?.text() ?? "", data: try members["data"]?.text() ?? "",
            input: ImageShape(size: ImageSize(width: 28, height: 28), channels: 1), pixels: .unit,
            layers: try Self.layers(layers))
        if let node = members["input"] { try readInput(node) }
        if let node = members["initialisation"] { initialisation = try node.choice(Initialisation.self) }
        if let node = members["whitening"] { whitening = try node.bool() }
        if let node = members["label_smoothing"] { labelSmoothing = try node.number(0...0.9) }
        if let node = members["optimizer"] { try readOptimizer(node) }
        if let node = members["schedule"] { schedule = try Self.schedule(node) }
        if let node = members["batch"] { batch = try node.integer(Self.batchRange) }
        microBatch = try members["micro_batch"]?.integer(1...1024) ?? min(microBatch, batch)
        if let node = members["epochs"] { epochs = try node.integer(Self.epochRange) }
        if let node = members["augment"], !node.isNone {
            augmentation = try Augmentation(try node.members(Augmentation.yamlKeys))
        }
        if let node = members["averaging"] { averaging = try node.number(0...0.999999) }
        if let node = members["patience"] { patience = try node.integer(1...10_000) }
    }

    /// Checks a recipe that was made in code; one of a file is checked when it is read. Models carry it as a file does, so that what
    /// no file may hold would be lost after the training.
    func requireUsable() throws(ConfigurationError) {
        var isUsable = Self.batchRange.contains(batch) && (1...1024).contains(microBatch)
        isUsable = isUsable && Self.epochRange.contains(epochs) && pixels != .u8
        if case .step(let epochs, _) = schedule { isUsable = isUsable && epochs > 0 }
        guard isUsable else {
            throw ConfigurationError(
                file: "recipe \(name)", line: nil,
                reason:
                    "batch, micro-batch, epochs and the schedule's epochs must be 1 or more, and pixels floats"
            )
        }
        var written = self
        // One that is too high shows itself: the training diverges and names it.
        written.rate = min(rate, Self.rateRange.upperBound)
        _ = try Recipe(yaml: written.yaml, file: "recipe \(name)")
    }

    /// Reads a recipe file.
    ///
    /// - Throws: `ConfigurationError` with file, line and the allowed values
    public init(contentsOf path: String) throws(ConfigurationError) {
        try self.init(yaml: try configurationText(of: path), file: path)
    }

    static let keys = [
        "name", "summary", "data", "input", "layers", "initialisation", "whitening", "label_smoothing",
        "optimizer", "schedule", "batch", "micro_batch", "epochs", "augment", "averaging", "patience",
    ]
    package static let batchRange = 1...65536
    package static let epochRange = 1...10_000
    package static let rateRange = 1e-9...100.0

    private static func validName(_ text: String) -> String? {
        let isFine = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isFine && !text.isEmpty ? text : nil
    }

    private mutating func readInput(_ node: YAMLNode) throws(ConfigurationError) {
        let members = try node.members(["size", "channels", "pixels"])
        if let node = members["size"] {
            input.size = try node.value(Quantity.sizeNotation, Quantity.imageSize)
        }
        if let node = members["channels"] {
            input.channels = try node.value("1 for gray, 3 for colour") { ["1": 1, "3": 3][$0] }
        }
        guard let node = members["pixels"] else { return }
        switch node.scalar {
        case "unit": pixels = .unit
        case "symmetric": pixels = .symmetric
        case .some: throw node.error("pixels must be unit, symmetric, or {mean: …, deviation: …}")
        case nil:
            let members = try node.members(["mean", "deviation"])
            let mean = try members["mean"].map { (node) throws(ConfigurationError) in
                try channelValues(node, in: -1...1)
            }
            let deviation = try members["deviation"].map { (node) throws(ConfigurationError) in
                try channelValues(node, in: 1e-6...10)
            }
            let count = max(mean?.count ?? 1, deviation?.count ?? 1)
            func all(_ values: [Float]?, _ fallback: Float) -> [Float] {
                let values = values ?? [fallback]
                return values.count == count ? values : Array(repeating: values[0], count: count)
            }
            pixels = .float(mean: all(mean, 0), deviation: all(deviation, 1))
        }
    }

    /// A number for all channels, or a list of one for each.
    private func channelValues(
        _ node: YAMLNode, in range: ClosedRange<Double>
    ) throws(ConfigurationError) -> [Float] {
        if node.scalar != nil { return [Float(try node.number(range))] }
        var values: [Float] = []
        for item in try node.items() { values.append(Float(try item.number(range))) }
        guard values.count == input.channels else {
            throw node.error("a number, or a list of \(input.channels): as many as input has channels")
        }
        return values
    }

    private mutating func readOptimizer(_ node: YAMLNode) throws(ConfigurationError) {
        let members = try node.members([
            "name", "rate", "head_rate", "momentum", "nesterov", "beta1", "beta2", "epsilon",
            "weight_decay",
        ])
        func number(_ key: String, _ fallback: Double, _ range: ClosedRange<Double>)
            throws(ConfigurationError) -> Double
        {
            try members[key]?.number(range) ?? fallback
        }
        enum Name: String, CaseIterable { case sgd, adam, adamw }
        guard let name = members["name"] else { throw node.error("an optimizer needs a name") }
        let betas = (
            Float(try number("beta1", 0.9, 0...0.999999)), Float(try number("beta2", 0.999, 0...0.999999)),
            Float(try number("epsilon", 1e-8, 1e-12...1))
        )
        let kind = try name.named("optimizer name").choice(Name.self)
        for key in kind == .sgd ? ["beta1", "beta2", "epsilon"] : ["momentum", "nesterov"] {
            if let node = members[key] { throw node.error("\(kind.rawValue) has no \(key)") }
        }
        switch kind {
        case .sgd:
            let momentum = Float(try number("momentum", 0, 0...0.999999))
            let nesterov = try members["nesterov"]?.bool() ?? false
            if nesterov, momentum == 0 { throw node.error("nesterov needs a momentum") }
            optimizer = .sgd(momentum: momentum, nesterov: nesterov)
        case .adam: optimizer = .adam(beta1: betas.0, beta2: betas.1, epsilon: betas.2)
        case .adamw: optimizer = .adamW(beta1: betas.0, beta2: betas.1, epsilon: betas.2)
        }
        rate = try number("rate", 1e-3, Self.rateRange)
        headRate = try number("head_rate", 1, 1e-6...1e3)
        weightDecay = try number("weight_decay", 0, 0...1)
    }

    private static func schedule(_ node: YAMLNode) throws(ConfigurationError) -> Schedule {
        switch node.scalar {
        case "constant": return .constant
        case "cosine": return .cosine(warmup: 0)
        case "one_cycle": return .oneCycle(rise: 0.3)
        case .some:
            throw node.error("schedule must be constant, cosine, one_cycle, or step: {epochs, factor}")
        case nil: break
        }
        let members = try node.members(["step", "cosine", "one_cycle"])
        guard members.count == 1 else { throw node.error("only one schedule is allowed") }
        if let node = members["step"] {
            let values = try node.members(["epochs", "factor"])
            return .step(
                epochs: try values["epochs"]?.integer(1...10_000) ?? 1,
                factor: try values["factor"]?.number(1e-6...1) ?? 0.1)
        }
        if let node = members["cosine"] {
            return .cosine(warmup: try node.members(["warmup"])["warmup"]?.number(0...0.9) ?? 0)
        }
        return .oneCycle(
            rise: try members["one_cycle"]?.members(["rise"])["rise"]?.number(0.01...0.99) ?? 0.3)
    }
}
