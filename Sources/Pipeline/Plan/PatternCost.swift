// How long a regular expression may take: whoever writes a pipeline or a dataset could ask for years.

/// The repetitions and choices of a regular expression, which is read before Swift's parser sees it: that one ends the
/// process at some texts, such as thousands of brackets.
///
/// A match is looked for by trying: each repetition multiplies the time by the length of the text, each choice by two, and
/// a repetition of what can be repeated or chosen itself doubles it with each character. So the last is refused, and all
/// that this reader does not know, such as references to groups.
struct PatternCost {
    /// Repetitions outside of each other.
    private var repetitions = 0
    /// Options and alternatives.
    private var choices = 0
    /// Attempts at a match, which take less than a minute.
    private static let limit = 1e9
    private static let byteLimit = 1000
    private static let depthLimit = 50

    /// What is not allowed, and what to do instead.
    struct Problem: Error {
        let reason: String
    }

    /// - Throws: if something that is repeated holds a repetition, an option or a choice, or is not known here
    init(_ pattern: String) throws(Problem) {
        guard pattern.utf8.count <= Self.byteLimit else {
            throw Problem(reason: "has more than \(Self.byteLimit) bytes")
        }
        /// For each open parenthesis, whether there is any of these in it.
        var open = [false]
        /// What the last character closed.
        var closed: Bool?
        var isQuantified = false
        var rest = Array(pattern.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            let before = closed
            (closed, isQuantified) = (nil, isQuantified && "*+?{".unicodeScalars.contains(scalar))
            switch scalar {
            case "\\": try Self.skipEscape(&rest)
            case "[": try Self.skipClass(&rest)
            case "(":
                open.append(false)
                guard open.count <= Self.depthLimit else { throw Problem(reason: "has parentheses too deep") }
                guard rest.first == "?" else { break }
                guard rest.dropFirst().first == ":" else {
                    throw Problem(reason: "has a “(?” other than “(?:”")
                }
                rest = rest.dropFirst(2)
            case ")":
                let inner = open.count > 1 ? open.removeLast() : false
                open[open.count - 1] = open[open.count - 1] || inner
                closed = inner
            case "|":
                choices += 1
                open[open.count - 1] = true
            case "*", "+", "?", "{":
                if isQuantified { throw Problem(reason: "repeats a repetition") }
                if scalar == "{" { try Self.skipCounts(&rest) }
                if scalar == "?" {
                    choices += 1
                } else if before == true {
                    throw Problem(
                        reason:
                            "repeats what holds a repetition, an option or a choice, which could take for ever"
                    )
                } else {
                    repetitions += 1
                }
                open[open.count - 1] = true
                isQuantified = true
                // How it is tried, not another one.
                if rest.first == "?" || rest.first == "+" { _ = rest.popFirst() }
            default: break
            }
        }
    }

    /// Skips what follows a backslash: a mark, or a class such as `\d`.
    private static func skipEscape(_ rest: inout ArraySlice<Unicode.Scalar>) throws(Problem) {
        guard let scalar = rest.popFirst() else { return }
        let isWord = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        guard !isWord || "dDwWsSbB".unicodeScalars.contains(scalar) else {
            throw Problem(reason: "has a “\\\(scalar)”")
        }
    }

    /// Skips a class of characters, whose opening bracket was read.
    private static func skipClass(_ rest: inout ArraySlice<Unicode.Scalar>) throws(Problem) {
        while let scalar = rest.popFirst(), scalar != "]" {
            if scalar == "[" { throw Problem(reason: "has a “[” within brackets") }
            if scalar == "\\" { try skipEscape(&rest) }
        }
    }

    /// Skips `3}`, `3,}` or `3,5}`.
    private static func skipCounts(_ rest: inout ArraySlice<Unicode.Scalar>) throws(Problem) {
        let text = String(String.UnicodeScalarView(rest.prefix { $0 != "}" }))
        let counts = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        let isOpen = counts.count == 2 && counts[1].isEmpty
        let numbers = (isOpen ? counts.dropLast() : counts[...]).map { Int($0) }
        guard rest.contains("}"), numbers.allSatisfy({ (0...1000).contains($0 ?? -1) }),
            isOpen || (numbers.last ?? 0) ?? 0 > 0
        else { throw Problem(reason: "has a “{” that is no number of repetitions from 1 to 1000") }
        rest = rest.drop { $0 != "}" }.dropFirst()
    }

    /// Whether a match in a text of so many bytes is found, or not, in bounded time: from each place on, each repetition
    /// may end at each later one.
    func allows(_ bytes: Int) -> Bool {
        let attempts = (0...repetitions).reduce(1.0) { $0 * Double(bytes) / Double($1 + 1) }
        return attempts * Double(sign: .plus, exponent: choices, significand: 1) <= Self.limit
    }
}
