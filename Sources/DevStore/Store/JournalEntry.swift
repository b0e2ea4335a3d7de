/// One change of the store. Every change is made by applying an entry, so that a restart, which replays the entries,
/// ends in the same state.
enum JournalEntry: Sendable, Codable {
    case createBucket(name: String, created: StoredTime)
    case deleteBucket(name: String)
    case putObject(bucket: String, key: KeyBytes, record: ObjectRecord)
    case removeObject(bucket: String, key: KeyBytes)
    case createUpload(id: String, record: UploadRecord)
    case putPart(upload: String, number: Int, part: PartRecord)
    case removeUpload(id: String)
}
