import Checksums
import Model
import S3Client

/// An object's checksum out of its parts' (AWS user guide, "Checking object integrity").
extension MultipartFile {
    /// What a store would say that says nothing: the full object's CRC, or the composite of SHA-256.
    func checksum(of parts: [CompletedPart], _ plan: PartPlan) -> Checksum? {
        combinedChecksum(of: parts, plan) ?? source.fullChecksum ?? compositeSHA256(of: parts)
    }

    /// The whole object's, put together from its parts' and as the source says it: two that differ are an error. Of the
    /// algorithm that the upload was created for; nil where that is none, or can't be put together.
    func fullChecksum(of parts: [CompletedPart], _ plan: PartPlan) throws(Failure) -> Checksum? {
        let combined = combinedChecksum(of: parts, plan)
        if let combined, let told = source.fullChecksum, told.algorithm == combined.algorithm, told != combined {
            throw Failure(
                .checksumMismatch, "the parts' checksum is \(combined), the source's \(told)", retryable: true)
        }
        guard let asked = source.checksum, asked.kind == .fullObject else { return nil }
        return [combined, source.fullChecksum].compactMap(\.self).first { $0.algorithm == asked.algorithm }
    }

    /// The whole object's CRC, put together from its parts'; nil unless all have the same one.
    private func combinedChecksum(of parts: [CompletedPart], _ plan: PartPlan) -> Checksum? {
        guard let algorithm = parts.first?.checksum?.algorithm else { return nil }
        var whole: UInt64?
        for part in parts {
            guard let checksum = part.checksum, checksum.algorithm == algorithm,
                let value = checksum.number(sizeInBytes: ChecksumKind(algorithm).sizeInBytes)
            else { return nil }
            let count = Int(plan.range(of: part.number).count)
            guard let first = whole else {
                whole = value
                continue
            }
            switch algorithm {
            case .crc32c: whole = UInt64(CRC32C.combine(UInt32(first), UInt32(value), lengthOfB: count))
            case .crc32: whole = UInt64(CRC32.combine(UInt32(first), UInt32(value), lengthOfB: count))
            case .crc64nvme: whole = CRC64NVME.combine(first, value, lengthOfB: count)
            case .sha256, .md5: return nil
            }
        }
        let size = ChecksumKind(algorithm).sizeInBytes
        return whole.map { value in
            Checksum(
                algorithm,
                base64: Base64.encode(
                    (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (size - 1 - $0))) }))
        }
    }

    /// The SHA-256 over the parts' SHA-256s, and how many they are.
    private func compositeSHA256(of parts: [CompletedPart]) -> Checksum? {
        var values: [UInt8] = []
        for part in parts {
            guard let checksum = part.checksum, checksum.algorithm == .sha256,
                let value = Base64.decode(Array(checksum.base64.utf8))
            else { return nil }
            values += value
        }
        return Checksum(.sha256, base64: "\(Base64.encode(SHA256.hash(values)))-\(parts.count)")
    }
}

extension Checksum {
    /// The big-endian number; nil for one of another size, or for more than a word.
    fileprivate func number(sizeInBytes: Int) -> UInt64? {
        guard sizeInBytes <= 8, let bytes = Base64.decode(Array(base64.utf8)), bytes.count == sizeInBytes else {
            return nil
        }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
