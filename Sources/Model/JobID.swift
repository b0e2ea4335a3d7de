/// The name of a job in URLs and events: chosen by the service, or by a client that creates the job by `PUT`.
package struct JobID: Hashable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: String

    /// Nil unless `rawValue` is 1 to 64 characters of `[A-Za-z0-9_-]`.
    package init?(_ rawValue: String) {
        guard (1...64).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.rawValue = rawValue
    }

    /// A new id: 26 characters of Crockford's base 32, 48 bits of milliseconds and 80 random bits (the ULID layout),
    /// so that ids sort by their time of creation.
    package init(createdAt time: Timestamp, using generator: inout some RandomNumberGenerator) {
        let milliseconds = UInt64(max(0, time.microseconds / 1_000))
        var bytes = [UInt8]()
        bytes.reserveCapacity(26)
        for position in 0..<10 { bytes.append(Self.digit(milliseconds >> UInt64(45 - 5 * position))) }
        // Each of the system's random numbers is a call of the kernel: two make do.
        for _ in 0..<2 {
            let random = generator.next()
            for position in 0..<8 { bytes.append(Self.digit(random >> UInt64(5 * position))) }
        }
        rawValue = String(decoding: bytes, as: UTF8.self)
    }

    package var description: String { rawValue }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = JobID(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a job id"))
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    private static func digit(_ value: UInt64) -> UInt8 { alphabet[Int(value & 31)] }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// A job's row number in the store: small, dense, never shown.
package struct JobNumber: Hashable, Sendable, Comparable {
    package let rawValue: Int64
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A file's place in its job, counted from 1 in the order of the scan.
package struct FileNumber: Hashable, Sendable, Comparable {
    package let rawValue: Int64
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A place in the change feed. Revisions only grow; one is given to each stored change inside the writer's transaction.
package struct Revision: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let rawValue: Int64
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
    package static let zero = Revision(0)
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    package var description: String { String(rawValue) }
}
