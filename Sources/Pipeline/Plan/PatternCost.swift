// How long a regular expression may take: whoever writes a pipeline or a dataset could ask for years.

/// The repetitions and choices of a regular expression, which is read before Swift's parser sees it: that one ends the
/// process at some texts, such as thousands of brackets.
///
/// A match is looked for by trying: each repetition multiplies the time by the length of the text, each choice by two, and
/// a repetition of what can be repeated or chosen itself doubles it with each character. So the last is refused, and all
/// that this reader does not know, such as references to groups.
struct PatternCost {
    /// Outside of each other.
    private var repetitions = 0
    /// In how many ways options and alternatives can be taken, and how often what has a number is repeated.
    private var choices = 1.0
    /// Attempts at a match in one name, which take some seconds, and in all names, which take some minutes.
    static let (nameLimit, limit) = (3e7, 1e9)
    private static let byteLimit = 1000
    private static let depthLimit = 50

    /// Why a pattern is not tried, as the rest of a sentence.
    struct Problem: Error {
        let reason: String
    }

    /// A parenthesis, or the whole pattern.
    private struct Group {
        /// Whether it holds a repetition, an option or a choice.
        var varies = false
        var alternatives = 1.0
    }

    /// - Throws: if something that is repeated holds a repetition, an option or a choice, or is not known here
    init(_ pattern: String) throws(Problem) {
        guard pattern.utf8.count <= Self.byteLimit else {
            throw Problem(reason: "has more than \(Self.byteLimit) bytes")
        }
        var open = [Group()]
        /// The group that the last character closed; whether the last ones were a quantifier.
        var (closed, isQuantified): (Group?, Bool) = (nil, false)
        let all = Array(pattern.unicodeScalars)
        var (rest, character) = (all[...], all[..<0])
        while let scalar = rest.popFirst() {
            let (before, follows) = (closed, isQuantified)
            (closed, isQuantified) = (nil, false)
            if !"*+?{".unicodeScalars.contains(scalar) { character = all[(rest.startIndex - 1)...] }
            switch scalar {
            case "\\": try Self.skipEscape(&rest)
            case "[": try Self.skipClass(&rest)
            case "(":
                guard open.count < Self.depthLimit else { throw Problem(reason: "has parentheses too deep") }
                open.append(Group())
                if rest.first == "?" { try Self.skipKind(&rest) }
            case ")":
                guard open.count > 1, let inner = open.popLast() else {
                    throw Problem(reason: "has a “)” without its “(”")
                }
                open[open.count - 1].varies = open[open.count - 1].varies || inner.varies
                choices *= inner.alternatives
                closed = inner
            case "|":
                open[open.count - 1].alternatives += 1
                open[open.count - 1].varies = true
            case "*", "+", "?", "{":
                let quantifier = rest.startIndex - 1
                if follows { throw Problem(reason: "repeats a repetition") }
                let exactly = scalar == "{" ? try Self.skipCounts(&rest) : nil
                // How it is tried, not another one.
                if rest.first == "?" || rest.first == "+" { _ = rest.popFirst() }
                let hasOneEnd = before == nil && Self.ends(character[..<quantifier], before: rest)
                try count(scalar, exactly, hasOneEnd: hasOneEnd, repeated: before)
                open[open.count - 1].varies = open[open.count - 1].varies || exactly == nil
                isQuantified = true
            default: break
            }
        }
        choices *= open[0].alternatives
    }

    private mutating func count(
        _ quantifier: Unicode.Scalar, _ exactly: Int?, hasOneEnd: Bool, repeated group: Group?
    ) throws(Problem) {
        if quantifier == "?" {
            choices *= 2
        } else if group?.varies == true {
            throw Problem(
                reason: "repeats what holds a repetition, an option or a choice, which could take for ever")
        } else if let exactly {
            // Of nothing, in a group that is repeated itself, they take as long as so many attempts.
            choices *= Double(exactly)
        } else if !hasOneEnd {
            repetitions += 1
        }
    }

    /// Whether the repetition of a character or class has one possible end, because what must follow it is not in it: as
    /// in `[0-9]+/`, also where a group ends in between.
    private static func ends(
        _ character: ArraySlice<Unicode.Scalar>, before rest: ArraySlice<Unicode.Scalar>
    ) -> Bool {
        let quantifiers = "*+?{".unicodeScalars
        var next = rest
        while next.first == ")" {
            next = next.dropFirst()
            if let scalar = next.first, quantifiers.contains(scalar) { return false }
        }
        let isEscaped = next.first == "\\"
        if isEscaped { next = next.dropFirst() }
        guard let mark = next.popFirst(), next.first.map({ $0 == "+" || !quantifiers.contains($0) }) ?? true,
            isEscaped ? !mark.properties.isAlphabetic : !".[](|^$".unicodeScalars.contains(mark),
            let regex = try? Regex(String(String.UnicodeScalarView(character))).matchingSemantics(
                .unicodeScalar)
        else { return false }
        return String(mark).wholeMatch(of: regex) == nil
    }

    /// Skips `?:`, or the name of a group.
    private static func skipKind(_ rest: inout ArraySlice<Unicode.Scalar>) throws(Problem) {
        if rest.starts(with: "?:".unicodeScalars) { return rest = rest.dropFirst(2) }
        let name = rest.dropFirst(2).prefix {
            $0.properties.isAlphabetic || "_0123456789".unicodeScalars.contains($0)
        }
        guard rest.starts(with: "?<".unicodeScalars), !name.isEmpty,
            rest.dropFirst(2 + name.count).first == ">"
        else { throw Problem(reason: "has a “(?” other than “(?:” and “(?<name>”") }
        rest = rest.dropFirst(3 + name.count)
    }

    /// Skips what follows a backslash: a mark, or a class such as `\d`.
    private static func skipEscape(_ rest: inout ArraySlice<Unicode.Scalar>) throws(Problem) {
        guard let scalar = rest.popFirst() else { return }
        let isWord = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        guard !isWord || "dDwWsSbBtnr".unicodeScalars.contains(scalar) else {
            throw Problem(reason: "has a “\\\(scalar)”")
        }
    }

    /// Skips a class of characters, whose opening bracket was read.
    private static func skipClass(_ rest: inout ArraySlice<Unicode.Scalar>) throws(Problem) {
        if rest.first == "^" { _ = rest.popFirst() }
        // To Swift, that one is in the class.
        if rest.first == "]" { throw Problem(reason: "has brackets that begin with “]”; write “\\]”") }
        while let scalar = rest.popFirst(), scalar != "]" {
            if scalar == "[" { throw Problem(reason: "has a “[” within brackets") }
            if scalar == "\\" { try skipEscape(&rest) }
        }
    }

    /// Skips `3}`, `3,}` or `3,5}`.
    ///
    /// - Returns: the number, if it is one
    private static func skipCounts(_ rest: inout ArraySlice<Unicode.Scalar>) throws(Problem) -> Int? {
        let text = String(String.UnicodeScalarView(rest.prefix { $0 != "}" }))
        let counts = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        let isOpen = counts.count == 2 && counts[1].isEmpty
        let numbers = (isOpen ? counts.dropLast() : counts[...]).map { Int($0) }
        guard rest.contains("}"), numbers.allSatisfy({ (0...1000).contains($0 ?? -1) }),
            isOpen || (numbers.last ?? 0) ?? 0 > 0
        else { throw Problem(reason: "has a “{” that is no number of repetitions from 1 to 1000") }
        rest = rest.drop { $0 != "}" }.dropFirst()
        return counts.count == 1 ? numbers[0] : nil
    }

    /// Attempts after which a match in a text of so many bytes is found, or not: from each place on, each repetition may
    /// end at each later one.
    func attempts(_ bytes: Int) -> Double {
        (0...repetitions).reduce(choices) { $0 * Double(bytes) / Double($1 + 1) }
    }
}
