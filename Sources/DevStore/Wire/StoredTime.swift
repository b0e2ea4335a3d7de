import Model

/// A `Timestamp` as the journal keeps it: microseconds since 1970.
@propertyWrapper
struct StoredTime: Sendable, Codable {
    var wrappedValue: Timestamp

    init(wrappedValue: Timestamp) {
        self.wrappedValue = wrappedValue
    }

    init(from decoder: any Decoder) throws {
        wrappedValue = Timestamp(microseconds: try decoder.singleValueContainer().decode(Int64.self))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue.microseconds)
    }
}
