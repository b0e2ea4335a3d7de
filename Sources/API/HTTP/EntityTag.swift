package import Model

/// A weak entity tag (RFC 9110, section 8.8.3): of a job `W/"1234"`, its revision.
package struct EntityTag: Sendable, Hashable {
    private let opaque: String

    package init(_ revision: Revision) { opaque = "\"\(revision)\"" }

    /// Of a file that comes with the executable: FNV-1a over its bytes tells one version from the next.
    package init(digestOf bytes: [UInt8]) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        opaque = "\"\(String(hash, radix: 16))\""
    }

    package var fieldValue: String { "W/\(opaque)" }

    /// Whether an `If-None-Match` names it: by weak comparison, in a list, or by `*`.
    package func isNamed(by field: String) -> Bool {
        if FieldList.trimmed(field) == "*" { return true }
        return FieldList.split(field, at: ",").contains { $0 == opaque || $0 == fieldValue }
    }
}
