/// `Prefer: wait=N` (RFC 7240, section 4.3).
package enum Preference {
    package static let longestWaitInSeconds: Int64 = 60

    /// Seconds to wait, cut to 60; nil when the field asks for none. What can't be read is ignored, as preferences are.
    package static func waitInSeconds(_ field: String?) -> Int64? {
        guard let field else { return nil }
        for preference in FieldList.split(field, at: ",") {
            // Parameters behind a semicolon belong to the preference and mean nothing here.
            guard let assignment = FieldList.split(preference, at: ";").first else { continue }
            let halves = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, FieldList.trimmed(halves[0]).lowercased() == "wait" else { continue }
            guard
                let text = FieldList.unquoted(FieldList.trimmed(halves[1])), let seconds = QueryReader.decimal(text)
            else { continue }
            return min(seconds, longestWaitInSeconds)
        }
        return nil
    }
}
