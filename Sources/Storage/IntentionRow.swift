internal import Model

/// How a row of `intention` becomes an `Intention`.
enum IntentionRow {
    static let columns = "id, job, file, store, bucket, key, create_time, upload_id, lost_time, report"

    static func decode(_ row: PreparedStatement) -> Intention {
        Intention(
            id: row.integer(0), job: JobNumber(row.integer(1)), file: FileNumber(row.integer(2)),
            store: StoreName(row.text(3)), location: ObjectLocation(bucket: row.text(4), key: row.bytes(5)),
            createTime: Timestamp(microseconds: row.integer(6)), uploadID: row.optionalText(7).map(UploadID.init),
            lostTime: row.optionalInteger(8).map(Timestamp.init(microseconds:)), report: row.optionalText(9))
    }
}
