// What `prep bench` prints for an epoch: throughput, and where the time went.

package import Loader
package import Storage

extension LoaderMeasures {
    /// - Parameter seconds: duration of the epoch, decoding included
    package func text(epoch: Int, seconds: Double) -> String {
        var table = TextTable([.left, .right, .left])
        table.add([
            "epoch \(epoch)", TextStyle.rate(Double(samples) / seconds, "samples"),
            "\(TextStyle.count(samples)) samples in \(TextStyle.plural(batches, "batch")), "
                + TextStyle.duration(seconds),
        ])
        table.add([
            "  waited", "",
            "consumer \(TextStyle.duration(consumerWait)), workers \(TextStyle.duration(workerWait))",
        ])
        table.add([
            "  worked", "",
            "read and decode \(TextStyle.duration(decode)), augment \(TextStyle.duration(augment)), "
                + "collate \(TextStyle.duration(collate))",
        ])
        return table.text
    }

    package func json(epoch: Int, seconds: Double) -> JSONValue {
        .object([
            "epoch": .integer(epoch), "samples": .integer(samples), "batches": .integer(batches),
            "seconds": .number(seconds), "samples_per_second": .number(Double(samples) / seconds),
            "consumer_wait": .number(consumerWait), "worker_wait": .number(workerWait),
            "decode": .number(decode), "augment": .number(augment), "collate": .number(collate),
        ])
    }
}
