package import Model

/// The weak entity tag of a job (RFC 9110, section 8.8.3): `W/"1234"`, its revision.
package struct EntityTag: Sendable, Hashable {
    private let opaque: String

    package init(_ revision: Revision) { opaque = "\"\(revision)\"" }

    package var fieldValue: String { "W/\(opaque)" }

    /// Whether an `If-None-Match` names it: by weak comparison, in a list, or by `*`.
    package func isNamed(by field: String) -> Bool {
        if FieldList.trimmed(field) == "*" { return true }
        return FieldList.split(field, at: ",").contains { $0 == opaque || $0 == fieldValue }
    }
}
