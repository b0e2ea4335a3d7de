import Model
import S3Client

/// Parts of an upload that an earlier run has begun which need not be sent again.
struct KeptParts: Sendable {
    /// Recorded, and at the store as they were recorded.
    var parts: [PartNumber: CompletedPart] = [:]
    /// Of these.
    var bytes: Int64 = 0
    /// At the store and without a record: to be read again and compared.
    var candidates: [PartPage.Part] = []

    init(_ parts: [PartNumber: CompletedPart] = [:], bytes: Int64 = 0) {
        self.parts = parts
        self.bytes = bytes
    }

    /// - Parameters:
    ///   - recorded: by earlier runs.
    ///   - listed: by the store, which is the referee.
    init(recorded: [Part], listed: [PartPage.Part], plan: PartPlan) {
        var known = Dictionary(listed.map { ($0.number, $0) }) { _, last in last }
        for part in recorded {
            guard let there = known.removeValue(forKey: part.number), there.sizeInBytes == part.range.count,
                part.range == plan.range(of: part.number)
            else { continue }
            let hasSameChecksum = part.checksum != nil && there.checksum == part.checksum
            guard there.etag == part.etag || hasSameChecksum else { continue }
            parts[part.number] = CompletedPart(number: part.number, etag: there.etag, checksum: part.checksum)
            bytes += part.range.count
        }
        candidates = known.values.filter { part in
            (1...plan.count).contains(part.number.rawValue) && part.sizeInBytes == plan.range(of: part.number).count
        }.sorted { $0.number < $1.number }
    }
}
