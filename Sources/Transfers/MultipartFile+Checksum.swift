import Checksums
import Model
import S3Client

/// An object's checksum out of its parts' (AWS user guide, "Checking object integrity").
extension MultipartFile {
    /// What a store would say that says nothing: the full object's CRC, or the composite of other checksums.
    func checksum(of parts: [CompletedPart], _ plan: PartPlan) -> Checksum? {
        fullChecksum(of: parts, plan) ?? compositeSHA256(of: parts)
    }

    /// The whole object's CRC, put together from its parts'; nil for checksums that can't be.
    func fullChecksum(of parts: [CompletedPart], _ plan: PartPlan) -> Checksum? {
        guard let algorithm = target.protection.checksum, algorithm == .crc32c || algorithm == .crc32 else {
            return nil
        }
        var whole: UInt32?
        for part in parts {
            guard let text = part.checksum?.base64, let bytes = Base64.decode(Array(text.utf8)), bytes.count == 4 else {
                return nil
            }
            let value = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let count = Int(plan.range(of: part.number).count)
            whole =
                whole.map { first in
                    algorithm == .crc32c
                        ? CRC32C.combine(first, value, lengthOfB: count) : CRC32.combine(first, value, lengthOfB: count)
                } ?? value
        }
        return whole.map { value in
            Checksum(
                algorithm, base64: Base64.encode((0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }))
        }
    }

    /// The SHA-256 over the parts' SHA-256s, and how many they are.
    private func compositeSHA256(of parts: [CompletedPart]) -> Checksum? {
        guard target.protection.checksum == .sha256 else { return nil }
        var values: [UInt8] = []
        for part in parts {
            guard let text = part.checksum?.base64, let value = Base64.decode(Array(text.utf8)) else { return nil }
            values += value
        }
        return Checksum(.sha256, base64: "\(Base64.encode(SHA256.hash(values)))-\(parts.count)")
    }
}
