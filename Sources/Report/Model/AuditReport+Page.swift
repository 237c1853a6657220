// Suspicious labels as a page and as a table for the terminal.

internal import Dataset
internal import Foundation
internal import Shards
internal import Training

extension AuditReport {
    /// For a terminal: the first `limit` of the ranking.
    package func text(limit: Int) -> String {
        var table = TextTable([.right, .left, .left, .right, .right, .left, .left])
        table.add(["rank", "given", "predicted", measure.rawValue, "probability", "split", "key"])
        for (rank, suspect) in suspects.prefix(limit) {
            let (sample, prediction) = (suspect.sample, suspect.prediction)
            table.add([
                String(rank), classes[prediction.label], classes[prediction.predicted],
                trust(prediction), TextStyle.percent(Double(prediction.certainty)), sample.row.split.rawValue,
                sample.key,
            ])
        }
        let rest = contradicted - min(limit, suspects.count)
        return
            (["\(datasetName): \(headline)", "  \(scope); ranked by \(measure.rawValue)"] + table.lines()
            + (rest > 0 ? ["and \(TextStyle.count(rest)) more: --limit shows, --csv writes them"] : []))
            .joined(separator: "\n")
    }

    /// The number that the ranking sorts by, with digits enough to tell small ones apart.
    private func trust(_ prediction: Prediction) -> String {
        String(
            format: "%.2g", locale: Locale(identifier: "en_US_POSIX"), Double(prediction.value(of: measure)))
    }

    package var page: String {
        Page(
            kind: "Label audit", title: datasetName,
            subtitle: HTML(text: headline),
            sections: [
                Page.Section(identifier: "method", title: "Method", content: explanation),
                Page.Section(identifier: "suspects", title: "Most suspicious first", content: list),
            ], program: suspects.isEmpty ? nil : .decisions
        ).text
    }

    private var headline: String {
        "\(run) contradicts \(TextStyle.plural(contradicted, "label")) of "
            + TextStyle.plural(examined, "sample")
    }

    private var explanation: HTML {
        HTML([
            element("p") {
                "Ranked by "
                element("strong") { measure.rawValue }
                ", lowest first; "
                scope
                ". A high rank is a reason to look, not a proof. "
                "Below each image: the given and the predicted label, each with its probability."
            },
            element("p", ["class": "note"]) {
                "Dataset digest "
                element("code") { datasetDigest.hex }
            },
        ])
    }

    private var list: HTML {
        guard !suspects.isEmpty else { return element("p") { "No label is contradicted." } }
        let shown = suspects.prefix(Self.pageLimit)
        return HTML([
            shown.count < contradicted
                ? element("p", ["class": "note"]) {
                    "The first \(TextStyle.count(shown.count)) of \(TextStyle.count(contradicted)); --csv writes all."
                } : .empty,
            cards(shown.map { ($1.sample, caption($0, $1)) }),
            .decisionMarkup,
            .data(
                "decide-data",
                .object([
                    "classes": .strings(classes.map { $0.visible() }), "dataset": .string(datasetDigest.hex),
                ])),
        ])
    }

    private func caption(_ rank: Int, _ suspect: PredictedSample) -> HTML {
        let prediction = suspect.prediction
        return HTML([
            HTML(text: "\(rank). "),
            element("strong") { element("bdi") { classes[prediction.label] } },
            HTML(text: " → "),
            element("strong", ["class": "bad"]) { element("bdi") { classes[prediction.predicted] } },
            HTML(text: " · \(suspect.sample.row.split.rawValue)"),
            HTML.void("br"),
            HTML(
                text: "\(TextStyle.percent(Double(prediction.value(of: .selfConfidence)))) → "
                    + TextStyle.percent(Double(prediction.certainty))),
            HTML.void("br"),
            element("bdi", ["class": "key"]) { suspect.sample.key },
            // decide.js fills it with the classes.
            element(
                "select",
                [
                    "class": "decide", "hidden": "", "aria-label": "Decision on \(suspect.sample.key)",
                    "data-key": Key.cell(suspect.sample.key), "data-label": String(prediction.label),
                    "data-predicted": String(prediction.predicted),
                ]),
        ])
    }
}
