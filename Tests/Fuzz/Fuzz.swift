// Coverage-guided fuzzing with libFuzzer: `scripts/fuzz TARGET SECONDS` builds and runs this.

import Foundation

/// libFuzzer's driver: parses its options, then calls `test` with one input after the other.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argumentCount: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>, Int) -> Int32
) -> Int32

private nonisolated(unsafe) var target: (UnsafeRawBufferPointer) throws -> Void = { _ in }

@main
enum Fuzz {
    /// `fuzz TARGET [libFuzzer's options] [corpus…]`
    static func main() {
        var arguments = CommandLine.arguments
        guard arguments.count > 1, let chosen = Targets.all[arguments.remove(at: 1)] else {
            print(Targets.all.keys.sorted().joined(separator: "\n"))
            exit(64)
        }
        target = chosen
        var copies = arguments.map { strdup($0) } + [nil]
        var count = Int32(arguments.count)
        let status = copies.withUnsafeMutableBufferPointer { buffer in
            guard var start = buffer.baseAddress else { return Int32(1) }
            return runDriver(&count, &start) { bytes, count in
                // Errors are what most inputs should come to; only crashes, hangs and broken promises count.
                try? target(UnsafeRawBufferPointer(start: bytes, count: count))
                return 0
            }
        }
        exit(status)
    }
}
