// Seeds of random cases: other ones in every run, and repeated on demand.

internal import Foundation

/// The seed that tests of properties draw their cases from.
public enum PropertySeed {
    /// The number in `PREP_TEST_SEED`, or a new one. It is printed, so that a failure can be repeated.
    public static let value: UInt64 = {
        let given = ProcessInfo.processInfo.environment["PREP_TEST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("Random cases: PREP_TEST_SEED=\(seed) repeats them.")
        return seed
    }()

    /// How often to draw a case: as often as a test says, or the number in `PREP_TEST_ROUNDS`.
    public static func rounds(_ usual: Int) -> Int {
        ProcessInfo.processInfo.environment["PREP_TEST_ROUNDS"].flatMap { Int($0) } ?? usual
    }
}
