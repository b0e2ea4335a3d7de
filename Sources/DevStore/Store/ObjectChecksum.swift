import Checksums

/// The checksum that S3 keeps with an object and shows as `x-amz-checksum-*`.
struct ObjectChecksum: Sendable, Codable, Hashable {
    enum Form: String, Sendable, Codable {
        /// Over the object's bytes.
        case full = "FULL_OBJECT"
        /// Over the parts' checksums.
        case composite = "COMPOSITE"
    }

    var kind: ChecksumKind
    var form: Form
    /// Network byte order.
    var value: [UInt8]
    /// Parts of a composite, shown behind a dash; 0 otherwise.
    var partCount: Int = 0

    var text: String { Base64.encode(value) + (form == .composite ? "-\(partCount)" : "") }

    private enum CodingKeys: String, CodingKey {
        case kind, form, value, partCount
    }

    init(kind: ChecksumKind, form: Form, value: [UInt8], partCount: Int = 0) {
        self.kind = kind
        self.form = form
        self.value = value
        self.partCount = partCount
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = ChecksumKind(rawValue: try container.decode(String.self, forKey: .kind)) ?? .crc64nvme
        form = try container.decode(Form.self, forKey: .form)
        value = try container.decode([UInt8].self, forKey: .value)
        partCount = try container.decode(Int.self, forKey: .partCount)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind.rawValue, forKey: .kind)
        try container.encode(form, forKey: .form)
        try container.encode(value, forKey: .value)
        try container.encode(partCount, forKey: .partCount)
    }
}
