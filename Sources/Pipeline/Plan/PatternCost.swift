// How long a regular expression may take: whoever writes a pipeline or a dataset could ask for years.

/// The repetitions of a regular expression. A match is looked for by trying: each repetition multiplies the time by the
/// length of the text, and a repetition of what can be repeated or chosen itself doubles it with each character.
struct PatternCost {
    /// Outside of each other.
    private let repetitions: Int
    /// Attempts at a match, which take less than a minute.
    private static let limit = 1e9

    /// `nil` if something that is repeated holds a repetition, an option or a choice.
    init?(_ pattern: String) {
        /// For each open parenthesis, whether there is any of these in it.
        var open = [false]
        /// What the last character closed.
        var closed: Bool?
        var count = 0
        var rest = Array(pattern.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            let before = closed
            closed = nil
            switch scalar {
            case "\\": _ = rest.popFirst()
            case "[": Self.skipClass(&rest)
            case "(":
                open.append(false)
                // In (?: and the like, it is no option.
                if rest.first == "?" { _ = rest.popFirst() }
            case ")":
                let inner = open.count > 1 ? open.removeLast() : false
                open[open.count - 1] = open[open.count - 1] || inner
                closed = inner
            case "|": open[open.count - 1] = true
            case "?": open[open.count - 1] = true
            case "*", "+", "{":
                if before == true { return nil }
                if scalar == "{" { rest = rest.drop { $0 != "}" }.dropFirst() }
                count += 1
                open[open.count - 1] = true
                // How it is tried, not another one.
                if rest.first == "?" || rest.first == "+" { _ = rest.popFirst() }
            default: break
            }
        }
        repetitions = count
    }

    /// Skips a class of characters, whose opening bracket was read.
    private static func skipClass(_ rest: inout ArraySlice<Unicode.Scalar>) {
        var depth = 1
        while depth > 0, let scalar = rest.popFirst() {
            switch scalar {
            case "\\": _ = rest.popFirst()
            case "[": depth += 1
            case "]": depth -= 1
            default: break
            }
        }
    }

    /// Whether a match in a text of so many bytes is found, or not, in bounded time: from each place on, each repetition
    /// may end at each later one.
    func allows(_ bytes: Int) -> Bool {
        let attempts = (0...repetitions).reduce(1.0) { $0 * Double(bytes) / Double($1 + 1) }
        return attempts <= Self.limit
    }
}
