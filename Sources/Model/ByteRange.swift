/// `count` bytes from `offset` on, both in bytes and never negative.
package struct ByteRange: Hashable, Sendable {
    package let offset: Int64
    package let count: Int64

    package init(offset: Int64, count: Int64) {
        precondition(offset >= 0 && count >= 0, "a range of \(count) bytes at \(offset)")
        self.offset = offset
        self.count = count
    }

    /// The first offset behind the range.
    package var end: Int64 { offset + count }
}

/// S3's part number: 1 to 10,000.
package struct PartNumber: Hashable, Sendable, Comparable, Codable {
    package let rawValue: Int
    package init(_ rawValue: Int) { self.rawValue = rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// How one object is cut into parts.
package struct PartPlan: Hashable, Sendable {
    /// S3 refuses a smaller part unless it is the last (AWS user guide, "Amazon S3 multipart upload limits").
    package static let smallestPart: Int64 = 5 << 20
    package static let largestPart: Int64 = 5 << 30
    package static let mostParts = 10_000
    /// What one PutObject or CopyObject can carry.
    package static let largestSingleRequest: Int64 = 5 << 30
    /// 48.8 TiB: 10,000 parts of 5 GiB.
    package static let largestObject: Int64 = largestPart * Int64(mostParts)

    package let objectSize: Int64
    package let partSize: Int64

    /// Parts of `preferredPartSize`, or of the smallest whole MiB with which 10,000 parts suffice.
    ///
    ///     80 GiB at 8 MiB  ->  10,240 parts would be too many, so parts of 9 MiB: 9,103 of them
    ///
    /// Nil when the object is larger than S3 can hold.
    package init?(objectSize: Int64, preferredPartSize: Int64) {
        guard objectSize >= 0, objectSize <= Self.largestObject else { return nil }
        let least = (objectSize + Int64(Self.mostParts) - 1) / Int64(Self.mostParts)
        let mebibyte: Int64 = 1 << 20
        let grown = (least + mebibyte - 1) / mebibyte * mebibyte
        self.objectSize = objectSize
        partSize = preferredPartSize >= least ? preferredPartSize : min(grown, Self.largestPart)
    }

    /// The plan that was stored with a part size; parts that were sent by it keep their places.
    package init(objectSize: Int64, storedPartSize: Int64) {
        precondition(storedPartSize > 0, "part size \(storedPartSize)")
        self.objectSize = objectSize
        partSize = storedPartSize
    }

    /// At least one: an empty object has one empty part.
    package var count: Int { max(1, Int((objectSize + partSize - 1) / partSize)) }

    package func range(of number: PartNumber) -> ByteRange {
        let offset = Int64(number.rawValue - 1) * partSize
        precondition(number.rawValue >= 1 && number.rawValue <= count, "part \(number.rawValue) of \(count)")
        return ByteRange(offset: offset, count: min(partSize, objectSize - offset))
    }
}
