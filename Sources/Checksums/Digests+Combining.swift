/// The checksums of pieces put together.
extension Digests {
    /// The CRC of pieces that follow one another, from theirs, in network byte order; nil when one of them lacks it, or
    /// for kinds that can't be combined.
    package static func combined(
        _ kind: ChecksumKind, of pieces: some Sequence<(digests: Digests, sizeInBytes: Int64)>
    ) -> [UInt8]? {
        var whole = Digests()
        for piece in pieces {
            let count = Int(piece.sizeInBytes)
            switch kind {
            case .crc32c:
                guard let value = piece.digests.crc32c else { return nil }
                whole.crc32c = whole.crc32c.map { CRC32C.combine($0, value, lengthOfB: count) } ?? value
            case .crc32:
                guard let value = piece.digests.crc32 else { return nil }
                whole.crc32 = whole.crc32.map { CRC32.combine($0, value, lengthOfB: count) } ?? value
            case .crc64nvme:
                guard let value = piece.digests.crc64nvme else { return nil }
                whole.crc64nvme = whole.crc64nvme.map { CRC64NVME.combine($0, value, lengthOfB: count) } ?? value
            case .sha256, .md5: return nil
            }
        }
        return whole[kind]
    }

    /// One kind's value of bytes that are all here.
    package static func hash(_ bytes: [UInt8], _ kind: ChecksumKind) -> [UInt8] {
        var hasher = Hasher(ChecksumKinds(kind))
        hasher.update(bytes)
        guard let value = hasher.finalize()[kind] else { preconditionFailure("a hasher left out \(kind)") }
        return value
    }
}
