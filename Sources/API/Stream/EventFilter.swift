package import Storage

/// `?types=job.*,part.succeeded`: which events a reader wants.
package struct EventFilter: Sendable, Hashable {
    private let bits: UInt32

    package static let all = EventFilter(bits: .max)

    private init(bits: UInt32) { self.bits = bits }

    /// - Throws: `INVALID_QUERY` for a pattern that fits no event: a misspelt one would wait for ever.
    package init(_ types: String) throws(ProblemDetails) {
        var bits: UInt32 = 0
        for pattern in types.split(separator: ",", omittingEmptySubsequences: false) {
            let text = FieldList.trimmed(pattern)
            let named = EventName.allCases.filter { Self.matches(Array(text.utf8)[...], Array($0.rawValue.utf8)[...]) }
            if named.isEmpty { throw .invalidQuery("types", "names no event with \"\(text)\"") }
            for name in named { bits |= Self.bit(name) }
        }
        self.bits = bits
    }

    package func contains(_ name: EventName) -> Bool { bits & Self.bit(name) != 0 }

    /// What must be read for it. A job's own rows always: its final event is never filtered.
    package var changes: ChangeFilter {
        ChangeFilter(
            jobs: true, files: contains(.fileSucceeded) || contains(.fileFailed) || contains(.fileSkipped),
            parts: contains(.partSucceeded) || contains(.partFailed))
    }

    /// Whether a job's own row is all that it looks at.
    package var isJobsOnly: Bool { !changes.files && !changes.parts }

    private static func bit(_ name: EventName) -> UInt32 {
        guard let index = EventName.allCases.firstIndex(of: name) else { preconditionFailure("\(name)") }
        return 1 << UInt32(index)
    }

    /// `*` stands for any run of characters.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first != UInt8(ascii: "*") { return text.first == first && matches(pattern.dropFirst(), text.dropFirst()) }
        let rest = pattern.drop { $0 == UInt8(ascii: "*") }
        if rest.isEmpty { return true }
        return text.indices.contains { matches(rest, text[$0...]) }
    }
}
