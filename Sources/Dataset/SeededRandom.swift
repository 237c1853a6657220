// Counter-based random numbers: each draw depends on its purpose and sample, never on the order of draws.

/// What random numbers are drawn for. Part of the key, so that two purposes never share numbers.
public enum RandomPurpose: UInt32, Sendable {
    case split = 1
    case order = 2
    case augmentation = 3
    case shuffle = 4
    case initialisation = 5
    case dropout = 6
    case synthesis = 7
}

/// A stream of random numbers for one (seed, purpose, epoch, sample).
///
/// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011). The key
/// is a hash of seed, purpose and epoch; the upper half of the counter is the sample, the lower
/// half counts the draws. So a stream never depends on threads, positions or the order of arrival, and
/// two samples with the same key never share numbers.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private let key: SIMD2<UInt32>
    private let sample: UInt64
    private var block: UInt64 = 0
    private var buffered: UInt64 = 0
    private var hasBuffered = false

    /// The stream of one sample.
    ///
    /// - Parameters:
    ///   - seed: the user's `--seed`
    ///   - epoch: the pass over the data, or the number of an augmented copy
    ///   - sample: identifies the sample, by its id or a hash of its key
    @inlinable
    public init(seed: UInt64, purpose: RandomPurpose, epoch: UInt64 = 0, sample: UInt64 = 0) {
        self.init(key: Self.key(seed: seed, purpose: purpose, epoch: epoch), sample: sample)
    }

    /// Philox's key for all samples of one (seed, purpose, epoch).
    @inlinable
    public static func key(seed: UInt64, purpose: RandomPurpose, epoch: UInt64) -> UInt64 {
        mix(mix(mix(seed) ^ UInt64(purpose.rawValue)) ^ epoch)
    }

    @usableFromInline
    init(key: UInt64, sample: UInt64) {
        self.key = SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
        self.sample = sample
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        if hasBuffered {
            hasBuffered = false
            return buffered
        }
        let words = Philox.block(
            counter: SIMD4(
                UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
                UInt32(truncatingIfNeeded: sample), UInt32(truncatingIfNeeded: sample >> 32)),
            key: key)
        block &+= 1
        buffered = UInt64(words.z) | UInt64(words.w) << 32
        hasBuffered = true
        return UInt64(words.x) | UInt64(words.y) << 32
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    public mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Uniform in [-limit, limit).
    public mutating func symmetric(_ limit: Double) -> Double {
        (unit() * 2 - 1) * limit
    }

    /// Uniform in 0 ..< bound without bias (Lemire, "Fast Random Integer Generation in an
    /// Interval", 2019).
    public mutating func below(_ bound: UInt64) -> UInt64 {
        precondition(bound > 0)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
        }
        return product.high
    }

    /// The finalizer of SplitMix64 (Steele et al. 2014) after its odd increment: a bijection in
    /// which every input bit affects every output bit.
    @usableFromInline
    static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// The Philox4x32 bijection with ten rounds.
package enum Philox {
    package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        // As single numbers: in vectors, each round would move them there and back.
        var (x, y, z, w) = (counter.x, counter.y, counter.z, counter.w)
        var (first, second) = (key.x, key.y)
        for _ in 0..<10 {
            // The multipliers and Weyl increments of the paper's table 2.
            let a = UInt64(x) &* 0xD251_1F53
            let b = UInt64(z) &* 0xCD9E_8D57
            x = UInt32(truncatingIfNeeded: b >> 32) ^ y ^ first
            y = UInt32(truncatingIfNeeded: b)
            z = UInt32(truncatingIfNeeded: a >> 32) ^ w ^ second
            w = UInt32(truncatingIfNeeded: a)
            first &+= 0x9E37_79B9
            second &+= 0xBB67_AE85
        }
        return SIMD4(x, y, z, w)
    }
}
