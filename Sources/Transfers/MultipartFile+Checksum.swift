import Checksums
import Model
import S3Client

/// An object's checksum out of its parts' (AWS user guide, "Checking object integrity").
extension MultipartFile {
    /// What a store would say that says nothing: the full object's CRC, or the composite of other checksums.
    func checksum(of parts: [CompletedPart], _ plan: PartPlan) -> Checksum? {
        combinedChecksum(of: parts, plan) ?? source.fullChecksum ?? compositeSHA256(of: parts)
    }

    /// The whole object's, put together from its parts' and as the source says it: two that differ are an error.
    func fullChecksum(of parts: [CompletedPart], _ plan: PartPlan) throws(Failure) -> Checksum? {
        let combined = combinedChecksum(of: parts, plan)
        if let combined, let told = source.fullChecksum, told.algorithm == combined.algorithm, told != combined {
            throw Failure(
                .checksumMismatch, "the parts' checksum is \(combined), the source's \(told)", retryable: true)
        }
        return combined ?? source.fullChecksum
    }

    /// The whole object's CRC, put together from its parts'; nil for checksums that can't be.
    func combinedChecksum(of parts: [CompletedPart], _ plan: PartPlan) -> Checksum? {
        guard let asked = source.checksum, asked.kind == .fullObject else { return nil }
        var whole: UInt64?
        for part in parts {
            guard let checksum = part.checksum, checksum.algorithm == asked.algorithm,
                let bytes = Base64.decode(Array(checksum.base64.utf8)), bytes.count <= 8
            else { return nil }
            let value = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let count = Int(plan.range(of: part.number).count)
            whole = whole.map { asked.algorithm.combine($0, value, lengthOfB: count) } ?? value
        }
        let size = asked.algorithm == .crc64nvme ? 8 : 4
        return whole.map { value in
            Checksum(
                asked.algorithm,
                base64: Base64.encode((0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * (size - 1 - $0))) }))
        }
    }

    /// The SHA-256 over the parts' SHA-256s, and how many they are.
    private func compositeSHA256(of parts: [CompletedPart]) -> Checksum? {
        guard source.checksum?.algorithm == .sha256 else { return nil }
        var values: [UInt8] = []
        for part in parts {
            guard let text = part.checksum?.base64, let value = Base64.decode(Array(text.utf8)) else { return nil }
            values += value
        }
        return Checksum(.sha256, base64: "\(Base64.encode(SHA256.hash(values)))-\(parts.count)")
    }
}

extension Checksum.Algorithm {
    /// The CRC of A followed by B, from theirs.
    fileprivate func combine(_ a: UInt64, _ b: UInt64, lengthOfB: Int) -> UInt64 {
        switch self {
        case .crc32c:
            UInt64(CRC32C.combine(UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: b), lengthOfB: lengthOfB))
        case .crc32:
            UInt64(CRC32.combine(UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: b), lengthOfB: lengthOfB))
        case .crc64nvme: CRC64NVME.combine(a, b, lengthOfB: lengthOfB)
        case .sha256, .md5: preconditionFailure("\(self) can't be combined")
        }
    }
}
