import Model

/// The `Idempotency-Key` field: quoted as a structured field's string (RFC 9651), or bare.
package enum IdempotencyKey {
    /// In characters of Unicode.
    package static let longest = 255

    /// The key without its quotes; nil when the field is absent.
    package static func read(_ field: String?) throws(ProblemDetails) -> String? {
        guard let field else { return nil }
        guard let key = FieldList.unquoted(FieldList.trimmed(field)), !key.isEmpty, key.unicodeScalars.count <= longest,
            key.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw ProblemDetails(faults: [
                SpecFault("", "Idempotency-Key must be 1 to \(longest) printable characters, quoted or bare")
            ])
        }
        return key
    }
}
