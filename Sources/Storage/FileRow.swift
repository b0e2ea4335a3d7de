internal import GRDB
internal import Model

/// How a row of `file` becomes a `FileTransfer`.
enum FileRow {
    /// Columns for `decode`.
    static let columns = """
        file.number, file.path, file.size, file.marker, file.state, file.skip_reason, file.attempts, file.etag, \
        file.checksum, file.failure, file.upload_id, file.part_size, file.identity, file.start_time, file.end_time, \
        file.revision, file.counted_bytes, file.source_etag, file.source_modified
        """

    static func decode(_ row: PreparedStatement) throws -> FileTransfer {
        guard let state = StoredState(rawValue: row.integer(4)) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a file's state is \(row.integer(4))")
        }
        return FileTransfer(
            number: FileNumber(row.integer(0)), path: row.bytes(1), size: row.integer(2),
            isDirectoryMarker: row.integer(3) != 0, object: object(row), state: state.fileState,
            skipReason: row.optionalText(5),
            attempts: Int(row.integer(6)), etag: row.optionalText(7).map(ETag.init),
            checksum: row.optionalText(8).flatMap(Checksum.init),
            failure: try row.optionalText(9).map { try JSONText.decode(Failure.self, from: $0) },
            multipart: try multipart(row), countedBytes: row.integer(16),
            startTime: row.optionalInteger(13).map(Timestamp.init(microseconds:)),
            endTime: row.optionalInteger(14).map(Timestamp.init(microseconds:)),
            revision: row.optionalInteger(15).map(Revision.init))
    }

    private static func object(_ row: PreparedStatement) -> ListedObject? {
        row.optionalText(17).map { etag in
            ListedObject(
                etag: ETag(etag), lastModified: row.optionalInteger(18).map(Timestamp.init(microseconds:)))
        }
    }

    private static func multipart(_ row: PreparedStatement) throws -> MultipartUpload? {
        guard let uploadID = row.optionalText(10), let partSize = row.optionalInteger(11),
            let identity = row.optionalText(12)
        else { return nil }
        return MultipartUpload(
            uploadID: UploadID(uploadID), partSize: partSize,
            identity: try JSONText.decode(SourceIdentity.self, from: identity))
    }
}
