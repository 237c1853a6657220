// How far a preparation is, for whoever wants to show it.

/// A moment of a running preparation.
public struct PreparationProgress: Sendable {
    public enum Phase: String, Sendable {
        case staging, writing
    }

    public var phase: Phase
    /// Share of the phase that is done, 0...1.
    public var fraction: Double
    /// Images staged so far, or samples written.
    public var images: Int
    public var rejected: Int
}
