// Oracles: exhaustive search over all placements of small problems, and rules written out by hand.

import Configuration
import Dataset
import Foundation
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Groups that stay together")
struct GroupTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Samples of random classes in groups of the given sizes, and the ids of each group.
    private func problem(
        _ sizes: [Int], classes: Int, _ random: inout SeededRandom
    ) -> (samples: [PlanInput], groups: [[Int]]) {
        var samples: [PlanInput] = []
        var groups: [[Int]] = []
        for size in sizes {
            groups.append(Array(samples.count..<samples.count + size))
            for _ in 0..<size {
                let digest = Digest(of: "\(samples.count)")
                samples.append(
                    PlanInput(
                        identity: digest.words.0,
                        label: Label(rawValue: UInt16(random.below(UInt64(classes)))),
                        pixels: ShortDigest(digest), givenSplit: nil))
            }
        }
        return (samples, groups)
    }

    /// Whether some placement of groups has exactly these sizes.
    private func canBeExact(_ sizes: [Int], _ wanted: [Int]) -> Bool {
        var sums: Set<[Int]> = [[0, 0]]
        for size in sizes {
            for sum in sums { sums.formUnion([[sum[0] + size, sum[1]], [sum[0], sum[1] + size]]) }
            sums = sums.filter { $0[0] <= wanted[1] && $0[1] <= wanted[2] }
        }
        return sums.contains([wanted[1], wanted[2]])
    }

    @Test(
        "sizes are exact whenever an exhaustive search finds that they can be, and groups never part",
        .timeLimit(.minutes(60)))
    func exactSizes() {
        var random = SeededRandom(seed: PropertySeed.value, purpose: .synthesis)
        var (possible, exact) = (0, 0)
        for round in 0..<PropertySeed.rounds(100) {
            let count = 2 + Int(random.below(14))
            let sizes = (0..<count).map { _ in 1 + Int(random.below(12)) }
            let classes = 1 + Int(random.below(4))
            let (samples, groups) = problem(sizes, classes: classes, &random)
            let ratios =
                [SplitRatios.standard, SplitRatios([1, 1, 1]), SplitRatios([70, 15, 15])][round % 3]
                ?? .standard
            let plan = Plan(
                samples, classCount: classes, ratios: ratios, seed: UInt64(round),
                copies: 0,
                rowsPerShard: 100, units: groups.filter { $0.count > 1 })
            for group in groups { #expect(Set(group.map { plan.splits[$0] }).count == 1) }
            let found = Split.allCases.map { split in plan.splits.count { $0 == split } }
            #expect(found.reduce(0, +) == samples.count)
            guard canBeExact(sizes, plan.wantedSizes) else { continue }
            possible += 1
            exact += found == plan.wantedSizes ? 1 : 0
            #expect(found == plan.wantedSizes, "\(sizes) \(ratios), seed \(PropertySeed.value)")
        }
        #expect(possible > 20 && exact == possible)
    }

    @Test("classes keep their shares better than in the order of a greedy choice")
    func classShares() {
        var random = SeededRandom(seed: PropertySeed.value, purpose: .synthesis)
        var deviations: [Double] = []
        for round in 0..<20 {
            // Writers, each of whom prefers some classes.
            let sizes = (0..<60).map { _ in 10 + Int(random.below(40)) }
            let (samples, groups) = problem(sizes, classes: 5, &random)
            let plan = Plan(
                samples, classCount: 5, ratios: .standard, seed: UInt64(round),
                copies: 0,
                rowsPerShard: 1000, units: groups)
            #expect(Split.allCases.map { split in plan.splits.count { $0 == split } } == plan.wantedSizes)
            for label in 0..<5 {
                let total = samples.count { $0.label.index == label }
                let inTest = samples.indices.count {
                    samples[$0].label.index == label && plan.splits[$0] == .test
                }
                // A rare case is off by seven of thirty; most by none or one.
                deviations.append(abs(Double(inTest) - Double(total) / 10))
            }
        }
        let mean = deviations.reduce(0, +) / Double(deviations.count)
        #expect(mean < 2 && deviations.allSatisfy { $0 < 12 }, "\(mean), seed \(PropertySeed.value)")
    }

    @Test("a rule finds groups in keys: by folder, by a regular expression, by a table")
    func rules() throws {
        let keys: [Key] = [
            "a/writer1_x.png", "a/writer1_y.png", "b/writer2_x.png", "b/writer1_z.png", "b/none.png",
        ]
        func groups(_ rule: GroupRule?) throws -> [[Int]] {
            try rule.unwrapped.groups { keys.forEach($0) }.groups
        }
        #expect(try groups(.folder) == [[0, 1], [2, 3, 4]])
        #expect(try groups(GroupRule(by: "(writer[0-9]+)_")) == [[0, 1, 3]])
        #expect(try groups(GroupRule(by: "_[xyz]")) == [[0, 2]])
        #expect(GroupRule(by: "(") == nil && GroupRule(by: "") == nil)
        // What could take for ever is refused before it is tried.
        for pattern in [
            "((.+)+)+([$])", "(a|a)*$", "(.*)*", "(a?){9}b", "([^\\]x]+)*$", #"(.){0}\1"#, "(?#[)(?:a+)+z",
            #"(?:\Q[\E)?(?:a+)+z"#, "x{|(?:a+)+z", "(?x) # [\n(?:a+)+z", "a*{9}",
            String(repeating: "[", count: 900),
            String(repeating: "(", count: 90), String(repeating: "a", count: 2000),
            String(repeating: "a?", count: 40) + "z", String(repeating: "(?:a|a)", count: 40) + "z",
        ] {
            #expect(throws: PipelineError.self, "\(pattern)") { try groups(GroupRule(by: pattern)) }
        }
        for pattern in [
            "(anna|ben|cleo|dora|emil|fritz|gina|hans|ida|jan|kim|lea|mia|noah|ole|pia|quinn|ria|sven)_(.*)",
            "([0-9]{2})+_", "(?<writer_1>w[0-9]+)_", "[^\\]x]+\t",
            "(?:writer)[0-9]+", "([a-z(+]+)_(.*?)[.]png", "(x+)?_[0-9]{2,3}", "a\\+(b\\))*", "(p|q)_",
        ] {
            #expect(throws: Never.self, "\(pattern)") { try PatternCost(pattern) }
        }
        #expect(try PatternCost("(?:(?:(?:){1000}){1000}){1000}").attempts(1) > PatternCost.nameLimit)
        #expect(try PatternCost("([0-9]{4})-[0-9]{2}-[0-9]{2}_(.*)").attempts(200) < 1e6)
        // Each of these repetitions has one end; of the others, all.
        let study = #"(patient\d+)/study\d+/view\d+_frontal_\d+-\d+-\d+"#
        #expect(try PatternCost(study).attempts(60) < 2e3)
        #expect(try PatternCost("[^_]+_[^_]+_(.*)").attempts(60) < 2e3)
        for pattern in ["a+a+a+~", #"\d+/?\d+/?"#, "(a+)?_", "[0-9_]+_.*"] {
            #expect(try PatternCost(pattern).attempts(60) > 2e3, "\(pattern)")
        }
        let three = try PatternCost("(.*)_(.*)_(.*)")
        #expect(three.attempts(163) < PatternCost.nameLimit && three.attempts(164) > PatternCost.nameLimit)
        #expect(throws: PipelineError.self) { try groups(GroupRule(by: "patient")) }
        let many = (0..<70_000).map { Key(utf8: "\($0)" + String(repeating: "a", count: 50)) }
        #expect(throws: PipelineError.self) {
            try GroupRule(by: ".*.*.*~").unwrapped.groups { many.forEach($0) }
        }
        // A mark behind a letter does not hide it.
        let marked: [Key] = ["w1_\u{301}a.png", "w1_b.png", "w2_c.png"]
        #expect(try GroupRule(by: "(w[0-9]+)_").unwrapped.groups { marked.forEach($0) }.groups == [[0, 1]])
        try folder.write(
            "groups.csv",
            Array(
                "\u{FEFF}key,group,note\r\na/writer1_x.png,7,\r\nb/none.png,7,x\na/writer1_y.png,,\nb/writer2_x.png,,"
                    .utf8))
        #expect(try groups(.table(path: folder("groups.csv"))) == [[0, 4]])
        #expect(
            try GroupRule.table(path: folder("groups.csv")).groups { keys.forEach($0) }.coverage
                == GroupCoverage(groups: 1, samples: 2, without: 3, unknown: 0))
        try folder.write("more.csv", Array("key,group\na/writer1_x.png,1\nb/gone.png,1\n".utf8))
        #expect(
            try GroupRule.table(path: folder("more.csv")).groups { keys.forEach($0) }.coverage
                == GroupCoverage(groups: 1, samples: 1, without: 4, unknown: 1))
        // A key may be repeated, but not with another group; and a path with a backslash may stand as it is.
        try folder.write("twice.csv", Array("key,group\nx,1\na/writer1_x.png,1\nx,1\nx,2\n".utf8))
        #expect {
            try groups(.table(path: folder("twice.csv")))
        } throws: { "\($0)".contains("line 5: x is in the groups “1” and “2”") }
        try folder.write("spaces.csv", Array("key, group\r a/writer1_x.png, 1\ra/writer1_y.png , 1\r".utf8))
        #expect(try groups(.table(path: folder("spaces.csv"))).count == 1)
        try folder.write("raw.csv", Array("key,group\na\\xE9/1.png,1\na\\xE9/2.png,1\n".utf8))
        let odd = ["a\\xE9/1.png", "a\\xE9/2.png"].map { Key(utf8: $0) }
        #expect(try GroupRule.table(path: folder("raw.csv")).groups { odd.forEach($0) }.groups == [[0, 1]])
        for text in ["", "group\n1\n", "key,group\n\"a\n", "key,group\nx,1\n"] {
            try folder.write("bad.csv", Array(text.utf8))
            #expect(throws: PipelineError.self) { try groups(.table(path: folder("bad.csv"))) }
        }
        #expect(throws: PipelineError.self) { try groups(.table(path: folder("missing.csv"))) }
    }

    @Test("a prepared dataset keeps its groups together, and says what it could not meet")
    func endToEnd() throws {
        var configuration = try PipelineConfiguration.named("kaggle")
        configuration.groups = .pattern("([0-9])\\)\\.[a-z]+$")
        let summary = try Preparation(
            configuration: configuration, input: Fixtures.path("digits.zip"), output: folder("x"), workers: 2,
            memory: 1 << 28
        ).run()
        let dataset = try PreparedDataset(folder("x"))
        var splits: [Character: Set<Split>] = [:]
        for row in try dataset.provenance() {
            let digits = row.key.text.split(separator: ")")[0]
            if let last = digits.last, last.isNumber { splits[last, default: []].insert(row.split) }
        }
        #expect(splits.count > 3 && splits.values.allSatisfy { $0.count == 1 })
        #expect(summary.notes.wantedSizes.reduce(0, +) == summary.manifest.samples)
        #expect(Verification(of: dataset, workers: 2).problems.isEmpty)
        #expect(
            try SourceVerification.check(dataset, against: [Fixtures.path("digits.zip")], workers: 2).problems
                .isEmpty)
        // The configuration in the manifest is one that can be read again.
        let again = try PipelineConfiguration(
            yaml: dataset.manifest.configuration.canonicalText, file: "dataset.json")
        #expect(again.groups == configuration.groups)
    }
}

extension Optional {
    /// The value, or a failed test.
    fileprivate var unwrapped: Wrapped {
        get throws { try #require(self) }
    }
}
