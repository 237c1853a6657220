// What a preparation prints at its end: the result, the time of each step, the slowest part.

internal import Dataset
package import Pipeline
internal import Shards

extension PreparationSummary {
    /// - Parameter folder: the prepared dataset's folder
    package func text(folder: String) -> String {
        (PreparationResult(manifest, notes).lines(folder) + [""] + timeLines() + [
            "", "  Look at it: prep inspect \(folder)",
        ]).joined(
            separator: "\n")
    }

    /// Seconds of each kind of work in staging, in the order of the flow.
    private var work: [(stage: StageTimes.Stage, seconds: Double)] {
        StageTimes.Stage.allCases.compactMap { stage in times.seconds[stage].map { (stage, $0) } }
    }

    private func timeLines() -> [String] {
        var table = TextTable([.left, .right, .right, .left])
        let inside = work.filter { $0.seconds >= 0.005 && $0.stage != .wait }.sorted {
            $0.seconds > $1.seconds
        }
        let images = Double(manifest.samples)
        let rows = manifest.rows
        table.add([
            "stage", TextStyle.duration(staging), TextStyle.rate(images / max(staging, 1e-9), "images"),
            "\(TextStyle.bytes(sourceBytes)) on \(TextStyle.plural(workers, "thread")): "
                + inside.map { "\($0.stage.rawValue) \(TextStyle.duration($0.seconds))" }.joined(
                    separator: ", "),
        ])
        table.add(["plan", TextStyle.duration(planning), "", ""])
        table.add([
            "write", TextStyle.duration(writing), TextStyle.rate(Double(rows) / max(writing, 1e-9), "images"),
            scratchBytes > 0 ? "\(TextStyle.bytes(scratchBytes)) went through a scratch file" : "",
        ])
        table.add([
            "total", TextStyle.duration(total), TextStyle.rate(images / max(total, 1e-9), "images"),
            bottleneck,
        ])
        return table.lines()
    }

    /// The slowest kind of work, and its share of all threads' time in staging.
    private var bottleneck: String {
        guard let largest = work.max(by: { $0.seconds < $1.seconds }) else { return "" }
        let share = largest.seconds / max(staging * Double(workers), 1e-9)
        if planning > max(staging, writing) { return "slowest part: planning" }
        if writing > staging { return "slowest part: writing" }
        let what = largest.stage == .wait ? "waiting for the reader" : largest.stage.rawValue
        return "slowest part: \(what) (\(TextStyle.percent(min(share, 1), 0)) of the threads' time)"
    }
}
