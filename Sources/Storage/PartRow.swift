internal import GRDB
internal import Model

/// How a row of `part` becomes a `Part`.
enum PartRow {
    /// Columns for `decode`.
    static let columns = """
        part.file, part.number, part.start, part.size, part.state, part.attempt, part.etag, part.checksum, \
        part.failure, part.revision
        """
    /// The column behind them, for queries that add one.
    static let count: Int32 = 10

    static func decode(_ row: PreparedStatement) throws -> Part {
        guard let state = StoredState(rawValue: row.integer(4)) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a part's state is \(row.integer(4))")
        }
        return Part(
            file: FileNumber(row.integer(0)), number: PartNumber(Int(row.integer(1))),
            range: ByteRange(offset: row.integer(2), count: row.integer(3)), state: state.partState,
            attempt: Int(row.integer(5)), etag: row.optionalText(6).map(ETag.init),
            checksum: row.optionalText(7).flatMap(Checksum.init),
            failure: try row.optionalText(8).map { try JSONText.decode(Failure.self, from: $0) },
            revision: Revision(row.integer(9)))
    }
}
