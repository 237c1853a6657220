// What the suites of training commands begin with: the fixtures' MNIST, prepared by the program itself.

import TestSupport
import Testing

protocol CommandSuite {
    /// Holds the dataset `mnist`, and what a test leaves.
    var folder: TemporaryFolder { get }
}

extension CommandSuite {
    func prep(_ words: String...) throws -> ToolResult { try Tool.run(Tool.prep, words) }
}

extension TemporaryFolder {
    static func withMNIST() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let made = try Tool.run(
            Tool.prep, ["mnist", Fixtures.path("mnist"), "-o", folder("mnist"), "--official-test"])
        #expect(made.status == 0, "\(made.errors)")
        return folder
    }
}
