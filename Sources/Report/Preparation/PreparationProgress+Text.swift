// The progress line of a preparation: share done, images, images per second, time left.

package import Pipeline

extension PreparationProgress {
    /// At most `width` characters.
    ///
    /// - Parameter seconds: time since the phase began
    package func text(seconds: Double, width: Int) -> String {
        var title = phase == .staging ? "Staging" : "Writing"
        if rejected > 0 { title += " (\(rejected) rejected)" }
        let rate = Double(images) / max(seconds, 1e-3)
        let left = fraction > 0.01 ? "\(TextStyle.duration(seconds / fraction * (1 - fraction))) left" : ""
        let bar = TextBar.bar(fraction, width: 24).filled(24)
        let text =
            "\(title)  \(bar) \(TextStyle.percent(fraction, 0))  "
            + "\(TextStyle.count(images)) images  \(TextStyle.rate(rate))  \(left)"
        return String(text.prefix(max(width - 1, 20)))
    }
}
