// How far a preparation is, for programs that show it.

/// The progress of a preparation at one moment.
public struct PreparationProgress: Sendable {
    /// The steps that take long enough to be shown.
    public enum Phase: String, Sendable {
        case staging, writing
    }

    /// The step that is under way.
    public var phase: Phase
    /// Share of the phase that is done, 0...1.
    public var fraction: Double
    /// Images staged so far, or samples written.
    public var images: Int
    /// Entries rejected so far.
    public var rejected: Int
}
