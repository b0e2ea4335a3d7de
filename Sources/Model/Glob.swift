/// A shell-like pattern on a relative path: `*`, `?`, `[...]`, `**`.
///
/// `*` and `?` never cross a `/`; `**` between slashes (or at an end) matches any number of segments, none included;
/// a closing `**/` is as `**`.
/// A pattern without `/` looks at the last segment alone. `?`, `[...]` and each step of `*` take one UTF-8 character, or one
/// byte where there is none.
package struct Glob: Sendable, Hashable {
    private enum Token: Sendable, Hashable {
        case literal(UInt8)
        /// `?`
        case anyCharacter
        /// `*`
        case anyRun
        /// `**/` or a closing `**`: whole segments
        case anySegments
        case set(ranges: [ClosedRange<UInt32>], negated: Bool)
    }

    private let tokens: [Token]
    private let looksAtLastSegment: Bool

    /// Nil when the pattern is empty or a bracket is not closed.
    package init?(_ pattern: String) {
        var text = Array(pattern.utf8)
        guard !text.isEmpty else { return nil }
        looksAtLastSegment = !text.contains(UInt8(ascii: "/"))
        if text.first == UInt8(ascii: "/") { text.removeFirst() }
        guard let tokens = Self.tokens(of: text) else { return nil }
        self.tokens = tokens
    }

    package func matches(_ path: [UInt8]) -> Bool {
        guard looksAtLastSegment, let slash = path.lastIndex(of: UInt8(ascii: "/")) else {
            return matches(path, from: 0)
        }
        return matches(path, from: slash + 1)
    }

    /// Backtracking to the newest `*` and to the newest `**`: linear in practice, at worst their product.
    private func matches(_ path: [UInt8], from start: Int) -> Bool {
        var position = start
        var token = 0
        var run: (token: Int, position: Int)?
        var segments: (token: Int, position: Int)?
        while true {
            if token < tokens.count {
                switch tokens[token] {
                case .anyRun:
                    run = (token, position)
                    token += 1
                    continue
                case .anySegments:
                    segments = (token, position)
                    run = nil
                    token += 1
                    continue
                default:
                    if let next = advance(over: tokens[token], in: path, at: position) {
                        position = next
                        token += 1
                        continue
                    }
                }
            } else if position == path.count {
                return true
            }
            // A dead end: let the newest `*` take one character more, or else the newest `**` one segment more.
            if let last = run, last.position < path.count, path[last.position] != UInt8(ascii: "/") {
                let next = Self.character(in: path, at: last.position).next
                run = (last.token, next)
                (token, position) = (last.token + 1, next)
            } else if let last = segments, last.position < path.count {
                let rest = path[last.position...]
                let next = (rest.firstIndex(of: UInt8(ascii: "/")) ?? path.count - 1) + 1
                segments = (last.token, next)
                run = nil
                (token, position) = (last.token + 1, next)
            } else {
                return false
            }
        }
    }

    private func advance(over token: Token, in path: [UInt8], at position: Int) -> Int? {
        guard position < path.count else { return nil }
        switch token {
        case .literal(let byte): return path[position] == byte ? position + 1 : nil
        case .anyCharacter, .set:
            guard path[position] != UInt8(ascii: "/") else { return nil }
            let (scalar, next) = Self.character(in: path, at: position)
            guard case .set(let ranges, let negated) = token else { return next }
            return ranges.contains { $0.contains(scalar) } != negated ? next : nil
        case .anyRun, .anySegments: return nil
        }
    }

    /// One UTF-8 character, or one byte where there is none.
    private static func character(in text: [UInt8], at position: Int) -> (UInt32, next: Int) {
        let lead = text[position]
        let length = lead < 0x80 || lead > 0xF4 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1
        guard length > 1, position + length <= text.count,
            text[(position + 1)..<(position + length)].allSatisfy({ $0 & 0xC0 == 0x80 })
        else { return (UInt32(lead), position + 1) }
        var value = UInt32(lead) & (0xFF >> UInt32(length + 1))
        for offset in 1..<length { value = value << 6 | UInt32(text[position + offset] & 0x3F) }
        // Neither longer than it need be, nor a surrogate, nor beyond Unicode (Unicode 15, table 3-7).
        guard let scalar = Unicode.Scalar(value), UTF8.width(scalar) == length else {
            return (UInt32(lead), position + 1)
        }
        return (value, position + length)
    }

    private static func tokens(of text: [UInt8]) -> [Token]? {
        var tokens: [Token] = []
        var position = 0
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "*"):
                var end = position
                while end < text.count, text[end] == UInt8(ascii: "*") { end += 1 }
                let startsSegment = position == 0 || text[position - 1] == UInt8(ascii: "/")
                let endsSegment = end == text.count || text[end] == UInt8(ascii: "/")
                if end - position == 2, startsSegment, endsSegment {
                    tokens.append(.anySegments)
                    // A closing `**` takes everything; `**/` has taken its slash along.
                    if end == text.count { tokens.append(.anyRun) } else { end += 1 }
                } else {
                    tokens.append(.anyRun)
                }
                position = end
            case UInt8(ascii: "?"):
                tokens.append(.anyCharacter)
                position += 1
            case UInt8(ascii: "["):
                guard let (set, next) = set(in: text, at: position) else { return nil }
                tokens.append(set)
                position = next
            default:
                tokens.append(.literal(text[position]))
                position += 1
            }
        }
        return tokens
    }

    /// `[abc]`, `[a-z]`, `[!a]`, `[^a]`; a `]` that comes first stands for itself.
    private static func set(in text: [UInt8], at start: Int) -> (Token, next: Int)? {
        var position = start + 1
        var negated = false
        if position < text.count, text[position] == UInt8(ascii: "!") || text[position] == UInt8(ascii: "^") {
            negated = true
            position += 1
        }
        var ranges: [ClosedRange<UInt32>] = []
        let first = position
        while position < text.count {
            if text[position] == UInt8(ascii: "]"), position > first {
                return (.set(ranges: ranges, negated: negated), position + 1)
            }
            let (low, afterLow) = character(in: text, at: position)
            position = afterLow
            if position + 1 < text.count, text[position] == UInt8(ascii: "-"), text[position + 1] != UInt8(ascii: "]") {
                let (high, afterHigh) = character(in: text, at: position + 1)
                position = afterHigh
                ranges.append(min(low, high)...max(low, high))
            } else {
                ranges.append(low...low)
            }
        }
        return nil
    }
}

/// A spec's `include` and `exclude`, compiled once.
package struct PathFilter: Sendable {
    private let include: [Glob]
    private let exclude: [Glob]

    package init(include: [String], exclude: [String]) {
        self.include = include.compactMap(Glob.init)
        self.exclude = exclude.compactMap(Glob.init)
    }

    package var isEmpty: Bool { include.isEmpty && exclude.isEmpty }

    /// Exclude wins; with no include everything is in.
    package func admits(_ path: [UInt8]) -> Bool {
        if exclude.contains(where: { $0.matches(path) }) { return false }
        return include.isEmpty || include.contains { $0.matches(path) }
    }
}
