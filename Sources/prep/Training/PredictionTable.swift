// What a model says of each sample of a split, as CSV.

internal import Shards
internal import Training

/// One line per sample in stored order: id, key, label, prediction, and the logit of each class.
struct PredictionTable {
    private(set) var bytes: [UInt8] = []

    init(_ judgements: [Judgement], _ classes: [String], _ provenance: [ProvenanceRow]) {
        CSV.appendRow(
            ["id", "key", "label", "prediction"] + classes.map { "logit \($0)" }, to: &bytes)
        for judgement in judgements {
            let id = Int(judgement.id)
            let key = provenance.indices.contains(id) ? provenance[id].key.text : ""
            CSV.appendRow(
                ["\(id)", key, classes[judgement.label], classes[judgement.prediction]]
                    + judgement.logits.map { "\($0)" }, to: &bytes)
        }
    }
}
