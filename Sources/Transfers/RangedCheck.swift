import Checksums
import Model
import S3Client

/// How an object that was fetched by ranges is found to be what the store has.
///
/// The whole object's CRC follows from the ranges'. A composite checksum, or an ETag over parts, follows from the stored
/// parts', where the ranges tile them. Anything else takes a pass over the file.
struct RangedCheck: Sendable {
    private enum Statement {
        case nothing
        case crcOfAll(ChecksumKind, text: String)
        case composite(ChecksumKind, text: String)
        case etagOfParts(String)
        case pass(WholeCheck)
    }

    /// What each range is summed by; always one CRC, by which it is found again after a crash.
    let kinds: ChecksumKinds
    /// The one that is recorded with each range.
    let recorded: ChecksumKind
    private let statement: Statement
    private let plan: PartPlan
    private let parts: StoredParts?

    /// - Parameter parts: which the plan's ranges tile; nil where they don't, or it is not known.
    init(_ object: ObjectDescription, _ plan: PartPlan, tiling parts: StoredParts?, isWanted: Bool) {
        let parts = plan.tiles(parts) ? parts : nil
        let statement = isWanted ? Self.statement(of: object, plan, parts) : .nothing
        self.statement = statement
        self.plan = plan
        self.parts = parts
        switch statement {
        case .crcOfAll(let kind, _): (recorded, kinds) = (kind, ChecksumKinds(kind))
        case .composite(let kind, _) where kind.isCRC: (recorded, kinds) = (kind, ChecksumKinds(kind))
        case .composite(let kind, _): (recorded, kinds) = (.crc32c, [.crc32c, ChecksumKinds(kind)])
        case .etagOfParts: (recorded, kinds) = (.crc32c, [.crc32c, .md5])
        case .nothing, .pass: (recorded, kinds) = (.crc32c, .crc32c)
        }
    }

    private static func statement(
        of object: ObjectDescription, _ plan: PartPlan, _ parts: StoredParts?
    ) -> Statement {
        let whole = WholeCheck(object)
        if let crc = whole.crc { return .crcOfAll(crc.kind, text: crc.text) }
        if !whole.kinds.isEmpty { return .pass(whole) }
        guard let parts else { return .nothing }
        // Only a CRC of a part follows from those of its ranges.
        let isPartEach = plan.partSize == parts.firstSizeInBytes
        if let checksum = object.checksum {
            let kind = ChecksumKind(checksum.algorithm)
            return kind.isCRC || isPartEach ? .composite(kind, text: checksum.base64) : .nothing
        }
        let etag = object.etag.rawValue.lowercased()
        guard isPartEach, !object.hasOpaqueETag, etag.hasSuffix("-\(parts.count)"),
            WholeCheck.isMD5(String(etag.prefix(32)))
        else { return .nothing }
        return .etagOfParts(etag)
    }

    /// A pass over the whole file that is still needed.
    var pass: WholeCheck? { if case .pass(let check) = statement { check } else { nil } }

    /// The parts that the statement speaks of, where it does: only the first one's size is known, the others are taken to
    /// be as large.
    var guessedParts: StoredParts? {
        switch statement {
        case .composite, .etagOfParts: parts
        case .nothing, .crcOfAll, .pass: nil
        }
    }

    /// - Parameter ranges: those of the plan, in order.
    func agrees(with ranges: [Digests]) -> Bool {
        switch statement {
        case .nothing, .pass: true
        case .crcOfAll(let kind, let text):
            Digests.combined(kind, of: pieces(ranges, 0..<ranges.count)).map(Base64.encode) == text
        case .composite(let kind, let text):
            partValues(ranges, kind).map { values in
                "\(Base64.encode(Digests.hash(Array(values.joined()), kind)))-\(values.count)"
            } == text
        case .etagOfParts(let text):
            partValues(ranges, .md5).map { values in
                "\(Digests.hash(Array(values.joined()), .md5).hexadecimal)-\(values.count)"
            } == text
        }
    }

    private func partValues(_ ranges: [Digests], _ kind: ChecksumKind) -> [[UInt8]]? {
        guard let parts else { return nil }
        let rangesInPart = Int(parts.firstSizeInBytes / plan.partSize)
        var values: [[UInt8]] = []
        for first in stride(from: 0, to: ranges.count, by: rangesInPart) {
            let indices = first..<min(first + rangesInPart, ranges.count)
            let value =
                indices.count == 1 ? ranges[first][kind] : Digests.combined(kind, of: pieces(ranges, indices))
            guard let value else { return nil }
            values.append(value)
        }
        return values
    }

    private func pieces(_ ranges: [Digests], _ indices: Range<Int>) -> [(digests: Digests, sizeInBytes: Int64)] {
        indices.map { (ranges[$0], plan.range(of: PartNumber($0 + 1)).count) }
    }
}

extension PartPlan {
    /// Ranges of about `preferredPartSize` that tile the parts of which the object was made, as far as all of them have the
    /// first one's size: a store then serves each range from one part (FACTS of aws-c-s3), and a checksum over parts can be
    /// computed from them. Nil when that can't be.
    ///
    ///     parts of 5 MiB, 8 MiB preferred    ->  5 MiB
    ///     parts of 100 MiB, 8 MiB preferred  ->  6.25 MiB, 16 ranges in each
    init?(tiling parts: StoredParts, objectSize: Int64, preferredPartSize: Int64) {
        let size = parts.firstSizeInBytes
        guard parts.count > 1, (objectSize + size - 1) / size == Int64(parts.count) else { return nil }
        let fewest = (size + preferredPartSize - 1) / preferredPartSize
        guard let number = (fewest...(4 * fewest)).first(where: { size % $0 == 0 }),
            (objectSize + size / number - 1) / (size / number) <= Int64(Self.mostParts)
        else { return nil }
        self.init(objectSize: objectSize, storedPartSize: size / number)
    }

    /// Whether each of the parts is made of whole ranges.
    func tiles(_ parts: StoredParts?) -> Bool {
        guard let parts else { return false }
        let size = parts.firstSizeInBytes
        return size % partSize == 0 && (objectSize + size - 1) / size == Int64(parts.count)
    }
}
