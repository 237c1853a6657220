// The steps of a preparation on many machines, as a scheduler runs them: exit statuses, and the end with their parent.

import Foundation
import TestSupport
import Testing

@Suite("Steps as commands")
struct StepCommandTests {
    private let folder: TemporaryFolder
    private let zip = Fixtures.path("digits.zip")

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: [String]) throws -> ToolResult {
        try Tool.run(Tool.prep, arguments, in: folder.path)
    }

    @Test("the exit status says whether another try may help")
    func statuses() throws {
        func stage(_ part: String, _ input: String, _ work: String = "work") throws -> Int32 {
            try run(["stage", input, "--pipeline", "kaggle", "--part", part, "--work", work]).status
        }
        // What may come: a step before, a disk.
        #expect(try stage("0/2", zip) == 0)
        let early = try run(["plan", "--work", "work"])
        #expect(early.status == 75 && early.errors.contains("prep stage --part 1/2"))
        #expect(try stage("0/1", zip, "/dev/null/work") == 75)
        // What will not: damaged input, another preparation, a part that there is not.
        try folder.write("broken.zip", Array(try Fixtures.bytes("digits.zip").dropLast(50)))
        #expect(try stage("0/1", folder("broken.zip"), "broken") == 65)
        #expect(try stage("0/3", zip) == 65)
        #expect(try stage("2/2", zip) == 64)
        #expect(try run(["write", "--work", "work"]).status == 64)
        #expect(try run(["plan", "--work", "none"]).status == 65)
    }

    @Test("a step ends when the process that started it has ended")
    func orphan() throws {
        let big = folder("big.zip")
        try #require(run(["synthesize", big, "--count", "30000"]).status == 0)
        // The shell is killed while its child works; what the child says comes after.
        let script = """
            sh -c '"$1" stage "$2" --pipeline kaggle --part 0/1 --work work --jobs 1 2>errors &
            until [ -e work ]; do sleep 0.01; done; kill -9 $$' sh "$0" "$1"
            timeout 60 sh -c 'until grep -q "the process that started this one has ended" errors; do sleep 0.1; done'
            """
        #expect(try Tool.run("sh", ["-c", script, Tool.prep, big], in: folder.path).status == 0)
        #expect(!FileManager.default.fileExists(atPath: folder("work/staged/part-00000-of-00001.json")))
    }
}
