import HTTPTypes

/// A request's header fields by lower-case name, taken over once: a PUT is asked for some twenty of them.
struct RequestHeaders: Sendable {
    private(set) var fields: [(name: String, value: String)] = []

    init(_ fields: HTTPFields) {
        self.fields.reserveCapacity(fields.count)
        for field in fields { self.fields.append((field.name.canonicalName, field.value)) }
    }

    mutating func append(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    /// The first value of that name; empty counts as missing nowhere.
    subscript(name: String) -> String? {
        for field in fields where field.name == name { return field.value }
        return nil
    }

    /// Whether a checksum is sent or announced; to ask for one, as reads do, is neither.
    var speakOfChecksums: Bool {
        fields.contains { field in
            (field.name.hasPrefix("x-amz-checksum-") && field.name != "x-amz-checksum-mode")
                || field.name.hasPrefix("x-amz-sdk-checksum-")
        }
    }
}
