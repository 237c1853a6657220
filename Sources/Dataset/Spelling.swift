// What messages say about words and numbers that are none of those allowed.

package enum Spelling {
    /// `unknown key “rotte”; did you mean rotate? Allowed: crop, flip, …`
    ///
    /// - Parameters:
    ///   - kind: of the word, such as `key`
    ///   - place: where it stands, such as ` in resize`
    package static func unknown(
        _ kind: String, _ typed: String, _ place: String = "", allowed words: [String]
    ) -> String {
        let list = words.joined(separator: ", ")
        let start = "unknown \(kind) “\(typed.excerpt)”\(place); "
        return start + (nearest(to: typed, in: words).map { "did you mean \($0)? A" } ?? "a")
            + "llowed: \(list)"
    }

    /// `“cove” is not one of stretch, contain, cover; did you mean cover?`
    package static func notOneOf(_ words: [String], _ typed: String) -> String {
        "“\(typed.excerpt)” is not one of \(words.joined(separator: ", "))"
            + (nearest(to: typed, in: words).map { "; did you mean \($0)?" } ?? "")
    }

    /// `400 is not between 0 and 180`, or `“x” is not a number between 0 and 180`.
    ///
    /// - Parameter noun: `a number` or `a whole number`
    package static func notBetween(
        _ range: ClosedRange<Double>, _ typed: String, noun: String = "a number"
    ) -> String {
        let bounds = "between \(number(range.lowerBound)) and \(number(range.upperBound))"
        guard let value = Double(typed), !range.contains(value) else {
            return "“\(typed.excerpt)” is not \(noun) \(bounds)"
        }
        return "\(typed.excerpt) is not \(bounds)"
    }

    /// Whole numbers without a fraction.
    package static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
    }

    /// The one of `words` that is the fewest edits away; `nil` if all take more than a third of the letters.
    ///
    /// An edit inserts, removes or replaces a letter, or swaps two neighbours (Damerau–Levenshtein, optimal string
    /// alignment). Capitals count as small letters. Of equally near words, the first.
    package static func nearest(to typed: String, in words: some Sequence<String>) -> String? {
        let wanted = Array(typed.lowercased())
        var best: (word: String, edits: Int)?
        // Longer texts are not names that somebody typed.
        guard (1...100).contains(wanted.count) else { return nil }
        for word in words {
            let letters = Array(word.lowercased())
            let limit = max(min(wanted.count, letters.count) / 3, 1)
            guard abs(letters.count - wanted.count) <= limit else { continue }
            let edits = edits(wanted, letters)
            if edits <= limit, edits < best?.edits ?? .max, edits < letters.count { best = (word, edits) }
        }
        return best?.word
    }

    private static func edits(_ a: [Character], _ b: [Character]) -> Int {
        var (before, last) = ([Int](), Array(0...b.count))
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var least = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, before[j - 1] + 1) }
                row.append(least)
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }
}
