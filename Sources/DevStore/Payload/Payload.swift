import Checksums

/// A body that came whole and was what its request said.
struct Payload: Sendable {
    var sizeInBytes: Int64 = 0
    var digests = Digests()
    /// Where its bytes lie; `file` is 0 when they were not kept.
    var extent = DataExtent(file: 0, offset: 0, count: 0)
    /// The bytes themselves, of a document that was collected.
    var bytes: [UInt8] = []
    /// The checksum that the client sent and that was verified.
    var verified: (kind: ChecksumKind, value: [UInt8])?
}
