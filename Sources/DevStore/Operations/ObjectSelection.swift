/// Which bytes of an object a GET or HEAD is for: all, a range, or one of its parts.
struct ObjectSelection: Sendable {
    let bytes: Range<Int64>
    /// Answered by 206.
    let isPartial: Bool
    let partNumber: Int?

    /// - Throws: InvalidRange or InvalidPartNumber; InvalidRequest when both a range and a part are asked for.
    init(_ request: S3Request, _ record: ObjectRecord) throws(S3Failure) {
        let range = RequestedRange(request.headers["range"])
        if let number = try request.query.number("partNumber") {
            guard range == nil else {
                throw S3Failure(.invalidRequest, "Cannot specify both Range header and partNumber query parameter")
            }
            let sizes = record.partSizes.isEmpty ? [record.sizeInBytes] : record.partSizes
            guard number >= 1, number <= sizes.count else { throw S3Failure(.invalidPartNumber) }
            let start = sizes[..<(number - 1)].reduce(0, +)
            bytes = start..<start + sizes[number - 1]
            isPartial = true
            partNumber = number
            return
        }
        partNumber = nil
        guard let range else {
            bytes = 0..<record.sizeInBytes
            isPartial = false
            return
        }
        guard let bytes = range.bytes(of: record.sizeInBytes) else {
            throw S3Failure(
                .invalidRange,
                details: [
                    .init(name: "RangeRequested", value: request.headers["range"] ?? ""),
                    .init(name: "ActualObjectSize", value: "\(record.sizeInBytes)"),
                ])
        }
        self.bytes = bytes
        isPartial = true
    }
}
