import Model

/// Of a spec's patterns: what `Glob` matches is what a matcher that tries everything does.
///
/// An input is a pattern, a line end, a path.
enum GlobProperties {
    static func check(_ bytes: [UInt8]) throws(BrokenProperty) {
        let halves = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        let pattern = String(decoding: halves[0], as: UTF8.self)
        let path = halves.count > 1 ? Array(halves[1]) : []
        var reference = NaiveGlob(pattern)
        guard let glob = Glob(pattern) else {
            return try expect(reference == nil, "a good pattern is refused")
        }
        let found = glob.matches(path)
        let wanted = reference?.matches(path)
        try expect(wanted != nil, "a bad pattern is taken")
        try expect(found == wanted, "the pattern matches: \(found), it should: \(wanted == true)")
    }
}

/// The rules of `Glob` in their plainest form: each place of the pattern against each place of the path, once.
struct NaiveGlob {
    private enum Piece {
        case character(UInt32)
        case anyCharacter
        case anyRun
        case anySegments
        case set([ClosedRange<UInt32>], isNegated: Bool)
    }

    private static let slash = UInt32(UInt8(ascii: "/"))
    private var pieces: [Piece] = []
    private var isForNames = false
    /// By piece and place: not known yet, or whether what follows both matches.
    private var known: [Bool?] = []
    private var path: [UInt32] = []

    init?(_ pattern: String) {
        var text = Self.characters(Array(pattern.utf8))
        if text.isEmpty { return nil }
        isForNames = !text.contains(Self.slash)
        if text.first == Self.slash { text.removeFirst() }
        // Every segment is read by itself: only a whole segment of two stars is one of any segments.
        // A closing `**/` is as `**`.
        var segments = text.split(separator: Self.slash, omittingEmptySubsequences: false)
        if segments.count > 1, segments.last?.isEmpty == true, segments[segments.count - 2] == [0x2A, 0x2A] {
            segments.removeLast()
        }
        var index = 0
        // A slash within brackets belongs to them, so segments are joined again until their brackets close.
        while index < segments.count {
            var segment = Array(segments[index])
            let isLast = { index == segments.count - 1 }
            if segment == [0x2A, 0x2A] {
                pieces.append(.anySegments)
                if isLast() { pieces.append(.anyRun) }
                index += 1
                continue
            }
            var read = Self.pieces(of: segment)
            while read == nil, !isLast() {
                index += 1
                segment += [Self.slash] + segments[index]
                read = Self.pieces(of: segment)
            }
            guard let read else { return nil }
            pieces += read
            if !isLast() { pieces.append(.character(Self.slash)) }
            index += 1
        }
    }

    mutating func matches(_ bytes: [UInt8]) -> Bool {
        path = Self.characters(bytes)
        if isForNames, let last = path.lastIndex(of: Self.slash) { path.removeFirst(last + 1) }
        known = Array(repeating: nil, count: (pieces.count + 1) * (path.count + 1))
        return matches(piece: 0, place: 0)
    }

    private mutating func matches(piece: Int, place: Int) -> Bool {
        let index = piece * (path.count + 1) + place
        if let known = known[index] { return known }
        let answer = tries(piece: piece, place: place)
        known[index] = answer
        return answer
    }

    private mutating func tries(piece: Int, place: Int) -> Bool {
        guard piece < pieces.count else { return place == path.count }
        let character = place < path.count ? path[place] : nil
        switch pieces[piece] {
        case .character(let wanted):
            return character == wanted && matches(piece: piece + 1, place: place + 1)
        case .anyCharacter:
            return character != nil && character != Self.slash && matches(piece: piece + 1, place: place + 1)
        case .set(let ranges, let isNegated):
            guard let character, character != Self.slash else { return false }
            return ranges.contains { $0.contains(character) } != isNegated
                && matches(piece: piece + 1, place: place + 1)
        case .anyRun:
            if matches(piece: piece + 1, place: place) { return true }
            return character != nil && character != Self.slash && matches(piece: piece, place: place + 1)
        case .anySegments:
            if matches(piece: piece + 1, place: place) { return true }
            guard let next = path[place...].firstIndex(of: Self.slash) else { return false }
            return matches(piece: piece, place: next + 1)
        }
    }

    /// Nil when a bracket is not closed.
    private static func pieces(of text: [UInt32]) -> [Piece]? {
        var pieces: [Piece] = []
        var index = 0
        while index < text.count {
            switch text[index] {
            case 0x2A: pieces.append(.anyRun)
            case 0x3F: pieces.append(.anyCharacter)
            case 0x5B:
                guard let (piece, end) = set(in: text, at: index) else { return nil }
                pieces.append(piece)
                index = end
            default: pieces.append(.character(text[index]))
            }
            index += 1
        }
        return pieces
    }

    /// The set that opens at `start`, and where its bracket closes.
    private static func set(in text: [UInt32], at start: Int) -> (Piece, end: Int)? {
        var body = text[(start + 1)...]
        let isNegated = body.first == 0x21 || body.first == 0x5E
        if isNegated { body.removeFirst() }
        guard let end = body.dropFirst().firstIndex(of: 0x5D) else { return nil }
        var ranges: [ClosedRange<UInt32>] = []
        body = body[..<end]
        while let low = body.popFirst() {
            // A minus at an end of the set stands for itself.
            if body.first == 0x2D, let high = body.dropFirst().first {
                ranges.append(min(low, high)...max(low, high))
                body.removeFirst(2)
            } else {
                ranges.append(low...low)
            }
        }
        return (.set(ranges, isNegated: isNegated), end)
    }

    /// Unicode's characters; a byte that belongs to none counts as one of its own, and as no other.
    private static func characters(_ bytes: [UInt8]) -> [UInt32] {
        var characters: [UInt32] = []
        var rest = bytes[...]
        while let first = rest.first {
            let length = (1...4).first { String(validating: rest.prefix($0), as: UTF8.self)?.unicodeScalars.count == 1 }
            if let length, let scalar = String(decoding: rest.prefix(length), as: UTF8.self).unicodeScalars.first {
                characters.append(scalar.value)
                rest.removeFirst(length)
            } else {
                characters.append(UInt32(first))
                rest.removeFirst()
            }
        }
        return characters
    }
}
