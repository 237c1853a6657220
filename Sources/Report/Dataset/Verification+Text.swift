// What `prep verify` prints: each check, its problems, and the verdict.

package import Shards
package import Storage

extension Verification {
    /// - Parameter folder: the dataset's folder
    package func text(_ folder: String) -> String {
        let lines = checks.flatMap { check in
            ["  \(check.problems.isEmpty ? "ok   " : "FAIL ") \(check.statement)"]
                + check.problems.prefix(10).map { "         \($0)" }
                + (check.problems.count > 10 ? ["         … and \(check.problems.count - 10) more"] : [])
        }
        let verdict =
            problems.isEmpty
            ? "\(folder): verified"
            : "\(folder): \(problems.count) problem\(problems.count == 1 ? "" : "s"); prepare it again"
        return (lines + [verdict]).joined(separator: "\n")
    }

    package var json: JSONValue {
        .object([
            "verified": .bool(problems.isEmpty),
            "checks": .array(
                checks.map { check in
                    .object(["statement": .string(check.statement), "problems": .strings(check.problems)])
                }),
        ])
    }
}
